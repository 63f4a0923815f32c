"""The `coordinator` command: the table of its commands, and where each is."""

from __future__ import annotations

import click

from coordinator.cli_group import Lazy, LazyGroup

COMMANDS = {
    "serve": Lazy("coordinator.cli_serve", "serve", "Serve the web pages and run the worker."),
    "worker": Lazy("coordinator.cli_serve", "worker", "Run a worker alone: planning, reminders, the clock."),
    "init": Lazy("coordinator.cli_clinics", "init", "Make a real clinic with its first administrator."),
    "zone": Lazy("coordinator.cli_clinics", "zone", "Put a clinic into another time zone."),
    "demo": Lazy("coordinator.cli_demo", "demo", "Load the demo clinic."),
    "plan": Lazy("coordinator.cli_plan", "plan", "Plan a problem file."),
    "check": Lazy("coordinator.cli_check", "check", "Check a plan file against its problem file."),
    "import": Lazy("coordinator.cli_exchange", "import_clinic", "Read a clinic from a problem file."),
    "export": Lazy("coordinator.cli_exchange", "export_clinic", "Write a clinic to a problem file and a plan file."),
    "user": Lazy("coordinator.cli_users", "user", "Add and disable users."),
    "feed": Lazy("coordinator.cli_feeds", "feed", "Add and revoke calendar feeds."),
    "audit": Lazy("coordinator.cli_audit", "audit", "Verify the audit log."),
    "keys": Lazy("coordinator.cli_keys", "keys", "Change the keys under which things are kept."),
    "migrate": Lazy("coordinator.cli_migrate", "migrate", "Bring the tables up to date as the role that owns them."),
    "backup": Lazy("coordinator.cli_backup", "backup", "Write a consistent copy of the database."),
    "restore": Lazy("coordinator.cli_backup", "restore", "Put a backup in place of the database."),
    "doctor": Lazy("coordinator.cli_doctor", "doctor", "Check the installation and say what to do."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Plan, keep and tell whole programs of ketamine-assisted psychotherapy."""


def main() -> None:
    """The entry point of the console script."""
    cli(prog_name="coordinator")
