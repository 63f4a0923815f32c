"""Care teams: who fills a need, who steps in, what a change touches; and what contacts outside may be told."""

from __future__ import annotations

from datetime import date

import pytest
from cast import NOW, Cast
from programs import program, put, visit_row

from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import Conflict, InvalidForm, InvalidInput, NotFound
from coordinator.domain.publication import broken_now
from coordinator.services import care_team, contacts
from coordinator.services.care_team import CareTeam, TeamChangeView
from coordinator.services.contacts import ContactDetails
from coordinator.services.desk import read_desk
from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Database

TODAY, WEDNESDAY = date(2027, 1, 4), date(2027, 1, 6)
FAMILY = ContactDetails("family", "Robin Lee", "555-0100", "", ("ride",), date(2027, 1, 2))


def seen(database: Database, cast: Cast, actor: Actor | None = None) -> CareTeam:
    with database.read() as work:
        return care_team.care_team(work, actor or cast.ada, NOW, cast.first)


def change(database: Database, cast: Cast, need: str, staff_id: int, since: date) -> TeamChangeView:
    with database.read() as work:
        return care_team.preview(work, cast.ada, NOW, cast.first, need, staff_id, since)


def test_a_need_shows_who_fills_it_and_who_may(database: Database, cast: Cast) -> None:
    assert [(each.need, each.names) for each in seen(database, cast).members] == [("lead", ()), ("supervisor", ())]
    put(database, cast, cast.first, program("e01", 1, 9))
    lead, supervisor = seen(database, cast).members
    assert (lead.names, lead.pinned_id, [name for _, name in lead.people]) == (
        ("Ben Ito",), None, ["Ben Ito", "Dana Roy"],
    )  # fmt: skip
    assert (supervisor.names, supervisor.roles) == (("Eve Okafor",), ("physician",))


def test_who_steps_in_must_have_the_role(database: Database, cast: Cast) -> None:
    with database.write() as work:
        care_team.set_backups(work, cast.ada, NOW, cast.first, {"lead": cast.dana_staff, "supervisor": None})
    assert [each.backup for each in seen(database, cast).members] == ["Dana Roy", ""]
    with pytest.raises(InvalidForm, match="Choose somebody who is physician"), database.write() as work:
        care_team.set_backups(work, cast.ada, NOW, cast.first, {"supervisor": cast.dana_staff})
    with database.write() as work:
        care_team.set_backups(work, cast.ada, NOW, cast.first, {"lead": None})
    assert [each.backup for each in seen(database, cast).members] == ["", ""]


def test_a_change_shows_the_visits_from_its_day_on(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    touched = change(database, cast, "lead", cast.dana_staff, WEDNESDAY)
    assert ([each.code for each in touched.visits], touched.untouched) == (["c1.d1", "c1.i1"], 1)
    assert change(database, cast, "lead", cast.ben_staff, TODAY).visits == ()
    with pytest.raises(Conflict, match="touches visits that are published"), database.write() as work:
        care_team.pin(work, cast.ada, NOW, cast.first, "lead", cast.dana_staff, WEDNESDAY)


def test_where_no_visit_is_touched_the_team_is_changed_at_once(database: Database, cast: Cast) -> None:
    for staff in (cast.ben_staff, cast.dana_staff):
        with database.write() as work:
            care_team.pin(work, cast.ada, NOW, cast.first, "lead", staff, TODAY)
        assert seen(database, cast).members[0].pinned_id == staff


def test_visits_before_somebody_takes_over_stay_as_they_are(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    put(sqlite, cast, cast.first, program("e01", 1, 9)[:1])
    with sqlite.write() as work:
        care_team.pin(work, cast.ada, NOW, cast.first, "lead", cast.dana_staff, WEDNESDAY)
    (leave,) = visit_row(sqlite, cast.first, "p1").overrides
    assert (leave["rule"], leave["reason"], leave["by"]) == ("kept", "Another lead takes over later.", "Ada Moss")
    with sqlite.read() as work:
        desk = read_desk(work, cast.ada, NOW)
        assert broken_now(desk.snapshot, desk.minute) == []


def test_who_is_unfit_what_is_past_and_other_clinics_are_refused(database: Database, cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="Choose somebody who is therapist"):
        change(database, cast, "lead", cast.eve_staff, TODAY)
    with pytest.raises(InvalidInput, match="What is past stays"):
        change(database, cast, "lead", cast.dana_staff, date(2027, 1, 3))
    for actor in (cast.cy, cast.ben):
        with pytest.raises(NotFound):
            seen(database, cast, actor)


def test_a_contact_is_told_what_the_patient_allows_and_since_when(database: Database, cast: Cast) -> None:
    with database.write() as work:
        contact_id = contacts.add(work, cast.ada, NOW, cast.pat, FAMILY)
    (patient,) = seen(database, cast).patients
    assert [(each.name, each.told, each.agreed_on) for each in patient.contacts] == [
        ("Robin Lee", ("ride",), date(2027, 1, 2))
    ]
    auditor = Actor(cast.clinic_id, Access.AUDITOR, "Avery")
    (hidden,) = seen(database, cast, auditor).patients
    assert (hidden.name, hidden.contacts[0].name, hidden.contacts[0].phone) == ("p01", "Family", "")
    with database.write() as work:
        nothing = ContactDetails("family", "Robin Lee", "", "", (), None)
        contacts.change(work, cast.ada, NOW, cast.pat, contact_id, nothing)
        contacts.end(work, cast.ada, NOW, cast.pat, contact_id)
    assert seen(database, cast).patients[0].contacts == ()
    with database.read() as work:
        told = [
            each.detail["may_be_told"] for each in work.session.query(AuditRecord).filter_by(subject_kind="patient")
        ]
    assert told == [["ride"], [], []]


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (ContactDetails("family", "Robin", "", "robin", (), None), "email"),
        (ContactDetails("family", "Robin", "", "", ("ride",), None), "agreed_on"),
        (ContactDetails("family", "Robin", "", "", ("ride",), date(2027, 1, 5)), "agreed_on"),
    ],
)
def test_a_contact_without_leave_or_address_is_refused(
    sqlite: Database, sqlite_cast: Cast, details: ContactDetails, field: str
) -> None:
    with pytest.raises(InvalidForm) as refusal, sqlite.write() as work:
        contacts.add(work, sqlite_cast.ada, NOW, sqlite_cast.pat, details)
    assert list(refusal.value.fields) == [field]


def test_another_clinics_contacts_are_not_there(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        contact_id = contacts.add(work, sqlite_cast.ada, NOW, sqlite_cast.pat, FAMILY)
    with pytest.raises(NotFound), sqlite.write() as work:
        contacts.add(work, sqlite_cast.cy, NOW, sqlite_cast.pat, FAMILY)
    with pytest.raises(NotFound), sqlite.write() as work:
        contacts.end(work, sqlite_cast.cy, NOW, sqlite_cast.pat, contact_id)
