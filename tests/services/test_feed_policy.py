"""How much feeds may show is an administrator's decision, with hosts named and agreements confirmed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cast import NOW, Cast
from sqlalchemy import select

from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import InvalidInput, NotAllowed
from coordinator.services.feed_items import undecided_policy
from coordinator.services.feed_policy import decide, levels, policy
from coordinator.store.audit import AuditRecord
from coordinator.store.clinics import ClinicRecord
from coordinator.store.unit_of_work import Database


@pytest.fixture
def administrator(sqlite_cast: Cast) -> Actor:
    """Ada, with an administrator's access."""
    return replace(sqlite_cast.ada, access=Access.ADMINISTRATOR)


def test_a_new_clinic_allows_times_alone(sqlite: Database, administrator: Actor) -> None:
    with sqlite.read() as work:
        assert policy(work, administrator).ceiling == "busy"


def test_hosts_and_agreement_open_a_higher_level(sqlite: Database, administrator: Actor) -> None:
    with sqlite.write() as work:
        decide(work, administrator, NOW, ["google", "google", "apple"], True, "code")
    with sqlite.read() as work:
        decided = policy(work, administrator)
        assert (decided.ceiling, decided.hosts) == ("code", ("google", "apple"))
        entry = work.session.scalars(select(AuditRecord).where(AuditRecord.action == "feed.policy")).one()
        assert entry.detail["ceiling"] == "code"


@pytest.mark.parametrize(
    ("hosts", "agreed", "ceiling", "field"),
    [
        ([], True, "code", "hosts"),
        (["google"], False, "code", "agreed"),
        (["google"], True, "everything", "ceiling"),
        (["a friend"], True, "code", "hosts"),
    ],
)
def test_what_is_missing_is_refused_beside_its_field(
    sqlite: Database, administrator: Actor, hosts: list[str], agreed: bool, ceiling: str, field: str
) -> None:
    with sqlite.write() as work, pytest.raises(InvalidInput) as refused:
        decide(work, administrator, NOW, hosts, agreed, ceiling)
    assert refused.value.field == field


def test_going_back_to_times_alone_needs_nothing(sqlite: Database, administrator: Actor) -> None:
    with sqlite.write() as work:
        decide(work, administrator, NOW, ["own"], True, "full")
        decide(work, administrator, NOW, [], False, "busy")
        assert policy(work, administrator).ceiling == "busy"


def test_a_coordinator_does_not_decide(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work, pytest.raises(NotAllowed):
        decide(work, sqlite_cast.ada, NOW, ["own"], True, "code")


def test_a_telling_clinic_name_is_pointed_out(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        work.session.get_one(ClinicRecord, sqlite_cast.clinic_id).name = "Harbor Ketamine Clinic"
        assert policy(work, sqlite_cast.ada).telling == "Ketamine"


def test_levels_come_from_least_to_most() -> None:
    assert [name for name, _ in levels()] == ["busy", "code", "kind", "initials", "full"]


def test_the_question_waits_for_the_administrator_until_it_is_answered(
    sqlite: Database, administrator: Actor, sqlite_cast: Cast
) -> None:
    def asked(actor: Actor) -> list[str]:
        with sqlite.read() as work:
            return [item.title for item in undecided_policy(work, actor, NOW, None)]

    assert asked(administrator) == ["Who hosts your staff's calendars?"]
    assert asked(sqlite_cast.ada) == []
    with sqlite.write() as work:
        decide(work, administrator, NOW, ["own"], False, "busy")
    assert asked(administrator) == []
