"""Enrolling: a patient, or a group, is put down for a protocol."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import Minute, from_utc, zone_named
from coordinator.domain.protocol import Protocol
from coordinator.services.enrollment_form import ReadEnrollment, TypedEnrollment, TypedPatient, Wrongs, read
from coordinator.services.enrollment_held import HeldLine, in_order, read_held, suggested, write_held
from coordinator.services.protocol_choices import NeedChoice, ProtocolChoice, choices, read_body
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, enrollment_queries, timeline_queries
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class EnrollChoices:
    """What the form offers. `patients` and `staff` are (id, label); `today` is the clinic's date."""

    clinic: str
    timezone: str
    today: date
    patients: tuple[tuple[int, str], ...]
    protocols: tuple[ProtocolChoice, ...]
    staff: tuple[tuple[int, str], ...]

    def protocol(self, version_id: str) -> ProtocolChoice | None:
        """The protocol of that version id, as typed."""
        return next((each for each in self.protocols if str(each.version_id) == version_id), None)


def enroll_choices(work: Work, actor: Actor, now: datetime) -> EnrollChoices:
    """What the enrollment form offers."""
    clinic = clinics.get(work, actor.clinic_id)
    staff = timeline_queries.staff(work, clinic.id)
    audit.append(work, actor, now, "patient.list", "clinic", clinic.id)
    return EnrollChoices(
        clinic=clinic.name,
        timezone=clinic.timezone,
        today=local(now, zone_named(clinic.timezone)).date(),
        patients=tuple((each.id, f"{each.code} {each.name}") for each in enrollment_queries.patients(work, clinic.id)),
        protocols=tuple(choices(work, clinic.id, staff)),
        staff=tuple((each.id, each.name) for each in staff),
    )


def enroll(work: Work, actor: Actor, now: datetime, typed: TypedEnrollment) -> int:
    """Writes the enrollment, with the patients that are new, and gives its id; raises InvalidForm."""
    clinic = clinics.lock(work, actor.clinic_id)
    zone = zone_named(clinic.timezone)
    today = local(now, zone).date()
    wrongs = Wrongs()
    meant = read(typed, zone, today, wrongs)
    if meant.earliest < today:
        wrongs.add("earliest", "The earliest start is in the past. Choose today or a later date.")
    protocol = _chosen_protocol(work, actor, typed.protocol, wrongs)
    team = pinned(typed, protocol.needs if protocol else (), wrongs)
    avoid = avoided(work, actor, typed, team, wrongs)
    known = _known_patients(work, actor, typed.patients, wrongs)
    held = _held(work, actor, now, typed, protocol, team, wrongs)
    wrongs.refuse_if_any()
    assert protocol is not None
    patient_ids = [known[each.id] if each.id else _add_patient(work, actor, now, each) for each in typed.patients]
    enrollment = _record(work, actor, now, protocol.version_id, meant)
    enrollment.avoid = avoid
    enrollment_id = enrollment_queries.add(work, enrollment, patient_ids, team)
    detail = {"code": enrollment.code, "protocol": protocol.code, "patients": patient_ids}
    audit.append(work, actor, now, "enrollment.add", "enrollment", enrollment_id, detail)
    if held:
        codes = {each.id: each.code for each in timeline_queries.staff(work, actor.clinic_id)}
        write_held(work, actor, now, enrollment.code, held, {need: codes[each] for need, each in team.items()})
    return enrollment_id


def held_choices(work: Work, actor: Actor, version_id: str) -> list[tuple[str, str]]:
    """The visits of a protocol version (its id as typed) that may have been held before, in order: (code, title)."""
    protocol = _protocol(work, actor, version_id)
    return in_order(protocol) if protocol else []


def held_lines(work: Work, actor: Actor, version_id: str, last: str, on: str) -> list[HeldLine]:
    """A line for each visit up to the last one held, with a suggested time; none while that is not known."""
    protocol = _protocol(work, actor, version_id)
    try:
        return suggested(protocol, last, datetime.fromisoformat(on)) if protocol else []
    except (ValueError, OverflowError):
        return []


def _protocol(work: Work, actor: Actor, version_id: str) -> Protocol | None:
    pairs = enrollment_queries.published_protocols(work, actor.clinic_id)
    return next((read_body(version) for _, version in pairs if str(version.id) == version_id), None)


def _held(
    work: Work,
    actor: Actor,
    now: datetime,
    typed: TypedEnrollment,
    protocol: ProtocolChoice | None,
    team: dict[str, int],
    wrongs: Wrongs,
) -> dict[str, Minute]:
    body = _protocol(work, actor, typed.protocol) if protocol and typed.held else None
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    return read_held(typed.held, body, team, from_utc(now, zone), wrongs) if body else {}


def _record(work: Work, actor: Actor, now: datetime, version_id: int, meant: ReadEnrollment) -> EnrollmentRecord:
    return EnrollmentRecord(
        clinic_id=actor.clinic_id,
        code=enrollment_queries.next_code(work, actor.clinic_id),
        protocol_version_id=version_id,
        status="waiting",
        earliest=meant.earliest,
        latest=meant.latest,
        weekly=meant.weekly,
        preferred=meant.preferred,
        unavailable=meant.unavailable,
        created_at=now,
    )


def _chosen_protocol(work: Work, actor: Actor, typed: str, wrongs: Wrongs) -> ProtocolChoice | None:
    offered = choices(work, actor.clinic_id, timeline_queries.staff(work, actor.clinic_id))
    found = next((each for each in offered if str(each.version_id) == typed), None)
    if found is None:
        wrongs.add("protocol", "Choose a protocol from the list.")
    return found


def pinned(typed: TypedEnrollment, needs: tuple[NeedChoice, ...], wrongs: Wrongs) -> dict[str, int]:
    """Need's name to staff id, for those that are pinned."""
    team: dict[str, int] = {}
    for need in needs:
        wanted = typed.team.get(need.name, "")
        if not wanted:
            continue
        person = next((staff_id for staff_id, _ in need.people if str(staff_id) == wanted), None)
        if person is None:
            wrongs.add(f"team-{need.name}", f"Choose somebody who is {' and '.join(need.roles)}, or nobody.")
        else:
            team[need.name] = person
    return team


def avoided(work: Work, actor: Actor, typed: TypedEnrollment, team: dict[str, int], wrongs: Wrongs) -> list[str]:
    """The codes of who is to be avoided, as the exchange format names them."""
    staff = {str(each.id): each for each in timeline_queries.staff(work, actor.clinic_id)}
    unknown = [each for each in typed.avoid if each not in staff]
    if unknown:
        wrongs.add("avoid", "Choose people of this clinic.")
    both = [each for each in typed.avoid if each in staff and staff[each].id in team.values()]
    if both:
        wrongs.add("avoid", f"{staff[both[0]].name} is wished for and to be avoided. Choose one of the two.")
    return [staff[each].code for each in typed.avoid if each in staff]


def _known_patients(work: Work, actor: Actor, patients: tuple[TypedPatient, ...], wrongs: Wrongs) -> dict[str, int]:
    """Typed id to id, of those that exist."""
    if not patients:
        wrongs.add("patient-0-name", "Type the patient's name, or choose somebody from the list.")
    ids = {str(each.id): each.id for each in enrollment_queries.patients(work, actor.clinic_id)}
    for number, each in enumerate(patients):
        if each.id and each.id not in ids:
            wrongs.add(f"patient-{number}", "Choose a patient from the list, or type a new one.")
    return ids


def _add_patient(work: Work, actor: Actor, now: datetime, typed: TypedPatient) -> int:
    name, email, phone = (each.strip() for each in (typed.name, typed.email, typed.phone))
    patient = enrollment_queries.add_patient(work, actor.clinic_id, now, name, email, phone)
    audit.append(work, actor, now, "patient.add", "patient", patient.id, {"code": patient.code})
    return patient.id
