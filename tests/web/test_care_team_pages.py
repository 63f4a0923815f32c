"""The care team's pages: changing somebody after seeing what it touches, who steps in, and contacts."""

from __future__ import annotations

from cast import Cast
from programs import program, put
from visitor import Visitor

from coordinator.store.unit_of_work import Database


def test_a_change_is_seen_before_it_is_repaired(
    sqlite: Database, sqlite_cast: Cast, ada: Visitor, ben: Visitor
) -> None:
    path = f"/enrollments/{sqlite_cast.first}/team"
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    assert "Ben Ito" in ada.get(path).text
    wanted = f"{path}/change?need=lead&staff={sqlite_cast.dana_staff}&since=2027-01-06"
    page = ada.get(wanted).text
    assert "This touches 2 visits; 1 stays as it is." in page
    assert 'name="kind" value="team-change"' in page
    refused = ada.get(wanted.replace("2027-01-06", "2026-01-06"))
    assert (refused.status_code, "What is past stays as it was" in refused.text) == (422, True)
    assert ben.get(path).status_code == 200
    assert ben.get(wanted).status_code == 403


def test_a_team_without_visits_is_changed_at_once(sqlite_cast: Cast, ada: Visitor) -> None:
    path = f"/enrollments/{sqlite_cast.first}/team"
    wanted = {"need": "lead", "staff": sqlite_cast.dana_staff, "since": "2027-01-04"}
    assert "No published visit is touched." in ada.get(f"{path}/change", query_string=wanted).text
    assert ada.post(f"{path}/change", wanted).status_code == 302
    assert (
        ada.post(f"{path}/backups", {"backup-lead": sqlite_cast.ben_staff, "backup-supervisor": ""}).status_code == 302
    )
    page = ada.get(path).text
    assert "Dana Roy" in page
    assert "steps in</small>" in page


def test_a_contact_is_added_changed_and_ended(sqlite_cast: Cast, ada: Visitor, ben: Visitor) -> None:
    path = f"/patients/{sqlite_cast.pat}/contacts"
    sent = {"kind": "family", "name": "Robin Lee", "phone": "", "email": "", "told": ["ride"], "agreed_on": ""}
    refused = ada.post(f"{path}/new?program={sqlite_cast.first}", sent)
    assert (refused.status_code, "Say when the patient agreed" in refused.text) == (422, True)
    added = ada.post(f"{path}/new?program={sqlite_cast.first}", sent | {"agreed_on": "2027-01-03"})
    team = f"/enrollments/{sqlite_cast.first}/team"
    assert added.location == f"{team}#contacts"
    assert "May be told: When to pick up after a visit (agreed Sun, Jan 3, 2027)" in ada.get(team).text
    assert ben.get(f"{path}/1").status_code == 403
    assert 'value="Robin Lee"' in ada.get(f"{path}/1").text
    assert ada.post(f"{path}/1", sent | {"told": []}).status_code == 302
    assert "May be told nothing" in ada.get(team).text
    assert ada.post(f"{path}/1/end").status_code == 302
    assert "The patient has named no one" in ada.get(team).text
    assert ada.get(f"{path}/1").status_code == 404
