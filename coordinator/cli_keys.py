"""`coordinator keys`."""

from __future__ import annotations

import click

from config import PREFIX
from coordinator.cli_database import now, opened
from coordinator.domain.errors import Conflict
from coordinator.services import contact_keys, secret_keys


@click.group()
def keys() -> None:
    """Change the keys under which things are kept."""


@keys.command()
def rotate() -> None:
    """Make a new key for contact fields and put all of them under it, while in use. Old keys still read."""
    with opened() as house:
        number = contact_keys.rotate(house.database, now())
        file = house.settings.contact_keys
    click.echo(f"{number} patients and contacts are under the new key. Keep a copy of {file} apart from the backups.")


@keys.command()
def exchange() -> None:
    """Go on under a new secret key, while nothing else runs. Old keys still read the log and backups."""
    with opened() as house:
        old = house.settings.old_secrets_file
        if not secret_keys.waiting(house.database):
            if not house.settings.is_secret_kept:
                raise Conflict(
                    f"Nothing waits for an exchange. Put the secret key until now on a line of {old}, set "
                    f"{PREFIX}SECRET_KEY to a new one, and run this again."
                )
            secret_keys.renew(house.settings.secret_file, old)
    with opened() as house:
        done = secret_keys.exchange(house.database, now())
    click.echo(
        f"Logs that go on under the new key: {done.logs}; authenticator apps put under it: {done.apps}. Keep a copy of "
        f"the new key and of {old} apart from the backups, then start Coordinator."
    )
