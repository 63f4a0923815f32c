"""What the parts of a problem say of each other: names that must be unique, names that must stand for something."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coordinator.domain.protocol import Gap, Protocol, ProtocolVisit
from coordinator.domain.schedule import Enrollment, PlacedVisit, Problem
from coordinator.exchange.json_text import member
from coordinator.exchange.nodes import Faults


@dataclass(frozen=True, slots=True)
class _Names:
    """What a name may stand for."""

    staff: set[str]
    rooms: set[str]
    protocols: dict[str, Protocol]


def note_wrong_references(problem: Problem, faults: Faults) -> None:
    """Notes every reference that fails; a part whose own shape is wrong is left alone."""
    _note_repeats((each.id for each in problem.staff), "/staff/{}/id", faults)
    _note_repeats((each.id for each in problem.rooms), "/rooms/{}/id", faults)
    _note_repeats((each.id for each in problem.protocols), "/protocols/{}/id", faults)
    _note_repeats((each.id for each in problem.enrollments), "/enrollments/{}/id", faults)
    names = _Names(
        {person.id for person in problem.staff},
        {room.id for room in problem.rooms},
        {protocol.id: protocol for protocol in problem.protocols},
    )
    if problem.first > problem.last and not faults.spoils("/horizon"):
        faults.add("/horizon", "The horizon ends before it begins.")
    for index, protocol in enumerate(problem.protocols):
        _note_protocol(protocol, f"/protocols/{index}", faults)
    for index, enrollment in enumerate(problem.enrollments):
        _note_enrollment(enrollment, f"/enrollments/{index}", problem, names, faults)
    _note_previous(problem, names, faults)


def note_protocol(protocol: Protocol, faults: Faults) -> None:
    """The same for a protocol by itself."""
    _note_protocol(protocol, "", faults)


def _note_repeats(names: Iterable[str], pointer: str, faults: Faults) -> None:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name and name in seen:
            faults.add(pointer.format(index), f"“{name}” stands twice.")
        seen.add(name)


def _note_protocol(protocol: Protocol, pointer: str, faults: Faults) -> None:
    if faults.spoils(pointer) and pointer:
        return
    _note_repeats((visit.id for visit in protocol.visits), pointer + "/visits/{}/id", faults)
    for index, visit in enumerate(protocol.visits):
        _note_parts(visit, f"{pointer}/visits/{index}/needs", faults)
    visits = {visit.id for visit in protocol.visits}
    for index, gap in enumerate(protocol.gaps):
        _note_gap(gap, visits, f"{pointer}/gaps/{index}", faults)
    for index, rule in enumerate(protocol.continuity):
        if rule.name not in _need_names(protocol):
            faults.add(f"{pointer}/continuity/{index}/as", f"No visit has a need called “{rule.name}”.")


def _need_names(protocol: Protocol) -> set[str]:
    return {need.name for visit in protocol.visits for need in visit.needs}


def _note_parts(visit: ProtocolVisit, pointer: str, faults: Faults) -> None:
    ends: dict[str, int] = {}
    for index, need in sorted(enumerate(visit.needs), key=lambda each: each[1].offset):
        end = need.offset + need.minutes
        if end > visit.minutes or need.minutes < 1:
            faults.add(f"{pointer}/{index}", f"The part does not fit into the {visit.minutes} minutes of “{visit.id}”.")
        elif need.offset < ends.get(need.name, 0):
            faults.add(f"{pointer}/{index}", f"Two parts of “{need.name}” overlap.")
        ends[need.name] = end


def _note_gap(gap: Gap, visits: set[str], pointer: str, faults: Faults) -> None:
    for field, name in (("from", gap.before), ("to", gap.after)):
        if name not in visits:
            faults.add(f"{pointer}/{field}", f"The protocol has no visit “{name}”.")
    if gap.before == gap.after:
        faults.add(pointer, f"The gap leads from “{gap.before}” to itself.")
    if gap.max_days is not None and gap.max_days < gap.min_days:
        faults.add(f"{pointer}/max_days", f"The gap's most, {gap.max_days} days, is below its least, {gap.min_days}.")
    least, most = gap.min_minutes, gap.max_minutes
    if least is not None and most is not None and most < least:
        faults.add(f"{pointer}/max_minutes", f"The gap's most, {most} minutes, is below its least, {least}.")


def _note_enrollment(each: Enrollment, pointer: str, problem: Problem, names: _Names, faults: Faults) -> None:
    if faults.spoils(pointer):
        return
    if each.latest is not None and each.latest < each.earliest:
        faults.add(f"{pointer}/latest", "The latest date is before the earliest.")
    if each.latest is None and problem.last < each.earliest and not faults.spoils("/horizon"):
        faults.add(f"{pointer}/earliest", "The latest date, the horizon's last, is before the earliest.")
    for index, person in enumerate(each.avoid):
        if person not in names.staff:
            faults.add(f"{pointer}/avoid/{index}", f"There is no member of staff “{person}”.")
    _note_repeats(each.patients, pointer + "/patients/{}", faults)
    _note_repeats((kept.visit for kept in each.kept), pointer + "/kept/{}/visit", faults)
    protocol = names.protocols.get(each.protocol)
    if protocol is None:
        faults.add(f"{pointer}/protocol", f"There is no protocol “{each.protocol}”.")
        return
    for name, person in each.team.items():
        if name not in _need_names(protocol):
            faults.add(member(f"{pointer}/team", name), f"The protocol has no need called “{name}”.")
        elif person not in names.staff:
            faults.add(member(f"{pointer}/team", name), f"There is no member of staff “{person}”.")
    for index, kept in enumerate(each.kept):
        _note_placed(kept, protocol, f"{pointer}/kept/{index}", names, faults)


def _note_previous(problem: Problem, names: _Names, faults: Faults) -> None:
    seen: set[tuple[str, str]] = set()
    protocols = {each.id: names.protocols.get(each.protocol) for each in problem.enrollments}
    for index, placed in enumerate(problem.previous):
        pointer = f"/previous/{index}"
        if faults.spoils(pointer):
            continue
        if (placed.enrollment, placed.visit) in seen:
            faults.add(f"{pointer}/visit", f"“{placed.visit}” of “{placed.enrollment}” stands twice.")
        seen.add((placed.enrollment, placed.visit))
        if placed.enrollment not in protocols:
            faults.add(f"{pointer}/enrollment", f"There is no enrollment “{placed.enrollment}”.")
        elif (protocol := protocols[placed.enrollment]) is not None:
            _note_placed(placed, protocol, pointer, names, faults)


def _note_placed(placed: PlacedVisit, protocol: Protocol, pointer: str, names: _Names, faults: Faults) -> None:
    visit = next((each for each in protocol.visits if each.id == placed.visit), None)
    if visit is None:
        faults.add(f"{pointer}/visit", f"The protocol “{protocol.id}” has no visit “{placed.visit}”.")
        return
    if visit.room is None and placed.room is not None:
        faults.add(f"{pointer}/room", f"“{visit.id}” is held by video and has no room.")
    elif visit.room is not None and placed.room not in names.rooms:
        faults.add(f"{pointer}/room", f"There is no room “{placed.room}”.")
    if set(placed.staff) != set(visit.need_names()):
        faults.add(f"{pointer}/staff", f"This must name one person for each of {', '.join(visit.need_names())}.")
    for name, person in placed.staff.items():
        if person not in names.staff:
            faults.add(member(f"{pointer}/staff", name), f"There is no member of staff “{person}”.")
