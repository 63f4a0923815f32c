"""Who will be told what when a draft is published: patients and staff, each with what changes for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import wall_clock
from coordinator.services.drafts import Draft, Edit, load
from coordinator.services.visit_cards import visit_title, who
from coordinator.store import audit, enrollment_queries, visit_queries
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Slot:
    """When and where; `room` None is by video, `with_` names everybody who is there."""

    start: datetime
    end: datetime
    room: str | None
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EditLine:
    """An edit as its page shows it. `before` None: new; `after` None: canceled; neither is the same as the other."""

    edit: Edit
    title: str
    who: str
    kind: str
    before: Slot | None
    after: Slot | None


@dataclass(frozen=True, slots=True)
class Told:
    """A person and what changes for them; `lines` as that person sees it: what they lose has no `after`."""

    name: str
    audience: str
    email: str
    lines: tuple[EditLine, ...]


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft with words: its edits, and who will be told."""

    draft: Draft
    lines: tuple[EditLine, ...]
    told: tuple[Told, ...]

    @property
    def troubles(self) -> int:
        """How many edits cannot be published as they are."""
        return sum(bool(each.edit.troubles or each.edit.overtaken) for each in self.lines)

    @property
    def first_day(self) -> date | None:
        """The first day on which something changes, as it then stands; None for an empty draft."""
        slots = [slot for each in self.lines if (slot := each.after or each.before)]
        return min((slot.start.date() for slot in slots), default=None)


@dataclass(frozen=True, slots=True)
class _Names:
    patients: dict[int, list[PatientRecord]]
    enrollments: dict[int, EnrollmentRecord]


def view(work: Work, actor: Actor, now: datetime) -> DraftView:
    """The actor's draft in words."""
    draft = load(work, actor, now)
    if not draft.edits:
        return DraftView(draft, (), ())
    ids = {each.entry.id for each in draft.edits}
    rows = enrollment_queries.several(work, actor.clinic_id, ids)
    names = _Names(visit_queries.patients_of(work, ids), {each.enrollment.id: each.enrollment for each in rows})
    lines = tuple(_line(draft, each, names, actor) for each in draft.edits)
    audit.append(work, actor, now, "draft.read", "clinic", actor.clinic_id, {"edits": len(lines)})
    return DraftView(draft, lines, tuple(_told(draft, lines, names)))


def _line(draft: Draft, edit: Edit, names: _Names, actor: Actor) -> EditLine:
    visit = draft.desk.snapshot.visit_of(edit.entry, edit.code)
    return EditLine(
        edit=edit,
        title=visit_title(visit.kind, visit.id, visit.course),
        who=who(names.enrollments[edit.entry.id], names.patients.get(edit.entry.id, []), actor),
        kind=visit.kind,
        before=_slot(draft, edit, is_after=False),
        after=_slot(draft, edit, is_after=True),
    )


def _slot(draft: Draft, edit: Edit, *, is_after: bool) -> Slot | None:
    placed = edit.placed if is_after else (edit.held.placed if edit.held else None)
    if placed is None:
        return None
    snapshot = draft.desk.snapshot
    minutes = snapshot.visit_of(edit.entry, edit.code).minutes
    room = None if placed.room is None else snapshot.rooms_by_code[placed.room].room.name
    people = tuple(dict.fromkeys(snapshot.staff_by_code[code].person.name for code in placed.staff.values()))
    return Slot(wall_clock(placed.start), wall_clock(placed.start + minutes), room, people)


def _told(draft: Draft, lines: tuple[EditLine, ...], names: _Names) -> Iterator[Told]:
    """Patients first, then staff, each once."""
    patients: dict[int, list[EditLine]] = {}
    people: dict[int, PatientRecord] = {}
    for line in lines:
        for patient in names.patients.get(line.edit.entry.id, []):
            people[patient.id] = patient
            patients.setdefault(patient.id, []).append(line)
    for patient_id, theirs in patients.items():
        name = f"{people[patient_id].code} {people[patient_id].name}".strip()
        yield Told(name, "patient", people[patient_id].email, tuple(theirs))
    for entry in draft.desk.snapshot.staff:
        theirs = [seen for line in lines if (seen := _seen_by(line, entry.person.name)) is not None]
        if theirs:
            yield Told(entry.person.name, "staff", "", tuple(theirs))


def _seen_by(line: EditLine, name: str) -> EditLine | None:
    """The line as one member of staff sees it, None where they have no part in it."""
    before = line.before if line.before and name in line.before.people else None
    after = line.after if line.after and name in line.after.people else None
    if before is None and after is None:
        return None
    return EditLine(line.edit, line.title, line.who, line.kind, before, after)
