"""Users of the clinic: who may sign in and do what; inviting, changing access, keeping out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import Conflict
from coordinator.services import sign_in_policy
from coordinator.services import users as service
from coordinator.services.work import Work
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("users", __name__)


@blueprint.get("/users")
def index() -> str:
    """The list, and what is asked of everybody on it."""
    with reading() as work:
        found = service.list_users(work, current_actor())
        policy = sign_in_policy.policy(work, current_actor())
    return render_template(
        "users/index.html",
        users=found,
        policy=policy,
        accesses=service.PEOPLE,
        idle_choices=sign_in_policy.IDLE_CHOICES,
    )


@blueprint.route("/users/invite", methods=["GET", "POST"])
def invite() -> str | tuple[str, int] | Response:
    """The form that invites somebody by mail."""
    with reading() as work:
        staff = service.staff_choices(work, current_actor())
    form = Form(request.form if request.method == "POST" else None, start={"access": Access.CLINICIAN})
    if request.method == "POST":
        _invite(form, {each for each, _ in staff})
        if form.ok:
            flash(f"{form.value('name')} is invited by mail. The link works for seven days.", "success")
            return redirect(url_for("users.index"))
    return render_template("users/invite.html", form=form, staff=staff, accesses=service.PEOPLE), form.status


def _invite(form: Form, staff: set[int]) -> None:
    name, email = form.text("name", "Name"), form.text("email", "E-mail", most=254)
    access = form.choice("access", "Access", [str(each) for each in service.PEOPLE])
    staff_id = form.row_or_none("staff", "Who it is")
    if staff_id is not None and staff_id not in staff:
        form.refuse("staff", "This person is not on the team. Choose one of the list.")
    if form.ok:
        with form.refusals(), writing() as work:
            service.invite(
                work, current_actor(), now(), email=email, name=name, access=Access(access), staff_id=staff_id
            )


@blueprint.post("/users/<int:user_id>/invite")
def invite_again(user_id: int) -> Response:
    """Sends the invitation anew."""
    return _changed(service.invite_again, user_id, "The invitation is sent again. The earlier link is void.")


@blueprint.post("/users/<int:user_id>/access")
def change_access(user_id: int) -> Response:
    """Changes what somebody may do."""
    access = request.form.get("access", "")
    if access not in service.PEOPLE:
        flash("This is no access. Choose one of the list.", "danger")
        return redirect(url_for("users.index"))

    def change(work: Work, actor: Actor, at: datetime, who: int) -> None:
        service.change_access(work, actor, at, who, Access(access))

    return _changed(change, user_id, "The access is changed. They have to sign in again.")


@blueprint.post("/users/<int:user_id>/shut-out")
def shut_out(user_id: int) -> Response:
    """Keeps somebody out, at once."""
    return _changed(service.shut_out, user_id, "Kept out, and signed out everywhere. “Let in again” undoes it.")


@blueprint.post("/users/<int:user_id>/sign-out")
def sign_out(user_id: int) -> Response:
    """Ends where somebody is signed in, for instance on a device that was lost."""
    return _changed(service.sign_out, user_id, "Signed out everywhere. They can sign in again.")


@blueprint.post("/users/<int:user_id>/second-factor/reset")
def reset_factor(user_id: int) -> Response:
    """Takes away a second factor that its user has lost."""
    done = "Their second factor is gone, and they are signed out everywhere. They set up a new one after signing in."
    return _changed(service.reset_factor, user_id, done)


@blueprint.post("/users/<int:user_id>/let-in")
def let_in_again(user_id: int) -> Response:
    """Lets somebody in again."""
    return _changed(service.let_in_again, user_id, "They can sign in again, with the password they had.")


@blueprint.post("/users/sign-in-policy")
def change_policy() -> Response:
    """Sets what the clinic asks of those who sign in."""
    minutes = request.form.get("idle_minutes", 0, type=int)
    asks, of_everybody = (request.form.get(name) == "on" for name in ("factor", "everybody"))
    wanted = sign_in_policy.Policy(asks, minutes, of_everybody)
    with writing() as work:
        sign_in_policy.change(work, current_actor(), now(), wanted)
    flash("Saved. It holds from the next click of everybody.", "success")
    return redirect(url_for("users.index"))


def _changed(change: Callable[[Work, Actor, datetime, int], None], user_id: int, done: str) -> Response:
    """Makes a change and says so, or says why it was refused."""
    try:
        with writing() as work:
            change(work, current_actor(), now(), user_id)
        flash(done, "success")
    except Conflict as refusal:
        flash(str(refusal), "danger")
    return redirect(url_for("users.index"))
