"""What the demo clinic arranged besides visits: meetings, maintenance, a request for time off, and notes to teams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.domain.actor import Actor
from coordinator.domain.repeating import ONCE, Rhythm
from coordinator.services import bookings, notes, time_off
from coordinator.services.bookings import BookingDetails
from coordinator.services.demo.furnish import Calendar
from coordinator.services.time_off import AbsenceDetails
from coordinator.store import enrollment_queries, room_queries, visit_queries
from coordinator.store.unit_of_work import Work

WEEKS = 8
"""How long what repeats goes on."""
NOTES = (
    ("The ride waits at the side door this time.", False),
    ("Please start ten minutes later; the bus was changed.", True),
    ("Heron has the quieter light in the afternoon.", False),
)
"""What the coordinator wrote about the next visits, and whether it is about that visit alone."""


@dataclass(frozen=True, slots=True)
class Arranged:
    """A booking: on which day after this week's Monday, from and to in minutes, with whom, where, how often.

    `patient` is the code of one who is seen outside programs.
    """

    title: str
    day: int
    starts: int
    ends: int
    staff: tuple[str, ...] = ()
    room: str | None = None
    every: int = 0
    patient: str | None = None


ARRANGED = (
    Arranged("Team meeting", 8, 720, 765, ("th-maya", "th-samuel", "th-elena", "dr-grace", "nu-beth"), every=1),
    Arranged("Case conference", 10, 1020, 1080, ("th-tomas", "th-jonah", "nu-omar"), every=2),
    Arranged("Ventilation is serviced", 12, 540, 720, room="infusion-1"),
    Arranged("Half-year follow-up", 11, 990, 1020, ("dr-henry",), every=4, patient="P-1006"),
)  # fmt: skip


def arrange(work: Work, coordinator: Actor, now: datetime, calendar: Calendar, staff: Mapping[str, int]) -> None:
    """Books, asks and writes, each where there is room for it."""
    rooms = {each.code: each.id for each in room_queries.listed(work, coordinator.clinic_id)}
    patients = {each.code: each.id for each in enrollment_queries.patients(work, coordinator.clinic_id)}
    for each in ARRANGED:
        day = calendar.day(each.day)
        rhythm = Rhythm(each.every, day + timedelta(weeks=WEEKS)) if each.every else ONCE
        room_id = rooms[each.room] if each.room else None
        purpose = "maintenance" if each.room else "outside" if each.patient else "meeting"
        people = [staff[code] for code in each.staff]
        details = BookingDetails(
            purpose, each.title, people, room_id, patients.get(each.patient or ""), day, each.starts, each.ends, rhythm
        )
        try:
            bookings.book(work, coordinator, now, details, leave_out_taken=True)
        except bookings.DatesTaken:
            continue  # visits came first on every date
    days = AbsenceDetails(calendar.day(28), calendar.day(29), note="A long weekend")
    time_off.request(work, coordinator, now, staff["th-jonah"], days)
    _write_notes(work, coordinator, now - timedelta(hours=7))


def _write_notes(work: Work, coordinator: Actor, now: datetime) -> None:
    ahead = visit_queries.between(work, coordinator.clinic_id, now, now + timedelta(days=14), statuses=("scheduled",))
    for rows, (text, is_about_visit) in zip(ahead[:: max(1, len(ahead) // len(NOTES))], NOTES, strict=False):
        visit_id = rows.visit.id if is_about_visit else None
        notes.add(work, coordinator, now, rows.enrollment.id, text, visit_id=visit_id)
