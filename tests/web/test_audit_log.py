"""The audit log's screen: who may read it, what the filters let through, the export, and the check of the chain."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from cast import NOW, Cast, add_user
from programs import program, put
from sqlalchemy import select, update
from visitor import HandClock, Visitor

from coordinator.domain.actor import Access
from coordinator.services import audit_log as service
from coordinator.services.visit_cards import visit_title
from coordinator.store import audit
from coordinator.store.audit import AuditRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord


@pytest.fixture
def auditor(sqlite: Database, sqlite_cast: Cast, visitor: Callable[[str | None], Visitor]) -> Visitor:
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "aud@example.org", "Audra Yun", Access.AUDITOR, NOW)
    return visitor("aud@example.org")


def rows(answer: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer)))


def test_only_administrators_and_auditors_read_it(ada: Visitor, ben: Visitor, auditor: Visitor) -> None:
    for path in ("/audit-log", "/audit-log.csv", "/audit-log/verify"):
        assert ada.get(path).status_code == ben.get(path).status_code == 403
        assert auditor.get(path).status_code == 200


def test_it_says_who_looked_at_whom_and_that_it_was_read(ada: Visitor, auditor: Visitor, sqlite: Database) -> None:
    with sqlite.read() as work:
        seen = work.session.scalars(select(PatientRecord).order_by(PatientRecord.id)).first()
        assert seen is not None
        patient, code = seen.id, seen.code
    assert ada.get(f"/patients/{patient}").status_code == 200
    page = auditor.get("/audit-log?what=reads&kind=patient").text
    assert "Ada Moss" in page
    assert f"patient {code}" in page
    assert "signed in" not in page
    again = rows(auditor.get("/audit-log.csv?kind=audit").text)
    assert [row[4] for row in again[1:]] == ["audit.read"], "reading the log stands in the log"


def test_things_are_called_by_name_and_what_is_gone_by_number(
    auditor: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    ada = sqlite_cast.ada
    feed = {"owner_kind": "staff", "owner_id": sqlite_cast.ben_staff}
    with sqlite.write() as work:
        visit = work.session.scalars(select(VisitRecord)).first()
        assert visit is not None
        audit.append(work, ada, NOW, "gate.open", "visit", visit.id, {"visit": f"e01/{visit.code}", "gate": "ride"})
        audit.append(work, ada, NOW, "note.add", "enrollment", sqlite_cast.first, {"visit": visit.id})
        audit.append(work, ada, NOW, "visit.read", "visit", 77_777)
        audit.append(work, ada, NOW, "feed.add", "clinic", sqlite_cast.clinic_id, feed)
        audit.append(work, ada, NOW, "patient.list", "clinic", sqlite_cast.clinic_id, {"patients": [sqlite_cast.pat]})
        title = visit_title(visit.kind, visit.code, visit.course)
    page = auditor.get("/audit-log").text
    assert f"{title}, e01" in page and f"visit: {title}, e01" in page and "e01/" not in page
    assert "visit 77777" in page
    assert "the clinic" in page
    assert "of: Ben Ito" in page and "owner id" not in page
    assert "patients: p01" in page


def test_filters_by_person_and_day_in_clinic_time(
    ada: Visitor, ben: Visitor, auditor: Visitor, clock: HandClock, sqlite: Database
) -> None:
    clock.forward(hours=11)  # January 5 in Greenwich, and January 4 in the clinic
    ada.post("/sign-out")
    with sqlite.read() as work:
        ada_id = work.session.scalar(select(AuditRecord.user_id).where(AuditRecord.actor == "Ada Moss"))
    hers = rows(auditor.get(f"/audit-log.csv?user={ada_id}").text)[1:]
    assert [row[4] for row in hers] == ["user.sign_in", "user.sign_out"]
    assert rows(auditor.get(f"/audit-log.csv?user={ada_id}&until=2027-01-04").text)[1:] == hers
    assert rows(auditor.get(f"/audit-log.csv?user={ada_id}&since=2027-01-05").text)[1:] == []
    assert auditor.get("/audit-log?since=never&user=x&what=nonsense&before=-1").status_code == 200


def test_the_export_holds_every_entry_and_no_formula(auditor: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        work.session.execute(update(AuditRecord).where(AuditRecord.number == 1).values(actor='=HYPERLINK("evil")'))
        kept = len(
            work.session.scalars(select(AuditRecord).where(AuditRecord.clinic_id == sqlite_cast.clinic_id)).all()
        )
    found = rows(auditor.get("/audit-log.csv").text)
    assert found[0] == list(service.COLUMNS)
    assert len(found) == kept + 1
    assert found[1][2] == '\'=HYPERLINK("evil")'


def test_the_chain_is_followed_part_by_part_and_a_break_is_named(
    auditor: Visitor, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PART", 1)
    first = auditor.get("/audit-log/verify").text
    assert "Followed 1 of 2" in first and "after=1" in first
    with sqlite.read() as work:
        last = work.session.scalars(select(AuditRecord.number).order_by(AuditRecord.number.desc())).first()
    assert last is not None
    assert f"all {last} entries" in auditor.get(f"/audit-log/verify?after={last - 1}").text
    with sqlite.write() as work:
        work.session.execute(update(AuditRecord).where(AuditRecord.number == 2).values(actor="Somebody"))
    assert "breaks at entry 2: the entry was changed" in auditor.get("/audit-log/verify?after=1").text


def test_older_entries_are_a_page_away(auditor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAGE", 1)
    page = auditor.get("/audit-log").text
    assert page.count("<tr>") == 2
    assert "Older" in page
