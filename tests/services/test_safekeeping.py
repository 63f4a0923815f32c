"""Nightly backups are made once and rotated; exported heads of the audit show a database that was put back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cast import Cast
from sqlalchemy import delete, select

from coordinator.domain.actor import system
from coordinator.services import backup
from coordinator.services.safekeeping import HEADS, export_heads, keep_safe, verify_heads
from coordinator.store import audit, leases
from coordinator.store.audit import AuditHeadRecord, AuditRecord, verify
from coordinator.store.unit_of_work import Database

EVENING = datetime(2027, 1, 5, 5, 0, tzinfo=UTC)
"""Nine in the evening of January 4 in the clinic."""


def act(database: Database, cast: Cast, at: datetime) -> None:
    with database.write() as work:
        audit.append(work, system(cast.clinic_id), at, "visit.move", "visit", 1)


def test_a_backup_is_made_each_night_in_clinic_time_and_the_oldest_go(
    sqlite: Database, sqlite_cast: Cast, tmp_path: Path
) -> None:
    for hours in range(0, 24 * 4, 2):
        keep_safe(sqlite, tmp_path, "w1", EVENING + timedelta(hours=hours), kept=2)
    assert [each.name for each in sorted((tmp_path / "backups").iterdir())] == [
        "2027-01-07.backup",
        "2027-01-08.backup",
    ]
    assert backup.restore(sqlite, tmp_path / "backups" / "2027-01-08.backup").rows > 0


def test_nobody_who_is_not_the_one_makes_it_and_without_backups_there_are_none(
    sqlite: Database, sqlite_cast: Cast, tmp_path: Path
) -> None:
    with sqlite.write() as work:
        leases.take(work, "safekeeping", "w2", EVENING, EVENING + timedelta(minutes=30))
    keep_safe(sqlite, tmp_path, "w1", EVENING, kept=2)
    assert not (tmp_path / HEADS).exists()
    keep_safe(sqlite, tmp_path, "w2", EVENING, kept=0)
    assert (tmp_path / HEADS).exists() and not (tmp_path / "backups").exists()


def test_heads_are_exported_hourly_and_hold_while_the_chain_only_grows(
    database: Database, cast: Cast, tmp_path: Path
) -> None:
    for minutes in range(0, 150, 10):
        act(database, cast, EVENING + timedelta(minutes=minutes))
        export_heads(database, tmp_path, EVENING + timedelta(minutes=minutes))
    mine = [line for line in (tmp_path / HEADS).read_text().splitlines() if f'"clinic": {cast.clinic_id},' in line]
    assert len(mine) == 3
    with database.read() as work:
        assert verify_heads(work, tmp_path, cast.clinic_id) is None


@pytest.mark.parametrize("gone", [1, 3])
def test_a_chain_cut_by_somebody_who_knows_the_key_is_found_out(
    database: Database, cast: Cast, tmp_path: Path, gone: int
) -> None:
    for _ in range(5):
        act(database, cast, EVENING)
    with database.read() as work:
        short = audit.head(work, cast.clinic_id)
        assert short is not None
        kept = (short.number, short.mac)
    for _ in range(gone):
        act(database, cast, EVENING)
    export_heads(database, tmp_path, EVENING)
    with database.write() as work:  # an old copy of the database, head and all
        work.session.execute(
            delete(AuditRecord).where(AuditRecord.clinic_id == cast.clinic_id, AuditRecord.number > kept[0])
        )
        head = work.session.scalars(select(AuditHeadRecord).where(AuditHeadRecord.clinic_id == cast.clinic_id)).one()
        head.number, head.mac = kept
    with database.read() as work:
        assert verify(work, cast.clinic_id) is None, "the chain alone cannot tell"
        broken = verify_heads(work, tmp_path, cast.clinic_id)
    assert broken is not None and "head was exported" in broken.reason
