"""Who acts: every use case is told, and the audit log remembers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Access(StrEnum):
    """What a user may do in a clinic. SYSTEM is the worker and the command, never somebody who signs in."""

    ADMINISTRATOR = "administrator"
    COORDINATOR = "coordinator"
    CLINICIAN = "clinician"
    AUDITOR = "auditor"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which clinic. `staff_id` is set for a user who is also staff there; `address` is the client's IP."""

    clinic_id: int
    access: Access
    name: str
    user_id: int | None = None
    staff_id: int | None = None
    address: str = ""


def system(clinic_id: int, name: str = "Coordinator") -> Actor:
    """The actor of clockwork and commands."""
    return Actor(clinic_id=clinic_id, access=Access.SYSTEM, name=name)
