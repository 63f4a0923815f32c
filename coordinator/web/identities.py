"""Signing in by a provider of identities (OpenID Connect), and removing its connection with one's account."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import flask
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from coordinator.domain.errors import InvalidInput, NotAllowed, NotFound
from coordinator.services import identities as service
from coordinator.services import sign_in as sign_ins
from coordinator.services.identities import Vouched
from coordinator.services.provider import Asked, Identity, Provider, ProviderTrouble
from coordinator.web import half_way, logs, password_tries
from coordinator.web.account import NOT_CURRENT, STALE, is_stale, knows_password
from coordinator.web.context import current_actor, now, signed_in, wiring, writing
from coordinator.web.security import cookie_name
from coordinator.web.sign_in import DEVICE, begin, safe_next

blueprint = Blueprint("identities", __name__)

ASKED, ASKED_LASTS = "asked-of-provider", 600
"""In the signed session cookie, while the person is at the provider; seconds."""
CONNECTS, CONNECTS_LASTS = "connects-provider", 300
"""Likewise, for who wants to connect it."""
LONGEST_NEXT = 500
LATE = "This took too long, or was begun in another window. Start again."


@blueprint.get("/sign-in/provider")
def start() -> Response:
    """Goes to the provider; whoever is signed in goes on."""
    provider, target = _provider(), safe_next(request.args.get("next"))
    return redirect(target) if current_user.is_authenticated else _go_there(provider, target, None)


def _go_there(provider: Provider, target: str, sign_in_id: int | None) -> Response:
    """To the provider's page; `sign_in_id` is that of somebody who wants to connect it."""
    try:
        asked, page = provider.ask(now())
    except ProviderTrouble as trouble:
        return _back(trouble, target, trouble.reason)
    kept = target if len(target) <= LONGEST_NEXT else "/"
    flask.session[ASKED] = [asked.state, asked.nonce, asked.verifier, asked.at.timestamp(), kept, sign_in_id]
    return redirect(page)


@blueprint.get("/sign-in/provider/return")
def come_back() -> Response:
    """Comes back from the provider: signs in, asks for more, or says in one sentence on the sign-in page why not."""
    provider, (asked, target, sign_in_id) = _provider(), _take()
    if asked is None or not (sign_in_id is None or _is_in(sign_in_id)):
        return _back(LATE, target, "late, or not begun here")
    try:
        who = provider.identify(now(), asked, request.args.to_dict())
    except ProviderTrouble as trouble:
        return _back(trouble, target, trouble.reason)
    if sign_in_id is not None:
        return _connect(provider, who, target, sign_in_id)
    device = request.cookies.get(cookie_name(DEVICE), "")
    try:
        with writing() as work:
            vouched = service.arrive(work, now(), provider.name, who, asked.at)
            tried = sign_ins.vouched(work, vouched.user_id, device, is_multi_factor=vouched.is_multi_factor)
    except service.NotVouched as refusal:
        return _back(refusal, target, refusal.why, refusal.about)
    if vouched.wants_password:
        half_way.keep(tried, vouched)
        return redirect(url_for("identities.connect_form", next=target))
    return _go_on(tried, vouched, target)


@blueprint.get("/sign-in/provider/connect")
def connect_form() -> str | Response:
    """Asks for the password of the account, once, before the provider opens it."""
    half = half_way.owing(password=True)
    if half is None or half.vouched is None:
        return redirect(url_for("sign_in.form"))
    return _connect_page(half.vouched, request.args.get("next", ""), None)


@blueprint.post("/sign-in/provider/connect")
def connect() -> str | tuple[str, int] | Response:
    """Goes on once the password is right; counted as any other try of it."""
    half = half_way.owing(password=True)
    if half is None or half.vouched is None:
        return redirect(url_for("sign_in.form"))
    vouched, target = half.vouched, safe_next(request.form.get("next"))
    device = request.cookies.get(cookie_name(DEVICE), "")
    tried = password_tries.tried(vouched.email, request.form.get("password", ""), device)
    if tried.user_id is None or tried.user_id != vouched.user_id:
        logs.refused("password", tried.about, tried.why)
        return _connect_page(vouched, target, sign_ins.REFUSED), 422
    owes_factor = tried.wants_code and not vouched.is_multi_factor
    return _go_on(replace(tried, wants_code=owes_factor), replace(vouched, wants_password=False), target)


@blueprint.post("/account/identities/new")
def offer() -> str:
    """Leads to the provider, for who knows the password and wants to connect it."""
    provider = _provider()
    _refuse_strangers()
    flask.session[CONNECTS] = [signed_in().sign_in_id, int(now().timestamp())]
    # A form must not lead to another site, so that it takes one more click.
    return render_template("account/identity.html", provider=provider.name)


@blueprint.get("/account/identities/go")
def go() -> Response:
    """Goes to the provider, to connect it."""
    provider, kept = _provider(), flask.session.pop(CONNECTS, None)
    me = signed_in().sign_in_id
    if not isinstance(kept, list) or kept[0] != me or now().timestamp() - kept[1] > CONNECTS_LASTS:
        return redirect(url_for("account.page"))
    return _go_there(provider, url_for("account.page"), me)


def _is_in(sign_in_id: int) -> bool:
    """Whether the browser is in that sign-in, and it has not ended."""
    return current_user.is_authenticated and signed_in().sign_in_id == sign_in_id


def _connect(provider: Provider, who: Identity, target: str, sign_in_id: int) -> Response:
    """Connects the identity with the account of who is signed in and asked for it."""
    try:
        with writing() as work:
            service.connect(work, current_actor(), now(), sign_in_id, provider.name, who)
    except service.NotVouched as refusal:
        return _back(refusal, target, refusal.why, refusal.about)
    flash(f"{provider.name} is connected, and you are signed out everywhere else.", "success")
    return redirect(target)


@blueprint.post("/account/identities/<int:identity_id>/remove")
def remove(identity_id: int) -> Response:
    """Removes the connection with a provider, for who knows the password."""
    _refuse_strangers()
    with writing() as work:
        service.remove(work, current_actor(), now(), signed_in().sign_in_id, identity_id)
    flash("The connection is removed, and you are signed out everywhere else.", "success")
    return redirect(url_for("account.page"))


def _refuse_strangers() -> None:
    if is_stale():
        raise InvalidInput(STALE)
    if not knows_password(request.form.get("current", "")):
        raise InvalidInput(f"{NOT_CURRENT} Go back to do so.")


def _provider() -> Provider:
    provider = wiring().provider
    if provider is None:
        raise NotFound("There is no provider of identities here.")
    return provider


def _take() -> tuple[Asked | None, str, int | None]:
    """What this browser asked the provider, once and while it is fresh, the page to go on to, and who connects it."""
    kept = flask.session.pop(ASKED, None)
    if not isinstance(kept, list) or len(kept) != 6:
        return None, "/", None
    asked = Asked(kept[0], kept[1], kept[2], datetime.fromtimestamp(kept[3], UTC))
    is_fresh = now().timestamp() - kept[3] <= ASKED_LASTS
    return (asked if is_fresh else None), str(kept[4]), kept[5]


def _go_on(tried: sign_ins.Attempt, vouched: Vouched, target: str) -> Response:
    if tried.wants_code:
        half_way.keep(tried, vouched)
        return redirect(url_for("sign_in.code", next=target))
    try:
        return begin(tried, vouched.method, target, vouched)
    except NotAllowed as refusal:
        return _back(refusal, target, "no clinic", vouched.user_id)


def _back(sentence: object, target: str, why: str, about: int | None = None) -> Response:
    """To the sign-in page, with the sentence; the log has the reason, and nothing of what was sent."""
    logs.refused("provider", about, why)
    flash(str(sentence), "danger")
    return redirect(url_for("sign_in.form", next=None if target == "/" else target))


def _connect_page(vouched: Vouched, target: str, refused: str | None) -> str:
    return render_template(
        "sign_in/connect.html", email=vouched.email, next=target, refused=refused, provider=_provider().name
    )
