"""Rows of another clinic that stand in a form's field or in a query: they are refused, and nothing comes of them.

`test_access_map.py` does the same for rows that stand in the path. Here the path, and every other field, is one's own.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from belongings import add, belongings, rows_of
from cast import NOW, PROTOCOL, Cast, add_enrollment, add_patient, add_protocol, add_room, add_staff, add_user
from visitor import HTMX, Visitor
from werkzeug.test import TestResponse

from coordinator.domain.actor import Access
from coordinator.store.notes import NoteRecord
from coordinator.store.notices import NoticeRecord
from coordinator.store.protocols import ProtocolVersionRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord

WEB = Path(__file__).resolve().parents[2] / "coordinator" / "web"
STRANGE = "Zyx"
"""In every name of the other clinic."""

Values = dict[str, Any]
WEEKDAY, DAY = {"start": "2027-01-05", "end": "2027-01-08"}, "2027-01-12"


@dataclass(frozen=True, slots=True)
class Try:
    """A request whose fields in `rows` name rows, by the key under which `own` and `foreign` have one."""

    path: str
    rows: Values
    more: Values = field(default_factory=dict)


BOOKING: Values = {
    "purpose": "meeting", "title": "Meeting", "day": DAY, "starts": "18:00", "ends": "19:00", "every": "0",
}  # fmt: skip
PLACED: Values = {"day": "2027-01-05", "at": "10:00", "revision": "1"}
WISHES: Values = {"earliest": "2027-01-11", "latest": "2027-03-26", "then": "wait"}

POSTS = [
    Try("/planning", {"enrollment": "enrollment"}),
    Try("/proposals/{proposal_id}/publish", {"program": "enrollment"}, {"choose": "1"}),
    Try("/proposals/{proposal_id}/relax", {"enrollment": "enrollment"}, {"number": "0"}),
    Try("/repairs", {"staff": "staff"}, {"kind": "staff-away", **WEEKDAY}),
    Try("/repairs", {"room": "room"}, {"kind": "room-closed", **WEEKDAY}),
    Try("/repairs", {"enrollment": "enrollment"}, {"kind": "patient-away", **WEEKDAY}),
    Try("/repairs", {"enrollment": "enrollment"}, {"kind": "amiss"}),
    Try(
        "/repairs",
        {"visit": "visit", "room": "room_code", "staff-lead": "staff_code"},
        {"kind": "moved", "start": "2027-01-05T10:00"},
    ),
    Try(
        "/repairs",
        {"enrollment": "enrollment", "staff": "staff"},
        {"kind": "team-change", "need": "lead", "since": DAY},
    ),
    Try("/repairs", {"enrollment": "enrollment", "version": "version"}, {"kind": "protocol-change"}),
    Try("/visits/{visit_id}/gates/ride/open", {"patient": "patient"}),
    Try("/visits/{visit_id}/gates/ride/shut", {"patient": "patient"}),
    Try("/visits/{visit_id}/move", {"room": "room_code", "staff-lead": "staff_code"}, PLACED),
    Try("/enrollments/{enrollment_id}/notes", {"visit": "visit", "mentions": "user"}, {"text": "Call first"}),
    Try("/notices/again", {"notice": "told"}),
    Try("/inbox", {"note": "note"}),
    Try("/inbox", {"told": "told"}),
    Try("/bookings/new", {"staff": "staff", "room": "room"}, BOOKING),
    Try("/bookings/new", {"patient": "patient", "staff": "staff"}, BOOKING | {"purpose": "outside"}),
    Try(
        "/bookings/{series_id}/edit/2027-01-05",
        {"staff": "staff", "room": "room", "patient": "patient"},
        BOOKING | {"scope": "following"},
    ),
    Try(
        "/draft/drop",
        {"enrollment": "enrollment", "to": "row"},
        {"visit": "p1", "rows": "staff", "start": "2027-01-05T10:00", "revision": "1"},
    ),
    Try(
        "/draft/place",
        {"enrollment": "enrollment", "room": "room_code", "staff-lead": "staff_code"},
        {"visit": "p1", **PLACED},
    ),
    Try("/draft/cancel", {"enrollment": "enrollment"}, {"visit": "p1", "revision": "1"}),
    Try(
        "/enrollments/new",
        {"patient_id": "patient", "protocol": "version", "team-lead": "staff", "avoid": "avoided"},
        WISHES,
    ),
    Try("/enrollments/{enrollment_id}/adjust", {"team-lead": "staff", "avoid": "avoided"}, WISHES),
    Try("/enrollments/{enrollment_id}/team/backups", {"backup-lead": "staff"}),
    Try("/enrollments/{enrollment_id}/team/change", {"staff": "staff"}, {"need": "lead", "since": DAY}),
    Try(
        "/what-if",
        {"version": "version", "supervisor": "supervisor_code"},
        {"more": "1", "weeks": "12", "rooms": "2", "weekdays": "mon"},
    ),
    Try(
        "/users/invite",
        {"staff": "staff"},
        {"name": "Dee Lowe", "email": "dee@example.org", "access": "clinician"},
    ),
    Try("/clinic", {"clinic": "clinic"}),
    Try("/gates/rules?protocol={protocol}&visits=dosing", {}, {"reset": "1"}),
]
"""Each form of the site whose fields name rows."""

ABOUT_NOTHING = {
    "/proposals/{proposal_id}/publish", "/proposals/{proposal_id}/relax", "/bookings/{series_id}/edit/2027-01-05",
}  # fmt: skip
"""Refused with our own rows too: what the fixture plans and books is empty."""

IGNORED = {("/inbox", "told")}
"""What is marked as read among one's own messages alone."""

NAME_NO_ROW = {
    "after", "before", "days", "earlier", "hidden", "idle_minutes", "later", "minutes", "number", "override", "page",
    "revision", "weeks", "years",
}  # fmt: skip
"""Numbers of things that are no rows, and rules and rows of the schedule that a reader hides."""

GETS = [
    Try("/audit-log", {"user": "user"}),
    Try("/audit-log.csv", {"user": "user"}),
    Try("/audit-log", {"subject": "patient"}, {"kind": "patient"}),
    Try("/enrollments/new", {"patient": "patient", "protocol": "version"}),
    Try("/enrollments/new/team", {"protocol": "version"}),
    Try("/enrollments/new/held", {"protocol": "version"}, {"held_last": "p1", "held_on": "2027-01-04"}),
    Try("/enrollments/{enrollment_id}/team/change", {"staff": "staff"}, {"need": "lead", "since": DAY}),
    Try("/notices/again", {"notice": "told"}),
    Try("/gates/rules", {"protocol": "protocol"}, {"visits": "dosing"}),
    Try("/repairs/new", {"staff": "staff", "room": "room", "enrollment": "enrollment", "visit": "visit"}),
    Try("/draft/card", {"enrollment": "enrollment"}, {"visit": "p1"}),
    Try(
        "/draft/places",
        {"enrollment": "enrollment", "row": "row"},
        {"visit": "p1", "rows": "staff", "first": DAY, "last": DAY},
    ),
    Try("/patients/{patient_id}/contacts/new", {"program": "enrollment"}),
    Try("/protocols/{protocol_id}/compare", {}, {"earlier": "1", "later": "1"}),
]
"""Each page whose query can name rows."""


def own(ids: dict[str, int | str], cast: Cast) -> Values:
    """One row of ours under each key."""
    return {
        "patient": cast.pat, "staff": cast.ben_staff, "room": cast.therapy_1, "enrollment": cast.first,
        "visit": ids["visit_id"], "version": cast.protocol_version, "protocol": ids["protocol_id"],
        "user": cast.ben.user_id, "note": ids["note_id"], "told": ids["notice_id"], "clinic": cast.clinic_id,
        "row": f"staff:{cast.ben_staff}", "avoided": cast.dana_staff,
        "staff_code": "th-ben", "supervisor_code": "dr-eve", "room_code": "therapy-1",
    }  # fmt: skip


def foreign(database: Database, clinic: int) -> Values:
    """One row of the other clinic under each key."""
    with database.write() as work:
        staff = add_staff(work, clinic, "zyx-staff", f"{STRANGE} Therapist", ["therapist"])
        room = add_room(work, clinic, "zyx-room", f"{STRANGE} room", ["therapy"])
        patient = add_patient(work, clinic, "zyx", f"{STRANGE} Patient", NOW)
        body = PROTOCOL | {"id": "zyx", "name": f"{STRANGE} protocol"}
        version = add_protocol(work, clinic, body, NOW)
        enrollment = add_enrollment(work, clinic, "zyx", version, [patient], NOW)
        user = add_user(work, clinic, "zyx@example.org", f"{STRANGE} User", Access.CLINICIAN, NOW, staff)
        theirs: Values = {"clinic_id": clinic, "user_id": user.user_id}
        visit = add(work, VisitRecord, {"clinic_id": clinic}, enrollment_id=enrollment, code="p1", status="scheduled")
        note = add(work, NoteRecord, theirs, enrollment_id=enrollment)
        told = {"recipient_kind": "user", "recipient_id": user.user_id, "channel": "app", "status": "sent"}
        return {
            "patient": patient, "staff": staff, "room": room, "enrollment": enrollment,
            "visit": visit, "version": version,
            "protocol": work.session.get_one(ProtocolVersionRecord, version).protocol_id,
            "user": user.user_id, "note": note, "clinic": clinic,
            "told": add(work, NoticeRecord, {"clinic_id": clinic}, told, message_id="zyx"),
            "row": f"staff:{staff}", "avoided": staff,
            "staff_code": "zyx-staff", "supervisor_code": "zyx-staff", "room_code": "zyx-room",
        }  # fmt: skip


def asked(visitor: Visitor, tried: Try, method: str, values: Values, ids: Values, **strange: Any) -> TestResponse:
    """The answer to a request that names our rows, but for `strange` ones, by field or by name in the path."""
    fields = tried.more | {name: values[key] for name, key in tried.rows.items()}
    path = tried.path.format(**ids | values | strange)
    fields |= {name: each for name, each in strange.items() if name in fields}
    more = {"headers": HTMX} if path == "/draft/place" else {}  # without it, a refusal is shown on the next page
    return visitor.post(path, fields, **more) if method == "POST" else visitor.get(path, query_string=fields)


@pytest.fixture
def ids(sqlite: Database, sqlite_cast: Cast) -> dict[str, int | str]:
    return belongings(sqlite, sqlite_cast)


@pytest.fixture
def ours(ids: dict[str, int | str], sqlite_cast: Cast) -> Values:
    return own(ids, sqlite_cast)


@pytest.fixture
def theirs(sqlite: Database, sqlite_cast: Cast) -> Values:
    return foreign(sqlite, sqlite_cast.other_clinic_id)


@pytest.fixture
def root(sqlite: Database, sqlite_cast: Cast, visitor: Callable[[str | None], Visitor]) -> Visitor:
    """An administrator of our clinic, who may send every form."""
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "root@example.org", "Ros Root", Access.ADMINISTRATOR, NOW)
    return visitor("root@example.org")


def strangers(tried: Try, theirs: Values) -> list[Values]:
    """Each of the request's rows in turn, replaced by the other clinic's."""
    in_path = [{key: theirs[key]} for key in re.findall(r"{(\w+)}", tried.path) if key in theirs]
    return in_path + [{name: theirs[key]} for name, key in tried.rows.items()]


def everything(database: Database, cast: Cast) -> dict[int, dict[str, list[Any]]]:
    """All rows of both clinics, but for our audit log, which has our own looks in it."""
    found = {clinic: rows_of(database, clinic) for clinic in (cast.clinic_id, cast.other_clinic_id)}
    return {
        clinic: {table: rows for table, rows in tables.items() if clinic != cast.clinic_id or "audit" not in table}
        for clinic, tables in found.items()
    }


def test_a_form_that_names_another_clinics_row_is_refused_and_changes_nothing(
    root: Visitor, sqlite: Database, sqlite_cast: Cast, ids: dict[str, int | str], ours: Values, theirs: Values
) -> None:
    before, wrong = everything(sqlite, sqlite_cast), {}
    for tried in POSTS:
        for strange in strangers(tried, theirs):
            answer = asked(root, tried, "POST", ours, ids, **strange)
            refusals = (302,) if (tried.path, *strange) in IGNORED else (403, 404, 409, 422)
            if answer.status_code not in refusals or STRANGE in answer.text:
                wrong[tried.path, str(tried.more.get("kind")), *strange] = answer.status_code
    assert not wrong
    assert everything(sqlite, sqlite_cast) == before


def test_a_page_that_is_asked_for_another_clinics_row_shows_nothing_of_it(
    root: Visitor, sqlite: Database, sqlite_cast: Cast, ids: dict[str, int | str], ours: Values, theirs: Values
) -> None:
    before, wrong = everything(sqlite, sqlite_cast), {}
    for tried in GETS:
        for strange in strangers(tried, theirs):
            answer = asked(root, tried, "GET", ours, ids, **strange)
            if answer.status_code not in (200, 404, 409, 422) or STRANGE in answer.text:
                wrong[tried.path, *strange] = answer.status_code
    assert not wrong
    assert everything(sqlite, sqlite_cast) == before


def test_the_same_forms_with_our_own_rows_are_accepted(
    root: Visitor, sqlite: Database, ids: dict[str, int | str], ours: Values, tmp_path: Path
) -> None:
    """So that the others are not refused for something else. Each finds the database as the first did."""
    file, wrong = Path(sqlite.engine.url.database or ""), {}
    sqlite.dispose()
    kept = shutil.copy(file, tmp_path / "kept")
    for tried in POSTS:
        if tried.path not in ABOUT_NOTHING:
            status = asked(root, tried, "POST", ours, ids).status_code
            if status not in (200, 204, 302):
                wrong[tried.path, str(tried.more.get("kind"))] = status
            sqlite.dispose()
            shutil.copyfile(kept, file)
    assert not wrong


def test_every_field_that_the_site_reads_as_a_row_or_number_is_tried() -> None:
    """Whoever adds one has to say here whether it names a row."""
    read = re.compile(
        r'(?:row_or_none|rows)\("(\w+)", "|getlist\("(\w+)"|\.get\("(\w+)"[^)]*type=int'
        r'|whole(?:_or_none)?\("(\w+)"[^)]*10\*\*15'
    )
    found = {name for file in WEB.glob("*.py") for groups in read.findall(file.read_text()) for name in groups if name}
    tried = {name for each in POSTS + GETS for name in each.rows} | {"protocol"}
    assert found - tried == NAME_NO_ROW
