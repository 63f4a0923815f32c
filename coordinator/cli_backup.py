"""`coordinator backup` and `coordinator restore`."""

from __future__ import annotations

from pathlib import Path

import click

from coordinator.cli_database import now, opened, opened_to_change
from coordinator.exchange.files import check_writable
from coordinator.services import backup as backups
from coordinator.services import contact_keys

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", metavar="FILE", type=_FILE)
def backup(file: Path) -> None:
    """Write a consistent copy of the database to FILE, while it is in use."""
    check_writable(file)
    with opened() as house:
        content = backups.write(house.database, file, now())
    click.echo(f"{file} holds {content.rows} rows. Keep the secret key and contact-keys too, elsewhere.")


@click.command()
@click.argument("file", metavar="FILE", type=_FILE)
def restore(file: Path) -> None:
    """Put the backup FILE in place of all that is in the database. A damaged file changes nothing."""
    with opened_to_change() as house:
        content = backups.restore(house.database, file)
        closed = contact_keys.unreadable(house.database)
    click.echo(f"The database is as it was on {content.at:%Y-%m-%d at %H:%M} UTC, with {content.rows} rows.")
    if closed:
        click.echo(f"{closed} contact fields are under a key that is not here. {contact_keys.REMEDY}", err=True)
