"""Feeds: who may make and end them, what their names and levels may be, and that a token is known once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cast import NOW, Cast
from sqlalchemy import select, text

from coordinator.domain.actor import Access
from coordinator.domain.errors import InvalidInput, NotAllowed, NotFound
from coordinator.services import feed_views, feeds
from coordinator.store.audit import AuditRecord
from coordinator.store.clinics import ClinicRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Database


def ceiling(database: Database, cast: Cast, level: str) -> None:
    with database.write() as work:
        work.session.get_one(ClinicRecord, cast.clinic_id).feed_ceiling = level


def test_a_token_has_256_bits_and_only_its_hash_is_kept(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        new = feeds.add(work, sqlite_cast.ada, NOW, "staff", sqlite_cast.ben_staff)
    assert len(new.token) >= 43
    assert new.token not in repr(new)
    with sqlite.read() as work:
        for table in ("feeds", "audit", "feed_owners"):
            for row in work.session.execute(text(f"SELECT * FROM {table}")):
                assert new.token not in str(row)


def test_a_new_clinics_feeds_are_busy_and_a_decided_ones_show_codes(sqlite: Database, sqlite_cast: Cast) -> None:
    for level, usual in (("busy", "busy"), ("full", "code")):
        ceiling(sqlite, sqlite_cast, level)
        with sqlite.write() as work:
            feeds.add(work, sqlite_cast.ada, NOW, "staff", sqlite_cast.ben_staff)
            assert (
                feed_views.list_for(work, sqlite_cast.ada, NOW, "staff", sqlite_cast.ben_staff).feeds[-1].privacy
                == usual
            )


def test_a_level_above_the_clinics_is_refused_with_the_remedy(sqlite: Database, sqlite_cast: Cast) -> None:
    ceiling(sqlite, sqlite_cast, "code")
    with sqlite.write() as work, pytest.raises(InvalidInput, match=r"at most.*administrator") as refused:
        feeds.add(work, sqlite_cast.ada, NOW, "staff", sqlite_cast.ben_staff, "Work", "initials")
    assert refused.value.field == "privacy"
    with sqlite.read() as work:
        assert [level.name for level in feed_views.allowed_levels(work, sqlite_cast.ada)] == ["busy", "code"]


def test_an_unknown_level_is_refused(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work, pytest.raises(InvalidInput, match="Choose one of busy, code"):
        feeds.add(work, sqlite_cast.ada, NOW, "staff", sqlite_cast.ben_staff, "Work", "everything")


@pytest.mark.parametrize("name", ["My ketamine patients", "x" * 61])
def test_a_name_that_tells_too_much_or_is_too_long_is_refused(sqlite: Database, sqlite_cast: Cast, name: str) -> None:
    with sqlite.write() as work, pytest.raises(InvalidInput, match="Choose") as refused:
        feeds.add(work, sqlite_cast.ada, NOW, "staff", sqlite_cast.ben_staff, name)
    assert refused.value.field == "name"


def test_a_clinic_with_a_telling_name_lends_it_to_no_calendar() -> None:
    assert feeds.usual_name("Harbor Clinic") == "Harbor Clinic"
    assert feeds.usual_name("Harbor Ketamine Clinic") == "Clinic visits"


def test_a_clinician_manages_only_her_own(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        own = feeds.add(work, sqlite_cast.ben, NOW, "staff", sqlite_cast.ben_staff)
        danas = feeds.add(work, sqlite_cast.ada, NOW, "staff", sqlite_cast.dana_staff)
        with pytest.raises(NotAllowed):
            feeds.add(work, sqlite_cast.ben, NOW, "staff", sqlite_cast.dana_staff)
        with pytest.raises(NotAllowed):
            feeds.rotate(work, sqlite_cast.ben, NOW, danas.id)
        with pytest.raises(NotAllowed):
            feed_views.list_for(work, sqlite_cast.ben, NOW, "staff", sqlite_cast.dana_staff)
        with pytest.raises(NotAllowed):
            feeds.add(work, sqlite_cast.ben, NOW, "clinic", sqlite_cast.clinic_id)
        assert [person.name for person in feed_views.list_all(work, sqlite_cast.ben, NOW).people] == ["Ben Ito"]
        assert feeds.revoke(work, sqlite_cast.ben, NOW, own.id) == ("staff", sqlite_cast.ben_staff)


def test_an_auditor_manages_none(sqlite: Database, sqlite_cast: Cast) -> None:
    auditor = replace(sqlite_cast.ben, access=Access.AUDITOR)
    with sqlite.write() as work, pytest.raises(NotAllowed):
        feeds.add(work, auditor, NOW, "staff", sqlite_cast.ben_staff)


def test_another_clinics_people_and_feeds_are_not_there(database: Database, cast: Cast) -> None:
    with database.write() as work:
        new = feeds.add(work, cast.ada, NOW, "staff", cast.ben_staff)
        for act in (
            lambda: feeds.add(work, cast.cy, NOW, "staff", cast.ben_staff),
            lambda: feeds.add(work, cast.cy, NOW, "room", cast.dosing_1),
            lambda: feeds.add(work, cast.cy, NOW, "clinic", cast.clinic_id),
            lambda: feed_views.list_for(work, cast.cy, NOW, "staff", cast.ben_staff),
            lambda: feeds.rotate(work, cast.cy, NOW, new.id),
            lambda: feeds.revoke(work, cast.cy, NOW, new.id),
        ):
            with pytest.raises(NotFound):
                act()


def test_who_has_left_gets_no_feed(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        work.session.get_one(StaffRecord, sqlite_cast.ben_staff).left_at = NOW
    with sqlite.write() as work, pytest.raises(NotFound):
        feeds.add(work, sqlite_cast.ada, NOW + timedelta(seconds=1), "staff", sqlite_cast.ben_staff)


def test_a_person_has_any_number_of_feeds_and_revoked_ones_are_gone(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        phone, office = (
            feeds.add(work, sqlite_cast.ada, NOW, "staff", sqlite_cast.ben_staff, name) for name in ("Phone", "Office")
        )
        feeds.revoke(work, sqlite_cast.ada, NOW, phone.id)
        found = feed_views.list_for(work, sqlite_cast.ada, NOW, "staff", sqlite_cast.ben_staff)
        assert [feed.name for feed in found.feeds] == ["Office"]
        with pytest.raises(NotFound):
            feeds.rotate(work, sqlite_cast.ada, NOW, phone.id)
    assert phone.token != office.token


def test_each_change_leaves_an_audit_entry(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        new = feeds.add(work, sqlite_cast.ada, NOW, "staff", sqlite_cast.ben_staff)
        feeds.rotate(work, sqlite_cast.ada, NOW, new.id)
        feeds.revoke(work, sqlite_cast.ada, NOW, new.id)
    with sqlite.read() as work:
        actions = work.session.scalars(select(AuditRecord.action).where(AuditRecord.subject_kind == "feed"))
        assert list(actions) == ["feed.add", "feed.rotate", "feed.revoke"]
