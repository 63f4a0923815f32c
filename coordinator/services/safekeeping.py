"""What is kept outside of the database, so that losing or replacing it shows: nightly backups, and the audit's heads.

Whoever can put an old copy of the database in place of the real one undoes the end of every audit chain, head and all.
The heads that were exported before say so.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import structlog

from coordinator.domain.clinic_time import from_utc, wall_clock, zone_named
from coordinator.services import backup
from coordinator.store import audit, clinics, leases
from coordinator.store.audit import Broken
from coordinator.store.unit_of_work import Database, Work

HEADS = "audit-heads.jsonl"
EXPORT_EVERY = timedelta(hours=1)
NIGHT = time(2, 0)
"""The clinic's time from which a day's backup is due."""

LEASE = timedelta(minutes=30)
"""Longer than a backup takes: of several workers one makes it."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ExportedHead:
    """A line of the file: a chain's head as it was then."""

    clinic: int
    number: int
    mac: str
    at: str


def keep_safe(database: Database, folder: Path, name: str, now: datetime, *, kept: int) -> None:
    """Makes the night's backup where it is due and throws the oldest away, so that `kept` stay; exports the heads.

    `name` is the worker's. With `kept` 0 there are no backups.
    """
    with database.write() as work:
        if not leases.take(work, "safekeeping", name, now, now + LEASE):
            return
    try:
        export_heads(database, folder, now)
        if kept:
            _back_up(database, folder / "backups", now, kept)
    finally:
        with database.write() as work:
            leases.give_back(work, "safekeeping", name)


def export_heads(database: Database, folder: Path, now: datetime) -> None:
    """Adds each chain's head to the file, and to the log, at most once an hour, and only where it has moved."""
    file = folder / HEADS
    newest = {line.clinic: line for line in _lines(file)}
    with database.read() as work:
        heads = {clinic_id: audit.head(work, clinic_id) for clinic_id, _ in clinics.all_clinics(work)}
    fresh = [
        ExportedHead(clinic_id, head.number, head.mac, now.isoformat(timespec="seconds"))
        for clinic_id, head in heads.items()
        if head is not None and _is_due(newest.get(clinic_id), head.number, now)
    ]
    if not fresh:
        return
    handle = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "a") as stream:
        stream.writelines(json.dumps(asdict(line)) + "\n" for line in fresh)
        stream.flush()
        os.fsync(stream.fileno())
    for line in fresh:
        _log.info("audit.head", clinic=line.clinic, number=line.number, mac=line.mac, at=line.at)


def verify_heads(work: Work, folder: Path, clinic_id: int) -> Broken | None:
    """The first exported head that the chain no longer has, or None: then it has grown since, and nothing else."""
    for line in _lines(folder / HEADS):
        if line.clinic == clinic_id and not audit.had_head(work, clinic_id, line.number, line.mac):
            return Broken(line.number, f"the chain is not the one whose head was exported at {line.at}")
    return None


def _is_due(last: ExportedHead | None, number: int, now: datetime) -> bool:
    return last is None or (last.number != number and datetime.fromisoformat(last.at) <= now - EXPORT_EVERY)


def _lines(file: Path) -> list[ExportedHead]:
    """The heads of the file; a line that a crash cut short is no line. Those of the log have further fields."""
    if not file.exists():
        return []
    found = (json.loads(line) for line in file.read_text().splitlines() if line.endswith("}"))
    return [ExportedHead(**{name: each[name] for name in ExportedHead.__slots__}) for each in found]


def _back_up(database: Database, folder: Path, now: datetime, kept: int) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / f"{_night(database, now)}.backup"
    if not file.exists():
        backup.write(database, file, now)
    for old in sorted(folder.glob("????-??-??.backup"))[:-kept]:
        old.unlink()


def _night(database: Database, now: datetime) -> str:
    """The date of the newest night that has begun, in the zone of the first clinic (UTC where there is none)."""
    with database.read() as work:
        found = clinics.all_clinics(work)
        zone = zone_named(clinics.get(work, found[0][0]).timezone if found else "UTC")
    local = wall_clock(from_utc(now, zone))
    return str((local if local.time() >= NIGHT else local - timedelta(days=1)).date())
