"""Time off and other bookings from a sheet: meetings, maintenance, and patients outside programs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import DAY
from coordinator.domain.errors import Conflict, InvalidInput, NotAllowed
from coordinator.domain.repeating import MOST_WEEKS, Rhythm
from coordinator.services import bookings, time_off
from coordinator.services.bookings import PURPOSES, BookingDetails
from coordinator.services.go_live_files import Cells
from coordinator.services.go_live_programs import person_named
from coordinator.services.time_off import AbsenceDetails
from coordinator.store import enrollment_queries, room_queries, timeline_queries
from coordinator.store.unit_of_work import Work

ABSENCE_FIELDS = {"starts": "start", "ends": "end"}
BOOKING_FIELDS = {"starts": "start", "ends": "end", "day": "date", "every": "every_weeks"}


def write_time_off(work: Work, actor: Actor, now: datetime, rows: Iterable[Cells]) -> None:
    """Time off, approved: whole days, or hours of them."""
    staff = timeline_queries.staff(work, actor.clinic_id)
    for each in rows:
        person = person_named(staff, each, "name", each.text("name"))
        first = each.day("first")
        last = each.day("last") or first
        starts, ends = each.clock("start"), each.clock("end") or DAY
        if not each.ok or person is None or first is None or last is None:
            continue
        try:
            asked = time_off.request(work, actor, now, person.id, AbsenceDetails(first, last, starts, ends))
            time_off.decide(work, actor, now, asked, "approved")
        except (InvalidInput, Conflict, NotAllowed) as refusal:
            field = getattr(refusal, "field", "") or "first"
            each.fault(ABSENCE_FIELDS.get(field, field), str(refusal))


def write_bookings(work: Work, actor: Actor, now: datetime, rows: Iterable[Cells]) -> None:
    """Bookings to come; what is taken by an appointment or another booking is a fault beside the date."""
    known = _Known(work, actor)
    for each in rows:
        details = known.details(each)
        if details is None:
            continue
        try:
            bookings.book(work, actor, now, details)
        except (InvalidInput, Conflict) as refusal:
            field = getattr(refusal, "field", "") or "date"
            each.fault(BOOKING_FIELDS.get(field, field), str(refusal))


class _Known:
    """Whom and what a booking may name."""

    def __init__(self, work: Work, actor: Actor) -> None:
        self.staff = timeline_queries.staff(work, actor.clinic_id)
        self.rooms = {each.name.casefold(): each.id for each in room_queries.listed(work, actor.clinic_id)}
        self.patients = {each.code.casefold(): each.id for each in enrollment_queries.patients(work, actor.clinic_id)}

    def details(self, cells: Cells) -> BookingDetails | None:
        """What a row asks for; None where something is at fault."""
        purpose = cells.text("kind").lower()
        if purpose and purpose not in PURPOSES:
            cells.fault(
                "kind", f"“{purpose}” is no kind of booking. Write {', '.join(PURPOSES[:-1])} or {PURPOSES[-1]}."
            )
        title, day, starts = cells.text("title", 80), cells.day("date"), cells.clock("start")
        named = [person_named(self.staff, cells, "staff", name) for name in cells.several("staff")]
        room = self._one(cells, "room", self.rooms, "room called")
        patient = self._one(cells, "patient", self.patients, "patient with the code")
        every = cells.whole("every_weeks", 0, 0, MOST_WEEKS)
        until, ends = cells.day("until"), cells.clock("end") or DAY
        if not cells.ok or day is None:
            return None
        people = [each.id for each in named if each]
        return BookingDetails(purpose, title, people, room, patient, day, starts, ends, Rhythm(every, until))

    @staticmethod
    def _one(cells: Cells, column: str, known: dict[str, int], words: str) -> int | None:
        name = cells.row[column]
        if not name:
            return None
        found = known.get(name.casefold())
        if found is None:
            cells.fault(column, f"There is no {words} “{name}”. Add a row to {column}s, or correct it.")
        return found
