"""A mail server refuses everybody: seen on the visit's bell, mended, and all sent again with two presses."""

from __future__ import annotations

import pytest
from booking import add_reminders, ledger
from cast_clinic import CastClinic
from playwright.sync_api import expect
from sqlalchemy import select

from coordinator.delivery.mail import PermanentFailure, Sent
from coordinator.delivery.recording import RecordingMailer
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.services.notices import owe_for_visits
from coordinator.store.visits import VisitRecord

pytestmark = pytest.mark.browser


def test_messages_that_failed_together_are_sent_again_together(clinic: CastClinic) -> None:
    with clinic.database.write() as work:
        add_reminders(work, clinic.cast.clinic_id)
        visits = {
            each.code: each.id for each in work.session.scalars(select(VisitRecord).order_by(VisitRecord.id.desc()))
        }
        owe_for_visits(work, clinic.cast.clinic_id, clinic.now, work.session.scalars(select(VisitRecord.id)).all())
    mailer = RecordingMailer(lambda _mail: PermanentFailure("550 relaying denied"))
    clinic.be(0, 16)
    deliver_due(Courier(clinic.database, mailer, lambda: clinic.now, "w1", 60))
    ada = clinic.window("ada")
    ada.go(f"/visits/{visits['c1.d1']}")
    ada.page.get_by_text("1 try").first.click()
    expect(ada.page.get_by_text("550 relaying denied").nth(1)).to_be_visible()
    assert ada.accessibility_faults() == []
    ada.go("/")
    ada.page.get_by_role("link", name="Send again").click()
    expect(ada.page.get_by_role("heading", name="Send 5 messages again?")).to_be_visible()
    assert ada.accessibility_faults() == []
    ada.go("/notices?status=failed")
    ada.page.get_by_label("All shown that did not arrive").check()
    expect(ada.page.get_by_text("5 chosen")).to_be_visible()
    assert ada.accessibility_faults() == []
    ada.page.get_by_role("checkbox", name="p01").first.uncheck()
    ada.page.get_by_role("button", name="Send again").click()
    ada.page.get_by_role("button", name="Send 4 messages again").click()
    expect(ada.page.get_by_text("Queued again: 4 messages")).to_be_visible()
    mailer.answer = lambda _mail: Sent()
    deliver_due(Courier(clinic.database, mailer, lambda: clinic.now, "w1", 60))
    assert len(mailer.sent) == 4
    assert [each.status for each in ledger(clinic.database)].count("failed") == 1
