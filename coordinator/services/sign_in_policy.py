"""What a clinic asks of those who sign in: a second factor, and how long they may be idle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import InvalidInput
from coordinator.store import audit, clinics
from coordinator.store.clinics import ClinicRecord
from coordinator.store.unit_of_work import Work

FACTOR, EVERYBODY, IDLE = "requires_second_factor", "requires_second_factor_of_all", "idle_minutes"
"""Their names among the clinic's settings."""

PROVIDER, PROVIDER_MFA = "provider", "provider_mfa"
"""How a sign-in began for which a provider vouches; with the second, it has asked for two proofs itself."""

ASKED_OF = frozenset({Access.ADMINISTRATOR, Access.COORDINATOR})
IDLE_CHOICES = (15, 30, 60, 240, 720)
"""Minutes that a clinic can choose from; the longest where it has not chosen."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds in a clinic. `of_everybody`: clinicians and auditors are asked for a second factor, too."""

    asks_for_factor: bool
    idle_minutes: int
    of_everybody: bool = False


def policy(work: Work, actor: Actor) -> Policy:
    """What holds in the actor's clinic."""
    clinic = clinics.get(work, actor.clinic_id)
    asks, of_all = bool(clinic.settings.get(FACTOR)), bool(clinic.settings.get(EVERYBODY))
    return Policy(asks, idle_limit(clinic) // timedelta(minutes=1), of_all)


def asks_for_factor(clinic: ClinicRecord, access: Access) -> bool:
    """Whether somebody with that access must have a second factor."""
    is_asked = bool(clinic.settings.get(FACTOR)) and access in ASKED_OF
    return is_asked or bool(clinic.settings.get(EVERYBODY))


def idle_limit(clinic: ClinicRecord) -> timedelta:
    """After how long without a request a sign-in ends."""
    return timedelta(minutes=clinic.settings.get(IDLE, IDLE_CHOICES[-1]))


def change(work: Work, actor: Actor, now: datetime, wanted: Policy) -> None:
    """Sets what holds in the clinic; raises InvalidInput for a time that cannot be chosen."""
    if wanted.idle_minutes not in IDLE_CHOICES:
        raise InvalidInput("Choose one of the times of the list.", field="idle_minutes")
    clinic = clinics.lock(work, actor.clinic_id)
    asks = wanted.asks_for_factor or wanted.of_everybody
    kept = {FACTOR: asks, EVERYBODY: wanted.of_everybody, IDLE: wanted.idle_minutes}
    clinic.settings = {**clinic.settings, **kept}
    audit.append(work, actor, now, "clinic.sign_in_policy", "clinic", clinic.id, kept)
