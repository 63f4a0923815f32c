"""A patient cannot come: from the link in the mail, over the worklist, to a new time that is told once to each."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from cast_clinic import CastClinic
from playwright.sync_api import expect
from programs import visit_row
from surfer import Surfer

from coordinator.delivery.recording import RecordingMailer
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.services.notices import owe_for_visits
from coordinator.store.notices import add_default_rules

pytestmark = pytest.mark.browser


def mailed(clinic: CastClinic, minutes: int = 0) -> dict[str, str]:
    """What leaves after so many minutes, by address; nobody gets two."""
    mailer = RecordingMailer()
    at = clinic.now + timedelta(minutes=minutes)
    while deliver_due(Courier(clinic.database, mailer, lambda: at, "w1", 60, base_url=clinic.site.url)):
        pass
    assert len({mail.to for mail in mailer.sent}) == len(mailer.sent)
    return {mail.to: mail.text for mail in mailer.sent}


def reminded(clinic: CastClinic) -> str:
    """The link that Pat's reminder of the preparation carries."""
    with clinic.database.write() as work:
        add_default_rules(work, clinic.cast.clinic_id)
        visit = visit_row(clinic.database, clinic.cast.first, "p1").id
        owe_for_visits(work, clinic.cast.clinic_id, clinic.now, [visit])
    clinic.be(1, 11)
    found = re.search(r"http\S+/answer/\S+", mailed(clinic)["p01@example.org"])
    assert found is not None
    return found[0]


def test_a_patient_declines_by_the_link_and_gets_another_time(clinic: CastClinic) -> None:
    before = visit_row(clinic.database, clinic.cast.first, "p1").starts_at
    pat = Surfer(clinic.browser, clinic.site, width="phone")
    clinic.windows.append(pat)
    pat.go(reminded(clinic))
    assert pat.accessibility_faults() == []
    assert not pat.is_wider_than_its_window()
    pat.shoot("answer-phone")
    waited = clinic.waits()
    assert "patient_answer.declined p01 Pat Lee cannot come" not in waited, "opening the link does nothing"
    pat.page.get_by_role("button", name="I cannot come").click()
    expect(pat.page.get_by_text("You said that you cannot come.")).to_be_visible()
    assert clinic.waits() == sorted([*waited, "patient_answer.declined p01 Pat Lee cannot come"])
    assert pat.accessibility_faults() == []

    ada = clinic.window("ada")
    item = ada.page.get_by_role("listitem").filter(has_text="p01 Pat Lee cannot come")
    item.get_by_role("button", name=re.compile("Repair")).click()
    clinic.plan()
    ada.page.wait_for_url("**/proposals/*")
    ada.page.get_by_role("button", name=re.compile(r"Publish \d+ visits?")).click()
    ada.page.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()
    expect(ada.page.get_by_text(re.compile(r"Published \d+ visits?\."))).to_be_visible()
    assert clinic.waits() == waited
    assert visit_row(clinic.database, clinic.cast.first, "p1").starts_at != before
    assert "p01@example.org" in mailed(clinic, minutes=3)
    clinic.assert_export_passes()
