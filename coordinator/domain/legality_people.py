"""Who could fill a visit's needs at a time, and what refuses the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from coordinator.domain.board import Board, Presence, Row
from coordinator.domain.clinic import Staff
from coordinator.domain.clinic_time import DAY, Day, week_of
from coordinator.domain.errors import InvalidInput
from coordinator.domain.protocol import Need, ProtocolVisit
from coordinator.domain.rules_program import disagreeing, scopes
from coordinator.domain.schedule import Enrollment
from coordinator.domain.violation import Violation

_Refusal = tuple[int, str, str, str | None]
"""Rule, slug, end of the sentence, blocker."""


Minutes = Mapping[tuple[str, object], int]
"""The minutes that a person works on a day, or in a week."""


def minutes_taken(board: Board) -> Minutes:
    """What the visits of a board take of each person's days and weeks."""
    taken: defaultdict[tuple[str, object], int] = defaultdict(int)
    for presences in board.presences.values():
        for each in presences:
            if not each.shared and each.row is not None:
                taken[each.person, each.row.day] += each.end - each.start
                taken[each.person, week_of(each.start // DAY)] += each.end - each.start
    return taken


class PeopleFinder:
    """Finds people for one visit on the board of all others. `asked` fixes some needs."""

    def __init__(
        self, board: Board, enrollment: Enrollment, visit: ProtocolVisit, asked: dict[str, str], minutes: Minutes
    ) -> None:
        _refuse_unknown(board, visit, asked)
        self._board = board
        self._enrollment = enrollment
        self._visit = visit
        self._parts: dict[str, list[Need]] = defaultdict(list)
        for need in visit.needs:
            self._parts[need.name].append(need)
        self._candidates: dict[str, list[Staff]] = {}
        self._refused: dict[str, _Refusal] = {}
        for name in visit.need_names():
            self._choose(name, asked.get(name))
        self._near: dict[tuple[str, Day], list[Presence]] = {}
        self._minutes = minutes

    def find(self, row: Row) -> tuple[dict[str, str], Violation | None]:
        """People for every need, or what refuses the last one tried."""
        able: dict[str, list[str]] = {}
        for name, parts in self._parts.items():
            able[name] = []
            refusal = self._refused.get(name)
            for person in self._candidates[name]:
                found = self._refusal(row, person, parts)
                if found is None:
                    able[name].append(person.id)
                else:
                    refusal = found
            if not able[name]:
                return {}, _broken(row, refusal or (4, "staff-role", f"finds nobody to be {name}.", None))
        chosen = _different(able)
        if chosen is None:
            message = f"finds too few people to be {' and '.join(able)} at once."
            return {}, _broken(row, (4, "different-people", message, None))
        return chosen, None

    def _choose(self, name: str, asked: str | None) -> None:
        """Who may fill a need at all, whatever the time."""
        people = self._board.problem.staff if asked is None else (self._board.staff[asked],)
        self._candidates[name] = []
        for person in people:
            refusal = self._never(name, person)
            if refusal is None:
                self._candidates[name].append(person)
            elif asked is not None or refusal[0] != 4:
                self._refused[name] = refusal

    def _never(self, name: str, person: Staff) -> _Refusal | None:
        for need in self._parts[name]:
            if need.role not in person.roles:
                return 4, "staff-role", f"needs a {need.role}; {person.name} is none.", person.id
        if person.id in self._enrollment.avoid:
            return 9, "avoided", f"must not have {person.name}, whom {self._enrollment.id} avoids.", person.id
        pinned = self._enrollment.team.get(name, person.id)
        if pinned != person.id:
            return 9, "pinned", f"needs {self._board.staff[pinned].name} as {name}, who is pinned.", pinned
        return self._discontinuous(name, person)

    def _discontinuous(self, name: str, person: Staff) -> _Refusal | None:
        rows = list(self._board.visits_of[self._enrollment.id].values())
        for rule in self._board.protocol_of(self._enrollment).continuity:
            if not rule.hard or rule.name != name or (rule.scope == "course" and self._visit.course is None):
                continue
            there = [row for row in rows if rule.scope == "program" or row.visit.course == self._visit.course]
            unit = [row for _, several in scopes(rule, there) for row in several]
            others = disagreeing(rule, self._enrollment, unit, added=person.id)
            if others:
                names = ", ".join(sorted(self._board.staff[each].name for each in others))
                message = f"needs one {name} throughout the {rule.scope}; that would be {names}."
                return 8, "continuity", message, next(iter(sorted(others - {person.id})), person.id)
        return None

    def _refusal(self, row: Row, person: Staff, parts: list[Need]) -> _Refusal | None:
        for need in parts:
            start = row.start + need.offset
            part = Presence(person.id, start, start + need.minutes, need.shared, False, row, need)
            found = self._away(person, part) or self._taken(person, part, row.day)
            if found is not None:
                return found
        return self._overworked(row, person, parts)

    def _away(self, person: Staff, part: Presence) -> _Refusal | None:
        if not person.weekly.contains(part.start, part.end):
            return 4, "staff-hours", f"is outside the hours of {person.name}.", person.id
        if self._board.time_off[person.id].meeting(part.start, part.end) is not None:
            return 4, "staff-time-off", f"meets the time off of {person.name}.", person.id
        if self._board.staff_booked[person.id].meeting(part.start, part.end) is not None:
            return 4, "staff-booked", f"finds {person.name} booked.", person.id
        return None

    def _taken(self, person: Staff, part: Presence, day: Day) -> _Refusal | None:
        near = self._presences_near(person, day)
        for other in near:
            if part.shared and other.shared:
                continue
            if other.start < part.end and part.start < other.end:
                return 4, "staff-overlap", f"needs {person.name}, who is at {_name(other)} then.", _name(other)
            if _turnover_broken(part, other, person) or _turnover_broken(other, part, person):
                message = f"leaves {person.name} no {person.turnover_minutes} minutes from {_name(other)}."
                return 4, "staff-turnover", message, _name(other)
        if part.shared and _most_at_once(part, near) > person.supervises:
            message = f"needs {person.name}, who supervises {person.supervises} already."
            return 4, "supervision", message, person.id
        return None

    def _presences_near(self, person: Staff, day: Day) -> list[Presence]:
        """What a person does on a day, and before it as long as its turnover reaches into the day."""
        key = person.id, day
        if key not in self._near:
            first, last = day * DAY - person.turnover_minutes, (day + 1) * DAY + person.turnover_minutes
            presences = self._board.presences[person.id]
            self._near[key] = [each for each in presences if each.start < last and each.end > first]
        return self._near[key]

    def _overworked(self, row: Row, person: Staff, parts: list[Need]) -> _Refusal | None:
        minutes = sum(need.minutes for need in parts if not need.shared)
        if not minutes:
            return None
        most = person.max_minutes_per_day
        if most is not None and self._minutes.get((person.id, row.day), 0) + minutes > most:
            return 5, "minutes-per-day", f"would take {person.name} over {most} minutes that day.", person.id
        most = person.max_minutes_per_week
        if most is not None and self._minutes.get((person.id, week_of(row.day)), 0) + minutes > most:
            return 5, "minutes-per-week", f"would take {person.name} over {most} minutes that week.", person.id
        return None


def _refuse_unknown(board: Board, visit: ProtocolVisit, asked: dict[str, str]) -> None:
    for name, person in asked.items():
        if name not in visit.need_names():
            raise InvalidInput(f"“{visit.id}” has no need called “{name}”.", "staff")
        if person not in board.staff:
            raise InvalidInput(f"There is no member of staff “{person}”.", "staff")


def _turnover_broken(first: Presence, second: Presence, person: Staff) -> bool:
    """Whether the second begins before the turnover after the first's ordinary work ends."""
    return not first.shared and first.end <= second.start < first.end + person.turnover_minutes


def _most_at_once(part: Presence, near: list[Presence]) -> int:
    """The most shared needs at one moment of the part, itself included."""
    others = [each for each in near if each.shared and each.start < part.end and part.start < each.end]
    moments = [part.start, *(each.start for each in others if each.start > part.start)]
    return 1 + max(sum(each.start <= moment < each.end for each in others) for moment in moments)


def _different(able: dict[str, list[str]]) -> dict[str, str] | None:
    """One person for each need, all different; None where there are too few. Visits have a handful of needs."""
    chosen: dict[str, str] = {}

    def fill(names: list[str]) -> bool:
        if not names:
            return True
        for person in able[names[0]]:
            if person not in chosen.values():
                chosen[names[0]] = person
                if fill(names[1:]):
                    return True
                del chosen[names[0]]
        return False

    return chosen if fill(sorted(able, key=lambda name: len(able[name]))) else None


def _name(presence: Presence) -> str:
    return presence.row.name if presence.row is not None else "supervision elsewhere"


def _broken(row: Row, refusal: _Refusal) -> Violation:
    rule, name, message, blocker = refusal
    return Violation(rule, name, *row.key, f"{row.label} {message}", blocker, (row.key,))
