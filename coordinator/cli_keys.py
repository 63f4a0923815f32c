"""`coordinator keys rotate`."""

from __future__ import annotations

import click

from coordinator.cli_database import now, opened
from coordinator.services import contact_keys


@click.group()
def keys() -> None:
    """Change the key under which contact fields are kept."""


@keys.command()
def rotate() -> None:
    """Make a new key for contact fields and put all of them under it, while in use. Old keys still read."""
    with opened() as house:
        number = contact_keys.rotate(house.database, now())
        file = house.settings.contact_keys
    click.echo(f"{number} patients and contacts are under the new key. Keep a copy of {file} apart from the backups.")
