"""One row of everything an address can name, in the fixed clinic: for tests of who may reach what."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from cast import NOW, PROTOCOL, Cast
from programs import program, put
from sqlalchemy import JSON, inspect, select

from coordinator.domain.gates import RIDE
from coordinator.exchange.gates import write_visit_gates
from coordinator.store.base import Base, ClinicRow
from coordinator.store.busy import BusyCalendarRecord
from coordinator.store.contacts import ContactRecord
from coordinator.store.drafts import DraftEditRecord
from coordinator.store.emergencies import EmergencyRecord
from coordinator.store.feeds import FeedRecord
from coordinator.store.identities import IdentityRecord
from coordinator.store.notes import NoteRecord
from coordinator.store.notices import NoticeRecord, NoticeRuleRecord
from coordinator.store.passkeys import PasskeyRecord
from coordinator.store.patient_answers import PatientAnswerRecord
from coordinator.store.planning_jobs import FIT, WHAT_IF
from coordinator.store.proposals import PlanningJobRecord, ProposalRecord
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.publications import PublicationRecord
from coordinator.store.staff import BookingSeriesRecord, ExtraHoursRecord, StaffHoursRecord, TimeOffRecord
from coordinator.store.swaps import SwapRecord
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.users import SignInRecord
from coordinator.store.visits import VisitRecord

USUAL: dict[type, Any] = {str: "x", int: 1, date: NOW.date(), bytes: b"x", object: NOW}

PLAN = {"format": "kap-plan/1", "status": "planned", "cost": 0, "bound": 0, "visits": [], "unplanned": []}


def belongings(database: Database, cast: Cast) -> dict[str, int | str]:
    """What each part of an address can be filled with, by the name of the part."""
    put(database, cast, cast.first, program("e01", 1, 9))
    with database.write() as work:
        prepare(work, cast)
        visits = {each.code: each.id for each in work.session.scalars(select(VisitRecord))}
        visit = visits["p1"]
        later = NOW + timedelta(days=3)
        own: dict[str, Any] = {"clinic_id": cast.clinic_id}
        ben = own | {"staff_id": cast.ben_staff, "starts_at": later, "ends_at": later + timedelta(hours=1)}
        ada = {"user_id": cast.ada.user_id}
        pat = own | {"patient_id": cast.pat}
        add(work, NoticeRuleRecord, own, code="ours", audience="patient", minutes_before=60)
        made: dict[str, int | str] = {
            "publication_id": add(work, PublicationRecord, own, kind="draft", maker="Ada Moss"),
            "notice_id": add(work, NoticeRecord, own, visit_id=visit, recipient_kind="patient", recipient_id=cast.pat),
            "emergency_id": add(work, EmergencyRecord, pat, user_id=cast.ben.user_id, ends_at=NOW + timedelta(hours=1)),
            "feed_id": add(work, FeedRecord, own, owner_kind="staff", owner_id=cast.ben_staff, privacy="busy"),
            "contact_id": add(work, ContactRecord, pat, kind="guardian", name="Gil Lee"),
            "answer_id": add(work, PatientAnswerRecord, pat, visit_id=visit, answer="confirmed"),
            "calendar_id": add(work, BusyCalendarRecord, own, staff_id=cast.ben_staff, name="At home"),
            "note_id": add(work, NoteRecord, own | ada, enrollment_id=cast.first),
            "extra_id": add(work, ExtraHoursRecord, ben),
            "series_id": add(work, BookingSeriesRecord, own, purpose="meeting", starts=540, ends=600),
            "edit_id": add(
                work, DraftEditRecord, own | ada, enrollment_id=cast.first, code="p1", staff={}, overrides={}
            ),
            "time_off_id": add(work, TimeOffRecord, ben),
            "swap_id": add(work, SwapRecord, own, staff_id=cast.ben_staff, visit_id=visit, need="lead"),
            "passkey_id": add(work, PasskeyRecord, ada),
            "identity_id": add(work, IdentityRecord, ada),
            "sign_in_id": add(work, SignInRecord, own | ada, token_hash="nobody's"),
            "proposal_id": add(work, ProposalRecord, own, enrollments=[cast.first], plan=PLAN),
            "job_id": add(work, PlanningJobRecord, own, request={"enrollments": [cast.first]}),
            "study_id": add(work, PlanningJobRecord, own, request={"kind": WHAT_IF, "scenarios": []}),
            "fit_id": add(work, PlanningJobRecord, own, request={"kind": FIT, "body": PROTOCOL, "patients": 1}),
        }
        pattern = work.session.scalars(select(StaffHoursRecord.id).where(StaffHoursRecord.staff_id == cast.ben_staff))
        return made | {
            "visit_id": visit,
            "enrollment_id": cast.first,
            "patient_id": cast.pat,
            "staff_id": cast.ben_staff,
            "user_id": cast.ben.user_id or 0,
            "room_id": cast.dosing_1,
            "protocol_id": work.session.scalars(select(ProtocolRecord.id)).one(),
            "pattern_id": pattern.one(),
            "canceled_id": visits["c1.i1"],
            "rule": "ours",
        }


def prepare(work: Work, cast: Cast) -> None:
    """A gate before the first visit, and the last one canceled."""
    version = work.session.get_one(ProtocolVersionRecord, cast.protocol_version)
    version.gates = write_visit_gates({"p1": (RIDE,)})
    canceled = work.session.scalars(select(VisitRecord).where(VisitRecord.code == "c1.i1")).one()
    canceled.status = "canceled"


def add(work: Work, record: type[Base], *parts: dict[str, Any], **values: Any) -> int:
    """The id of a row with these values, and something in every other column that must have one."""
    given = {name: value for part in (*parts, values) for name, value in part.items()}
    for column in record.__table__.columns:
        if column.name not in given and not column.nullable and column.default is None and column.name != "id":
            given[column.name] = [] if isinstance(column.type, JSON) else USUAL[column.type.python_type]
    row = record(**given)
    work.session.add(row)
    work.session.flush()
    return int(inspect(row).identity[0])


def rows_of(database: Database, clinic: int) -> dict[str, list[Any]]:
    """All that a clinic has, to see that nobody touched it."""
    with database.read() as work:
        tables = [mapper.local_table for mapper in Base.registry.mappers if issubclass(mapper.class_, ClinicRow)]
        found = ((str(t), work.session.execute(select(t).where(t.c.clinic_id == clinic)).all()) for t in tables)
        return {name: [tuple(row) for row in rows] for name, rows in found}
