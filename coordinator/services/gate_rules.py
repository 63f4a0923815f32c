"""Which gates the clinic asks for: a protocol brings its own, and an administrator may set others.

What is set holds for one kind of visit, in one protocol or in all of them; the narrower goes first. A protocol's own
version never changes by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coordinator.domain.actor import Actor
from coordinator.domain.errors import NotFound
from coordinator.domain.gates import CLEARANCE, CONSENT, FASTING, GATE_KINDS, LABS, RIDE, Gate
from coordinator.exchange.gates import read_visit_gates, write_visit_gates
from coordinator.services.gate_policy import GatePolicy, has_own, policy
from coordinator.services.team import known_roles
from coordinator.store import audit, clinics, protocol_queries
from coordinator.store import gates as store
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import VisitRows

_KEY = "gate_rules"
VISIT_KINDS = (
    "dosing", "evaluation", "preparation", "integration", "nutrition", "review", "lab", "group", "peer", "family",
)  # fmt: skip
USUAL = {each.kind: each for each in (CLEARANCE, LABS, CONSENT, FASTING, RIDE)}
"""What the form offers of a gate that is not asked for yet."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One gate on the form, and whether it is asked for."""

    gate: Gate
    is_asked: bool


@dataclass(frozen=True, slots=True)
class GateRules:
    """The gates before one kind of visit. `protocol_id` None: in every protocol that has none of its own set.

    `is_set` is whether the clinic set them; `others` are all that it set: (protocol id, its name, kind of visit).
    """

    protocol_id: int | None
    visit_kind: str
    lines: tuple[RuleLine, ...]
    is_set: bool
    protocols: tuple[tuple[int, str], ...]
    roles: tuple[str, ...]
    others: tuple[tuple[int | None, str, str], ...]
    policy: GatePolicy
    has_own_policy: bool


class GateBook:
    """The gates before visits of several programs, looked up once."""

    def __init__(self, work: Work, clinic_id: int, enrollment_ids: Iterable[int]) -> None:
        wanted = set(enrollment_ids)
        self._own = {key: read_visit_gates(gates) for key, gates in store.gates_of(work, wanted).items()}
        self._set = _stored(work, clinic_id)
        self._settings = clinics.get(work, clinic_id).settings
        self._protocols = store.protocols_of(work, wanted)

    def before(self, rows: VisitRows) -> tuple[Gate, ...]:
        """The gates before a visit, none where nothing is asked for."""
        kind, enrollment = rows.visit.kind, rows.enrollment.id
        for protocol_id in (self._protocols[enrollment], None) if self._set else ():
            found = self._set.get(_name(protocol_id, kind))
            if found is not None:
                return found
        return self._own[enrollment].get(rows.visit.code, ())

    def policy(self, rows: VisitRows) -> GatePolicy:
        """When the visit is a no-go, and whether it is then released."""
        return policy(self._settings, self._protocols[rows.enrollment.id])


def rules(work: Work, actor: Actor, protocol_id: int | None, visit_kind: str) -> GateRules:
    """The form's view; raises NotFound."""
    if visit_kind not in VISIT_KINDS:
        raise NotFound("There is no such kind of visit.")
    stored, settings = _stored(work, actor.clinic_id), clinics.get(work, actor.clinic_id).settings
    names = {each.id: each.name for each in protocol_queries.listed(work, actor.clinic_id)}
    if protocol_id is not None and protocol_id not in names:
        raise NotFound("There is no such protocol.")
    mine = stored.get(_name(protocol_id, visit_kind))
    holding = mine if mine is not None else _inherited(work, actor, stored, protocol_id, visit_kind)
    asked = {each.kind: each for each in holding}
    return GateRules(
        protocol_id=protocol_id,
        visit_kind=visit_kind,
        lines=tuple(RuleLine(asked.get(kind, USUAL[kind]), kind in asked) for kind in GATE_KINDS),
        is_set=mine is not None,
        protocols=tuple(sorted(names.items(), key=lambda each: each[1])),
        roles=(*known_roles(work, actor), "coordinator"),
        others=tuple(_parted(name, names) for name in sorted(stored)),
        policy=policy(settings, protocol_id),
        has_own_policy=has_own(settings, protocol_id),
    )


def decide(
    work: Work, actor: Actor, now: datetime, protocol_id: int | None, visit_kind: str, gates: Sequence[Gate] | None
) -> None:
    """Sets the gates before a kind of visit, or with None goes back to what holds without; raises NotFound."""
    rules(work, actor, protocol_id, visit_kind)
    clinic = clinics.lock(work, actor.clinic_id)
    kept = {**clinic.settings.get(_KEY, {})}
    kept.pop(_name(protocol_id, visit_kind), None)
    if gates is not None:
        kept |= write_visit_gates({_name(protocol_id, visit_kind): tuple(gates)})
    clinic.settings = {**clinic.settings, _KEY: kept}
    detail: dict[str, Any] = {"protocol": protocol_id, "visits": visit_kind}
    detail["gates"] = None if gates is None else [each.kind for each in gates]
    audit.append(work, actor, now, "gate.rules", "clinic", clinic.id, detail)


def _stored(work: Work, clinic_id: int) -> dict[str, tuple[Gate, ...]]:
    return read_visit_gates(clinics.get(work, clinic_id).settings.get(_KEY, {}))


def _inherited(
    work: Work, actor: Actor, stored: dict[str, tuple[Gate, ...]], protocol_id: int | None, visit_kind: str
) -> tuple[Gate, ...]:
    """What holds where nothing is set just so: what is set for every protocol, else the protocol's own."""
    everywhere = stored.get(_name(None, visit_kind))
    if everywhere is not None:
        return everywhere
    if protocol_id is None:
        return tuple(USUAL.values()) if visit_kind == "dosing" else ()
    versions = [each for each in protocol_queries.versions_of(work, actor.clinic_id, protocol_id) if each.published_at]
    own = read_visit_gates(versions[0].gates) if versions else {}
    kinds = {each["id"]: each["kind"] for each in versions[0].body["visits"]} if versions else {}
    return next((gates for code, gates in own.items() if gates and kinds.get(code) == visit_kind), ())


def _name(protocol_id: int | None, visit_kind: str) -> str:
    return f"{protocol_id or ''}:{visit_kind}"


def _parted(name: str, names: dict[int, str]) -> tuple[int | None, str, str]:
    protocol, kind = name.split(":")
    return (int(protocol), names.get(int(protocol), ""), kind) if protocol else (None, "Every protocol", kind)
