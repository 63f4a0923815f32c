"""Breaking the glass: what it opens, for how long, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from booking import book
from cast import NOW, Cast, add_patient, add_user
from sqlalchemy import select
from visitor import HandClock, Visitor

from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.actor import Access
from coordinator.services import emergencies
from coordinator.services.account_mail import AccountMail
from coordinator.services.emergency_mail import send_due
from coordinator.services.erasure import remove_mistaken
from coordinator.store.audit import AuditRecord
from coordinator.store.emergencies import EmergencyRecord
from coordinator.store.unit_of_work import Database

WHY = "Collapsed at the front desk"
FORM = {"sought": "quinn DIAZ", "reason": WHY}


@pytest.fixture
def root(sqlite: Database, sqlite_cast: Cast, visitor: Callable[[str | None], Visitor]) -> Visitor:
    """Ros, administrator; the clinic has another one, and an auditor."""
    with sqlite.write() as work:
        for name, access in (("root", "administrator"), ("ria", "administrator"), ("aud", "auditor")):
            add_user(work, sqlite_cast.clinic_id, f"{name}@example.org", f"{name} R.", Access(access), NOW)
    return visitor("root@example.org")


def opened(ben: Visitor) -> str:
    """Ben breaks the glass for Quinn, whom he does not treat; the record's address."""
    answer = ben.post("/emergencies/new", FORM)
    assert answer.status_code == 302
    return str(answer.location)


def actions(database: Database) -> list[str]:
    with database.read() as work:
        return [each.action for each in work.session.scalars(select(AuditRecord).order_by(AuditRecord.id))]


def test_breaking_the_glass_opens_one_record_for_an_hour_and_is_loud(
    root: Visitor, ben: Visitor, sqlite: Database, sqlite_cast: Cast, clock: HandClock
) -> None:
    assert ben.get(f"/patients/{sqlite_cast.quinn}").status_code == 404
    record = opened(ben)
    page = ben.get(record).text
    assert "Quinn Diaz" in page and "until 8:00 AM" in page and "the administrators were told" in page
    assert ben.get(f"/patients/{sqlite_cast.quinn}").status_code == 404, "the record and nothing around it"
    mailer = RecordingMailer()
    means = AccountMail(sqlite, mailer, clock, "http://127.0.0.1:5000")
    assert (send_due(means), send_due(means)) == (2, 0)
    assert {mail.to for mail in mailer.sent} == {"root@example.org", "ria@example.org"}
    assert "Ben Ito has opened the record" in mailer.sent[0].text
    assert not any(word in str(mailer.sent) for word in ("Quinn", "p02", "P02", WHY))
    assert "Ben Ito opened the record of" in root.get("/").text
    assert opened(ben) == record, "once more in the same hour is the same look"
    clock.forward(minutes=59, seconds=59)
    assert ben.get(record).status_code == 200
    clock.forward(seconds=1)
    assert ben.get(record).status_code == 404
    noted = actions(sqlite)
    assert noted.count("emergency.open") == 1 and noted.count("emergency.read") == 2


def test_it_shows_visits_about_now_with_who_is_in_them(
    ben: Visitor, ada: Visitor, sqlite: Database, sqlite_cast: Cast, clock: HandClock
) -> None:
    with sqlite.write() as work:
        book(work, sqlite_cast, NOW, datetime(2027, 1, 6, 18, 0, tzinfo=UTC))
    refused = ben.post("/emergencies/new", FORM | {"sought": "Pat Lee"})
    assert (refused.status_code, "This patient is yours" in refused.text) == (422, True)
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "dana@example.org", "Dana", Access.CLINICIAN, NOW, sqlite_cast.dana_staff)
    ben.sign_in("dana@example.org")
    page = ben.get(ben.post("/emergencies/new", FORM | {"sought": "pat lee"}).location).text
    assert "Wed, Jan 6" in page and "Ben Ito" in page


def test_it_opens_nothing_else_and_nothing_to_anybody_else(
    root: Visitor, ada: Visitor, ben: Visitor, cy: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    with sqlite.write() as work:
        add_patient(work, sqlite_cast.other_clinic_id, "X77", "Uma Elsewhere", NOW)
    missed = ben.post("/emergencies/new", FORM | {"sought": "X77"})
    assert (missed.status_code, emergencies.MISSED in missed.text) == (422, True)
    assert "emergency.miss" in actions(sqlite), "a try leaves a trace"
    record = opened(ben)
    for other, status in ((ada, 403), (root, 403), (cy, 403)):
        assert other.get(record).status_code == status
        assert other.post(f"{record}/close").status_code == status
        assert other.get("/emergencies/new").status_code == 403
    for nobody in (ben, ada, cy):
        assert nobody.get("/emergencies").status_code == 403
        assert nobody.post(f"{record}/review").status_code == 403
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "eve@example.org", "Eve", Access.CLINICIAN, NOW, sqlite_cast.eve_staff)
        add_user(work, sqlite_cast.other_clinic_id, "cyd@example.org", "Cyd", Access.ADMINISTRATOR, NOW)
    cy.sign_in("eve@example.org")
    assert cy.get(record).status_code == cy.post(f"{record}/close").status_code == 404
    cy.sign_in("cyd@example.org")
    assert cy.post(f"{record}/review").status_code == 404
    assert "Ben Ito" not in cy.get("/emergencies").text + cy.get("/").text
    assert ben.post(f"{record}/close").status_code == 302
    assert ben.get(record).status_code == 404


def test_an_administrator_reviews_it_and_an_auditor_reads_no_reason(
    root: Visitor, ben: Visitor, ada: Visitor, sqlite: Database, visitor: Callable[[str | None], Visitor]
) -> None:
    record = opened(ben)
    page = root.get("/emergencies").text
    assert WHY in page and "Quinn" not in page
    assert '<a href="/audit-log" aria-current="page">' in page
    audited = visitor("aud@example.org").get("/emergencies").text
    assert "Ben Ito" in audited and WHY not in audited
    assert root.post(f"{record}/review").status_code == 302
    assert "opened the record" not in root.get("/").text
    with sqlite.read() as work:
        kept = work.session.scalars(select(EmergencyRecord)).one()
        assert kept.reviewed_at == NOW
        assert not [each for each in work.session.scalars(select(AuditRecord)) if WHY in str(each.detail)]


@pytest.mark.parametrize(
    ("form", "field"),
    [({"sought": "", "reason": WHY}, "sought"), ({"sought": "Quinn Diaz", "reason": " why  "}, "reason")],
)
def test_without_a_name_or_a_reason_nothing_opens_and_what_was_typed_stays(
    ben: Visitor, sqlite: Database, form: dict[str, str], field: str
) -> None:
    answer = ben.post("/emergencies/new", form)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "emergency.open" not in actions(sqlite)


def test_of_two_with_the_same_name_the_code_decides(ben: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        add_patient(work, sqlite_cast.clinic_id, "P99", "Quinn Diaz", NOW)
    assert "Several patients" in ben.post("/emergencies/new", FORM).text
    assert "P99" in ben.get(ben.post("/emergencies/new", FORM | {"sought": "p99"}).location).text


def test_erasing_the_patient_erases_the_reason(ben: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    opened(ben)
    with sqlite.write() as work:
        remove_mistaken(work, sqlite_cast.ada, NOW, sqlite_cast.quinn)
        assert work.session.scalars(select(EmergencyRecord.reason)).one() == ""
