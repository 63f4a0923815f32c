"""Which gates the clinic asks for: a form for one kind of visit, in one protocol or in all."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.gates import GATE_KINDS, Gate
from coordinator.services import gate_policy
from coordinator.services import gate_rules as service
from coordinator.services.gate_lines import NAMES
from coordinator.services.gate_policy import GatePolicy
from coordinator.services.gate_rules import GateRules
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("gate_rules", __name__)
HOUR = 60
MOST_HOURS = 14 * 24
MOST_DAYS = 366
MOST_NO_GO = 96


@blueprint.get("/gates/rules")
def page() -> str:
    """The gates before a kind of visit."""
    return _page(None)


@blueprint.post("/gates/rules")
def decide() -> tuple[str, int] | Response:
    """Sets them, or goes back to the protocol's own."""
    protocol_id, kind = _chosen()
    form = Form(request.form)
    gates = None if form.value("reset") else _gates(form)
    if form.ok:
        with form.refusals(), writing() as work:
            service.decide(work, current_actor(), now(), protocol_id, kind, gates)
    if not form.ok:
        return _page(form), form.status
    flash("Saved. It holds from now on, for visits that are planned already too.", "success")
    return redirect(url_for("gate_rules.page", protocol=protocol_id, visits=kind))


@blueprint.post("/gates/rules/<int:protocol_id>/no-go")
def decide_no_go(protocol_id: int) -> tuple[str, int] | Response:
    """Decides when visits of a protocol are a no-go, or lets it have the clinic's policy."""
    form = Form(request.form)
    wanted = None
    if not form.value("reset"):
        hours = form.whole("hours", "Hours before the visit", least=1, most=MOST_NO_GO)
        wanted = GatePolicy(hours * HOUR, form.value("releases") == "yes")
    if not form.ok:
        return _page(None, form, protocol_id), form.status
    with writing() as work:
        gate_policy.decide_for(work, current_actor(), now(), protocol_id, wanted)
    flash("Saved. It holds from now on.", "success")
    return redirect(url_for("gate_rules.page", protocol=protocol_id, visits=_chosen()[1]))


def _chosen() -> tuple[int | None, str]:
    return request.args.get("protocol", type=int), request.args.get("visits", "dosing")


def _gates(form: Form) -> list[Gate]:
    """The gates that are asked for; a refusal stands beside its field."""
    found = []
    for kind in GATE_KINDS:
        if not form.value(f"asked-{kind}"):
            continue
        name = NAMES[kind]
        days = form.whole_or_none(f"days-{kind}", f"{name}: the days it holds", least=1, most=MOST_DAYS)
        found.append(
            Gate(
                kind=kind,
                owner=form.text(f"owner-{kind}", f"{name}: who sees to it"),
                due_minutes=form.whole(f"hours-{kind}", f"{name}: the hours before", least=1, most=MOST_HOURS) * HOUR,
                may_open=tuple(form.several(f"may-{kind}", f"{name}: who may open it")),
                valid_days=days,
            )
        )
    return found


def _start(view: GateRules) -> dict[str, object]:
    start: dict[str, object] = {}
    for line in view.lines:
        gate = line.gate
        start |= {
            f"asked-{gate.kind}": "1" if line.is_asked else "",
            f"owner-{gate.kind}": gate.owner,
            f"hours-{gate.kind}": gate.due_minutes // HOUR,
            f"may-{gate.kind}": gate.may_open,
            f"days-{gate.kind}": gate.valid_days,
        }
    return start


def _page(form: Form | None, no_go: Form | None = None, protocol: int | None = None) -> str:
    protocol_id, kind = _chosen()
    protocol_id = protocol or protocol_id
    with reading() as work:
        view = service.rules(work, current_actor(), protocol_id, kind)
    start = {"hours": view.policy.no_go_minutes // HOUR, "releases": "yes" if view.policy.releases else "no"}
    return render_template(
        "gate_rules/page.html",
        view=view,
        form=form or Form(start=_start(view)),
        no_go=no_go or Form(start=start),
        most=MOST_NO_GO,
        names=NAMES,
        kinds=service.VISIT_KINDS,
    )
