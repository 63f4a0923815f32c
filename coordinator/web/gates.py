"""Gates: the board of visits ahead, the gates of one visit, opening and shutting one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.errors import Conflict, InvalidInput
from coordinator.services import gate_policy
from coordinator.services import gates as service
from coordinator.services.gate_lines import NAMES
from coordinator.services.gate_policy import GatePolicy
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("gates", __name__)
HOURS = 96
"""The earliest that a no-go can be called."""


@blueprint.get("/gates")
def board() -> str:
    """The visits ahead that gates stand before, and which of them are go."""
    return _board(None)


@blueprint.post("/gates/policy")
def decide() -> tuple[str, int] | Response:
    """Decides when a visit is a no-go, and whether it is released then."""
    form = Form(request.form)
    hours = form.whole("hours", "Hours before the visit", least=1, most=HOURS)
    if not form.ok:
        return _board(form), form.status
    wanted = GatePolicy(hours * 60, form.value("releases") == "yes")
    with writing() as work:
        gate_policy.decide(work, current_actor(), now(), wanted)
    flash("Saved. It holds from now on.", "success")
    return redirect(url_for("gates.board"))


@blueprint.get("/visits/<int:visit_id>/gates")
def page(visit_id: int) -> str:
    """The gates before one visit."""
    return _page(visit_id, {})


@blueprint.post("/visits/<int:visit_id>/gates/<kind>/open")
def open_gate(visit_id: int, kind: str) -> tuple[str, int] | Response:
    """Opens a gate."""
    form = Form(request.form)
    until = form.day_or_none(f"until-{kind}", "The date")
    if not form.ok:
        return _page(visit_id, {kind: form.errors[f"until-{kind}"]}), 422
    try:
        with writing() as work:
            service.open_gate(work, current_actor(), now(), visit_id, kind, until, _patient())
    except (InvalidInput, Conflict) as refusal:
        return _page(visit_id, {kind: str(refusal)}), 409 if isinstance(refusal, Conflict) else 422
    flash(f"{NAMES[kind]}: open.", "success")
    return redirect(_back(visit_id))


@blueprint.post("/visits/<int:visit_id>/gates/<kind>/shut")
def shut_gate(visit_id: int, kind: str) -> tuple[str, int] | Response:
    """Shuts it again."""
    try:
        with writing() as work:
            service.shut_gate(work, current_actor(), now(), visit_id, kind, _patient())
    except Conflict as refusal:
        return _page(visit_id, {kind: str(refusal)}), 409
    flash(f"{NAMES[kind]}: shut.", "success")
    return redirect(_back(visit_id))


def _patient() -> int | None:
    """The one of a group that is meant; None for everybody."""
    return request.form.get("patient", type=int)


def _back(visit_id: int) -> str:
    """To the visit, or to its gates: wherever the button was."""
    endpoint = "visits.page" if request.form.get("back") == "visit" else "gates.page"
    return url_for(endpoint, visit_id=visit_id, _anchor="gates")


def _page(visit_id: int, wrong: dict[str, str]) -> str:
    with reading() as work:
        gated = service.gated_visit(work, current_actor(), now(), visit_id)
    return render_template("gates/page.html", gated=gated, wrong=wrong)


def _board(form: Form | None) -> str:
    with reading() as work:
        visits = service.board(work, current_actor(), now())
        policy = gate_policy.policy_of(work, current_actor())
    start = {"hours": policy.no_go_minutes // 60, "releases": "yes" if policy.releases else "no"}
    return render_template("gates/board.html", visits=visits, policy=policy, form=form or Form(start=start), most=HOURS)
