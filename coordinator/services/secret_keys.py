"""Exchanging the secret key: what is sealed goes under the new one, and each clinic's log goes on under it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from coordinator.domain.actor import system
from coordinator.domain.errors import Conflict
from coordinator.store import audit, clinics, private_files, resealing
from coordinator.store.unit_of_work import Database


@dataclass(frozen=True, slots=True)
class Exchanged:
    """How many logs go on under the new key, and how many authenticator apps were put under it."""

    logs: int
    apps: int


def waiting(database: Database) -> list[int]:
    """The clinics whose log still ends under an old key."""
    with database.read() as work:
        return [each for each, _ in clinics.all_clinics(work) if audit.is_under_old_key(work, each)]


def strange(database: Database) -> list[int]:
    """The clinics whose log ends under no key at hand."""
    with database.read() as work:
        return [each for each, _ in clinics.all_clinics(work) if audit.is_under_old_key(work, each) is None]


def refuse_waiting(database: Database) -> None:
    """Raises Conflict where an exchange was begun and not finished: nobody could work."""
    if waiting(database):
        raise Conflict(audit.UNFINISHED)


def renew(file: Path, old: Path) -> None:
    """Makes a new secret key in the file, and adds the one until now to the old ones; what is cut short is repeated."""
    until_now = file.read_text().strip()
    private_files.replace(old, f"{until_now}\n{old.read_text() if old.exists() else ''}")
    private_files.replace(file, secrets.token_urlsafe(48))


def exchange(database: Database, now: datetime) -> Exchanged:
    """Puts all that is under old keys under the newest, and closes each log's part under the old by an entry.

    All in one transaction. A process that still has the old key is refused from then on.
    """
    clinic_ids = waiting(database)
    with database.write() as work:
        apps = resealing.reseal_secrets(work)
        resealing.reseal(work)
        for clinic_id in clinic_ids:
            audit.exchange(work, system(clinic_id, "Command line"), now)
    return Exchanged(len(clinic_ids), apps)
