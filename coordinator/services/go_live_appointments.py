"""Appointments from a sheet: what took place stands as it was, what is to come must keep every rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import DAY, Minute, from_utc, skipped
from coordinator.domain.protocol import ProtocolVisit
from coordinator.domain.publication import Placing, broken_by
from coordinator.domain.schedule import PlacedVisit
from coordinator.domain.snapshot import KEPT, EnrollmentEntry, Snapshot
from coordinator.services import visit_placing
from coordinator.services.desk import Desk, open_desk
from coordinator.services.go_live_files import OUTCOMES, Cells, Faults
from coordinator.services.go_live_programs import person_named
from coordinator.services.visit_changes import MISSED
from coordinator.store import claims, room_queries, timeline_queries, visit_writing
from coordinator.store import snapshot as snapshots
from coordinator.store.unit_of_work import Work

REASON = "It took place before the clinic went live."


@dataclass(frozen=True, slots=True)
class Line:
    """A row that could be read: a visit with its place, and what became of it (empty: it is to come)."""

    cells: Cells
    entry: EnrollmentEntry
    visit: ProtocolVisit
    placed: PlacedVisit
    outcome: str

    @property
    def label(self) -> str:
        """The visit as rules and people name it."""
        return f"{self.entry.code}/{self.visit.id}"

    @property
    def end(self) -> Minute:
        """When it is over."""
        return self.placed.start + self.visit.minutes


@dataclass(frozen=True, slots=True)
class Use:
    """A time of somebody or something. `places` is how many shared uses it bears at once; 0: this one is alone."""

    who: str
    start: Minute
    end: Minute
    places: int
    line: Line
    column: str


class Appointments:
    """Reads, checks and writes the sheet `appointments`."""

    def __init__(self, work: Work, actor: Actor, now: datetime, faults: Faults, zone: ZoneInfo) -> None:
        self.work, self.actor, self.now, self.faults, self.zone = work, actor, now, faults, zone
        self.minute = from_utc(now, zone)
        self.snapshot: Snapshot = snapshots.load(work, actor.clinic_id)
        self.staff = timeline_queries.staff(work, actor.clinic_id)
        self.rooms = {each.name.casefold(): each.code for each in room_queries.listed(work, actor.clinic_id)}
        self.lines: list[Line] = []
        self.done = self.to_come = 0

    def read(self, rows: Iterable[Cells]) -> None:
        """Reads all rows, and notes which cannot be as they are."""
        for each in rows:
            line = self._line(each)
            if line is not None and each.ok:
                self.lines.append(line)
        self.lines.sort(key=lambda each: each.placed.start)
        self._refuse_twice()
        self._refuse_collisions()

    def write(self) -> None:
        """Writes what took place, then what is to come; notes which of the latter breaks a rule."""
        desk = open_desk(self.work, self.actor, self.now)
        over = [each for each in self.lines if each.outcome]
        for each in over:
            if each.outcome in MISSED:  # by itself and first: it gives its time back, and another attempt follows
                self._write_over(desk, [each])
        self._write_over(desk, [each for each in over if each.outcome not in MISSED])
        desk.snapshot = snapshots.load(self.work, self.actor.clinic_id)
        ahead = [each for each in self.lines if not each.outcome]
        if self._refuse_broken(desk, ahead):
            return
        ids = visit_placing.place(desk, [(each.entry, each.placed, None) for each in ahead], {})
        visit_placing.announce(desk, ids)
        self.done, self.to_come = len(over), len(ahead)

    def _line(self, cells: Cells) -> Line | None:
        code, visit_code = cells.text("program", 20), cells.text("visit", 40)
        day, at = cells.day("date"), cells.clock("start")
        outcome = cells.read("outcome", lambda typed: typed.lower().replace(" ", "_").replace("-", "_"), "")
        entry = self.snapshot.by_code.get(code)
        if entry is None:
            if code:
                cells.fault("program", f"There is no program “{code}”. Add a row to programs, or correct its code.")
            return None
        visit = self.snapshot.protocol_visits[entry.enrollment.protocol].get(visit_code)
        if visit is None:
            if visit_code:
                known = ", ".join(list(self.snapshot.protocol_visits[entry.enrollment.protocol])[:6])
                cells.fault("visit", f"The protocol has no visit “{visit_code}”. It has {known} …")
            return None
        if day is None:
            return None
        start = day.toordinal() * DAY + at
        if skipped(start, self.zone):
            cells.fault("start", "The clocks skip this time on that date. Write an earlier or a later time.")
        self._check_outcome(cells, outcome, start, start + visit.minutes)
        room = self._room(cells, visit)
        staff = self._people(cells, entry, visit)
        return Line(cells, entry, visit, PlacedVisit(entry.code, visit.id, start, room, staff), outcome)

    def _check_outcome(self, cells: Cells, outcome: str, start: Minute, end: Minute) -> None:
        if outcome and outcome not in OUTCOMES:
            cells.fault(
                "outcome", f"“{outcome}” is no outcome. Write {', '.join(OUTCOMES)}, or nothing if it is to come."
            )
        elif outcome and start > self.minute:
            cells.fault("outcome", "This visit is still to come. Leave the cell empty.")
        elif not outcome and start <= self.minute:
            state = "over" if end <= self.minute else "under way"
            cells.fault("outcome", f"This visit is {state}. Write what became of it: {', '.join(OUTCOMES)}.")

    def _room(self, cells: Cells, visit: ProtocolVisit) -> str | None:
        name = cells.row["room"]
        if visit.room is None:
            if name:
                cells.fault("room", f"{visit.id} is by video. Leave the cell empty.")
            return None
        if not name:
            cells.fault("room", f"{visit.id} needs a room for {visit.room}. Write its name.")
            return None
        found = self.rooms.get(name.casefold())
        if found is None:
            cells.fault("room", f"There is no room called “{name}”. Add a row to rooms, or correct the name.")
        return found

    def _people(self, cells: Cells, entry: EnrollmentEntry, visit: ProtocolVisit) -> dict[str, str]:
        """Who fills each need: as written, else who is pinned in the team."""
        written = cells.pairs("staff")
        staff: dict[str, str] = {}
        for need in visit.need_names():
            name = written.pop(need, "")
            person = person_named(self.staff, cells, "staff", name) if name else None
            code = person.code if person else entry.enrollment.team.get(need, "") if not name else ""
            if code:
                staff[need] = code
            elif not name:
                cells.fault("staff", f"Who is {need}? Write {need} = and a name.")
        for need in written:
            cells.fault("staff", f"{visit.id} needs no “{need}”. It needs {', '.join(visit.need_names())}.")
        if len(set(staff.values())) < len(staff):
            cells.fault("staff", "One person cannot fill two needs of a visit. Write somebody else for one of them.")
        return staff

    def _refuse_twice(self) -> None:
        """One visit has one time; only attempts that were missed may come before it."""
        seen: dict[str, Line] = {}
        for each in self.lines:
            before = seen.get(each.label)
            if before is not None and before.outcome not in MISSED:
                each.cells.fault("visit", f"{each.label} stands in row {before.cells.row.number} too. Remove one.")
            seen[each.label] = each

    def _refuse_collisions(self) -> None:
        """What the database would refuse: the same person, room or patient twice at a moment."""
        by_user: dict[str, list[Use]] = {}
        for each in self.lines:
            if each.outcome not in MISSED:
                for use in self._uses(each):
                    by_user.setdefault(use.who, []).append(use)
        for uses in by_user.values():
            uses.sort(key=lambda use: (use.start, use.end))
            standing: list[Use] = []
            for use in uses:
                standing = [other for other in standing if other.end > use.start]
                others = [other for other in standing if other.line is not use.line]
                alone = use.places == 0 or any(other.places == 0 for other in others)
                if others and (alone or len(others) >= use.places):
                    other = others[0].line
                    message = f"{use.who} has {other.label} at the same time (row {other.cells.row.number})."
                    use.line.cells.fault(use.column, f"{message} Correct one of the two.")
                else:
                    standing.append(use)

    def _uses(self, line: Line) -> Iterator[Use]:
        for need in line.visit.needs:
            person = self.snapshot.staff_by_code[line.placed.staff[need.name]].person
            start = line.placed.start + need.offset
            places = person.supervises if need.shared else 0
            yield Use(person.name, start, start + need.minutes, places, line, "staff")
        if line.placed.room is not None:
            room = self.snapshot.rooms_by_code[line.placed.room].room
            yield Use(room.name, line.placed.start, line.end + room.turnover_minutes, 0, line, "room")
        for patient in line.entry.enrollment.patients:
            yield Use(f"Patient {patient}", line.placed.start, line.end, 0, line, "start")

    def _write_over(self, desk: Desk, lines: list[Line]) -> None:
        note = {"rule": KEPT, "reason": REASON, "by": self.actor.name, "at": self.now.isoformat(timespec="seconds")}
        kept = {(each.entry.code, each.visit.id): [note] for each in lines}
        ids = visit_placing.place(desk, [(each.entry, each.placed, None) for each in lines], kept)
        for visit_id, each in zip(ids, lines, strict=True):
            leaves = each.outcome == "late_cancel"
            visit_writing.set_status(self.work, self.now, visit_id, each.outcome, desk.touched, leaves_calendars=leaves)
        claims.give_back(self.work, [key for key, each in zip(ids, lines, strict=True) if each.outcome in MISSED])

    def _refuse_broken(self, desk: Desk, ahead: list[Line]) -> bool:
        """Notes the rules that stand against visits to come, each beside its row."""
        by_key = {(each.entry.code, each.visit.id): each for each in ahead}
        broken = broken_by(desk.snapshot, self.minute, [Placing(key, each.placed) for key, each in by_key.items()])
        for each in broken:
            line = next((by_key[key] for key in each.touches if key in by_key), None)
            if line is not None:
                remedy = "Correct it, or remove the row: it is planned anew then."
                line.cells.fault("start", f"{each.message} {remedy}")
        return bool(broken)
