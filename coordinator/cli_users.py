"""`coordinator user add`, `user list` and `user disable`."""

from __future__ import annotations

import click

from coordinator.cli_database import acting, clinic_option, now, opened
from coordinator.cli_passwords import ask, password_option
from coordinator.domain.actor import Access
from coordinator.services import clinics, passwords, users


@click.group()
def user() -> None:
    """Add, list and disable users."""


@user.command()
@click.argument("email")
@click.option(
    "--access", type=click.Choice([each.value for each in users.PEOPLE]), required=True, help="What they may do."
)
@click.option("--name", default="", help="Their name, as pages show it.")
@click.option("--staff", "staff_code", metavar="ID", help="The member of staff they are, as in the exchange format.")
@password_option
@clinic_option
def add(email: str, access: str, name: str, staff_code: str | None, from_stdin: bool, wanted: int | None) -> None:
    """Add a user to the clinic; the password is asked for."""
    password_hash = passwords.hashed(ask(from_stdin))
    with opened() as house, house.database.write() as work:
        actor = acting(work, wanted)
        staff_id = clinics.staff_named(work, actor.clinic_id, staff_code) if staff_code else None
        users.add_hashed(
            work, actor, now(), email=email, name=name, access=Access(access), password_hash=password_hash,
            staff_id=staff_id,
        )  # fmt: skip
    click.echo(f"{email} can sign in as {access}.")


@user.command("list")
@clinic_option
def list_users(wanted: int | None) -> None:
    """List the users of the clinic."""
    with opened() as house, house.database.read() as work:
        for each in users.list_users(work, acting(work, wanted)):
            click.echo(f"{each.email}  {each.access}  {each.name}{'  (disabled)' if each.is_disabled else ''}")


@user.command()
@click.argument("email")
@clinic_option
def disable(email: str, wanted: int | None) -> None:
    """Keep a user out, at once, wherever signed in."""
    with opened() as house, house.database.write() as work:
        users.disable_user(work, acting(work, wanted), now(), email)
    click.echo(f"{email} can no longer sign in.")
