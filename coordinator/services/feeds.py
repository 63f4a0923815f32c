"""Feeds: made, changed, rotated, revoked. `feed_views` lists them, `feed_answers` answers those who subscribe."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from coordinator.calendars import privacy as levels
from coordinator.calendars.text import clean_line
from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import InvalidInput, NotAllowed, NotFound
from coordinator.store import audit, clinics, feed_owners, feeds
from coordinator.store.feeds import KINDS, FeedRecord, Owner
from coordinator.store.unit_of_work import Work

TOKEN_OCTETS = 32
LONGEST_NAME = 60
MANAGERS = frozenset({Access.ADMINISTRATOR, Access.COORDINATOR, Access.SYSTEM})
USUAL_LEVEL = "code"
MOST_DAYS = {"past_days": 366, "future_days": 800}
ALARMS = (0, 5, 10, 15, 30, 60, 120, 1440)
"""Minutes before a visit at which a calendar may be asked to ring."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a feed may have of its own. Days None are the clinic's usual window; `alarm_minutes` None rings no bell.

    `holder_staff_id` is the member of staff who has the address of a feed that is not a person's; with this person's
    leaving it is dead. None: a screen on a wall, a patient.
    """

    past_days: int | None = None
    future_days: int | None = None
    alarm_minutes: int | None = None
    holder_staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed with its token, which is known here and never again. `shows` is what its level lets others read.

    `whose` is the owner's name, a program's being its code.
    """

    id: int
    owner: Owner
    whose: str
    name: str
    shows: str
    token: str = field(repr=False)


def add(
    work: Work,
    actor: Actor,
    now: datetime,
    owner_kind: str,
    owner_id: int,
    name: str = "",
    privacy: str | None = None,
    wishes: Wishes | None = None,
) -> NewFeed:
    """Makes a feed. `owner_kind` is one of KINDS; no name is the clinic's, no privacy the clinic's usual one.

    Raises NotFound, NotAllowed for somebody else's feeds, and InvalidInput for a name or a level that cannot be.
    """
    whose = check_may(work, actor, (owner_kind, owner_id), now)
    clinic = clinics.get(work, actor.clinic_id)
    token = secrets.token_urlsafe(TOKEN_OCTETS)
    feed = FeedRecord(
        clinic_id=actor.clinic_id,
        owner_kind=owner_kind,
        owner_id=owner_id,
        name=_checked_name(name or usual_name(clinic.name)),
        token_hash=hash_of(token),
        privacy=_checked_level(
            privacy or levels.lesser(USUAL_LEVEL, clinic.feed_ceiling), clinic.feed_ceiling, owner_kind
        ),
        created_at=now,
    )
    _wish(work, actor, now, feed, wishes or Wishes())
    feeds.add(work, feed)
    _note(work, actor, now, "feed.add", feed)
    return _new(feed, whose, clinic.feed_ceiling, token)


def change(
    work: Work, actor: Actor, now: datetime, feed_id: int, name: str, privacy: str | None, wishes: Wishes
) -> Owner:
    """Changes what a feed shows; its address stays. Gives whose it is. Raises as `add` does."""
    feed = own_feed(work, actor, feed_id, now)
    ceiling = clinics.get(work, actor.clinic_id).feed_ceiling
    feed.name = _checked_name(name)
    feed.privacy = _checked_level(privacy or feed.privacy, ceiling, feed.owner_kind)
    _wish(work, actor, now, feed, wishes)
    feeds.drop_body(work, feed.id)
    _note(work, actor, now, "feed.change", feed)
    return feed.owner_kind, feed.owner_id


def rotate(work: Work, actor: Actor, now: datetime, feed_id: int) -> NewFeed:
    """Gives a feed a new address; the old one is dead from now on."""
    feed = own_feed(work, actor, feed_id, now)
    token = secrets.token_urlsafe(TOKEN_OCTETS)
    feed.token_hash = hash_of(token)
    _note(work, actor, now, "feed.rotate", feed)
    whose = check_may(work, actor, (feed.owner_kind, feed.owner_id), now)
    return _new(feed, whose, clinics.get(work, actor.clinic_id).feed_ceiling, token)


def revoke(work: Work, actor: Actor, now: datetime, feed_id: int) -> Owner:
    """Ends a feed: its address is dead from now on. Gives whose it was."""
    feed = own_feed(work, actor, feed_id, now)
    end(work, actor, now, feed)
    return feed.owner_kind, feed.owner_id


def leave(work: Work, actor: Actor, now: datetime, staff_id: int) -> None:
    """Ends every feed whose address a member of staff has who leaves."""
    for feed in feeds.of_holder(work, actor.clinic_id, staff_id):
        end(work, actor, now, feed)


def end(work: Work, actor: Actor, now: datetime, feed: FeedRecord) -> None:
    """Makes an address dead, and forgets what was kept for it."""
    feed.revoked_at = now
    feeds.forget(work, feed.id)
    _note(work, actor, now, "feed.revoke", feed)


def usual_name(clinic_name: str) -> str:
    """A calendar's name by the clinic's, where that gives nothing away."""
    name = clean_line(clinic_name)
    return "Clinic visits" if levels.telling_word(name) or len(name) > LONGEST_NAME else name


def hash_of(token: str) -> str:
    """What is stored of a token. It is random and long, so a plain hash cannot be turned back."""
    return sha256(token.encode()).hexdigest()


def check_may(work: Work, actor: Actor, owner: Owner, now: datetime) -> str:
    """The owner's name, where the actor may manage this owner's feeds; raises NotFound and NotAllowed.

    Clinicians manage their own, and those of the care teams they are in.
    """
    kind, owner_id = owner
    name = feed_owners.living_owner(work, actor.clinic_id, owner, now) if kind in KINDS else None
    if name is None:
        raise NotFound("There is nobody of that number whose calendar could be shown.")
    if actor.access in MANAGERS:
        return name
    if actor.access == Access.CLINICIAN and actor.staff_id is not None:
        if owner == ("staff", actor.staff_id):
            return name
        if kind == "team" and feed_owners.is_in_team(work, owner_id, actor.staff_id):
            return name
    raise NotAllowed("These are somebody else's calendar feeds. Ask a coordinator of your clinic.")


def own_feed(work: Work, actor: Actor, feed_id: int, now: datetime) -> FeedRecord:
    """The feed, where the actor may manage it; raises NotFound and NotAllowed."""
    feed = feeds.get(work, actor.clinic_id, feed_id)
    if feed is None:
        raise NotFound("There is no such feed. It may have been revoked already.")
    check_may(work, actor, (feed.owner_kind, feed.owner_id), now)
    if actor.access not in MANAGERS and feed.holder_staff_id != actor.staff_id:
        raise NotAllowed("This feed is somebody else's. Ask a coordinator of your clinic.")
    return feed


def _wish(work: Work, actor: Actor, now: datetime, feed: FeedRecord, wishes: Wishes) -> None:
    for name, most in MOST_DAYS.items():
        days = getattr(wishes, name)
        if days is not None and not 0 <= days <= most:
            raise InvalidInput(f"The calendar's window has 0 to {most} days on this side. Choose fewer.", name)
    if wishes.alarm_minutes is not None and wishes.alarm_minutes not in ALARMS:
        raise InvalidInput("Choose when to be reminded from the list.", "alarm_minutes")
    kept = replace(wishes, holder_staff_id=_holder(work, actor, now, feed, wishes.holder_staff_id))
    for name in ("past_days", "future_days", "alarm_minutes", "holder_staff_id"):
        setattr(feed, name, getattr(kept, name))


def _holder(work: Work, actor: Actor, now: datetime, feed: FeedRecord, wished: int | None) -> int | None:
    if feed.owner_kind == "staff":
        return feed.owner_id
    if feed.owner_kind == "enrollment":
        return None
    if actor.access not in MANAGERS:
        return actor.staff_id
    if wished is not None and feed_owners.living_owner(work, actor.clinic_id, ("staff", wished), now) is None:
        raise InvalidInput("Choose who gets the address from the list.", "holder")
    return wished


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


def _checked_level(privacy: str, ceiling: str, owner_kind: str) -> str:
    known = tuple(levels.says(owner_kind))
    if privacy not in known:
        raise InvalidInput(
            f"“{privacy}” is no privacy level of this feed. Choose one of {', '.join(known)}.", "privacy"
        )
    if privacy not in levels.up_to(ceiling, owner_kind):
        raise InvalidInput(
            f"This clinic's feeds may show “{ceiling}” at most, and “{privacy}” shows more."
            " Choose a lower level, or ask an administrator to raise the clinic's.",
            "privacy",
        )
    return privacy


def _new(feed: FeedRecord, whose: str, ceiling: str, token: str) -> NewFeed:
    shows = levels.says(feed.owner_kind)[levels.lesser(feed.privacy, ceiling)]
    return NewFeed(feed.id, (feed.owner_kind, feed.owner_id), whose, feed.name, shows, token)


def _note(work: Work, actor: Actor, now: datetime, action: str, feed: FeedRecord) -> None:
    detail = {"owner_kind": feed.owner_kind, "owner_id": feed.owner_id, "name": feed.name, "privacy": feed.privacy}
    audit.append(work, actor, now, action, "feed", feed.id, detail)
