"""The keys under which e-mail addresses and telephone numbers of patients and their contacts are kept."""

from __future__ import annotations

from datetime import datetime

from coordinator.domain.actor import system
from coordinator.store import audit, clinics, resealing
from coordinator.store.unit_of_work import Database

REMEDY = "Put the file contact-keys, or the secret key, back as it was when they were written."


def rotate(database: Database, now: datetime) -> int:
    """Makes a new key and puts every contact field under it; the number of patients and contacts.

    The old keys stay in the file, for backups that were made under them. Each clinic's log says so.
    """
    database.contact_keys.add()
    with database.write() as work:
        number = resealing.reseal(work)
        for clinic_id, _ in clinics.all_clinics(work):
            audit.append(work, system(clinic_id, "Command line"), now, "keys.rotate", "clinic", clinic_id)
    return number


def unreadable(database: Database) -> int:
    """How many contact fields the keys at hand do not read."""
    with database.read() as work:
        return resealing.unreadable(work)
