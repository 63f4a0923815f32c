"""Carrying a visit over the schedule: where it may be put down in each row, and what refuses every other place.

Rows of rooms keep the visit's people; rows of staff put that person in the place of the one it was taken from, and
prefer the room that it has. The actor's draft counts as if it were published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Literal

from coordinator.domain import legality
from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import DAY, Day, Minute, wall_clock
from coordinator.domain.errors import InvalidInput, NotFound
from coordinator.domain.legality import Ask, StartVerdict
from coordinator.domain.protocol import ProtocolVisit
from coordinator.domain.publication import OVERRIDABLE, Placing, broken_by, laid
from coordinator.domain.schedule import PlacedVisit
from coordinator.domain.snapshot import EnrollmentEntry, Key, VisitEntry
from coordinator.domain.violation import Violation
from coordinator.services.desk import Desk, read_desk
from coordinator.services.drafts import followers, wanted
from coordinator.services.rule_words import plainly, without_own
from coordinator.store import audit
from coordinator.store.snapshot import Near
from coordinator.store.unit_of_work import Work

By = Literal["staff", "rooms"]
LONGEST = 7
"""Days that may be asked for at once."""


@dataclass(frozen=True, slots=True)
class Grab:
    """What is carried: a visit of a program, taken from a row (such as staff:12), or from the tray ("")."""

    enrollment_id: int
    code: str
    by: By
    row: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """The days that are shown, both included, and their hours in minutes; with `at`, that minute of each day alone."""

    first: date
    last: date
    opens: Minute = 0
    closes: Minute = DAY
    at: Minute | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Starts in a row from `first` to `last`, both included, that are legal (`reason` None) or refused for one reason.

    `reason` counts in Places.reasons.
    """

    first: datetime
    last: datetime
    reason: int | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a place is refused, in words; `may_override` where authority and a reason would do."""

    words: str
    may_override: bool


@dataclass(frozen=True, slots=True)
class Places:
    """For each row its runs. `revision` is the visit's (None: it holds no time), `minutes` how long it takes."""

    revision: int | None
    minutes: int
    slot: int
    rows: dict[str, tuple[Run, ...]]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a visit would be if it were put down here. `placed` None: nobody can be found for it.

    `refusal` is what stands against it, None where nothing does. With `may_follow` only visits of its own program are
    in the way, and moving them along would help; `followers` counts those that the gaps do not let stay.
    """

    key: tuple[str, str]
    visit: ProtocolVisit
    held: VisitEntry | None
    placed: PlacedVisit | None
    refusal: Reason | None
    rule: str = ""
    may_follow: bool = False
    followers: int = 0


def places(work: Work, actor: Actor, now: datetime, grab: Grab, span: Span) -> Places:
    """Verdicts for every start of the span in every row.

    Raises NotFound, and InvalidInput for a visit that can no longer be moved.
    """
    if not 0 <= (span.last - span.first).days < LONGEST:
        raise InvalidInput(f"Ask for 1 to {LONGEST} days.")
    days = range(span.first.toordinal(), span.last.toordinal() + 1)
    carried = _carried(work, actor, now, grab, days)
    slot = carried.desk.snapshot.clinic.slot_minutes
    minutes = range(-(-span.opens // slot) * slot, span.closes, slot) if span.at is None else [span.at]
    starts = [day * DAY + each for day in days for each in minutes]
    reasons = _Reasons(carried)
    rows = {row: tuple(_runs(verdicts, reasons)) for row, verdicts in _verdicts(carried, grab, starts).items()}
    held = carried.held
    audit.append(work, actor, now, "visit.read", "enrollment", grab.enrollment_id, {"visit": grab.code})
    return Places(held.revision if held else None, carried.visit.minutes, slot, rows, tuple(reasons.numbers))


def land(work: Work, actor: Actor, now: datetime, grab: Grab, row: str, start: Minute) -> Landing:
    """What putting the visit down there would mean. Raises as `places` does, and NotFound for an unknown row."""
    carried = _carried(work, actor, now, grab, [start // DAY])
    asks = _asks(carried, grab).get(row)
    if asks is None:
        raise NotFound("There is no such row.")
    verdict = _verdicts(carried, grab, [start], only=row)[row][0]
    key = carried.entry.code, grab.code
    if verdict.refusal is None:
        placed = PlacedVisit(*key, start, verdict.room, dict(verdict.staff or {}))
        return Landing(key, carried.visit, carried.held, placed, None)
    forced = _forced(carried, asks[0], start)
    if forced is None:
        return Landing(key, carried.visit, carried.held, None, _reason(carried, verdict.refusal), verdict.refusal.name)
    broken = _broken(carried, forced)
    lasting = [each for each in broken if each.name not in OVERRIDABLE and not _is_among_its_own(each)]
    refusal = next(iter(lasting), verdict.refusal)
    may_follow = bool(carried.held) and not lasting and any(map(_is_among_its_own, broken))
    count = followers(carried.desk, forced) if may_follow else 0
    return Landing(key, carried.visit, carried.held, forced, _reason(carried, refusal), refusal.name, may_follow, count)


@dataclass(frozen=True, slots=True)
class _Carried:
    """The visit, where it is wanted now, and everything else."""

    desk: Desk
    entry: EnrollmentEntry
    visit: ProtocolVisit
    held: VisitEntry | None
    current: PlacedVisit | None
    wanted: Mapping[Key, PlacedVisit | None]
    """What the draft makes of other visits."""


def _carried(work: Work, actor: Actor, now: datetime, grab: Grab, days: Sequence[Day]) -> _Carried:
    near = Near(date.fromordinal(days[0]), date.fromordinal(days[-1]), grab.enrollment_id)
    desk = read_desk(work, actor, now, near)
    entry = desk.snapshot.by_id.get(grab.enrollment_id)
    visit = None if entry is None else desk.snapshot.protocol_visits[entry.enrollment.protocol].get(grab.code)
    if entry is None or visit is None:
        raise NotFound("There is no such visit.")
    held = desk.snapshot.held[entry.id].get(grab.code)
    if held is not None and held.has_begun(desk.minute):
        raise InvalidInput("This visit has begun, so it can no longer be moved. Record what became of it.")
    if not entry.is_living:
        raise InvalidInput(f"{entry.code} is {entry.status}, so its visits stay as they are. Resume the program first.")
    drafted = wanted(desk)
    current = drafted.pop((entry.code, grab.code), None) or (held.placed if held else None)
    return _Carried(desk, entry, visit, held, current, drafted)


def _asks(carried: _Carried, grab: Grab) -> dict[str, list[Ask]]:
    """For each row what is asked for, the best first."""
    people = dict(carried.current.staff) if carried.current else {}
    mine = _of_the_row(carried, grab)
    if grab.by == "rooms":
        return {f"room:{each.id}": [Ask(each.room.id, people)] for each in carried.desk.snapshot.rooms}
    room = carried.current.room if carried.current else None
    found = {}
    for each in carried.desk.snapshot.staff:
        staff = people | dict.fromkeys(mine or _fitting(carried, each.person.roles), each.person.id)
        found[f"staff:{each.id}"] = [Ask(room, staff)] if room is None else [Ask(room, staff), Ask(None, staff)]
    return found


def _of_the_row(carried: _Carried, grab: Grab) -> list[str]:
    """The needs that change hands: those of the person it was taken from."""
    owner = next((each.person.id for each in carried.desk.snapshot.staff if f"staff:{each.id}" == grab.row), None)
    people = carried.current.staff if carried.current else {}
    return [need for need, code in people.items() if code == owner]


def _fitting(carried: _Carried, roles: Sequence[str]) -> list[str]:
    """The need that changes hands where it was taken from nobody: the first that fits, otherwise the first."""
    fitting = [need.name for need in carried.visit.needs if need.role in roles]
    return fitting[:1] or [each.name for each in carried.visit.needs][:1]


def _verdicts(
    carried: _Carried, grab: Grab, starts: list[Minute], only: str | None = None
) -> dict[str, list[StartVerdict]]:
    desk = carried.desk
    days = {each // DAY for each in starts}
    problem, visits = laid(desk.snapshot, desk.minute, carried.wanted, days)
    asks = {row: each for row, each in _asks(carried, grab).items() if only in (None, row)}
    found = legality.places(problem, visits, carried.entry.code, grab.code, starts, list(asks.values()))
    return dict(zip(asks, found, strict=True))


def _forced(carried: _Carried, ask: Ask, start: Minute) -> PlacedVisit | None:
    """The place as it was pointed at, whatever the rules say; None where the visit has no people yet."""
    if carried.current is None:
        return None
    return replace(carried.current, start=start, room=ask.room if carried.visit.room else None, staff=dict(ask.staff))


def _broken(carried: _Carried, forced: PlacedVisit) -> list[Violation]:
    """All that stands against a place: behind the first rule that refuses it there may be others."""
    placings = [*(Placing(key, placed) for key, placed in carried.wanted.items()), Placing(_key(forced), forced)]
    found = broken_by(carried.desk.snapshot, carried.desk.minute, placings)
    return [each for each in found if _key(forced) in each.touches]


def _is_among_its_own(violation: Violation) -> bool:
    """Whether it stands between visits of one program: a gap, or two that overlap."""
    return len(violation.touches) > 1 and {code for code, _ in violation.touches} == {violation.enrollment}


def _key(placed: PlacedVisit) -> Key:
    return placed.enrollment, placed.visit


class _Reasons:
    """The reasons of many verdicts, each numbered once. Verdicts that differ in their start alone share one."""

    def __init__(self, carried: _Carried) -> None:
        self.carried = carried
        self.numbers: dict[Reason, int] = {}
        self._known: dict[tuple[str, str], int] = {}

    def number(self, verdict: StartVerdict) -> int | None:
        refusal = verdict.refusal
        if refusal is None:
            return None
        key = refusal.name, without_own(refusal)
        if key not in self._known:
            self._known[key] = self.numbers.setdefault(_reason(self.carried, refusal), len(self.numbers))
        return self._known[key]


def _runs(verdicts: Iterable[StartVerdict], reasons: _Reasons) -> Iterable[Run]:
    """Starts that follow each other and are refused for one reason, or are legal, as one run."""
    for (_, number), group in groupby(verdicts, key=lambda each: (each.start // DAY, reasons.number(each))):
        lines = list(group)
        yield Run(wall_clock(lines[0].start), wall_clock(lines[-1].start), number)


def _reason(carried: _Carried, refusal: Violation) -> Reason:
    return Reason(plainly(refusal, carried.desk.snapshot), refusal.name in OVERRIDABLE)
