"""The care team of a program: who fills each need, who steps in, and what changing somebody touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import Conflict, InvalidForm, InvalidInput, NotFound
from coordinator.domain.protocol import Protocol
from coordinator.domain.snapshot import KEPT
from coordinator.services import contacts
from coordinator.services.contacts import Contact
from coordinator.services.desk import open_desk
from coordinator.services.proposals import PLANNABLE, ProgramName
from coordinator.services.protocol_choices import read_body
from coordinator.services.sight import seen_programs
from coordinator.services.visit_cards import VisitCard, card, local, who
from coordinator.store import (
    audit,
    clinics,
    enrollment_queries,
    enrollments,
    timeline_queries,
    visit_queries,
    visit_writing,
)
from coordinator.store import care_team as store
from coordinator.store.enrollment_queries import EnrollmentRows
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import HOLDING


@dataclass(frozen=True, slots=True)
class Member:
    """A need of the program: who fills it, by name, and who steps in. `people` are (id, name) of who may."""

    need: str
    roles: tuple[str, ...]
    names: tuple[str, ...]
    pinned_id: int | None
    backup_id: int | None
    backup: str
    people: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class PatientContacts:
    """A patient of the program and whom outside the clinic they let be told what."""

    id: int
    name: str
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class CareTeam:
    """The page. `may_change` is whether the program still runs, or is to."""

    name: ProgramName
    today: date
    members: tuple[Member, ...]
    patients: tuple[PatientContacts, ...]
    may_change: bool


@dataclass(frozen=True, slots=True)
class TeamChangeView:
    """What it touches to put somebody else in a need from a day on: `visits` are those to be given over."""

    name: ProgramName
    need: str
    staff_id: int
    person: str
    since: date
    visits: tuple[VisitCard, ...]
    untouched: int


def care_team(work: Work, actor: Actor, now: datetime, enrollment_id: int) -> CareTeam:
    """The team of a program that the actor may see; raises NotFound."""
    rows = _program(work, actor, enrollment_id)
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    patients = visit_queries.patients_of(work, [enrollment_id])[enrollment_id]
    found = contacts.of_patients(work, actor, [each.id for each in patients])
    audit.append(work, actor, now, "team.read", "enrollment", enrollment_id)
    is_auditor = actor.access is Access.AUDITOR
    return CareTeam(
        name=ProgramName(enrollment_id, rows.enrollment.code, who(rows.enrollment, patients, actor)),
        today=local(now, zone).date(),
        members=tuple(_members(work, actor, rows)),
        patients=tuple(
            PatientContacts(each.id, each.code if is_auditor else f"{each.code} {each.name}", found.get(each.id, ()))
            for each in patients
        ),
        may_change=rows.enrollment.status in PLANNABLE,
    )


def preview(
    work: Work, actor: Actor, now: datetime, enrollment_id: int, need: str, staff_id: int, since: date
) -> TeamChangeView:
    """What a change of the team touches; raises NotFound, Conflict for a program that is over, and InvalidInput."""
    rows = _program(work, actor, enrollment_id)
    person = _fit(work, actor, rows, need, staff_id)
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    if since < local(now, zone).date():
        raise InvalidInput("What is past stays as it was. Choose today or a later day.", "since")
    found = visit_queries.of_enrollment(work, actor.clinic_id, enrollment_id)
    cards = [card(each, actor, now, zone) for each in found if each.visit.status in HOLDING]
    needing = [each for each in cards if any(part.need == need for part in each.people)]
    others = [each for each in needing if each.stage == "upcoming" and each.start.date() >= since]
    touched = [each for each in others if any(part.need == need and part.staff_id != staff_id for part in each.people)]
    patients = visit_queries.patients_of(work, [enrollment_id])[enrollment_id]
    audit.append(work, actor, now, "team.preview", "enrollment", enrollment_id, {"need": need})
    return TeamChangeView(
        name=ProgramName(enrollment_id, rows.enrollment.code, who(rows.enrollment, patients, actor)),
        need=need,
        staff_id=staff_id,
        person=person.name,
        since=since,
        visits=tuple(touched),
        untouched=len(needing) - len(touched),
    )


def pin(work: Work, actor: Actor, now: datetime, enrollment_id: int, need: str, staff_id: int, since: date) -> None:
    """Pins somebody to a need where that touches no visit; otherwise it takes a repair. Raises as `preview`.

    Visits before that day stay with whom they are.
    """
    desk = open_desk(work, actor, now)
    touched = preview(work, actor, now, enrollment_id, need, staff_id, since)
    if touched.visits:
        raise Conflict("By now this touches visits that are published. Look at it again.")
    enrollments.pin(work, actor.clinic_id, enrollment_id, need, staff_id)
    codes = {each.id: each.person.id for each in desk.snapshot.staff}
    ahead = [each for each in desk.snapshot.held[enrollment_id].values() if not each.stands(desk.minute)]
    earlier = [each.id for each in ahead if each.placed.staff.get(need, codes[staff_id]) != codes[staff_id]]
    visit_writing.give_leave(work, earlier, leave_until_then(actor, now, need))
    audit.append(work, actor, now, "team.change", "enrollment", enrollment_id, {"need": need, "staff": staff_id})


def leave_until_then(actor: Actor, now: datetime, need: str) -> dict[str, str]:
    """The leave of visits that come before somebody else takes over."""
    at = now.isoformat(timespec="seconds")
    return {"rule": KEPT, "reason": f"Another {need} takes over later.", "by": actor.name, "at": at}


def set_backups(work: Work, actor: Actor, now: datetime, enrollment_id: int, wanted: Mapping[str, int | None]) -> None:
    """Names who steps in for each need; raises NotFound, and InvalidForm beside `backup-<need>`."""
    clinics.lock(work, actor.clinic_id)
    rows = _program(work, actor, enrollment_id)
    members = {each.need: each for each in _members(work, actor, rows)}
    wrong = {
        f"backup-{need}": f"Choose somebody who is {' and '.join(members[need].roles)} and not in this place already."
        for need, staff_id in wanted.items()
        if need in members and staff_id is not None
        if staff_id not in {key for key, _ in members[need].people} or staff_id == members[need].pinned_id
    }
    if wrong:
        raise InvalidForm(wrong)
    for need, staff_id in wanted.items():
        if need in members and staff_id != members[need].backup_id:
            store.set_backup(work, actor.clinic_id, enrollment_id, need, staff_id)
            detail = {"need": need, "staff": staff_id or "nobody"}
            audit.append(work, actor, now, "team.backup", "enrollment", enrollment_id, detail)


def _program(work: Work, actor: Actor, enrollment_id: int) -> EnrollmentRows:
    rows = enrollment_queries.one(work, actor.clinic_id, enrollment_id)
    if rows is None or enrollment_id not in seen_programs(work, actor, [enrollment_id]):
        raise NotFound("There is no such program.")
    return rows


def _members(work: Work, actor: Actor, rows: EnrollmentRows) -> list[Member]:
    staff = timeline_queries.staff(work, actor.clinic_id)
    pinned, backups = store.pinned(work, rows.enrollment.id), store.backups(work, rows.enrollment.id)
    present: dict[str, dict[str, None]] = {}
    for each in visit_queries.of_enrollment(work, actor.clinic_id, rows.enrollment.id):
        for part, person in each.people if each.visit.status == "scheduled" else ():
            present.setdefault(part.need, {})[person.name] = None
    return [
        Member(
            need=need,
            roles=roles,
            names=tuple(present.get(need, {})) or ((pinned[need].name,) if need in pinned else ()),
            pinned_id=pinned[need].id if need in pinned else None,
            backup_id=backups[need].id if need in backups else None,
            backup=backups[need].name if need in backups else "",
            people=tuple((each.id, each.name) for each in staff if set(roles) <= set(each.roles)),
        )
        for need, roles in _roles(read_body(rows.version)).items()
    ]


def _roles(protocol: Protocol) -> dict[str, tuple[str, ...]]:
    """The roles that each need's name takes."""
    found: dict[str, dict[str, None]] = {}
    for visit in protocol.visits:
        for need in visit.needs:
            found.setdefault(need.name, {})[need.role] = None
    return {need: tuple(roles) for need, roles in found.items()}


def _fit(work: Work, actor: Actor, rows: EnrollmentRows, need: str, staff_id: int) -> StaffRecord:
    if rows.enrollment.status not in PLANNABLE:
        raise Conflict(f"{rows.enrollment.code} is {rows.enrollment.status}, so its team stays as it was.")
    roles = _roles(read_body(rows.version)).get(need)
    if roles is None:
        raise NotFound("There is no such place in this care team.")
    person = next((each for each in timeline_queries.staff(work, actor.clinic_id) if each.id == staff_id), None)
    if person is None or not set(roles) <= set(person.roles):
        raise InvalidInput(f"Choose somebody who is {' and '.join(roles).replace('_', ' ')}.", "staff")
    return person
