"""Signing in and out, and who is signed in."""

from __future__ import annotations

from urllib.parse import urlsplit

import flask
from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from coordinator.domain.errors import NotAllowed
from coordinator.services import sign_in as service
from coordinator.web.context import client_address, current_actor, now, reading, signed_in, writing
from coordinator.web.security import LARGEST_ID

blueprint = Blueprint("sign_in", __name__)


class Holder(UserMixin):  # type: ignore[misc]
    """Flask-Login's user: whoever holds the secret of an open sign-in."""

    def __init__(self, token: str, who: service.SignedIn | None) -> None:
        self.token = token
        self.who = who

    def get_id(self) -> str:
        """The sign-in's secret; the database holds only its hash."""
        return self.token


def install(app: Flask) -> None:
    """Finds who is signed in by the sign-in's secret in the signed cookie."""
    manager = LoginManager()
    # Its own protection compares addresses that a client may forge; sign-ins in the database need none.
    manager.session_protection = None
    manager.user_loader(_holder)
    manager.init_app(app, add_context_processor=False)


def _holder(token: str) -> Holder | None:
    with reading() as work:
        who = service.find(work, now(), token)
    if who is None:
        return None
    if who.is_stale:
        with writing() as work:
            service.seen(work, now(), who.sign_in_id)
    return Holder(token, who)


@blueprint.get("/sign-in")
def form() -> str | Response:
    """The form; whoever is signed in goes on."""
    if current_user.is_authenticated:
        return redirect(safe_next(request.args.get("next")))
    return render_template("sign_in/form.html", next=request.args.get("next", ""), email="", refused=None)


@blueprint.post("/sign-in")
def submit() -> tuple[str, int] | Response:
    """Begins a sign-in, or says the same sentence whatever was wrong."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    with writing() as work:
        tried = service.attempt(work, now(), email)
    if not service.proves(tried, password):
        return _refused(email)
    try:
        with writing() as work:
            token = service.begin(work, now(), tried, client_address(), request.user_agent.string)
    except NotAllowed:
        return _refused(email)
    if current_user.is_authenticated:
        with writing() as work:
            service.end(work, current_actor(), now(), signed_in().sign_in_id)
    flask.session.clear()  # what was there before the sign-in must not live on in it
    login_user(Holder(token, None))
    return redirect(safe_next(request.form.get("next")))


@blueprint.post("/sign-out")
def end() -> Response:
    """Ends the sign-in in the database; the cookie opens nothing afterwards."""
    with writing() as work:
        service.end(work, current_actor(), now(), signed_in().sign_in_id)
    logout_user()
    flask.session.clear()
    return redirect(url_for("sign_in.form"))


@blueprint.post("/clinic")
def change_clinic() -> Response:
    """Goes on in another of one's clinics."""
    with writing() as work:
        clinic_id = min(request.form.get("clinic", 0, type=int), LARGEST_ID)
        service.change_clinic(work, current_actor(), now(), signed_in().sign_in_id, clinic_id)
    return redirect("/")


def safe_next(target: str | None) -> str:
    """The page to go on to: a path of this site, or today for anything that could lead elsewhere."""
    if not target or any(each in target for each in "\\\r\n\t"):
        return "/"
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith("//"):
        return "/"
    return target


def _refused(email: str) -> tuple[str, int]:
    page = render_template("sign_in/form.html", next=request.form.get("next", ""), email=email, refused=service.REFUSED)
    return page, 422
