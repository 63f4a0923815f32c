"""Named leases: one holder at a time, and the next one within the lease."""

from __future__ import annotations

from datetime import timedelta

from cast import NOW

from coordinator.store import leases
from coordinator.store.unit_of_work import Database

LEASE = timedelta(seconds=60)


def take(database: Database, holder: str, seconds: float) -> bool:
    now = NOW + timedelta(seconds=seconds)
    with database.write() as work:
        return leases.take(work, "clock", holder, now, now + LEASE)


def test_one_holds_it_and_prolongs_it(database: Database) -> None:
    assert take(database, "w1", 0)
    assert take(database, "w1", 50)
    assert not take(database, "w2", 70)


def test_a_second_worker_takes_over_once_the_lease_has_passed(database: Database) -> None:
    assert take(database, "w1", 0)
    assert not take(database, "w2", 59)
    assert take(database, "w2", 60)
    assert not take(database, "w1", 61)


def test_what_is_given_back_is_free_at_once_and_only_its_holder_gives_it(database: Database) -> None:
    assert take(database, "w1", 0)
    with database.write() as work:
        leases.give_back(work, "clock", "w2")
    assert not take(database, "w2", 1)
    with database.write() as work:
        leases.give_back(work, "clock", "w1")
    assert take(database, "w2", 1)


def test_leases_of_different_names_do_not_meet(database: Database) -> None:
    assert take(database, "w1", 0)
    with database.write() as work:
        assert leases.take(work, "another", "w2", NOW, NOW + LEASE)
