"""The events of a feed: each visit as the owner's calendar shows it, at the feed's privacy level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby

from coordinator.calendars.feed import FeedEvent
from coordinator.calendars.privacy import VisitFacts, shown
from coordinator.store import feed_reading
from coordinator.store.feed_reading import FeedHead, Part, Window
from coordinator.store.unit_of_work import Work

Patients = dict[int, tuple[tuple[str, str], ...]]
Span = tuple[datetime, datetime]


def events_of(work: Work, head: FeedHead, privacy: str, window: Window, canceled_since: datetime) -> list[FeedEvent]:
    """What the feed shows at that level, by start. SEQUENCE and DTSTAMP are still those of the rows."""
    parts = feed_reading.parts_of(work, head.clinic_id, head.owner, window)
    # At the lowest level the names are not even read.
    patients = {} if privacy == "busy" else feed_reading.patients_of(work, {part.enrollment_id for part in parts})
    events: list[FeedEvent] = []
    for _, group in groupby(parts, key=lambda part: part.visit_id):
        events.extend(_events(head, privacy, list(group), patients, canceled_since))
    return events


def _events(
    head: FeedHead, privacy: str, parts: list[Part], patients: Patients, canceled_since: datetime
) -> Iterator[FeedEvent]:
    """One visit's events: several where the owner is there for several pieces of it, and free in between."""
    present = [part for part in parts if part.canceled_at is None]
    if not present and all(part.canceled_at < canceled_since for part in parts if part.canceled_at):
        return
    first = parts[0]
    face = shown(privacy, _facts(first, patients))
    for number, (starts, ends) in enumerate(_joined(_pieces(present or parts)), start=1):
        yield FeedEvent(
            uid=uid(head, first.visit_id, number),
            sequence=sum(part.sequence for part in parts),
            changed_at=max(part.canceled_at or part.changed_at for part in parts),
            starts=starts,
            ends=ends,
            summary=face.summary,
            location=face.location,
            canceled=not present,
        )


def uid(head: FeedHead, visit_id: int, piece: int = 1) -> str:
    """Stable while the visit lives and never used again: visit and person in a person's feed, visit in the others."""
    kind, owner_id = head.owner
    person = f"-{owner_id}" if kind == "staff" else ""
    clinic = sha256(f"{head.clinic_id} {head.clinic_created_at.isoformat()}".encode()).hexdigest()[:16]
    return f"visit-{visit_id}{person}{f'-{piece}' if piece > 1 else ''}@{clinic}.coordinator"


def _facts(part: Part, patients: Patients) -> VisitFacts:
    return VisitFacts(
        kind=part.kind,
        minutes=int((part.ends - part.starts).total_seconds() // 60),
        enrollment=part.enrollment,
        patients=patients.get(part.enrollment_id, ()),
        room=part.room,
    )


def _pieces(parts: Iterable[Part]) -> Iterator[Span]:
    for part in parts:
        if not part.pieces:
            yield part.own_starts, part.own_ends
        for offset, minutes in part.pieces:
            starts = part.starts + timedelta(minutes=offset)
            yield starts, starts + timedelta(minutes=minutes)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The spans by start; those that touch are one."""
    joined: list[Span] = []
    for starts, ends in sorted(spans):
        if joined and starts <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(ends, joined[-1][1])
        else:
            joined.append((starts, ends))
    return joined
