"""Backups: everything that was there is there again, on either database, and a damaged file changes nothing."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from cast import NOW, Cast, add_patient
from programs import program, put, visit_row
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from coordinator.domain.errors import Conflict, InvalidInput
from coordinator.services import backup
from coordinator.services.outcomes import record
from coordinator.store import copying, migrate
from coordinator.store.audit import verify
from coordinator.store.feeds import FeedBodyRecord, FeedRecord
from coordinator.store.unit_of_work import Database


def everything(database: Database) -> list[Any]:
    with database.read() as work:
        return list(copying.rows(work))


@pytest.fixture
def full(database: Database, cast: Cast) -> Cast:
    """The clinic with a published program, an outcome and a feed with its bytes."""
    put(database, cast, cast.first, program("e01", 1, 9))
    visit = visit_row(database, cast.first, "p1")
    with database.write() as work:
        record(work, cast.ada, visit.ends_at, visit.id, "attended")
        owner = {"clinic_id": cast.clinic_id, "owner_kind": "staff", "owner_id": cast.ben_staff}
        feed = FeedRecord(**owner, name="Harbor", token_hash="00", privacy="busy", created_at=NOW)
        work.session.add(feed)
        work.session.flush()
        body = {"feed_id": feed.id, "revision": 1, "day": NOW.date(), "privacy": "busy", "etag": "e"}
        work.session.add(FeedBodyRecord(clinic_id=cast.clinic_id, **body, modified_at=NOW, body=b"\x00\xff\r\n"))
    return cast


def test_a_restored_database_is_what_it_was(database: Database, full: Cast, tmp_path: Path) -> None:
    before = everything(database)
    written = backup.write(database, tmp_path / "b", NOW)
    with database.write() as work:
        add_patient(work, full.clinic_id, "p99", "Somebody Later", NOW)
        work.session.execute(text("DELETE FROM claims"))
    assert backup.restore(database, tmp_path / "b") == written
    assert everything(database) == before
    assert written.rows == len(before)
    with database.read() as work:
        assert verify(work, full.clinic_id) is None


def test_life_goes_on_after_restoring(database: Database, full: Cast, tmp_path: Path) -> None:
    backup.write(database, tmp_path / "b", NOW)
    backup.restore(database, tmp_path / "b")
    put(database, full, full.second, program("e02", 1, 13, "dosing-2", "th-dana"))
    assert visit_row(database, full.second, "c1.d1").id == 5
    with pytest.raises(IntegrityError), database.write() as work:
        work.session.execute(text("UPDATE claims SET starts_at = (SELECT min(starts_at) FROM claims), first = last"))


def test_a_backup_goes_into_an_empty_database_of_either_kind(
    sqlite: Database, sqlite_cast: Cast, empty_database: Database, tmp_path: Path
) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    backup.write(sqlite, tmp_path / "b", NOW)
    backup.restore(empty_database, tmp_path / "b")
    assert everything(empty_database) == everything(sqlite)
    assert migrate.revision(empty_database) == migrate.newest()
    backup.write(empty_database, tmp_path / "c", NOW)
    assert gzip.decompress((tmp_path / "c").read_bytes()) == gzip.decompress((tmp_path / "b").read_bytes())


def test_a_backup_is_one_moment_while_others_write(database: Database, full: Cast, tmp_path: Path) -> None:
    before = everything(database)
    with database.write() as work:
        add_patient(work, full.clinic_id, "p99", "Not yet there", NOW)
        work.session.flush()
        backup.write(database, tmp_path / "b", NOW)
    backup.restore(database, tmp_path / "b")
    assert everything(database) == before


def test_a_damaged_file_is_refused_and_changes_nothing(sqlite: Database, sqlite_cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "b"
    backup.write(sqlite, file, NOW)
    before, good = everything(sqlite), file.read_bytes()
    lines = gzip.decompress(good).splitlines(keepends=True)
    damaged = [
        b"",
        b"no backup",
        good[:-1],
        good[: len(good) // 2],
        good[:200] + bytes([good[200] ^ 1]) + good[201:],
        gzip.compress(b"".join(lines[:-1])),
        gzip.compress(b"".join(lines[:4] + lines[5:])),
        gzip.compress(b"".join(lines).replace(b"Ben Ito", b"Ben Iko")),
        gzip.compress(b"".join(reversed(lines))),
        gzip.compress(b"{}\n"),
    ]
    for content in damaged:
        file.write_bytes(content)
        with pytest.raises(InvalidInput, match="damaged"):
            backup.restore(sqlite, file)
    with pytest.raises(InvalidInput, match="no file"):
        backup.restore(sqlite, tmp_path / "missing")
    assert everything(sqlite) == before


def test_a_backup_of_a_newer_version_is_refused(sqlite: Database, sqlite_cast: Cast, tmp_path: Path) -> None:
    before = everything(sqlite)
    tables = copying.kinds()
    with pytest.raises(migrate.MigrationUnknown, match="newer version"):
        copying.replace_all(sqlite, "9999", tables, [])
    assert everything(sqlite) == before


def test_a_database_that_is_not_migrated_is_not_backed_up(empty_database: Database, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="not of this version"):
        backup.write(empty_database, tmp_path / "b", NOW)
    assert not (tmp_path / "b").exists()


def test_only_its_owner_can_read_a_backup(sqlite: Database, sqlite_cast: Cast, tmp_path: Path) -> None:
    backup.write(sqlite, tmp_path / "b", NOW)
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("tmp")] == []
