"""Gates as JSON: in compact protocols, and beside the visits of a published version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from coordinator.domain.gates import GATE_KINDS, Gate, GateKind
from coordinator.exchange.nodes import Faults, Node
from coordinator.exchange.values import list_of, one_of, or_null, text, whole_from


def read_gate(node: Node) -> Gate:
    """One gate."""
    fields = node.fields(("kind", "owner", "due_minutes", "may_open"), ("valid_days",))
    return Gate(
        kind=cast(GateKind, fields.read("kind", one_of(*GATE_KINDS))),
        owner=fields.read("owner", text),
        due_minutes=fields.read("due_minutes", whole_from(0)),
        may_open=fields.read("may_open", list_of(text, 1)),
        valid_days=fields.maybe("valid_days", or_null(whole_from(0)), None),
    )


def write_gate(gate: Gate) -> dict[str, Any]:
    """The JSON object of a gate."""
    found: dict[str, Any] = {
        "kind": gate.kind,
        "owner": gate.owner,
        "due_minutes": gate.due_minutes,
        "may_open": list(gate.may_open),
    }
    return found if gate.valid_days is None else found | {"valid_days": gate.valid_days}


def read_visit_gates(stored: Mapping[str, Any]) -> dict[str, tuple[Gate, ...]]:
    """The gates before each visit, by the visit's id, as `write_visit_gates` wrote them."""
    return {visit: list_of(read_gate)(Node(gates, "", Faults())) for visit, gates in stored.items()}


def write_visit_gates(gates: Mapping[str, tuple[Gate, ...]]) -> dict[str, Any]:
    """The gates before each visit as a JSON object."""
    return {visit: [write_gate(each) for each in found] for visit, found in gates.items()}
