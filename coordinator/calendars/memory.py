"""What a feed has shown of each event, and what follows for SEQUENCE and DTSTAMP.

Both must follow the last change that the feed's privacy level shows, and nothing else: a change that this level hides
must leave every byte as it was, and one that it shows must raise them, also a room's or a patient's new name, which no
visit knows of. So a feed remembers a digest of what it showed of each event, and compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from coordinator.calendars.feed import FeedEvent

KEPT = timedelta(days=730)
"""How long an event that is shown no more is remembered: it may come back, and its SEQUENCE must not fall."""

Memory = Mapping[str, list[Any]]
"""By UID: [digest of what was shown, sequence, changed (seconds since 1970)]. JSON."""


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
    for each in events:
        event, digest = each, _digest(each)
        known, entry = memory.get(each.uid), [digest, each.sequence, int(each.changed_at.timestamp())]
        if known is not None and known != entry:
            event = _settle_one(known, digest, each, changed_at)
            entry = [digest, event.sequence, int(event.changed_at.timestamp())]
        settled.append(event)
        kept[event.uid] = entry
    oldest = int((changed_at - KEPT).timestamp())
    gone = {uid: entry for uid, entry in memory.items() if uid not in kept and entry[2] > oldest}
    return Settled(tuple(settled), kept | gone)


def _settle_one(entry: list[Any], digest: str, event: FeedEvent, changed_at: datetime) -> FeedEvent:
    known, sequence, second = entry
    before = datetime.fromtimestamp(second, UTC)
    if digest == known:
        return event._replace(sequence=sequence, changed_at=before)
    # DTSTAMP counts seconds: two changes within one must still differ.
    after = event.changed_at if event.changed_at > before else changed_at
    changed = max(after, before + timedelta(seconds=1))
    return event._replace(sequence=max(sequence + 1, event.sequence), changed_at=changed)


def _digest(event: FeedEvent) -> str:
    """Of all that is shown but what is decided here."""
    start, end = int(event.starts.timestamp()), int(event.ends.timestamp())
    said = _digest_of_texts(event.summary, event.location, event.description, event.alarm_minutes)
    return f"{said} {start:x} {end - start:x}{' canceled' if event.canceled else ''}{'' if event.busy else ' free'}"


@lru_cache(maxsize=256)
def _digest_of_texts(*texts: object) -> str:
    """Most events of a feed say what another one says."""
    return sha256("\0".join(map(str, texts)).encode(errors="replace")).hexdigest()[:16]
