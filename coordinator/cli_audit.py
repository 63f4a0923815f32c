"""`coordinator audit verify`."""

from __future__ import annotations

import click

from coordinator.cli_database import clinic_option, opened
from coordinator.services import clinics
from coordinator.services.safekeeping import verify_heads
from coordinator.store.audit import verify as verify_chain


@click.group()
def audit() -> None:
    """Verify the audit log."""


@audit.command()
@clinic_option
@click.pass_context
def verify(ctx: click.Context, wanted: int | None) -> None:
    """Follow the audit log from its first entry to its last; every clinic's, or one's. Exits 1 at a break."""
    is_whole = True
    with opened() as house, house.database.read() as work:
        for clinic_id, name in clinics.names(work) if wanted is None else [(clinics.choose(work, wanted), "")]:
            broken = verify_chain(work, clinic_id) or verify_heads(work, house.settings.data_dir, clinic_id)
            is_whole = is_whole and broken is None
            found = "every entry is as it was written." if broken is None else _say(broken.number, broken.reason)
            click.echo(f"Clinic {clinic_id}{f' ({name})' if name else ''}: {found}")
    ctx.exit(0 if is_whole else 1)


def _say(number: int, reason: str) -> str:
    return f"the log breaks at entry {number}: {reason}."
