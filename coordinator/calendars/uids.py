"""UIDs: stable while a visit lives, never used again, and the same in a person's feed and invitations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

_FORM = re.compile(r"visit-(\d{1,18})-(\d{1,18})@([0-9a-f]{16})\.coordinator")


def mark_of(clinic_id: int, founded: datetime) -> str:
    """What tells one clinic's UIDs from all others', also from those of another installation."""
    return sha256(f"{clinic_id} {founded.isoformat()}".encode()).hexdigest()[:16]


def uid_of(visit_id: int, mark: str, staff_id: int | None = None, piece: int = 1) -> str:
    """The UID of a visit; with `staff_id` of that person's part in it, `piece` being one of several."""
    person = "" if staff_id is None else f"-{staff_id}"
    return f"visit-{visit_id}{person}{f'-{piece}' if piece > 1 else ''}@{mark}.coordinator"


def booking_uid(booking_id: int, mark: str) -> str:
    """The UID of one date of a booking for one of those it takes; a date that is changed gets another."""
    return f"booking-{booking_id}@{mark}.coordinator"


@dataclass(frozen=True, slots=True)
class PersonsUid:
    """What the UID of a person's part says."""

    visit_id: int
    staff_id: int
    mark: str


def read(uid: str) -> PersonsUid | None:
    """What a UID of ours says; None for another's."""
    found = _FORM.fullmatch(uid.strip())
    return PersonsUid(int(found[1]), int(found[2]), found[3]) if found else None
