"""A patient agrees to text messages: one a day reaches the phone, the next goes by mail, and the log says why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from booking import book
from cast_clinic import CastClinic
from playwright.sync_api import expect
from sqlalchemy import update
from text_server import texting

from coordinator.delivery.gateway import Gateway
from coordinator.delivery.recording import RecordingMailer
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.store.notices import add_default_rules
from coordinator.store.patients import PatientRecord

pytestmark = pytest.mark.browser


def test_over_the_cap_a_text_message_becomes_mail(clinic: CastClinic) -> None:
    with clinic.database.write() as work:
        add_default_rules(work, clinic.cast.clinic_id)
        mine = PatientRecord.id == clinic.cast.pat
        work.session.execute(update(PatientRecord).where(mine).values(phone="(206) 555-0126"))
    ada = clinic.window("ada")
    ada.go(f"/patients/{clinic.cast.pat}")
    ada.page.get_by_role("link", name="How they are told").click()
    ada.page.get_by_label("Which way").select_option("sms")
    ada.page.get_by_role("button", name="Save").click()
    expect(ada.page.get_by_text("Text messages need consent")).to_be_visible()
    assert ada.accessibility_faults() == []
    ada.page.get_by_label("The patient agreed to text messages").check()
    ada.page.get_by_role("button", name="Save").click()
    expect(ada.page.get_by_text("Saved. Messages from now on go that way.")).to_be_visible()

    start = clinic.now + timedelta(days=10)
    with clinic.database.write() as work:
        for hours in (0, 2):
            book(work, clinic.cast, clinic.now, start + timedelta(hours=hours), f"extra-{hours}")
    mailer, at = RecordingMailer(), start - timedelta(hours=46)
    with texting() as server:
        carriers = {"sms": Gateway(server.address)}
        courier = Courier(clinic.database, mailer, lambda: at, "w1", 60, base_url=clinic.site.url, carriers=carriers)
        while deliver_due(courier):
            pass
        assert [path for path, _ in server.taken] == ["/+12065550126"]
    assert [mail.to for mail in mailer.sent].count("p01@example.org") == 1
    ada.go("/notices?status=sent&channel=sms")
    expect(ada.page.get_by_role("row").filter(has_text="p01")).to_have_count(1)
    ada.go("/notices?status=sent&channel=mail")
    ada.page.get_by_role("row").filter(has_text="p01").get_by_role("link", name="p01").click()
    expect(ada.page.get_by_text("By mail: a patient gets one text message a day at most.")).to_be_visible()
    ada.shoot("notice-over-the-cap")
