"""Signing in and out, and who is signed in."""

from __future__ import annotations

from urllib.parse import urlsplit

import flask
from flask import Blueprint, Flask, jsonify, redirect, render_template, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from coordinator.domain.errors import NotAllowed
from coordinator.services import identities, passkeys, second_factor
from coordinator.services import sign_in as service
from coordinator.services.identities import Vouched
from coordinator.services.sign_in_policy import PROVIDER
from coordinator.web import challenges, half_way, logs, password_tries
from coordinator.web.context import client_address, current_actor, now, reading, signed_in, wiring, writing
from coordinator.web.half_way import Half
from coordinator.web.security import LARGEST_ID, cookie_name, forgery_token, served_by_https

blueprint = Blueprint("sign_in", __name__)

POLLED = frozenset({"proposals.progress", "schedule.revision", "schedule.data"})
"""What pages ask for by themselves: it does not mean that somebody is there."""

DEVICE = "device"
"""The cookie of a known device; it opens nothing by itself."""
DEVICE_LASTS = 365 * 24 * 3600


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
    if who.is_stale and request.endpoint not in POLLED:
        with writing() as work:
            service.seen(work, now(), who.sign_in_id)
    return Holder(token, who)


@blueprint.get("/sign-in")
def form() -> str | Response:
    """The form; whoever is signed in goes on."""
    if current_user.is_authenticated:
        return redirect(safe_next(request.args.get("next")))
    return _form_page(request.args.get("next", ""), "", None)


@blueprint.post("/sign-in")
def submit() -> tuple[str, int] | Response:
    """Begins a sign-in, or says the same sentence whatever was wrong."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    tried = password_tries.tried(email, password, request.cookies.get(cookie_name(DEVICE), ""))
    if tried.user_id is None:
        return _refused(email, tried)
    if tried.wants_code:
        half_way.keep(tried)
        return redirect(url_for("sign_in.code", next=safe_next(request.form.get("next"))))
    try:
        return begin(tried, "password", request.form.get("next"))
    except NotAllowed:
        return _refused(email, tried)


@blueprint.get("/sign-in/code")
def code() -> str | Response:
    """Asks for the second factor, after the password."""
    half = half_way.owing(password=False)
    return redirect(url_for("sign_in.form")) if half is None else _code_page(half, request.args.get("next", ""))


@blueprint.post("/sign-in/code")
def submit_code() -> str | tuple[str, int] | Response:
    """Begins a sign-in when the code is right."""
    half = half_way.owing(password=False)
    if half is None:
        return redirect(url_for("sign_in.form"))
    with writing() as work:
        method = service.attempt_code(
            work, now(), half.user_id, request.cookies.get(cookie_name(DEVICE), ""), request.form.get("code", "")[:40]
        )
    if method is None:
        logs.refused("code", half.user_id)
        return _code_page(half, request.form.get("next", ""), service.CODE_REFUSED), 422
    return _begin_or_start_again(half, method)


@blueprint.post("/sign-in/passkey")
def submit_passkey() -> str | tuple[str, int] | Response:
    """Begins a sign-in when a passkey has signed the challenge of the page before."""
    half, challenge = half_way.owing(password=False), challenges.take()
    if half is None or challenge is None:
        return redirect(url_for("sign_in.form"))
    with writing() as work:
        is_proven = service.attempt_passkey(
            work, now(), half.user_id, request.cookies.get(cookie_name(DEVICE), ""), challenges.site(), challenge,
            request.form.get("answer", ""),
        )  # fmt: skip
    if not is_proven:
        logs.refused("passkey", half.user_id)
        return _code_page(half, request.form.get("next", ""), service.PASSKEY_REFUSED, by_passkey=True), 422
    return _begin_or_start_again(half, "passkey")


def _code_page(half: Half, next_page: str, refused: str | None = None, *, by_passkey: bool = False) -> str:
    """The page of the second step, with a new challenge for whoever has a passkey."""
    with reading() as work:
        challenge = passkeys.question(work, now(), half.user_id, challenges.site())
        has_app = second_factor.has_app(work, half.user_id)
    return render_template(
        "sign_in/code.html", next=next_page, refused=refused, by_passkey=by_passkey, has_app=has_app,
        options=challenges.keep(challenge) if challenge else None, origin=challenges.site().origin,
    )  # fmt: skip


def _begin_or_start_again(half: Half, method: str) -> Response:
    began = f"{PROVIDER}_{method}" if half.vouched else method
    try:
        return begin(half.tried, began, request.form.get("next"), half.vouched)
    except NotAllowed:
        return redirect(url_for("sign_in.form"))


def begin(tried: service.Attempt, method: str, target: str | None, vouched: Vouched | None = None) -> Response:
    """Signs in, ends the sign-in before it, and makes the browser a known device; `target` is the page to go on to.

    Links the identity that a provider has just vouched for, where it is new. Raises NotAllowed.
    """
    with writing() as work:
        if vouched is not None and vouched.is_new:
            identities.link(work, now(), vouched, client_address())
        token = service.begin(work, now(), tried, client_address(), request.user_agent.string, method)
        device = service.remember_device(work, now(), tried)
    if current_user.is_authenticated:
        with writing() as work:
            service.end(work, current_actor(), now(), signed_in().sign_in_id)
    flask.session.clear()  # what was there before the sign-in must not live on in it
    login_user(Holder(token, None))
    answer = redirect(safe_next(target))
    if device is not None:
        answer.set_cookie(
            cookie_name(DEVICE),
            device,
            max_age=DEVICE_LASTS,
            path="/" if served_by_https() else "/sign-in",  # __Host- cookies go to every page
            httponly=True,
            samesite="Lax",
            secure=served_by_https(),
        )
    return answer


def renew(token: str) -> None:
    """Gives the browser the new secret of its sign-in."""
    login_user(Holder(token, signed_in()))


@blueprint.get("/sign-in/stay")
def stay() -> Response:
    """Says that the person is still there, and gives a page that was open meanwhile the token for its forms."""
    return jsonify(user=signed_in().user_id, token=forgery_token())


@blueprint.post("/sign-out")
def end() -> Response:
    """Ends the sign-in in the database; the cookie opens nothing afterwards."""
    with writing() as work:
        service.end(work, current_actor(), now(), signed_in().sign_in_id)
    logout_user()
    flask.session.clear()
    answer = redirect(url_for("sign_in.form"))
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # not cookies: device and theme stay
    return answer


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


def _refused(email: str, tried: service.Attempt) -> tuple[str, int]:
    logs.refused("password", tried.about, tried.why)
    return _form_page(request.form.get("next", ""), email, service.REFUSED), 422


def _form_page(target: str, email: str, refused: str | None) -> str:
    provider = wiring().provider
    return render_template(
        "sign_in/form.html", next=target, email=email, refused=refused, provider=provider and provider.name
    )
