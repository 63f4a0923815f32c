"""Planning jobs with their progress, and proposals: looked at, published, discarded."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.errors import Conflict, InvalidInput
from coordinator.services import holds, proposal_views, relaxations, repairs, schedule
from coordinator.services import proposals as service
from coordinator.services.visit_changes import Override, RulesBroken
from coordinator.web import words
from coordinator.web.context import clinic_zone, current_actor, now, reading, writing
from coordinator.web.numbers import row_id
from coordinator.web.proposal_drawings import cost_curve, roads
from coordinator.web.publications import remember

blueprint = Blueprint("proposals", __name__)


@blueprint.post("/planning")
def ask() -> Response:
    """Asks for one plan for several programs at once, and goes to watch it being made."""
    wanted = [int(each) for each in request.form.getlist("enrollment") if each.isdecimal() and len(each) < 19]
    with writing() as work:
        job_id = service.request(work, current_actor(), now(), wanted)
    return redirect(url_for("proposals.progress_page", job_id=job_id))


@blueprint.get("/planning/<int:job_id>")
def progress_page(job_id: int) -> str | Response:
    """How far the planning is; goes on to the proposal once there is one."""
    with reading() as work:
        job = service.watch(work, current_actor(), now(), job_id)
    if job.proposal_id is not None:
        return redirect(url_for("proposals.page", proposal_id=job.proposal_id))
    return render_template("proposals/progress_page.html", job=job, curve=cost_curve(job.steps, job.bound, job.seconds))


@blueprint.get("/planning/<int:job_id>/progress")
def progress(job_id: int) -> str | Response:
    """The same as a part of the page, which asks again by itself."""
    with reading() as work:
        job = service.job(work, current_actor(), now(), job_id)
    if job.proposal_id is not None:
        return make_response("", 200, {"HX-Redirect": url_for("proposals.page", proposal_id=job.proposal_id)})
    return render_template("proposals/progress.html", job=job, curve=cost_curve(job.steps, job.bound, job.seconds))


@blueprint.post("/planning/<int:job_id>/cancel")
def cancel(job_id: int) -> Response:
    """Stops the planning."""
    with writing() as work:
        service.cancel_job(work, current_actor(), now(), job_id)
    return redirect(url_for("proposals.progress_page", job_id=job_id))


@blueprint.post("/planning/<int:job_id>/again")
def again(job_id: int) -> Response:
    """Asks once more for the same."""
    with writing() as work:
        new = repairs.again(work, current_actor(), now(), job_id)
    return redirect(url_for("proposals.progress_page", job_id=new))


@blueprint.get("/proposals/<int:proposal_id>")
def page(proposal_id: int) -> str:
    """A proposal with its visits, people, cost and reasons."""
    return _page(proposal_id, None)


@blueprint.post("/proposals/<int:proposal_id>/publish")
def publish(proposal_id: int) -> tuple[str, int] | Response:
    """Makes the proposal real; what refuses it is said on its page, with the remedy."""
    actor = current_actor()
    rules, reason = request.form.getlist("override"), request.form.get("reason", "")
    leave = [Override(rule, reason) for rule in rules]
    try:
        with writing() as work:
            published = schedule.publish(work, actor, now(), proposal_id, leave, only=_chosen(), seen=_seen())
    except RulesBroken as refusal:
        return _page(proposal_id, str(refusal), refusal.overridable), 409
    except InvalidInput as refusal:
        return _page(proposal_id, str(refusal), tuple(rules) if refusal.field == "reason" else ()), 409
    except Conflict as refusal:
        return _page(proposal_id, str(refusal)), 409
    with reading() as work:
        view = proposal_views.proposal(work, actor, now(), proposal_id)
    count = words.count(len(published.visits), "visit")
    said = [f"Published {count}.", view.event.done if view.event else "", "All calendars follow at once."]
    remember(published.publication_id, " ".join(filter(None, said)))
    if len(view.programs) == 1:
        return redirect(url_for("enrollments.page", enrollment_id=view.programs[0].name.id))
    return redirect(url_for("schedule.page", date=min((each.first.date() for each in view.changed), default=None)))


@blueprint.post("/proposals/<int:proposal_id>/hold")
def hold(proposal_id: int) -> tuple[str, int] | Response:
    """Holds the proposal's times while the patient thinks."""
    try:
        with writing() as work:
            until = holds.hold(work, current_actor(), now(), proposal_id, request.form.get("days", 0, type=int))
    except (Conflict, InvalidInput) as refusal:
        return _page(proposal_id, str(refusal)), 409
    flash(f"Held until {words.moment(until.astimezone(clinic_zone()))}. Nobody else gets these times.", "success")
    return redirect(url_for("proposals.page", proposal_id=proposal_id))


@blueprint.post("/proposals/<int:proposal_id>/release")
def release(proposal_id: int) -> Response:
    """Gives back what the proposal holds."""
    with writing() as work:
        holds.let_go(work, current_actor(), now(), proposal_id)
    flash("The times are free for others again.", "success")
    return redirect(url_for("proposals.page", proposal_id=proposal_id))


@blueprint.post("/proposals/<int:proposal_id>/relax")
def relax(proposal_id: int) -> tuple[str, int] | Response:
    """Makes the change that lets a program be planned, and plans again."""
    enrollment_id = request.form.get("enrollment", 0, type=row_id)
    try:
        with writing() as work:
            number = request.form.get("number", -1, type=int)
            job_id = relaxations.apply(work, current_actor(), now(), proposal_id, enrollment_id, number)
    except (Conflict, InvalidInput) as refusal:
        return _page(proposal_id, str(refusal)), 409
    return redirect(url_for("proposals.progress_page", job_id=job_id))


@blueprint.post("/proposals/<int:proposal_id>/discard")
def discard(proposal_id: int) -> Response:
    """Lets the proposal go."""
    actor = current_actor()
    with writing() as work:
        service.discard(work, actor, now(), proposal_id)
    flash("The proposal is discarded. Nothing was published.", "success")
    return redirect(url_for("today.page"))


def _chosen() -> set[int] | None:
    """The programs that are wanted of a proposal for several; None where it does not ask."""
    if "choose" not in request.form:
        return None
    return {int(each) for each in request.form.getlist("program") if each.isdecimal() and len(each) < 19}


def _seen() -> int | None:
    """The clinic's last publication when the page was drawn."""
    typed = request.form.get("seen", "")
    return int(typed) if typed.isdecimal() and len(typed) < 19 else None


def _page(proposal_id: int, refused: str | None, overridable: tuple[str, ...] = ()) -> str:
    """The proposal; what `refused` publishing, and the rules that may be overridden with a reason."""
    with reading() as work:
        view = proposal_views.proposal(work, current_actor(), now(), proposal_id)
    return render_template(
        "proposals/page.html",
        view=view,
        refused=refused,
        overridable=overridable,
        roads=roads(view.choices),
        days=holds.DAYS,
    )
