"""Answering those who subscribe: the bytes kept for (feed, revision, clinic date), made anew where one has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from operator import attrgetter

from coordinator.calendars.feed import Feed, compose
from coordinator.calendars.memory import settle
from coordinator.calendars.privacy import lesser
from coordinator.domain.clinic_time import midnight_utc, zone_named
from coordinator.services.feed_bookings import booking_events
from coordinator.services.feed_events import events_of
from coordinator.services.feeds import hash_of
from coordinator.store import feed_heads
from coordinator.store.feed_heads import FeedHead, FeedPeek, Kept
from coordinator.store.feed_reading import Window
from coordinator.store.unit_of_work import Database, Work

PAST_DAYS = 28
FUTURE_DAYS = 400
CANCELED_DAYS = 14
"""The clinic may set `feed_past_days` and `feed_future_days`, and each feed its own; a canceled visit is shown as such
for two weeks."""


@dataclass(frozen=True, slots=True)
class FeedAnswer:
    """A feed's content; `body` is None where the asker has it already. `day` is the clinic's date."""

    feed_id: int
    clinic_id: int
    day: date
    etag: str
    modified_at: datetime
    body: bytes | None


HasIt = Callable[[str, datetime], bool]
"""Whether the asker already has the content of that tag and that time of change."""


def fetch(
    database: Database, token: str, now: datetime, has_it: HasIt = lambda _tag, _at: False, site: str = ""
) -> FeedAnswer | None:
    """The feed of that token, or None alike for a token that never was, was rotated or revoked, or whose owner left.

    An unchanged feed costs one indexed read; its body is not read for an asker who has it. `site` is how people reach
    the pages of visits; without it the events link to none.
    """
    token_hash = hash_of(token)
    head = feed_heads.peek(database, token_hash, now)
    if head is None:
        return None
    if head.kept and _still_holds(head, now):
        if has_it(head.kept.etag, head.kept.modified_at):
            return _answer(head, head.kept, None)
        newest = _newest(database, head.id, head.kept.etag)
        if newest:  # it may be newer than the head by now, but its tag is its own
            return _answer(head, *newest)
    return _fetch_anew(database, token_hash, now, has_it, site)


@lru_cache(maxsize=32)
def _newest(database: Database, feed_id: int, _etag: str) -> tuple[Kept, bytes] | None:
    """The bytes that are kept, remembered by their tag: a busy feed's are read from the database once."""
    return feed_heads.newest(database, feed_id)


def _fetch_anew(database: Database, token_hash: str, now: datetime, has_it: HasIt, site: str) -> FeedAnswer | None:
    with database.write() as work:
        # Locked: two who ask at once must not both say what changed since the last time.
        head = feed_heads.locked(work, token_hash, now)
        if head is None:
            return None
        is_made = _still_holds(head, now)  # by somebody else, meanwhile
        kept, body = (is_made and feed_heads.newest(work, head.id)) or _make_anew(work, head, now, site)
    return _answer(head, kept, None if has_it(kept.etag, kept.modified_at) else body)


def _answer(head: FeedPeek, kept: Kept, body: bytes | None) -> FeedAnswer:
    return FeedAnswer(head.id, head.clinic_id, kept.day, kept.etag, kept.modified_at, body)


def _still_holds(head: FeedPeek, now: datetime) -> bool:
    kept = head.kept
    return (
        kept is not None
        and kept.revision == head.revision
        and kept.day == _day(head, now)
        and kept.privacy == lesser(head.privacy, head.ceiling)
    )


def _day(head: FeedPeek, now: datetime) -> date:
    return now.astimezone(zone_named(head.timezone)).date()


def _make_anew(work: Work, head: FeedHead, now: datetime, site: str) -> tuple[Kept, bytes]:
    day, privacy = _day(head, now), lesser(head.privacy, head.ceiling)
    window, canceled_since = _window(head, day)
    known = feed_heads.memory(work, head.id)
    events = events_of(work, head, privacy, window, canceled_since, site)
    if booked := list(booking_events(work, head, privacy, window)):
        events = sorted([*events, *booked], key=attrgetter("starts"))
    settled = settle(known, events, head.changed_at)
    body = compose(Feed(head.name, settled.events))
    etag = sha256(body).hexdigest()[:32]
    kept = Kept(head.revision, day, privacy, etag, _modified(head, etag, now))
    feed_heads.keep_body(work, head, kept, body)
    if settled.memory != known:
        feed_heads.keep_memory(work, head, settled.memory)
    return kept, body


def _window(head: FeedHead, day: date) -> tuple[Window, datetime]:
    """What is shown on a clinic date, and since when what was canceled is."""
    zone, settings = zone_named(head.timezone), head.clinic_settings
    past = settings.get("feed_past_days", PAST_DAYS) if head.past_days is None else head.past_days
    future = settings.get("feed_future_days", FUTURE_DAYS) if head.future_days is None else head.future_days
    first, end = day - timedelta(days=int(past)), day + timedelta(days=int(future) + 1)
    window = Window(midnight_utc(first, zone), midnight_utc(end, zone))
    return window, midnight_utc(day - timedelta(days=CANCELED_DAYS), zone)


def _modified(head: FeedHead, etag: str, now: datetime) -> datetime:
    """When the content last changed. Two contents never share a second: Last-Modified counts no finer."""
    kept = head.kept
    if kept is None:
        return now
    return kept.modified_at if kept.etag == etag else max(now, kept.modified_at + timedelta(seconds=1))
