"""Feeds: made, rotated, revoked and listed. `feed_answers` answers those who subscribe."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from coordinator.calendars import privacy as levels
from coordinator.calendars.qr import draw
from coordinator.calendars.subscribing import CLIENTS, Links
from coordinator.calendars.subscribing import links as links_to
from coordinator.calendars.text import clean_line
from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import InvalidInput, NotAllowed, NotFound
from coordinator.store import audit, clinics, feeds
from coordinator.store.feeds import FeedRecord, Owner
from coordinator.store.unit_of_work import Work

TOKEN_OCTETS = 32
LONGEST_NAME = 60
MANAGERS = frozenset({Access.ADMINISTRATOR, Access.COORDINATOR, Access.SYSTEM})
USUAL_LEVEL = "code"


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed with its token, which is known here and never again. `shows` is as in `FeedView`."""

    id: int
    owner: Owner
    name: str
    shows: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed as its owner sees it. `shows` is what its level lets others read, capped by the clinic's highest level."""

    id: int
    owner: Owner
    name: str
    privacy: str
    shows: str
    created_at: datetime
    fetched_at: datetime | None
    fetched_by: str
    fetches: int


@dataclass(frozen=True, slots=True)
class Level:
    """A privacy level that the clinic allows, and what it shows."""

    name: str
    shows: str
    is_usual: bool


@dataclass(frozen=True, slots=True)
class StaffFeeds:
    """A member of staff and this person's feeds."""

    staff_id: int
    name: str
    feeds: tuple[FeedView, ...]


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late a client may be to show a change."""

    client: str
    late: str


def add(
    work: Work,
    actor: Actor,
    now: datetime,
    owner_kind: str,
    owner_id: int,
    name: str = "",
    privacy: str | None = None,
) -> NewFeed:
    """Makes a feed. `owner_kind` is staff, room or clinic; no name is the clinic's, no privacy the clinic's usual one.

    Raises NotFound, NotAllowed for somebody else's feeds, and InvalidInput for a name or a level that cannot be.
    """
    owner = (owner_kind, owner_id)
    _check_may(actor, owner)
    if feeds.living_owner(work, actor.clinic_id, owner, now) is None:
        raise NotFound("There is nobody of that number whose calendar could be shown.")
    clinic = clinics.get(work, actor.clinic_id)
    token = secrets.token_urlsafe(TOKEN_OCTETS)
    feed = FeedRecord(
        clinic_id=actor.clinic_id,
        owner_kind=owner_kind,
        owner_id=owner_id,
        name=_checked_name(name or usual_name(clinic.name)),
        token_hash=hash_of(token),
        privacy=_checked_level(privacy or levels.lesser(USUAL_LEVEL, clinic.feed_ceiling), clinic.feed_ceiling),
        created_at=now,
    )
    feeds.add(work, feed)
    _note(work, actor, now, "feed.add", feed)
    return _new(feed, clinic.feed_ceiling, token)


def rotate(work: Work, actor: Actor, now: datetime, feed_id: int) -> NewFeed:
    """Gives a feed a new address; the old one is dead from now on."""
    feed = _own_feed(work, actor, feed_id)
    token = secrets.token_urlsafe(TOKEN_OCTETS)
    feed.token_hash = hash_of(token)
    _note(work, actor, now, "feed.rotate", feed)
    return _new(feed, clinics.get(work, actor.clinic_id).feed_ceiling, token)


def revoke(work: Work, actor: Actor, now: datetime, feed_id: int) -> Owner:
    """Ends a feed: its address is dead from now on. Gives whose it was."""
    feed = _own_feed(work, actor, feed_id)
    feed.revoked_at = now
    feeds.forget(work, feed.id)
    _note(work, actor, now, "feed.revoke", feed)
    return feed.owner_kind, feed.owner_id


def list_for(work: Work, actor: Actor, now: datetime, owner_kind: str, owner_id: int) -> StaffFeeds:
    """The owner's feeds; raises NotFound, and NotAllowed for somebody else's."""
    owner = (owner_kind, owner_id)
    _check_may(actor, owner)
    name = feeds.living_owner(work, actor.clinic_id, owner, now)
    if name is None:
        raise NotFound("There is nobody of that number whose calendar could be shown.")
    ceiling = clinics.get(work, actor.clinic_id).feed_ceiling
    found = feeds.of_owner(work, actor.clinic_id, owner)
    return StaffFeeds(owner_id, name, tuple(_view(feed, ceiling) for feed in found))


def list_all(work: Work, actor: Actor, now: datetime) -> list[StaffFeeds]:
    """Everybody's feeds for those who manage them; for anybody else only the person's own."""
    ceiling = clinics.get(work, actor.clinic_id).feed_ceiling
    found = [_view(feed, ceiling) for feed in feeds.of_kind(work, actor.clinic_id, "staff")]
    people = feeds.living_staff(work, actor.clinic_id, now)
    if actor.access not in MANAGERS:
        people = [person for person in people if person[0] == actor.staff_id]
    return [StaffFeeds(number, name, tuple(v for v in found if v.owner[1] == number)) for number, name in people]


def allowed_levels(work: Work, actor: Actor) -> list[Level]:
    """The levels that the clinic allows, from least to most."""
    ceiling = clinics.get(work, actor.clinic_id).feed_ceiling
    usual = levels.lesser(USUAL_LEVEL, ceiling)
    return [Level(name, levels.SAYS[name], name == usual) for name in levels.up_to(ceiling)]


def suggested_name(work: Work, actor: Actor) -> str:
    """What a new feed is called where nobody names it."""
    return usual_name(clinics.get(work, actor.clinic_id).name)


def usual_name(clinic_name: str) -> str:
    """A calendar's name by the clinic's, where that gives nothing away."""
    name = clean_line(clinic_name)
    return "Clinic visits" if levels.telling_word(name) or len(name) > LONGEST_NAME else name


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


def hash_of(token: str) -> str:
    """What is stored of a token. It is random and long, so a plain hash cannot be turned back."""
    return sha256(token.encode()).hexdigest()


def _check_may(actor: Actor, owner: Owner) -> None:
    if actor.access in MANAGERS or (actor.access == Access.CLINICIAN and owner == ("staff", actor.staff_id)):
        return
    raise NotAllowed("These are somebody else's calendar feeds. Ask a coordinator of your clinic.")


def _own_feed(work: Work, actor: Actor, feed_id: int) -> FeedRecord:
    feed = feeds.get(work, actor.clinic_id, feed_id)
    if feed is None:
        raise NotFound("There is no such feed. It may have been revoked already.")
    _check_may(actor, (feed.owner_kind, feed.owner_id))
    return feed


def _checked_name(name: str) -> str:
    clean = clean_line(name)
    if not 0 < len(clean) <= LONGEST_NAME:
        raise InvalidInput(f"A calendar's name has 1 to {LONGEST_NAME} characters. Choose another.", "name")
    word = levels.telling_word(clean)
    if word:
        raise InvalidInput(
            f"“{word}” in a calendar's name tells its host what patients are treated for. Choose a name without it.",
            "name",
        )
    return clean


def _checked_level(privacy: str, ceiling: str) -> str:
    if privacy not in levels.LEVELS:
        raise InvalidInput(f"“{privacy}” is no privacy level. Choose one of {', '.join(levels.LEVELS)}.", "privacy")
    if privacy not in levels.up_to(ceiling):
        raise InvalidInput(
            f"This clinic's feeds may show “{ceiling}” at most, and “{privacy}” shows more."
            " Choose a lower level, or ask an administrator to raise the clinic's.",
            "privacy",
        )
    return privacy


def _new(feed: FeedRecord, ceiling: str, token: str) -> NewFeed:
    view = _view(feed, ceiling)
    return NewFeed(view.id, view.owner, view.name, view.shows, token)


def _view(feed: FeedRecord, ceiling: str) -> FeedView:
    level = levels.lesser(feed.privacy, ceiling)
    return FeedView(
        id=feed.id,
        owner=(feed.owner_kind, feed.owner_id),
        name=feed.name,
        privacy=level,
        shows=levels.SAYS[level],
        created_at=feed.created_at,
        fetched_at=feed.fetched_at,
        fetched_by=feed.fetched_by,
        fetches=feed.fetches,
    )


def _note(work: Work, actor: Actor, now: datetime, action: str, feed: FeedRecord) -> None:
    detail = {"owner_kind": feed.owner_kind, "owner_id": feed.owner_id, "name": feed.name, "privacy": feed.privacy}
    audit.append(work, actor, now, action, "feed", feed.id, detail)
