"""What a feed has shown of each event, and what follows for SEQUENCE and DTSTAMP.

Both must follow the last change that the feed's privacy level shows, and nothing else: a change that this level hides
must leave every byte as it was, and one that it shows must raise them, also a room's or a patient's new name, which no
visit knows of. So a feed remembers a digest of what it showed of each event, and compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from coordinator.calendars.feed import FeedEvent

KEPT = timedelta(days=730)
"""How long an event that is shown no more is remembered: it may come back, and its SEQUENCE must not fall."""

Memory = Mapping[str, list[Any]]
"""By UID: [digest, sequence, changed (seconds since 1970)]. JSON."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The events with their SEQUENCE and DTSTAMP, and the memory to keep."""

    events: tuple[FeedEvent, ...]
    memory: dict[str, list[Any]]


def settle(memory: Memory, events: Iterable[FeedEvent], changed_at: datetime) -> Settled:
    """Gives each event the SEQUENCE and DTSTAMP that follow from what was shown of it before.

    An event comes with those of its own row. `changed_at` is when the feed's owner last changed: the time of a change
    that the event's row does not know of.
    """
    settled, kept = [], {}
    for event in events:
        digest = _digest(event)
        final = _settle_one(memory.get(event.uid), digest, event, changed_at)
        settled.append(final)
        kept[event.uid] = [digest, final.sequence, int(final.changed_at.timestamp())]
    oldest = int((changed_at - KEPT).timestamp())
    gone = {uid: entry for uid, entry in memory.items() if uid not in kept and entry[2] > oldest}
    return Settled(tuple(settled), kept | gone)


def _settle_one(entry: list[Any] | None, digest: str, event: FeedEvent, changed_at: datetime) -> FeedEvent:
    if entry is None:
        return event
    known, sequence, second = entry
    if digest == known and sequence == event.sequence and second == int(event.changed_at.timestamp()):
        return event
    before = datetime.fromtimestamp(second, UTC)
    if digest == known:
        return replace(event, sequence=sequence, changed_at=before)
    # DTSTAMP counts seconds: two changes within one must still differ.
    after = event.changed_at if event.changed_at > before else changed_at
    changed = max(after, before + timedelta(seconds=1))
    return replace(event, sequence=max(sequence + 1, event.sequence), changed_at=changed)


def _digest(event: FeedEvent) -> str:
    """Of all that is shown but what is decided here."""
    times = f"{event.starts.timestamp()} {event.ends.timestamp()} {event.canceled} {event.busy}"
    shown = "\0".join((times, event.summary, event.location, event.description))
    if event.alarm_minutes is not None:
        shown += f"\0{event.alarm_minutes}"
    return sha256(shown.encode(errors="replace")).hexdigest()[:16]
