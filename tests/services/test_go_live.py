"""Going live from CSV: 14 staff and 24 running programs from the samples alone, and every fault has its line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from coordinator.domain.actor import Access, Actor
from coordinator.domain.rules import violations
from coordinator.services import clinics, proposals, transfer
from coordinator.services.go_live import FilesAtFault, Imported, Rehearsed, import_files, rehearse
from coordinator.services.go_live_files import FILES
from coordinator.services.planning import Runner, run_next_job
from coordinator.services.schedule import publish
from coordinator.store import snapshot
from coordinator.store.audit import AuditRecord
from coordinator.store.enrollments import EnrollmentPatientRecord
from coordinator.store.notices import NoticeRecord
from coordinator.store.proposals import ProposalRecord
from coordinator.store.staff import BookingSeriesRecord, StaffRecord, TimeOffRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord

SAMPLES = Path(__file__).resolve().parents[2] / "docs" / "go-live"
NOW = datetime(2027, 1, 11, 14, 0, tzinfo=UTC)
"""Early on the Monday on which the clinic of the samples goes live."""
FEW: Mapping[str, str] = {
    "staff": "name,roles,hours\nAna Ruiz,therapist,mon-fri 8:00-17:00\nBo Lind,physician,mon-fri 8:00-17:00\n",
    "rooms": "name,kinds\nCedar,dosing\nHeron,therapy; consult\n",
    "patients": "code,name\nP-1,Pat Lee\n",
    "programs": "program,patients,protocol,started,team\nE-1,P-1,kap-3x6,2027-01-04,\n",
    "appointments": "program,visit,date,start,room,staff,outcome\n",
    "time_off": "name,first,last,start,end\n",
    "bookings": "kind,title,date,start,end,staff,room,patient,every_weeks,until\n",
}


@pytest.fixture
def actor(sqlite: Database) -> Actor:
    """Who administers a clinic that was made a moment ago and is empty."""
    with sqlite.write() as work:
        clinic_id = clinics.create(work, NOW, clinics.NewClinic("Harbor Clinic", "America/Los_Angeles"))
    return Actor(clinic_id, Access.ADMINISTRATOR, "Morgan Tate")


def samples(**more: str) -> dict[str, str]:
    return {file: (SAMPLES / f"{file}.csv").read_text() for file in FILES} | more


def imported(database: Database, actor: Actor, texts: Mapping[str, str]) -> Imported:
    with database.write() as work:
        return import_files(work, actor, NOW, texts)


def count(database: Database, table: type) -> int:
    with database.read() as work:
        return work.session.scalar(select(func.count()).select_from(table)) or 0


def faults(database: Database, actor: Actor, texts: Mapping[str, str]) -> list[tuple[str, int, str, str]]:
    entries = count(database, AuditRecord)
    with pytest.raises(FilesAtFault) as refusal, database.write() as work:
        import_files(work, actor, NOW, texts)
    assert (count(database, StaffRecord), count(database, VisitRecord)) == (0, 0)
    assert count(database, AuditRecord) == entries
    return [(each.file, each.row, each.column, each.message) for each in refusal.value.faults]


def test_a_clinic_goes_live_from_its_sheets_alone_and_the_rest_is_planned(sqlite: Database, actor: Actor) -> None:
    with pytest.raises(Rehearsed) as rehearsed, sqlite.write() as work:
        rehearse(work, actor, NOW, samples())
    assert count(sqlite, StaffRecord) == 0
    came = imported(sqlite, actor, samples())
    assert came == rehearsed.value.would_be
    assert {file: came.counts[file] for file in ("staff", "programs")} == {"staff": 14, "programs": 24}
    assert came.done + came.to_come == came.counts["appointments"]
    with sqlite.read() as work:
        problem, plan = transfer.export(work, actor, NOW)
        loaded = snapshot.load(work, actor.clinic_id)
        notices = work.session.scalars(select(NoticeRecord.due_at).order_by(NoticeRecord.due_at)).first()
    assert violations(problem, plan) == []
    with sqlite.read() as work:
        off = work.session.scalars(select(TimeOffRecord.status)).all()
        booked = work.session.scalars(select(BookingSeriesRecord.purpose).order_by(BookingSeriesRecord.id)).all()
    assert (list(off), list(booked)) == (["approved"] * 3, ["meeting", "maintenance", "outside"])
    assert notices is not None and notices >= NOW, "nobody is reminded of what is over"
    entry = loaded.by_code["E-0018"]
    held = [(each.code, each.status) for each in loaded.held[entry.id].values() if each.kind == "dosing"]
    done = [(f"c1.d{each}", "attended") for each in (1, 2, 3)]
    assert held[:4] == [*done, ("c1.d4", "scheduled")], "a patient who is at session 4 of 6"
    plan_the_rest(sqlite, actor, entry.id)


def plan_the_rest(database: Database, actor: Actor, enrollment_id: int) -> None:
    """What is missing of one program is planned around what is done and around all the others."""
    with database.write() as work:
        proposals.request(work, actor, NOW, [enrollment_id])
    assert run_next_job(Runner(database, lambda: NOW, "p1", lease_seconds=60))
    with database.write() as work:
        publish(
            work, actor, NOW, work.session.scalars(select(ProposalRecord.id).order_by(ProposalRecord.id)).first() or 0
        )
    with database.read() as work:
        loaded = snapshot.load(work, actor.clinic_id)
        assert loaded.is_whole(loaded.by_id[enrollment_id])
        problem, plan = transfer.export(work, actor, NOW)
    assert violations(problem, plan) == []


@pytest.mark.soak
def test_every_program_of_the_samples_is_planned_and_published_in_one_sitting(sqlite: Database, actor: Actor) -> None:
    came = imported(sqlite, actor, samples())
    with sqlite.write() as work:
        proposals.request(work, actor, NOW, came.to_plan)
    assert run_next_job(Runner(sqlite, lambda: NOW, "p1", lease_seconds=600))
    with sqlite.write() as work:
        publish(work, actor, NOW, work.session.scalars(select(ProposalRecord.id)).one())
    with sqlite.read() as work:
        loaded = snapshot.load(work, actor.clinic_id)
        problem, plan = transfer.export(work, actor, NOW)
    assert [each.code for each in loaded.enrollments if not loaded.is_whole(each)] == []
    assert (len(loaded.enrollments), list(plan.unplanned)) == (24, [])
    assert violations(problem, plan) == []


CASES = (
    ("staff", "Cy,,mon 8:00-9:00", "roles", "The cell is empty"),
    ("staff", "Ana Ruiz,therapist,mon 8:00-9:00", "name", "already in the team"),
    ("staff", "Cy,therapist,monday early", "hours", "no weekly hours"),
    ("staff", "Cy,therapist,\"mon 8:00-12:00, 9:00-10:00\"", "hours", "Monday"),
    ("staff", "Cy,therapist,mon 8:00-9:00,more", "", "more cells than the heading"),
    ("rooms", "Cedar,dosing", "name", "already a room"),
    ("patients", "P-1,Quinn Diaz", "code", "is taken"),
    ("programs", "E-2,P-9,kap-3x6,2027-01-04,", "patients", "no patient with the code “P-9”"),
    ("programs", "E-2,P-1,nothing,2027-01-04,", "protocol", "no protocol “nothing”"),
    ("programs", "E-2,P-1,kap-3x6,soon,", "started", "no date"),
    ("programs", "E-2,P-1,kap-3x6,1/4/2027,boss = Ana Ruiz", "team", "needs no “boss”"),
    ("programs", "E-2,P-1,kap-3x6,1/4/2027,Ana Ruiz", "team", "lead = Ana Ruiz"),
    ("programs", "E-1,P-1,kap-3x6,1/4/2027,", "program", "is taken"),
    ("appointments", "E-9,eval,2027-01-05,9:00,,,attended", "program", "no program “E-9”"),
    ("appointments", "E-1,x9,2027-01-05,9:00,,,attended", "visit", "no visit “x9”"),
    ("appointments", "E-1,eval,2027-01-05,25:00,,,attended", "start", "no time of day"),
    ("appointments", "E-1,eval,2027-01-05,9:00,Nowhere,physician = Bo Lind,attended", "room", "no room called"),
    ("appointments", "E-1,eval,2027-01-05,9:00,Heron,physician = Nobody,attended", "staff", "Nobody in the team"),
    ("appointments", "E-1,eval,2027-01-05,9:00,Heron,,attended", "staff", "Write physician = and a name"),
    ("appointments", "E-1,eval,2027-01-05,9:00,Heron,physician = Bo Lind,", "outcome", "is over. Write what"),
    ("appointments", "E-1,eval,2027-01-15,9:00,Heron,physician = Bo Lind,attended", "outcome", "still to come"),
    ("appointments", "E-1,eval,2027-01-15,9:00,Heron,physician = Bo Lind,great", "outcome", "is no outcome"),
    ("time_off", "Nobody,2027-02-01,,,", "name", "Nobody in the team"),
    ("time_off", "Ana Ruiz,2027-02-03,2027-02-01,,", "last", "ends before it begins"),
    ("time_off", "Ana Ruiz,2027-02-03,,9am,", "start", "no time of day"),
    ("bookings", "party,Fun,2027-02-01,9:00,10:00,Ana Ruiz,,,,", "kind", "is no kind of booking"),
    ("bookings", "meeting,Rounds,2027-02-01,9:00,10:00,Ana Ruiz,Nowhere,,,", "room", "no room called"),
    ("bookings", "outside,Check,2027-02-01,9:00,10:00,Ana Ruiz,,P-9,,", "patient", "no patient with the code"),
    ("bookings", "meeting,Rounds,2027-02-01,9:00,8:00,Ana Ruiz,,,,", "end", "ends before it begins"),
    ("bookings", "meeting,Rounds,2027-02-01,9:00,10:00,,,,,", "staff", "A meeting needs people"),
    ("bookings", "meeting,Rounds,2027-02-01,9:00,10:00,Ana Ruiz,,,1,", "until", "The last date is missing"),
    ("appointments", "E-1,eval,2027-01-16,9:00,Heron,physician = Bo Lind,", "start", "it is planned anew then"),
)  # fmt: skip
"""File, a row that is added to it, and the column and the words of the fault that it must have."""


def test_every_fault_has_its_row_its_column_its_reason_and_its_remedy(sqlite: Database, actor: Actor) -> None:
    for file, line, column, said in CASES:
        found = faults(sqlite, actor, {**FEW, file: f"{FEW[file]}{line}\n"})
        row = FEW[file].count("\n") + 1
        assert any(each[:3] == (file, row, column) and said in each[3] for each in found), (line, found)


def test_a_patient_written_twice_in_one_cell_is_one_patient(sqlite: Database, actor: Actor) -> None:
    twice = FEW["programs"].replace("P-1", "P-1; p-1")
    with sqlite.write() as work:
        import_files(work, actor, NOW, {**FEW, "programs": twice})
    assert count(sqlite, EnrollmentPatientRecord) == 1


def test_two_that_collide_are_named_with_their_rows(sqlite: Database, actor: Actor) -> None:
    two = FEW["programs"].replace("E-1", "E-2").splitlines()[1]
    lines = "".join(f"{code},eval,2027-01-05,9:00,Heron,physician = Bo Lind,attended\n" for code in ("E-1", "E-2"))
    texts = {**FEW, "programs": f"{FEW['programs']}{two}\n", "appointments": f"{FEW['appointments']}{lines}"}
    found = faults(sqlite, actor, texts)
    assert (
        "appointments",
        3,
        "staff",
        "Bo Lind has E-1/eval at the same time (row 2). Correct one of the two.",
    ) in found
    assert {each[2] for each in found} == {"staff", "room", "start"}


def test_wrong_headings_semicolons_and_old_encodings(sqlite: Database, actor: Actor) -> None:
    found = faults(sqlite, actor, {"staff": "name,role,hours\nAna,therapist,mon 8-9\n"})
    assert [(each[1], each[2]) for each in found] == [(1, "role"), (1, "roles")]
    assert faults(sqlite, actor, {})[0][3].startswith("No file holds any row")
    came = imported(sqlite, actor, {"staff": "Name;Roles;Hours\nZoë;nurse;mon 8-9\n\n"})
    assert came.counts["staff"] == 1


def test_missed_attempts_come_before_the_one_that_counts(sqlite: Database, actor: Actor) -> None:
    lines = (
        "E-1,eval,2027-01-05,9:00,Heron,physician = Bo Lind,no-show\n"
        "E-1,eval,2027-01-06,9:00,Heron,physician = Bo Lind,Attended\n"
    )
    imported(sqlite, actor, {**FEW, "appointments": f"{FEW['appointments']}{lines}"})
    with sqlite.read() as work:
        rows = work.session.execute(select(VisitRecord.attempt, VisitRecord.status).order_by(VisitRecord.attempt)).all()
    assert [tuple(row) for row in rows] == [(1, "no_show"), (2, "attended")]
