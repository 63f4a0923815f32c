"""What time off does to the visits in it: which can move, which somebody else can take, which need a coordinator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import wall_clock, zone_named
from coordinator.domain.schedule import PlacedVisit
from coordinator.exchange.plan import read_plan
from coordinator.services import time_off
from coordinator.services.visit_cards import VisitCard
from coordinator.store import clinics, proposal_queries, staff_queries, timeline_queries
from coordinator.store.proposals import ProposalRecord
from coordinator.store.staff import TimeOffRecord
from coordinator.store.unit_of_work import Work

State = Literal["nothing", "unplanned", "planning", "ready", "done", "left", "failed"]


@dataclass(frozen=True, slots=True)
class Becomes:
    """Where a visit would be, in clinic time, and with whom."""

    start: datetime
    room: str | None
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """A visit that the time off touches, and what the repair makes of it; `becomes` None where it found no way.

    `needs` is what the person fills in it.
    """

    card: VisitCard
    becomes: Becomes | None
    needs: tuple[str, ...]

    @property
    def moves(self) -> bool:
        """Whether it would be at another time."""
        return self.becomes is not None and self.becomes.start != self.card.start


@dataclass(frozen=True, slots=True)
class Impact:
    """What is known so far.

    `state`: nothing is touched; unplanned, planning, ready (there is an open proposal), done (it is published), left
    (it is, and could not mend all), or failed. `others` is how many visits besides would have to change. Counts mean
    something once it is ready.
    """

    state: State
    job_id: int | None
    proposal_id: int | None
    fates: tuple[Fate, ...]
    others: int

    @property
    def touched(self) -> int:
        """How many visits to come, or under way, lie in the time off."""
        return len(self.fates)

    @property
    def can_move(self) -> int:
        """How many the repair finds a place for: another time, or somebody else."""
        return sum(each.becomes is not None for each in self.fates)

    @property
    def needs_you(self) -> int:
        """How many it finds none for."""
        return self.touched - self.can_move


def impact(work: Work, actor: Actor, now: datetime, record: TimeOffRecord) -> Impact:
    """The impact of time off as it is known now; nothing is planned by asking."""
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    cards = time_off.touched(work, actor, now, record, zone)
    job = proposal_queries.job(work, actor.clinic_id, record.job_id) if record.job_id else None
    made = proposal_queries.of_job(work, actor.clinic_id, job.id) if job is not None else None
    state = _state(cards, job.status if job else None, made)
    placed: Mapping[tuple[str, str], PlacedVisit] = {}
    others = 0
    if made is not None and state == "ready":
        placed, others = _plan(made, cards)
    names = _Names.of(work, actor) if placed else _Names({}, {})
    fates = tuple(_fate(each, record.staff_id, placed, names) for each in cards)
    return Impact(state, job.id if job else None, made.id if made else None, fates, others)


def one(work: Work, actor: Actor, now: datetime, time_off_id: int) -> Impact:
    """As `impact`; raises NotFound, and NotAllowed for somebody else's time off."""
    record = staff_queries.one_time_off(work, actor.clinic_id, time_off_id)
    time_off.refuse_strangers(actor, record)
    return impact(work, actor, now, record)


def in_words(found: Impact, you: str = "you") -> str:
    """“Touches 7 visits; 6 can move; 1 needs you.”"""
    if not found.touched:
        return "It touches no visit to come."
    if found.state == "left":
        return f"{_count(found.touched, 'visit')} still need{'s' if found.touched == 1 else ''} {you}."
    said = f"Touches {_count(found.touched, 'visit')}"
    if found.state == "planning":
        return f"{said}; what can become of {'it' if found.touched == 1 else 'them'} is being worked out."
    if found.state != "ready":
        return f"{said}."
    parts = [f"{found.can_move} can move"] if found.can_move else []
    parts += [f"{found.needs_you} need{'s' if found.needs_you == 1 else ''} {you}"] if found.needs_you else []
    more = f" {_count(found.others, 'other visit')} would change with them." if found.others else ""
    return "; ".join([said, *parts]) + "." + more


@dataclass(frozen=True, slots=True)
class _Names:
    staff: Mapping[str, str]
    rooms: Mapping[str, str]

    @classmethod
    def of(cls, work: Work, actor: Actor) -> _Names:
        staff = timeline_queries.staff_by_code(work, actor.clinic_id)
        rooms = timeline_queries.rooms_by_code(work, actor.clinic_id)
        return cls({code: each.name for code, each in staff.items()}, {code: each.name for code, each in rooms.items()})


def _state(cards: tuple[VisitCard, ...], job: str | None, made: ProposalRecord | None) -> State:
    if made is not None and made.status == "published":
        return "left" if cards else "done"
    if not cards:
        return "nothing"
    if made is not None and made.status == "open":
        return "ready"
    if job in proposal_queries.OPEN_JOBS:
        return "planning"
    return "unplanned" if job is None or made is not None else "failed"


def _plan(made: ProposalRecord, cards: Iterable[VisitCard]) -> tuple[Mapping[tuple[str, str], PlacedVisit], int]:
    """Where the repair puts each visit, and how many others it changes."""
    plan = read_plan(made.plan)
    lost = {each.enrollment for each in plan.unplanned}
    placed = {(each.enrollment, each.visit): each for each in plan.visits if each.enrollment not in lost}
    mine = {(each.program, each.code) for each in cards}
    before = {(each["enrollment"], each["visit"]): each for each in made.detail.get("previous", [])}
    changed = [key for key, each in placed.items() if key not in mine and key in before and _differs(before[key], each)]
    return placed, len(changed)


def _differs(before: Mapping[str, object], after: PlacedVisit) -> bool:
    start = wall_clock(after.start).isoformat(timespec="minutes")
    return (before["start"], before["room"], before["staff"]) != (start, after.room, dict(after.staff))


def _fate(card: VisitCard, staff_id: int, placed: Mapping[tuple[str, str], PlacedVisit], names: _Names) -> Fate:
    needs = tuple(dict.fromkeys(each.need for each in card.people if each.staff_id == staff_id))
    to = placed.get((card.program, card.code)) if card.stage == "upcoming" else None
    if to is None:
        return Fate(card, None, needs)
    people = tuple(dict.fromkeys(names.staff[each] for each in to.staff.values()))
    return Fate(card, Becomes(wall_clock(to.start), names.rooms[to.room] if to.room else None, people), needs)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
