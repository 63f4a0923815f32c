"""`coordinator feed add`, `feed list` and `feed revoke`."""

from __future__ import annotations

import click

from coordinator.cli_database import acting, clinic_option, now, opened
from coordinator.services import clinics, feed_views, feeds


@click.group()
def feed() -> None:
    """Add, list and revoke calendar feeds."""


@feed.command()
@click.option("--staff", "code", metavar="ID", required=True, help="Whose calendar, by the id of the exchange format.")
@click.option("--privacy", metavar="LEVEL", help="busy, code, kind, initials or full; no more than the clinic allows.")
@click.option("--name", default="", help="What calendar programs call it; the clinic's name where left out.")
@clinic_option
def add(code: str, privacy: str | None, name: str, wanted: int | None) -> None:
    """Make a feed and print its address, which is secret and shown only now."""
    with opened() as house, house.database.write() as work:
        actor = acting(work, wanted)
        staff_id = clinics.staff_named(work, actor.clinic_id, code)
        new = feeds.add(work, actor, now(), "staff", staff_id, name, privacy)
    click.echo(f"Feed {new.id} is made. Keep its address secret; it is not shown again:")
    click.echo(feed_views.address(house.settings.base_url, new.token))


@feed.command("list")
@clinic_option
def list_feeds(wanted: int | None) -> None:
    """List the feeds that are not revoked, without their addresses."""
    with opened() as house, house.database.read() as work:
        found = feed_views.list_all(work, acting(work, wanted), now())
        for owner in (*found.people, *found.places, *found.programs):
            for each in owner.feeds:
                click.echo(f"{each.id}  {owner.name}  {each.privacy}  {each.name}")


@feed.command()
@click.argument("number", metavar="FEED", type=int)
@clinic_option
def revoke(number: int, wanted: int | None) -> None:
    """End feed number FEED: its address is dead from now on."""
    with opened() as house, house.database.write() as work:
        feeds.revoke(work, acting(work, wanted), now(), number)
    click.echo(f"Feed {number} is revoked.")
