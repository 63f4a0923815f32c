"""`coordinator migrate`."""

from __future__ import annotations

import click

from coordinator.cli_database import opened_to_change


@click.command()
def migrate() -> None:
    """Bring the tables up to date as the role that may change them, and give the serving role its rights to rows."""
    with opened_to_change() as house:
        role = house.settings.serving_role
    click.echo("The tables are as this version needs them.")
    if role:
        click.echo(f"The role {role} may read and write their rows, and only add to the audit log.")
