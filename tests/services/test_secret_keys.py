"""The secret key can be exchanged: nothing is lost by it, and whoever has the old one can do nothing with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cast import NOW, SECRET, Cast
from sqlalchemy import Select, delete, select

from coordinator.domain.actor import system
from coordinator.services import account_links, contact_keys, safekeeping, secret_keys
from coordinator.store import accounts, audit, sealing
from coordinator.store.audit import EXCHANGE, AuditHeadRecord, AuditRecord, Broken, KeyExchanged
from coordinator.store.patients import PatientRecord
from coordinator.store.secret_keys import derived
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.users import UserRecord

NEW = "the new secret key, of 32 characters and more"
APP = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def old(database: Database, cast: Cast) -> Database:
    """The fixed clinic with an authenticator app and a telephone under the old key."""
    with database.write() as work:
        work.session.get_one(PatientRecord, cast.pat).phone = "555 0100"
        work.session.get_one(UserRecord, cast.ada.user_id).totp_sealed = sealing.seal(work, APP)
        account_links.send(work, NOW, cast.clinic_id, cast.ada.user_id or 0, "recovery")
    return database


@pytest.fixture
def ring(old: Database) -> Iterator[Database]:
    """The same, as a process has it that was started with the new key and the old."""
    found = Database(old.url, NEW, None, (SECRET,))
    yield found
    found.dispose()


def broken(database: Database, cast: Cast) -> Broken | None:
    with database.read() as work:
        return audit.verify(work, cast.clinic_id)


def note(database: Database, cast: Cast, action: str = "visit.move") -> None:
    with database.write() as work:
        audit.append(work, system(cast.clinic_id), NOW, action, "visit", 1)


def test_all_that_was_sealed_is_under_the_new_key_and_the_old_one_is_not_needed_for_it(
    old: Database, ring: Database, cast: Cast
) -> None:
    with old.read() as work:
        mark, token = sealing.mark(work, "answer 1"), token_of_newest(work, cast)
    assert secret_keys.exchange(ring, NOW) == secret_keys.Exchanged(logs=2, apps=1)
    alone = Database(old.url, NEW)
    with alone.read() as work:
        assert sealing.unseal(work, work.session.get_one(UserRecord, cast.ada.user_id).totp_sealed or "") == APP
        assert work.session.get_one(PatientRecord, cast.pat).phone == "555 0100"
    assert contact_keys.unreadable(alone) == 0
    assert contact_keys.unreadable(old) > 0
    alone.dispose()
    with ring.read() as work:
        assert mark in sealing.marks(work, "answer 1"), "a patient's link in a mail that has left"
        assert mark != sealing.mark(work, "answer 1")
        assert token != token_of_newest(work, cast), "a link that lets somebody in is void"


def token_of_newest(work: Work, cast: Cast) -> str:
    link = accounts.newest_link(work, cast.ada.user_id or 0, "recovery")
    assert link is not None
    return account_links.token_of(work, link)


def test_the_log_goes_on_under_the_new_key_and_is_sound_from_its_first_entry(
    old: Database, ring: Database, cast: Cast, tmp_path: Path
) -> None:
    safekeeping.export_heads(old, tmp_path, NOW)
    secret_keys.exchange(ring, NOW)
    note(ring, cast)
    third = Database(old.url, "a third one, of thirty-two characters", None, (NEW, SECRET))
    assert secret_keys.exchange(third, NOW).logs == 2
    note(third, cast)
    safekeeping.export_heads(third, tmp_path, NOW.replace(year=NOW.year + 1))
    with third.read() as work:
        assert audit.verify(work, cast.clinic_id) is None
        assert safekeeping.verify_heads(work, tmp_path, cast.clinic_id) is None
        newest = audit.head(work, cast.clinic_id)
        assert newest is not None
        parts = [audit.verify_part(work, cast.clinic_id, after, 1) for after in range(newest.number)]
        assert [(each.reached, each.broken) for each in parts] == [(after + 1, None) for after in range(newest.number)]
        found = work.session.scalars(entries(cast).where(AuditRecord.action == EXCHANGE).order_by(AuditRecord.number))
        names = [derived(each).name for each in (SECRET, NEW, "a third one, of thirty-two characters")]
        assert [each.detail for each in found] == [
            {"from": names[0], "to": names[1]},
            {"from": names[1], "to": names[2]},
        ]
    assert secret_keys.exchange(third, NOW).logs == 0
    third.dispose()


def test_nobody_adds_to_the_log_under_another_key_than_its_own(old: Database, ring: Database, cast: Cast) -> None:
    with pytest.raises(KeyExchanged, match="Run coordinator keys exchange"):
        note(ring, cast)
    assert secret_keys.waiting(ring) == [cast.clinic_id, cast.other_clinic_id]
    assert "coordinator keys exchange was not run" in str(broken(ring, cast))
    assert broken(old, cast) is None
    secret_keys.exchange(ring, NOW)
    assert secret_keys.waiting(ring) == []
    with pytest.raises(KeyExchanged, match="Start Coordinator anew"):
        note(old, cast)
    assert secret_keys.strange(old) == [cast.clinic_id, cast.other_clinic_id]
    assert broken(ring, cast) is None


def entries(cast: Cast) -> Select[tuple[AuditRecord]]:
    return select(AuditRecord).where(AuditRecord.clinic_id == cast.clinic_id)


def _sealed_anew(work: Work, cast: Cast, last: int) -> None:
    """What a thief of the old key can do: every code up to an entry, and the head, made to fit."""
    key, previous = derived(SECRET).audit, ""
    for entry in work.session.scalars(entries(cast).where(AuditRecord.number <= last).order_by(AuditRecord.number)):
        entry.previous = previous
        entry.mac = previous = audit._entry_mac(key, entry)
    head = work.session.get_one(AuditHeadRecord, cast.clinic_id)
    head.number, head.mac = last, audit._head_mac(key, cast.clinic_id, last, previous)


def _edits_what_was(work: Work, cast: Cast, end: int) -> None:
    head = work.session.get_one(AuditHeadRecord, cast.clinic_id)
    number, mac = head.number, head.mac
    work.session.scalars(entries(cast).where(AuditRecord.number == 2)).one().actor = "Somebody"
    _sealed_anew(work, cast, end)
    head.number, head.mac = number, mac


def _puts_the_old_end_back(work: Work, cast: Cast, end: int) -> None:
    work.session.execute(delete(AuditRecord).where(AuditRecord.clinic_id == cast.clinic_id, AuditRecord.number > end))
    _sealed_anew(work, cast, end)


def _writes_it_all_anew(work: Work, cast: Cast, end: int) -> None:
    work.session.scalars(entries(cast).where(AuditRecord.number == end + 2)).one().actor = "Somebody"
    _sealed_anew(work, cast, end + 2)


def _adds_an_exchange_back(work: Work, cast: Cast, end: int) -> None:
    work.session.scalars(entries(cast).where(AuditRecord.number == end + 2)).one().action = EXCHANGE
    _sealed_anew(work, cast, end + 2)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (_edits_what_was, "does not follow"),
        (_puts_the_old_end_back, "an old end was put back"),
        (_writes_it_all_anew, "an old end was put back"),
        (_adds_an_exchange_back, "an old end was put back"),
    ],
)
def test_whoever_has_the_old_key_and_the_database_changes_nothing_unseen(
    old: Database, ring: Database, cast: Cast, act: Callable[[Work, Cast, int], None], reason: str
) -> None:
    note(old, cast)
    with old.read() as work:
        head = audit.head(work, cast.clinic_id)
        end = head.number if head is not None else 0
    secret_keys.exchange(ring, NOW)
    note(ring, cast)
    assert broken(ring, cast) is None
    with ring.write() as work:
        act(work, cast, end)
    assert reason in str(broken(ring, cast))
