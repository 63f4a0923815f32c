"""`coordinator demo`: the demo clinic, and who can sign in to it."""

from __future__ import annotations

import time
from importlib import import_module

import click

from coordinator.cli_database import House, now, opened
from coordinator.domain.errors import Conflict
from coordinator.services import clinics, feed_views
from coordinator.services.demo.history import Planner
from coordinator.services.demo.load import load
from coordinator.services.demo.sign_ins import USERS, password_of


@click.command()
@click.option("--if-empty", is_flag=True, help="Leave a database that holds a clinic as it is.")
def demo(if_empty: bool) -> None:
    """Load the demo clinic into a database that holds no clinic, and print who can sign in to it."""
    with opened() as house:
        with house.database.read() as work:
            found = clinics.names(work)
            demo_clinic = clinics.demo_clinic(work)
        if not found:
            _load(house)
        elif not if_empty:
            name = found[0][1]
            raise Conflict(f"The database holds {name} already. Load the demo clinic into an empty one.")
        if not found or demo_clinic is not None:
            _print_sign_ins(house)


def _load(house: House) -> None:
    click.echo("Loading the demo clinic …")
    started = time.monotonic()
    loaded = load(house.database, now(), house.settings.secret_key, _planner())
    click.echo(f"The demo clinic is loaded, in {time.monotonic() - started:.0f} seconds.")
    for name, token in loaded.feeds:
        click.echo(f"Calendar of {name}: {feed_views.address(house.settings.base_url, token)}")


def _planner() -> Planner:
    """The planner, loaded only now: a second `make run` must not wait for it."""
    planner: Planner = import_module("coordinator.cli_demo_planner").plan
    return planner


def _print_sign_ins(house: House) -> None:
    click.echo("Sign in to the demo clinic as:")
    for user in USERS:
        click.echo(f"  {user.access:14} {user.email:28} {password_of(user, house.settings.secret_key)}")
