"""`kap-plan/1` files: what a planner decided, in and out."""

from __future__ import annotations

from typing import Any, Literal, cast

from coordinator.domain.schedule import PatchOperation, Plan, Problem, Relaxation, Unplanned
from coordinator.exchange.enrollments import read_placed, write_placed
from coordinator.exchange.json_text import parse
from coordinator.exchange.nodes import Faults, Node
from coordinator.exchange.values import free_text, list_of, number, one_of, text

FORMAT = "kap-plan/1"

_STATUSES = ("planned", "partial", "none")
_OPERATIONS = ("add", "remove", "replace")


def read_plan(source: str | bytes | dict[str, Any], problem: Problem | None = None) -> Plan:
    """The plan that a file (its text, its bytes or its parsed object) states.

    Whether it keeps the rules is for `domain.rules` to say; with a `problem`, names that stand for nothing in it are
    faults of the file already. Raises InvalidFile with a fault for everything that is wrong.
    """
    faults = Faults()
    plan = _read(Node(parse(source), "", faults))
    faults.refuse_if_any()
    if problem is not None:
        _note_unknown_names(plan, problem, faults)
        faults.refuse_if_any()
    return plan


def _read(node: Node) -> Plan:
    top = node.fields(("format", "status", "cost", "bound", "visits", "unplanned"), ("seconds",))
    top.read("format", one_of(FORMAT))
    return Plan(
        visits=top.read("visits", list_of(read_placed)),
        unplanned=top.read("unplanned", list_of(_read_unplanned)),
        cost=top.read("cost", _whole_cost),
        bound=top.read("bound", number),
        seconds=top.maybe("seconds", number, None),
        stated_status=cast(Literal["planned", "partial", "none"], top.read("status", one_of(*_STATUSES))),
    )


def _whole_cost(node: Node) -> int:
    """A cost is a sum of whole numbers; 1840.0 is read as 1840."""
    found = number(node)
    if found != found // 1:
        node.fault("The cost of a plan is a whole number.")
        return 0
    return int(found)


def _read_unplanned(node: Node) -> Unplanned:
    fields = node.fields(("enrollment",), ("reason", "relaxations"))
    return Unplanned(
        enrollment=fields.read("enrollment", text),
        reason=fields.maybe("reason", free_text, ""),
        relaxations=fields.maybe("relaxations", list_of(_read_relaxation), ()),
    )


def _read_relaxation(node: Node) -> Relaxation:
    fields = node.fields(("text", "patch"))
    return Relaxation(text=fields.read("text", text), patch=fields.read("patch", list_of(_read_operation, 1)))


def _read_operation(node: Node) -> PatchOperation:
    fields = node.fields(("op", "path"), ("value",))
    return PatchOperation(
        op=cast(Literal["add", "remove", "replace"], fields.read("op", one_of(*_OPERATIONS))),
        path=fields.read("path", text),
        value=fields.maybe("value", lambda each: each.value, None),
    )


def _note_unknown_names(plan: Plan, problem: Problem, faults: Faults) -> None:
    protocols = {protocol.id: {visit.id for visit in protocol.visits} for protocol in problem.protocols}
    visits = {enrollment.id: protocols[enrollment.protocol] for enrollment in problem.enrollments}
    rooms: set[str | None] = {None, *(room.id for room in problem.rooms)}
    staff = {person.id for person in problem.staff}
    for index, placed in enumerate(plan.visits):
        pointer = f"/visits/{index}"
        if placed.enrollment not in visits:
            faults.add(f"{pointer}/enrollment", f"The problem has no enrollment “{placed.enrollment}”.")
        elif placed.visit not in visits[placed.enrollment]:
            faults.add(f"{pointer}/visit", f"“{placed.enrollment}” has no visit “{placed.visit}”.")
        if placed.room not in rooms:
            faults.add(f"{pointer}/room", f"The problem has no room “{placed.room}”.")
        for person in placed.staff.values():
            if person not in staff:
                faults.add(f"{pointer}/staff", f"The problem has no member of staff “{person}”.")
    for index, each in enumerate(plan.unplanned):
        if each.enrollment not in visits:
            faults.add(f"/unplanned/{index}/enrollment", f"The problem has no enrollment “{each.enrollment}”.")


def write_plan(plan: Plan, problem: Problem) -> dict[str, Any]:
    """The JSON object of a plan; its status is worked out, not copied."""
    found: dict[str, Any] = {
        "format": FORMAT,
        "status": plan.status(len(problem.enrollments)),
        "cost": plan.cost,
        "bound": plan.bound,
        "visits": write_placed(plan.visits),
        "unplanned": [_write_unplanned(each) for each in plan.unplanned],
    }
    if plan.seconds is not None:
        found["seconds"] = plan.seconds
    return found


def _write_unplanned(each: Unplanned) -> dict[str, Any]:
    found: dict[str, Any] = {"enrollment": each.enrollment}
    if each.reason:
        found["reason"] = each.reason
    if each.relaxations:
        found["relaxations"] = [
            {"text": relaxation.text, "patch": [_write_operation(operation) for operation in relaxation.patch]}
            for relaxation in each.relaxations
        ]
    return found


def _write_operation(operation: PatchOperation) -> dict[str, Any]:
    found: dict[str, Any] = {"op": operation.op, "path": operation.path}
    if operation.op != "remove":
        found["value"] = operation.value
    return found
