"""Who may be told, as whom they are known, and what each of them knows of a visit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal, select

from coordinator.domain.telling import VIDEO, Appointment
from coordinator.store import contact_choices, contacts
from coordinator.store.base import UtcTime
from coordinator.store.contact_choices import ContactChoiceRecord
from coordinator.store.contacts import ContactRecord
from coordinator.store.enrollments import EnrollmentPatientRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.users import MembershipRecord, UserRecord
from coordinator.store.visits import VisitRecord, VisitStaffRecord

GUARDIAN, TIMES = "guardian", "times"
"""The kind of a contact, and the topic that the patient agreed to, as in ContactRecord."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message is for: `kind` is patient, contact (a guardian), staff or user, `id` that row's."""

    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How to reach somebody; empty where it is not known. `chosen` is the channel they chose, empty for the rule's.

    `may_text`: they consented to text messages and did not stop them. `has_account`: they can sign in.
    """

    email: str
    phone: str = ""
    chat: str = ""
    chosen: str = ""
    may_text: bool = False
    has_account: bool = False

    def wanted(self, channel: str) -> str:
        """The channel that they chose, else the rule's; what is for the app alone stays there."""
        return self.chosen if self.chosen and channel != "app" else channel

    def way(self, channel: str) -> str:
        """The channel that a message takes: as chosen, else as the rule says; mail where that cannot be had."""
        wanted = self.wanted(channel)
        can = {"sms": self.may_text and bool(self.phone), "chat": bool(self.chat), "app": self.has_account}
        return wanted if can.get(wanted, True) else "mail"


def audiences(work: Work, clinic_id: int, visit_ids: Iterable[int]) -> dict[tuple[int, Recipient], frozenset[str]]:
    """For everybody who may be told of a visit, scheduled or not, as which audiences of a rule they count."""
    ids = list(visit_ids)
    patients = (
        select(VisitRecord.id, EnrollmentPatientRecord.patient_id)
        .join(EnrollmentPatientRecord, EnrollmentPatientRecord.enrollment_id == VisitRecord.enrollment_id)
        .where(VisitRecord.clinic_id == clinic_id, VisitRecord.id.in_(ids))
    )
    staff = select(VisitStaffRecord.visit_id, VisitStaffRecord.staff_id, VisitStaffRecord.need).where(
        VisitStaffRecord.clinic_id == clinic_id, VisitStaffRecord.visit_id.in_(ids)
    )
    found: dict[tuple[int, Recipient], frozenset[str]] = {
        (visit_id, Recipient("patient", person)): frozenset({"patient"})
        for visit_id, person in work.session.execute(patients)
    }
    for visit_id, guardian in _guardians_at(work, clinic_id, ids):
        found[visit_id, guardian] = frozenset({"guardian"})
    for visit_id, person, need in work.session.execute(staff):
        key = visit_id, Recipient("staff", person)
        found[key] = found.get(key, frozenset({"staff"})) | ({"lead"} if need == "lead" else set())
    users = coordinators(work, clinic_id)
    for visit_id in ids:
        for user in users:
            found[visit_id, user] = frozenset({"coordinator"})
    return found


def _guardians_at(work: Work, clinic_id: int, visit_ids: Iterable[int]) -> list[tuple[int, Recipient]]:
    query = (
        select(VisitRecord.id, EnrollmentPatientRecord.patient_id)
        .join(EnrollmentPatientRecord, EnrollmentPatientRecord.enrollment_id == VisitRecord.enrollment_id)
        .where(VisitRecord.clinic_id == clinic_id, VisitRecord.id.in_(list(visit_ids)))
    )
    at = list(work.session.execute(query))
    of_patient = guardians(work, clinic_id, {patient for _, patient in at})
    return [(visit_id, each) for visit_id, patient in at for each in of_patient.get(patient, ())]


def guardians(work: Work, clinic_id: int, patient_ids: Iterable[int]) -> dict[int, list[Recipient]]:
    """Each patient's guardians who may be told the times of visits."""
    found: dict[int, list[Recipient]] = {}
    for patient, known in contacts.of_patients(work, clinic_id, patient_ids).items():
        told = (each for each in known if each.kind == GUARDIAN and TIMES in each.may_be_told)
        found[patient] = [Recipient("contact", each.id) for each in told]
    return found


def coordinators(work: Work, clinic_id: int) -> list[Recipient]:
    """The users who coordinate the clinic."""
    query = (
        select(UserRecord.id)
        .join(MembershipRecord, MembershipRecord.user_id == UserRecord.id)
        .where(MembershipRecord.clinic_id == clinic_id, MembershipRecord.access == "coordinator")
        .where(UserRecord.disabled_at.is_(None))
        .order_by(UserRecord.id)
    )
    return [Recipient("user", each) for each in work.session.scalars(query)]


def appointments(work: Work, clinic_id: int, visit_ids: Iterable[int]) -> dict[tuple[int, Recipient], Appointment]:
    """What everybody, and every piece of equipment, that has to do with scheduled ones of the visits knows of them.

    Coordinators are among them: they know of every visit as a patient does, though they are at none.
    """
    ids = list(visit_ids)
    scheduled = VisitRecord.clinic_id == clinic_id, VisitRecord.id.in_(ids), VisitRecord.status == "scheduled"
    patients = (
        select(VisitRecord.id, EnrollmentPatientRecord.patient_id, VisitRecord.starts_at, VisitRecord.ends_at,
               VisitRecord.room_id)
        .join(EnrollmentPatientRecord, EnrollmentPatientRecord.enrollment_id == VisitRecord.enrollment_id)
        .where(*scheduled)
    )  # fmt: skip
    staff = (
        select(VisitRecord.id, VisitStaffRecord.staff_id, func.min(VisitStaffRecord.starts_at, type_=UtcTime),
               func.max(VisitStaffRecord.ends_at, type_=UtcTime), VisitRecord.room_id, RoomRecord.name)
        .join(VisitStaffRecord, VisitStaffRecord.visit_id == VisitRecord.id)
        .outerjoin(RoomRecord, RoomRecord.id == VisitRecord.room_id)
        .where(*scheduled, VisitStaffRecord.canceled_at.is_(None))
        .group_by(VisitRecord.id, VisitStaffRecord.staff_id, VisitRecord.room_id, RoomRecord.name)
    )  # fmt: skip
    found: dict[tuple[int, Recipient], Appointment] = {}
    users = coordinators(work, clinic_id)
    known = list(work.session.execute(patients))
    helped = guardians(work, clinic_id, {each.patient_id for each in known})
    for visit_id, patient, start, end, room_id in known:
        for recipient in (Recipient("patient", patient), *helped.get(patient, ()), *users):
            found[visit_id, recipient] = _appointment(start, end, room_id, "")
    for visit_id, person, start, end, room_id, room in work.session.execute(staff):
        found[visit_id, Recipient("staff", person)] = _appointment(start, end, room_id, room)
    return found


def _appointment(start: datetime, end: datetime, room_id: int | None, where: str | None) -> Appointment:
    return Appointment(start, end, VIDEO if room_id is None else where or "")


def scheduled(work: Work, clinic_id: int, visit_ids: Iterable[int]) -> list[VisitRecord]:
    """The scheduled ones of the visits."""
    query = select(VisitRecord).where(
        VisitRecord.clinic_id == clinic_id, VisitRecord.id.in_(list(visit_ids)), VisitRecord.status == "scheduled"
    )
    return list(work.session.scalars(query))


def revisions(work: Work, clinic_id: int, visit_ids: Iterable[int]) -> dict[int, int]:
    """The revision of each of the visits."""
    query = select(VisitRecord.id, VisitRecord.revision).where(
        VisitRecord.clinic_id == clinic_id, VisitRecord.id.in_(list(visit_ids))
    )
    return {row.id: row.revision for row in work.session.execute(query)}


def reaches(work: Work, clinic_id: int, wanted: Iterable[Recipient]) -> dict[Recipient, Reach]:
    """How to reach each of the recipients; who is not (or no longer) the clinic's is left out."""
    ids: defaultdict[str, set[int]] = defaultdict(set)
    for each in wanted:
        ids[each.kind].add(each.id)
    patients = select(PatientRecord.id, PatientRecord.email, PatientRecord.phone).where(
        PatientRecord.clinic_id == clinic_id, PatientRecord.id.in_(ids["patient"]), PatientRecord.erased_at.is_(None)
    )
    staff = select(StaffRecord.id, StaffRecord.email, literal("")).where(
        StaffRecord.clinic_id == clinic_id, StaffRecord.id.in_(ids["staff"])
    )
    users = (
        select(UserRecord.id, UserRecord.email, literal(""))
        .join(MembershipRecord, MembershipRecord.user_id == UserRecord.id)
        .where(MembershipRecord.clinic_id == clinic_id, UserRecord.disabled_at.is_(None))
        .where(UserRecord.id.in_(ids["user"]))
    )
    found: dict[Recipient, Reach] = {}
    outside = select(ContactRecord.id, ContactRecord.email, ContactRecord.phone).where(
        ContactRecord.clinic_id == clinic_id, ContactRecord.id.in_(ids["contact"]), ContactRecord.ended_at.is_(None)
    )
    for kind, query in (("patient", patients), ("contact", outside), ("staff", staff), ("user", users)):
        if not ids[kind]:
            continue
        choices = contact_choices.of_people(work, clinic_id, kind, ids[kind])
        signing_in = _with_account(work, clinic_id, ids["staff"]) if kind == "staff" else ids["user"]
        for person, email, phone in work.session.execute(query):
            has_account = kind in ("staff", "user") and person in signing_in
            found[Recipient(kind, person)] = _reach(email, phone, choices.get(person), has_account)
    return found


def _with_account(work: Work, clinic_id: int, staff_ids: set[int]) -> set[int]:
    query = (
        select(MembershipRecord.staff_id)
        .join(UserRecord, UserRecord.id == MembershipRecord.user_id)
        .where(MembershipRecord.clinic_id == clinic_id, MembershipRecord.staff_id.in_(staff_ids))
        .where(UserRecord.disabled_at.is_(None))
    )
    return {each for each in work.session.scalars(query) if each is not None}


def _reach(email: str, phone: str, choice: ContactChoiceRecord | None, has_account: bool) -> Reach:
    if choice is None:
        return Reach(email, phone, has_account=has_account)
    return Reach(email, phone or choice.phone, choice.chat, choice.channel, choice.may_text, has_account)


def visits_ahead(work: Work, clinic_id: int, now: datetime, staff_id: int | None = None) -> list[int]:
    """The scheduled visits that have not begun; all, or those at which a member of staff is to be."""
    query = select(VisitRecord.id).where(
        VisitRecord.clinic_id == clinic_id, VisitRecord.status == "scheduled", VisitRecord.starts_at > now
    )
    if staff_id is not None:
        theirs = select(VisitStaffRecord.visit_id).where(VisitStaffRecord.staff_id == staff_id)
        query = query.where(VisitRecord.id.in_(theirs.where(VisitStaffRecord.canceled_at.is_(None))))
    return list(work.session.scalars(query))
