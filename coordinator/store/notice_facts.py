"""What the last check before sending has to know, as it is now: for many notices in a few queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from coordinator.domain.reminding import Rule
from coordinator.domain.telling import Appointment
from coordinator.store import invitations, notice_changes, notice_people, notices
from coordinator.store.clinics import ClinicRecord
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.invitations import InvitationFacts
from coordinator.store.notice_people import Reach, Recipient
from coordinator.store.notices import NoticeRecord
from coordinator.store.rooms import RoomRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """A visit as it is: its enrollment's code, and its room's name (None by video)."""

    record: VisitRecord
    code: str
    room_name: str | None


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """A visit that a message about changes is about: what the recipient was told last, and what is so now.

    `counts_as`: the audiences that the recipient belongs to at this visit.
    """

    visit_id: int
    code: str
    known: Appointment | None
    current: Appointment | None
    counts_as: frozenset[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """A leased notice and all that its last check and its text need.

    `rules` are those of the clinic that are on; `reach` None: the recipient is not the clinic's any more.
    `is_expected`: the recipient is to be at `visit`.
    """

    notice: NoticeRecord
    clinic: ClinicRecord
    rules: tuple[Rule, ...]
    reach: Reach | None
    visit: VisitFacts | None
    is_expected: bool
    changes: tuple[ChangeFacts, ...]
    invitation: InvitationFacts | None


def facts(work: Work, notice_ids: Sequence[int], worker: str) -> list[Facts]:
    """The facts of those notices whose lease is still this worker's, locked, in the order given."""
    query = (
        select(NoticeRecord)
        .where(NoticeRecord.id.in_(notice_ids), NoticeRecord.status == "leased", NoticeRecord.leased_by == worker)
        .order_by(NoticeRecord.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows = {row.id: row for row in work.session.scalars(query)}
    found = {
        each.notice.id: each
        for clinic_id in dict.fromkeys(row.clinic_id for row in rows.values())
        for each in _of_clinic(work, clinic_id, [row for row in rows.values() if row.clinic_id == clinic_id])
    }
    return [found[each] for each in notice_ids if each in found]


def _of_clinic(work: Work, clinic_id: int, rows: Sequence[NoticeRecord]) -> Iterable[Facts]:
    clinic = work.session.get_one(ClinicRecord, clinic_id)
    rules = tuple(rule for rule, is_active in notices.rules(work, clinic_id) if is_active)
    known = notice_changes.known(work, rows)
    changed = {visit_id for each in known.values() for visit_id in each}
    visits = _visits(work, clinic_id, {*changed, *(row.visit_id for row in rows if row.visit_id is not None)})
    expected = notice_people.appointments(work, clinic_id, visits)
    counts_as = notice_people.audiences(work, clinic_id, changed) if changed else {}
    reached = notice_people.reaches(work, clinic_id, {recipient_of(row) for row in rows})
    invited = {(row.visit_id, row.recipient_id) for row in rows if row.what == invitations.WHAT and row.visit_id}
    invitation = invitations.facts(work, invited) if invited else {}
    for row in rows:
        recipient = recipient_of(row)
        yield Facts(
            notice=row,
            clinic=clinic,
            rules=rules,
            reach=reached.get(recipient),
            visit=None if row.visit_id is None else visits[row.visit_id],
            is_expected=row.visit_id is not None and (row.visit_id, recipient) in expected,
            changes=tuple(
                ChangeFacts(
                    visit_id,
                    visits[visit_id].code,
                    before,
                    expected.get((visit_id, recipient)),
                    counts_as.get((visit_id, recipient), frozenset()),
                )
                for visit_id, before in known.get(row.id, {}).items()
            ),
            invitation=invitation.get((row.visit_id or 0, row.recipient_id)) if row.what == invitations.WHAT else None,
        )


def recipient_of(row: NoticeRecord) -> Recipient:
    """Whom a notice is for."""
    return Recipient(row.recipient_kind, row.recipient_id)


def _visits(work: Work, clinic_id: int, ids: Iterable[int]) -> dict[int, VisitFacts]:
    query = (
        select(VisitRecord, EnrollmentRecord.code, RoomRecord.name)
        .join(EnrollmentRecord, EnrollmentRecord.id == VisitRecord.enrollment_id)
        .outerjoin(RoomRecord, RoomRecord.id == VisitRecord.room_id)
        .where(VisitRecord.clinic_id == clinic_id, VisitRecord.id.in_(list(ids)))
        .execution_options(populate_existing=True)
    )
    return {visit.id: VisitFacts(visit, code, room) for visit, code, room in work.session.execute(query)}
