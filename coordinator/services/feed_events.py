"""The events of a feed: each visit as the owner's calendar shows it, at the feed's privacy level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from coordinator.calendars.feed import FeedEvent
from coordinator.calendars.privacy import Shown, VisitFacts, shown
from coordinator.calendars.uids import mark_of, uid_of
from coordinator.store import feed_reading
from coordinator.store.feed_heads import FeedHead
from coordinator.store.feed_reading import Part, Window
from coordinator.store.unit_of_work import Work

Patients = dict[int, tuple[tuple[str, str], ...]]
Span = tuple[datetime, datetime]


def events_of(
    work: Work, head: FeedHead, privacy: str, window: Window, canceled_since: datetime, site: str
) -> list[FeedEvent]:
    """What the feed shows at that level, by start. SEQUENCE and DTSTAMP are still those of the rows.

    `site` is how people reach the pages of visits.
    """
    parts = feed_reading.parts_of(work, head.clinic_id, head.owner, window)
    kind, owner_id = head.owner
    # At the lowest level the names are not even read.
    names = privacy != "busy" and kind != "enrollment"
    patients = feed_reading.patients_of(work, {part.enrollment_id for part in parts}) if names else {}
    people = feed_reading.people_of(work, owner_id) if names and kind == "team" else {}
    look = _Look(privacy, kind, patients, people, head.alarm_minutes, "" if kind == "enrollment" else site)
    mark = mark_of(head.clinic_id, head.clinic_created_at)
    drawing = _Drawing(look, mark, owner_id if kind == "staff" else None, canceled_since)
    events: list[FeedEvent] = []
    for _visit, group in groupby(parts, key=attrgetter("visit_id")):
        events.extend(drawing.events(list(group)))
    return events


@dataclass(frozen=True, slots=True)
class _Look:
    """What a feed shows of every visit. `people` are the names of those who are there, by visit."""

    privacy: str
    kind: str
    patients: Patients
    people: dict[int, tuple[str, ...]]
    alarm_minutes: int | None
    site: str


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What the events of one feed share. Most visits look like another one, so what is shown is kept in `faces`."""

    look: _Look
    mark: str
    staff_id: int | None
    canceled_since: datetime
    faces: dict[tuple[object, ...], Shown] = field(default_factory=dict)

    def events(self, parts: list[Part]) -> list[FeedEvent]:
        """One visit's events: several where the owner is there for several pieces of it, and free in between."""
        one = parts[0]
        if len(parts) == 1 and one.canceled_at is None and not one.pieces:  # nearly always
            return [self._event(one, 1, (one.starts, one.ends), (one.sequence, one.changed_at), False)]
        present = [part for part in parts if part.canceled_at is None]
        if not present and all(part.canceled_at < self.canceled_since for part in parts if part.canceled_at):
            return []
        state = sum(part.sequence for part in parts), max(part.canceled_at or part.changed_at for part in parts)
        spans = enumerate(_spans(present or parts), start=1)
        return [self._event(one, number, span, state, not present) for number, span in spans]

    def _event(self, part: Part, number: int, span: Span, state: tuple[int, datetime], canceled: bool) -> FeedEvent:
        """`state` is the event's SEQUENCE and when it last changed."""
        look, visit_id = self.look, part.visit_id
        key = (part.kind, part.visit_length, part.enrollment_id, part.room)
        face = self.faces.get(key) or self._drawn(part, key)
        return FeedEvent(
            uid_of(visit_id, self.mark, self.staff_id, number),
            *state,
            *span,
            face.summary,
            face.location,
            _with(look.people[visit_id]) if visit_id in look.people else "",
            canceled=canceled,
            url=f"{look.site}/visits/{visit_id}" if look.site else "",
            alarm_minutes=look.alarm_minutes,
        )

    def _drawn(self, part: Part, key: tuple[object, ...]) -> Shown:
        patients, for_patient = self.look.patients.get(part.enrollment_id, ()), self.look.kind == "enrollment"
        minutes = int(part.visit_length.total_seconds() // 60)
        facts = VisitFacts(part.kind, minutes, part.enrollment, patients, part.room, for_patient)
        face = self.faces[key] = shown(self.look.privacy, facts)
        return face


def _with(names: tuple[str, ...]) -> str:
    return f"With {', '.join(names)}" if names else ""


def _spans(parts: list[Part]) -> list[Span]:
    """When the owner is there, by start; spans that touch are one."""
    if len(parts) == 1 and not parts[0].pieces:
        return [(parts[0].starts, parts[0].ends)]
    joined: list[Span] = []
    for starts, ends in sorted(_pieces(parts)):
        if joined and starts <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(ends, joined[-1][1])
        else:
            joined.append((starts, ends))
    return joined


def _pieces(parts: Iterable[Part]) -> Iterator[Span]:
    for part in parts:
        if not part.pieces:
            yield part.starts, part.ends
        for offset, minutes in part.pieces or ():
            starts = (part.visit_starts or part.starts) + timedelta(minutes=offset)
            yield starts, starts + timedelta(minutes=minutes)
