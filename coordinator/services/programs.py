"""The roadmap of one enrollment: its courses, visits, gaps, team and history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import NotFound
from coordinator.domain.protocol import Gap, Protocol
from coordinator.domain.roadmap import ideal_days
from coordinator.services.history import HistoryLine, lines
from coordinator.services.proposals import PLANNABLE, JobView, OpenProposal, ProgramName, open_jobs, open_proposals
from coordinator.services.protocol_choices import read_body
from coordinator.services.publications import Undoable, undoable
from coordinator.services.sight import seen_programs
from coordinator.services.visit_cards import VisitCard, card, visit_title, who
from coordinator.store import audit, clinics, enrollment_queries, timeline_queries, visit_queries
from coordinator.store.enrollment_queries import EnrollmentRows
from coordinator.store.unit_of_work import Work

COUNTS = ("scheduled", "attended", "stopped_early")
"""The statuses of an attempt that stands for its visit; missed and canceled ones do not."""
PLANNERS = frozenset({Access.ADMINISTRATOR, Access.COORDINATOR, Access.SYSTEM})


@dataclass(frozen=True, slots=True)
class GapState:
    """The gap to this visit from an earlier one, in days. `fit` is ideal, near, wrong or open (a visit has no time).

    `before` is the earlier visit in words, `code` its id in the protocol.
    """

    before: str
    days: int | None
    least: int
    most: int | None
    ideal: int | None
    fit: str
    code: str


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit of the roadmap: the attempt that stands for it, if any, and the attempts that were missed.

    `day` is its day; without a time, the one on which it would fall if all went on ideally.
    """

    code: str
    title: str
    kind: str
    minutes: int
    by_video: bool
    day: date
    card: VisitCard | None
    missed: tuple[VisitCard, ...]
    gaps: tuple[GapState, ...]

    @property
    def state(self) -> str:
        """The stage of the attempt that stands, or unplanned."""
        return self.card.stage if self.card else "unplanned"


@dataclass(frozen=True, slots=True)
class Lane:
    """A course, or what is outside every course (`number` None)."""

    number: int | None
    stops: tuple[Stop, ...]
    done: int


@dataclass(frozen=True, slots=True)
class TeamLine:
    """Who fills a need: pinned, or who does so in the published visits."""

    need: str
    names: tuple[str, ...]
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class ProgramView:
    """An enrollment's page. `patients` are (code, name); hours are as the exchange format writes them."""

    name: ProgramName
    status: str
    protocol: str
    version: int
    patients: tuple[tuple[str, str], ...]
    earliest: date
    latest: date | None
    weekly: Mapping[str, Any] | None
    preferred: Mapping[str, Any] | None
    unavailable: tuple[tuple[datetime, datetime], ...]
    avoid: tuple[str, ...]
    lanes: tuple[Lane, ...]
    team: tuple[TeamLine, ...]
    next_visit: VisitCard | None
    history: tuple[HistoryLine, ...]
    jobs: tuple[JobView, ...]
    proposals: tuple[OpenProposal, ...]
    undoable: tuple[Undoable, ...]

    @property
    def may_plan(self) -> bool:
        """Whether it may be planned (again)."""
        return self.status in PLANNABLE

    @property
    def visits(self) -> int:
        """How many visits the program has."""
        return sum(len(lane.stops) for lane in self.lanes)

    @property
    def done(self) -> int:
        """How many of them took place."""
        return sum(lane.done for lane in self.lanes)


def program(work: Work, actor: Actor, now: datetime, enrollment_id: int) -> ProgramView:
    """The roadmap of an enrollment; raises NotFound."""
    rows = enrollment_queries.one(work, actor.clinic_id, enrollment_id)
    found = visit_queries.of_enrollment(work, actor.clinic_id, enrollment_id)
    if rows is None or enrollment_id not in seen_programs(work, actor, [enrollment_id]):
        raise NotFound("There is no such program.")
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    cards = [card(each, actor, now, zone) for each in found]
    patients = visit_queries.patients_of(work, [enrollment_id]).get(enrollment_id, [])
    enrollment, protocol = rows.enrollment, read_body(rows.version)
    audit.append(work, actor, now, "enrollment.read", "enrollment", enrollment_id)
    is_auditor = actor.access is Access.AUDITOR
    plans = actor.access in PLANNERS  # proposals are seen by nobody else
    subjects = {"enrollment": [enrollment_id], "visit": [each.id for each in cards]}
    return ProgramView(
        name=ProgramName(enrollment.id, enrollment.code, who(enrollment, patients, actor)),
        status=enrollment.status,
        protocol=protocol.name,
        version=rows.version.number,
        patients=tuple((each.code, "" if is_auditor else each.name) for each in patients),
        earliest=enrollment.earliest,
        latest=enrollment.latest,
        weekly=enrollment.weekly,
        preferred=enrollment.preferred,
        unavailable=tuple(
            (datetime.fromisoformat(first), datetime.fromisoformat(last)) for first, last in enrollment.unavailable
        ),
        avoid=_avoided(work, actor, rows),
        lanes=tuple(_lanes(protocol, cards, enrollment.earliest)),
        team=tuple(_team(work, rows, protocol, cards)),
        next_visit=next((each for each in cards if each.stage in ("now", "upcoming")), None),
        history=lines(work, actor.clinic_id, zone, subjects, {each.id: each.title for each in cards}),
        jobs=tuple(each for each in open_jobs(work, actor, now) if _is_about(each, enrollment_id)) if plans else (),
        proposals=tuple(each for each in open_proposals(work, actor) if _is_about(each, enrollment_id))
        if plans
        else (),
        undoable=undoable(work, actor, now, enrollment_id) if plans else (),
    )


def _is_about(each: JobView | OpenProposal, enrollment_id: int) -> bool:
    return any(name.id == enrollment_id for name in each.programs)


def _avoided(work: Work, actor: Actor, rows: EnrollmentRows) -> tuple[str, ...]:
    if not rows.enrollment.avoid:
        return ()
    names = {code: each.name for code, each in timeline_queries.staff_by_code(work, actor.clinic_id).items()}
    return tuple(names.get(code, code) for code in rows.enrollment.avoid)


def _lanes(protocol: Protocol, cards: list[VisitCard], earliest: date) -> Iterable[Lane]:
    standing = {each.code: each for each in cards if each.status in COUNTS}
    missed: dict[str, list[VisitCard]] = {}
    for each in cards:
        if each.status not in COUNTS:
            missed.setdefault(each.code, []).append(each)
    days = expected(protocol, {code: each.start.date() for code, each in standing.items()}, earliest)
    courses = sorted({visit.course for visit in protocol.visits}, key=lambda each: (each is not None, each or 0))
    for number in courses:
        stops = [
            Stop(
                code=visit.id,
                title=visit_title(visit.kind, visit.id, None),
                kind=visit.kind,
                minutes=visit.minutes,
                by_video=visit.room is None,
                day=days[visit.id],
                card=standing.get(visit.id),
                missed=tuple(missed.get(visit.id, ())),
                gaps=tuple(gap_state(gap, standing) for gap in protocol.gaps if gap.after == visit.id),
            )
            for visit in protocol.visits
            if visit.course == number
        ]
        stops.sort(key=lambda stop: (stop.day, stop.card.start if stop.card else datetime.max))
        yield Lane(number, tuple(stops), sum(stop.state in ("attended", "stopped_early") for stop in stops))


def expected(protocol: Protocol, known: Mapping[str, date], earliest: date) -> dict[str, date]:
    """The day of every visit: its own, or else as far from the visit before it as is ideal."""
    ideal = ideal_days(protocol)
    found, late = {}, timedelta()
    for code, offset in sorted(ideal.items(), key=lambda each: each[1]):
        usual = earliest + timedelta(days=offset)
        late = known[code] - usual if code in known else late
        found[code] = usual + late
    return found


def gap_state(gap: Gap, standing: Mapping[str, VisitCard]) -> GapState:
    """How a gap stands between the visits that have a time."""
    before, after = standing.get(gap.before), standing.get(gap.after)
    is_same_course = before is not None and after is not None and before.course == after.course
    title = visit_title(before.kind, before.code, None if is_same_course else before.course) if before else gap.before
    days = (after.start.date() - before.start.date()).days if before and after else None
    if days is None:
        fit = "open"
    elif days < gap.min_days or (gap.max_days is not None and days > gap.max_days):
        fit = "wrong"
    else:
        fit = "ideal" if gap.ideal_days in (None, days) else "near"
    return GapState(title, days, gap.min_days, gap.max_days, gap.ideal_days, fit, gap.before)


def _team(work: Work, rows: EnrollmentRows, protocol: Protocol, cards: list[VisitCard]) -> Iterable[TeamLine]:
    pinned = {need: person.name for need, person in enrollment_queries.team_of(work, rows.enrollment.id)}
    seen: dict[str, dict[str, None]] = {}
    for each in cards:
        for part in each.people if each.status in COUNTS else ():
            seen.setdefault(part.need, {})[part.name] = None
    needs = dict.fromkeys(need.name for visit in protocol.visits for need in visit.needs)
    for need in needs:
        if need in pinned:
            yield TeamLine(need, (pinned[need],), True)
        else:
            yield TeamLine(need, tuple(seen.get(need, ())), False)
