"""A proposal as its page shows it: every visit in clinic time with its people, and what the plan costs, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import NotFound
from coordinator.services.event_words import EventWords, event_words
from coordinator.services.proposal_changes import ChangedVisit, PersonChanges, by_person
from coordinator.services.proposal_choices import Choice, choices
from coordinator.services.proposal_programs import Cost, ProgramProposal, programs_of
from coordinator.services.protocol_choices import read_body
from coordinator.services.repair_effects import event_of
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, enrollment_queries, proposal_queries, publications
from coordinator.store.proposals import ProposalRecord
from coordinator.store.unit_of_work import Work

PENALTIES = {
    "unplanned": "Programs without a plan",
    "continuity": "Changes of people",
    "ideal_gap": "Days off the ideal spacing",
    "finish": "Length of the program",
    "preferred": "Outside preferred hours",
    "waiting": "Waiting between visits of one day",
    "moved": "Visits that move",
    "restaffed": "Visits that get other people",
}


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal. `off_best` is by how many percent, at most, the best plan could cost less; 0 is proven best.

    `summary` sums the cost by reason, the dearest first: (words, cost, how many). `changes` counts the visits that
    publishing writes: those that do not stand already. Of a repair, `event` says what happened and `changed` has those
    visits before and after; otherwise they are None and empty. `choices` are the plans to choose from, this one among
    them. `may_hold` is whether its times can be held. `seen` is the clinic's last publication by now, 0 for none.
    """

    id: int
    status: str
    programs: tuple[ProgramProposal, ...]
    visits: int
    cost: int
    off_best: int
    summary: tuple[tuple[str, int, int], ...]
    changes: int
    seconds: float | None
    created: datetime
    published: datetime | None
    is_behind: bool
    event: EventWords | None
    changed: tuple[ChangedVisit, ...]
    people: tuple[PersonChanges, ...]
    choices: tuple[Choice, ...]
    held_until: datetime | None
    may_hold: bool
    seen: int

    @property
    def may_publish(self) -> bool:
        """Whether there is something to publish."""
        puts_down = self.event is not None and bool(self.event.noted) and self.visits > 0
        return self.status == "open" and (self.changes > 0 or puts_down)


def proposal(work: Work, actor: Actor, now: datetime, proposal_id: int) -> ProposalView:
    """The proposal as a page shows it; raises NotFound."""
    record = proposal_queries.proposal(work, actor.clinic_id, proposal_id)
    if record is None:
        raise NotFound("There is no such proposal.")
    clinic = clinics.get(work, actor.clinic_id)
    zone = zone_named(clinic.timezone)
    programs = programs_of(work, actor, record)
    costs = [each for program in programs for each in _all_costs(program)]
    changed = tuple(_changed(programs))
    event = event_of(record)
    newest = publications.newest(work, actor.clinic_id)
    audit.append(work, actor, now, "proposal.read", "proposal", record.id)
    return ProposalView(
        id=record.id,
        status=record.status,
        programs=programs,
        visits=sum(course.visits for program in programs for course in program.courses),
        cost=sum(each.cost for each in costs),
        off_best=off_best(record.plan["cost"], record.plan["bound"], sum(each.cost for each in costs)),
        summary=_summary(costs),
        changes=len(changed),
        seconds=record.plan.get("seconds"),
        created=local(record.created_at, zone),
        published=_maybe_local(record.published_at, zone),
        is_behind=record.status == "open" and record.clinic_revision < clinic.revision,
        event=event_words(work, actor, event) if event else None,
        changed=changed if event else (),
        people=by_person(changed) if event else (),
        choices=_choices(work, actor, record),
        held_until=_maybe_local(record.held_until, zone),
        may_hold=record.status == "open" and bool(changed) and not event and _is_first(programs, local(now, zone)),
        seen=newest.id if newest else 0,
    )


def _changed(programs: Iterable[ProgramProposal]) -> Iterable[ChangedVisit]:
    """What publishing writes, program by program, each in time."""
    for program in programs:
        written = [
            ChangedVisit(program.name.who, visit.full_title, visit.kind, visit.before, visit.place)
            for visit in program.visits
            if visit.change != "stands"
        ]
        yield from sorted([*written, *program.dropped], key=lambda each: each.first)


def _is_first(programs: Iterable[ProgramProposal], now: datetime) -> bool:
    """Whether no visit of these programs is published and still to come."""
    return all(each.before is None or each.before.start <= now for program in programs for each in program.visits)


def _choices(work: Work, actor: Actor, record: ProposalRecord) -> tuple[Choice, ...]:
    if record.status != "open" or "alternative" not in record.detail:
        return ()
    rows = enrollment_queries.several(work, actor.clinic_id, record.enrollments)
    protocols = {each.enrollment.code: read_body(each.version) for each in rows}
    return choices(proposal_queries.of_one_job(work, actor.clinic_id, record.job_id), record.id, protocols)


def off_best(cost: float, bound: float, own: float) -> int:
    """How many percent of its own cost a plan may be above the best, rounded up; the whole problem's cost and bound."""
    over = cost - bound
    if over < 1 or own <= 0:
        return 0
    return min(100, -int(-over * 100 // own))


def _all_costs(program: ProgramProposal) -> list[Cost]:
    return [*program.costs, *(cost for visit in program.visits for cost in visit.costs)]


def _summary(costs: Iterable[Cost]) -> tuple[tuple[str, int, int], ...]:
    sums: dict[str, tuple[int, int]] = {}
    for each in costs:
        cost, count = sums.get(each.name, (0, 0))
        sums[each.name] = cost + each.cost, count + 1
    lines = [(PENALTIES.get(name, name), cost, count) for name, (cost, count) in sums.items()]
    return tuple(sorted(lines, key=lambda line: -line[1]))


def _maybe_local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if moment is None else local(moment, zone)
