"""What the clinic decides about gates: when a visit with a shut gate is a no-go, and whether it is then released."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coordinator.domain.actor import Actor
from coordinator.domain.gates import NO_GO_MINUTES
from coordinator.store import audit, clinics, protocol_queries
from coordinator.store.unit_of_work import Work

_KEY = "gates"
_OF_PROTOCOLS = "gates_of_protocols"


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """`no_go_minutes` before its start a visit with a shut gate is a no-go; `releases` then cancels it by itself."""

    no_go_minutes: int = NO_GO_MINUTES
    releases: bool = False


def policy(settings: Mapping[str, Any], protocol_id: int | None = None) -> GatePolicy:
    """The policy among a clinic's settings: the one of a protocol, where it has one of its own."""
    own = settings.get(_OF_PROTOCOLS, {}).get(str(protocol_id))
    return GatePolicy(**(own or settings.get(_KEY, {})))


def has_own(settings: Mapping[str, Any], protocol_id: int | None) -> bool:
    """Whether the protocol has a policy of its own."""
    return str(protocol_id) in settings.get(_OF_PROTOCOLS, {})


def earliest(settings: Mapping[str, Any]) -> int:
    """The most minutes before a visit that any policy calls it a no-go."""
    own = [GatePolicy(**each) for each in settings.get(_OF_PROTOCOLS, {}).values()]
    return max(each.no_go_minutes for each in (policy(settings), *own))


def policy_of(work: Work, actor: Actor) -> GatePolicy:
    """The policy of the actor's clinic."""
    return policy(clinics.get(work, actor.clinic_id).settings)


def decide(work: Work, actor: Actor, now: datetime, wanted: GatePolicy) -> None:
    """Sets the policy of the actor's clinic."""
    clinic = clinics.lock(work, actor.clinic_id)
    facts = _facts(wanted)
    clinic.settings = {**clinic.settings, _KEY: facts}
    audit.append(work, actor, now, "gate.policy", "clinic", clinic.id, facts)


def decide_for(work: Work, actor: Actor, now: datetime, protocol_id: int, wanted: GatePolicy | None) -> None:
    """Sets the policy of one protocol, or with None lets it have the clinic's; raises NotFound."""
    protocol_queries.one(work, actor.clinic_id, protocol_id)
    clinic = clinics.lock(work, actor.clinic_id)
    own = {key: each for key, each in clinic.settings.get(_OF_PROTOCOLS, {}).items() if key != str(protocol_id)}
    facts = _facts(wanted) if wanted else {}
    clinic.settings = {**clinic.settings, _OF_PROTOCOLS: own | ({str(protocol_id): facts} if facts else {})}
    audit.append(work, actor, now, "gate.policy", "clinic", clinic.id, {"protocol": protocol_id, **facts})


def _facts(wanted: GatePolicy) -> dict[str, int | bool]:
    return {"no_go_minutes": wanted.no_go_minutes, "releases": wanted.releases}
