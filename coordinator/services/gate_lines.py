"""How gates stand before visits: each line of them, for one patient or for each of a group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.gates import Gate, Opening, Standing, Verdict, newest_cover, verdict
from coordinator.services.gate_rules import GateBook
from coordinator.services.sight import roles_of
from coordinator.services.visit_cards import local, visit_title, who
from coordinator.store import clinics
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import VisitRows

NAMES = {
    "clearance": "Medical clearance",
    "labs": "Labs (electrolytes, ECG)",
    "consent": "Consent signed",
    "fasting": "Fasting instruction sent",
    "ride": "Ride home named",
}


@dataclass(frozen=True, slots=True)
class PatientGate:
    """A gate as it stands for one patient of a group."""

    patient_id: int
    name: str
    opened_by: str
    opened_at: datetime | None
    valid_until: date | None

    @property
    def is_open(self) -> bool:
        """Whether it is open for this patient."""
        return self.opened_at is not None


@dataclass(frozen=True, slots=True)
class GateLine:
    """One gate before one visit. Times are naive clinic time; `people` are who should see to it, by name.

    A group's is open once it is open for each of its `patients`; for one patient these are empty. `lasts` is the last
    date that an opening made today may cover, None for a gate that is for one visit.
    """

    kind: str
    name: str
    standing: Standing
    owner: str
    people: tuple[str, ...]
    staff: frozenset[int]
    may_open: tuple[str, ...]
    due: datetime
    due_at: datetime
    opened_by: str
    opened_at: datetime | None
    valid_until: date | None
    lasts: date | None
    is_mine: bool
    patients: tuple[PatientGate, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is open."""
        return self.standing == "open"


@dataclass(frozen=True, slots=True)
class GatedVisit:
    """A visit that gates stand before; `no_go` is when it is decided, naive clinic time."""

    id: int
    enrollment_id: int
    who: str
    title: str
    start: datetime
    starts_at: datetime
    status: str
    verdict: Verdict
    no_go: datetime
    no_go_at: datetime
    lines: tuple[GateLine, ...]

    @property
    def shut(self) -> tuple[GateLine, ...]:
        """The gates that are not open."""
        return tuple(each for each in self.lines if not each.is_open)


class GateDesk:
    """What reading the gates of several visits shares."""

    def __init__(self, work: Work, actor: Actor, now: datetime, book: GateBook) -> None:
        self.actor, self.now, self.book = actor, now, book
        self.zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
        self.roles = roles_of(work, actor)
        self.today = local(now, self.zone).date()

    def visit(self, rows: VisitRows, openings: Iterable[Opening]) -> GatedVisit:
        """A visit with its gates, given its program's openings."""
        starts_at = rows.visit.starts_at
        found = list(openings)
        lines = tuple(self._line(rows, gate, found) for gate in self.book.before(rows))
        minutes = self.book.policy(rows).no_go_minutes
        no_go_at = starts_at - timedelta(minutes=minutes)
        return GatedVisit(
            id=rows.visit.id,
            enrollment_id=rows.enrollment.id,
            who=who(rows.enrollment, rows.patients, self.actor),
            title=visit_title(rows.visit.kind, rows.visit.code, rows.visit.course),
            start=local(starts_at, self.zone),
            starts_at=starts_at,
            status=rows.visit.status,
            verdict=verdict(all(each.is_open for each in lines), starts_at, self.now, minutes),
            no_go=local(no_go_at, self.zone),
            no_go_at=no_go_at,
            lines=lines,
        )

    def _line(self, rows: VisitRows, gate: Gate, openings: Iterable[Opening]) -> GateLine:
        starts_at = rows.visit.starts_at
        patients = self._patients(rows, gate, list(openings)) if len(rows.patients) > 1 else ()
        opening = self._cover(rows, gate, openings)
        if any(not each.is_open for each in patients):
            opening = None
        elif patients and opening is None:  # each by an opening of their own: the newest speaks for all
            opening = self._cover(rows, gate, openings, whichever=True)
        people = _seeing_to(gate, rows)
        return GateLine(
            kind=gate.kind,
            name=NAMES[gate.kind],
            standing=gate.standing(opening is not None, starts_at, self.now),
            owner=gate.owner,
            people=tuple(people.values()),
            staff=frozenset(people),
            may_open=gate.may_open,
            due=local(gate.due_at(starts_at), self.zone),
            due_at=gate.due_at(starts_at),
            opened_by=opening.opened_by if opening else "",
            opened_at=local(opening.opened_at, self.zone) if opening else None,
            valid_until=opening.valid_until if opening else None,
            lasts=gate.latest_validity(self.today),
            is_mine=gate.opens_for(self.roles) and rows.visit.status == "scheduled",
            patients=patients,
        )

    def _cover(
        self, rows: VisitRows, gate: Gate, openings: Iterable[Opening], patient_id: int = 0, *, whichever: bool = False
    ) -> Opening | None:
        """What opens the gate: for everybody, for one patient, or with `whichever` for anybody."""
        starts_at = rows.visit.starts_at
        found = [each for each in openings if whichever or each.is_for(patient_id)]
        return newest_cover(gate, found, rows.visit.id, starts_at, local(starts_at, self.zone).date())

    def _patients(self, rows: VisitRows, gate: Gate, openings: Sequence[Opening]) -> tuple[PatientGate, ...]:
        """How the gate stands for each of a group."""
        is_blind = self.actor.access is Access.AUDITOR
        found = []
        for each in rows.patients:
            opening = self._cover(rows, gate, openings, each.id)
            found.append(
                PatientGate(
                    patient_id=each.id,
                    name=each.code if is_blind else f"{each.code} {each.name}",
                    opened_by=opening.opened_by if opening else "",
                    opened_at=local(opening.opened_at, self.zone) if opening else None,
                    valid_until=opening.valid_until if opening else None,
                )
            )
        return tuple(found)


def _seeing_to(gate: Gate, rows: VisitRows) -> dict[int, str]:
    """Who at the visit has the owner's role; where nobody has, who may open the gate."""
    present = [person for part, person in rows.people if part.canceled_at is None]
    owners = [each for each in present if gate.owner in each.roles]
    if not owners and gate.owner != "coordinator":
        owners = [each for each in present if gate.opens_for(each.roles)]
    return {each.id: each.name for each in owners}
