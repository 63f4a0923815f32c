"""`coordinator init`, a real clinic with its first administrator, and `coordinator zone`, which moves it elsewhere."""

from __future__ import annotations

import click

from coordinator.cli_database import acting, clinic_option, now, opened
from coordinator.cli_passwords import ask, password_option
from coordinator.domain.actor import Access, system
from coordinator.domain.clinic_time import zone_named
from coordinator.services import clinics, passwords, users
from coordinator.services.clinics import NewClinic


@click.command()
@click.option("--name", prompt="The clinic's name", help="The clinic's name, as mail and pages show it.")
@click.option("--timezone", prompt="Its time zone", help="An IANA name, such as America/Los_Angeles.")
@click.option("--email", prompt="The administrator's e-mail address", help="How the first administrator signs in.")
@click.option("--administrator", default="", help="The first administrator's name.")
@password_option
def init(name: str, timezone: str, email: str, administrator: str, from_stdin: bool) -> None:
    """Make a real clinic with its first administrator; whatever is left out is asked for."""
    zone_named(timezone)
    password_hash = passwords.hashed(ask(from_stdin))
    with opened() as house, house.database.write() as work:
        clinic_id = clinics.create(work, now(), NewClinic(name, timezone))
        users.add_hashed(
            work, system(clinic_id, "Command line"), now(), email=email, name=administrator,
            access=Access.ADMINISTRATOR, password_hash=password_hash,
        )  # fmt: skip
    click.echo(f"Clinic {clinic_id} is made: {name}. {email} can sign in as administrator.")
    click.echo("Start it with: coordinator serve")


@click.command()
@click.argument("timezone", metavar="ZONE")
@clinic_option
def zone(timezone: str, wanted: int | None) -> None:
    """Put a clinic into time zone ZONE; what is published keeps its moment."""
    with opened() as house, house.database.write() as work:
        before = clinics.change_zone(work, acting(work, wanted), now(), timezone)
    if before == timezone:
        click.echo(f"The clinic is in {timezone} already.")
        return
    click.echo(f"The clinic is in {timezone} now; it was in {before}.")
    click.echo("Visits, bookings and time off keep their moments. Working hours go by the new clock from now on;")
    click.echo(
        "visits that do not fit them any more are on the worklist. Reminders that have not left go by the new clock,"
    )
    click.echo("too; those that are late by it leave in three minutes: until then, the zone can be changed back.")
