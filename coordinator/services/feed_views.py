"""Feeds as people see them: each owner's, everybody's, which levels there are, and how to subscribe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from coordinator.calendars import privacy as levels
from coordinator.calendars.qr import draw
from coordinator.calendars.subscribing import CLIENTS, Links
from coordinator.calendars.subscribing import links as links_to
from coordinator.domain.actor import Actor
from coordinator.services.feed_answers import FUTURE_DAYS, PAST_DAYS
from coordinator.services.feeds import MANAGERS, USUAL_LEVEL, Wishes, check_may, own_feed, usual_name
from coordinator.store import clinics, feed_owners, feeds
from coordinator.store.feed_owners import PROGRAMS
from coordinator.store.feeds import FeedRecord, Owner
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed as its owner sees it. `shows` is what its level lets others read, capped by the clinic's highest level.

    `holder` is the name of the member of staff who has the address; None where it is nobody's own.
    """

    id: int
    owner: Owner
    name: str
    privacy: str
    shows: str
    created_at: datetime
    fetched_at: datetime | None
    fetched_by: str
    fetches: int
    wishes: Wishes
    holder: str | None = None

    @property
    def past_days(self) -> int:
        """How many days back it shows."""
        return PAST_DAYS if self.wishes.past_days is None else self.wishes.past_days

    @property
    def future_days(self) -> int:
        """How many days ahead it shows."""
        return FUTURE_DAYS if self.wishes.future_days is None else self.wishes.future_days


@dataclass(frozen=True, slots=True)
class Level:
    """A privacy level that the clinic allows, and what it shows."""

    name: str
    shows: str
    is_usual: bool


@dataclass(frozen=True, slots=True)
class OwnerFeeds:
    """Whom feeds show, and these feeds. `kind` is staff, room, team, enrollment or clinic; a program is named by its
    code."""

    kind: str
    id: int
    name: str
    feeds: tuple[FeedView, ...]


@dataclass(frozen=True, slots=True)
class Everybody:
    """All feeds that the reader may manage. `programs` are only those that have any."""

    people: tuple[OwnerFeeds, ...]
    places: tuple[OwnerFeeds, ...]
    programs: tuple[OwnerFeeds, ...]


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late a client may be to show a change."""

    client: str
    late: str


def list_for(work: Work, actor: Actor, now: datetime, owner_kind: str, owner_id: int) -> OwnerFeeds:
    """The owner's feeds; raises NotFound, and NotAllowed for somebody else's."""
    owner = (owner_kind, owner_id)
    name = check_may(work, actor, owner, now)
    found = feeds.of_owner(work, actor.clinic_id, owner)
    return OwnerFeeds(owner_kind, owner_id, name, _views(work, actor, now, found))


def feed(work: Work, actor: Actor, now: datetime, feed_id: int) -> FeedView:
    """One feed; raises NotFound and NotAllowed."""
    return _views(work, actor, now, [own_feed(work, actor, feed_id, now)])[0]


def list_all(work: Work, actor: Actor, now: datetime) -> Everybody:
    """Everybody's feeds for those who manage them; for anybody else only the person's own."""
    if actor.access not in MANAGERS:
        mine = [(number, name) for number, name in _living(work, actor, "staff", now) if number == actor.staff_id]
        return Everybody(_of_kind(work, actor, now, "staff", mine), (), ())
    people = _of_kind(work, actor, now, "staff", _living(work, actor, "staff", now))
    clinic = (actor.clinic_id, clinics.get(work, actor.clinic_id).name)
    places = _of_kind(work, actor, now, "clinic", [clinic])
    places += _of_kind(work, actor, now, "room", _living(work, actor, "room", now))
    programs = [each for kind in PROGRAMS for each in _of_kind(work, actor, now, kind, _living(work, actor, kind, now))]
    return Everybody(people, places, tuple(each for each in programs if each.feeds))


def allowed_levels(work: Work, actor: Actor, owner_kind: str = "staff") -> list[Level]:
    """The levels that the clinic allows for a feed of that kind, from least to most."""
    ceiling = clinics.get(work, actor.clinic_id).feed_ceiling
    usual, said = levels.lesser(USUAL_LEVEL, ceiling), levels.says(owner_kind)
    return [Level(name, said[name], name == usual) for name in levels.up_to(ceiling, owner_kind)]


def holders(work: Work, actor: Actor, now: datetime) -> list[tuple[int, str]]:
    """Whose a feed of a room, a program or the clinic may be: everybody of the staff, by name."""
    return _living(work, actor, "staff", now) if actor.access in MANAGERS else []


def suggested_name(work: Work, actor: Actor) -> str:
    """What a new feed is called where nobody names it."""
    return usual_name(clinics.get(work, actor.clinic_id).name)


def address(base_url: str, token: str) -> str:
    """Where a feed is."""
    return f"{base_url}/calendars/{token}.ics"


def links(base_url: str, token: str, name: str) -> Links:
    """Every way to subscribe to a feed."""
    return links_to(address(base_url, token), name)


def qr_code(text: str) -> str:
    """An address as an `<svg>` element for a phone to read."""
    return draw(text)


def lateness() -> list[Lateness]:
    """How late each client may be, the slowest first."""
    return [Lateness(client.name, client.late) for client in CLIENTS]


def _living(work: Work, actor: Actor, kind: str, now: datetime) -> list[tuple[int, str]]:
    return feed_owners.living(work, actor.clinic_id, kind, now)


def _of_kind(
    work: Work, actor: Actor, now: datetime, kind: str, owners: Iterable[tuple[int, str]]
) -> tuple[OwnerFeeds, ...]:
    found = _views(work, actor, now, feeds.of_kind(work, actor.clinic_id, kind))
    return tuple(
        OwnerFeeds(kind, number, name, tuple(view for view in found if view.owner[1] == number))
        for number, name in owners
    )


def _views(work: Work, actor: Actor, now: datetime, found: Iterable[FeedRecord]) -> tuple[FeedView, ...]:
    ceiling = clinics.get(work, actor.clinic_id).feed_ceiling
    names = dict(_living(work, actor, "staff", now))
    return tuple(_view(each, ceiling, names) for each in found)


def _view(record: FeedRecord, ceiling: str, names: dict[int, str]) -> FeedView:
    level = levels.lesser(record.privacy, ceiling)
    holder = None if record.owner_kind == "staff" else names.get(record.holder_staff_id or 0)
    return FeedView(
        id=record.id,
        owner=(record.owner_kind, record.owner_id),
        name=record.name,
        privacy=level,
        shows=levels.says(record.owner_kind)[level],
        created_at=record.created_at,
        fetched_at=record.fetched_at,
        fetched_by=record.fetched_by,
        fetches=record.fetches,
        wishes=Wishes(record.past_days, record.future_days, record.alarm_minutes, record.holder_staff_id),
        holder=holder,
    )
