"""What the clinic decides about gates: when a visit with a shut gate is a no-go, and whether it is then released."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coordinator.domain.actor import Actor
from coordinator.domain.gates import NO_GO_MINUTES
from coordinator.store import audit, clinics
from coordinator.store.unit_of_work import Work

_KEY = "gates"


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """`no_go_minutes` before its start a visit with a shut gate is a no-go; `releases` then cancels it by itself."""

    no_go_minutes: int = NO_GO_MINUTES
    releases: bool = False


def policy(settings: Mapping[str, Any]) -> GatePolicy:
    """The policy among a clinic's settings."""
    return GatePolicy(**settings.get(_KEY, {}))


def policy_of(work: Work, actor: Actor) -> GatePolicy:
    """The policy of the actor's clinic."""
    return policy(clinics.get(work, actor.clinic_id).settings)


def decide(work: Work, actor: Actor, now: datetime, wanted: GatePolicy) -> None:
    """Sets the policy of the actor's clinic."""
    clinic = clinics.lock(work, actor.clinic_id)
    facts = {"no_go_minutes": wanted.no_go_minutes, "releases": wanted.releases}
    clinic.settings = {**clinic.settings, _KEY: facts}
    audit.append(work, actor, now, "gate.policy", "clinic", clinic.id, facts)
