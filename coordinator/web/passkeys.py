"""Passkeys of one's account: adding one in two steps (who asks, then the device), and removing one."""

from __future__ import annotations

import flask
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.errors import InvalidInput
from coordinator.services import passkeys as service
from coordinator.services.account import device_of
from coordinator.web import challenges
from coordinator.web.account import NOT_CURRENT, STALE, is_stale, knows_password, refuse_who_does_not_prove
from coordinator.web.context import current_actor, now, reading, signed_in, writing
from coordinator.web.forms import Form

blueprint = Blueprint("passkeys", __name__)
NAME = "passkey-name"
"""In the signed session cookie, until the device has made the passkey."""


@blueprint.get("/account/passkeys/new")
def form() -> str:
    """Asks for the passkey's name, and for the password."""
    return render_template("account/passkey.html", form=Form(start={"name": device_of(request.user_agent.string)}))


@blueprint.post("/account/passkeys/new")
def offer() -> str | tuple[str, int]:
    """Goes on to the device, for who knows the password."""
    typed = Form(request.form)
    name = typed.text("name", "Name", most=service.LONGEST_NAME)
    refuse_who_does_not_prove(typed)
    if not typed.ok:
        return render_template("account/passkey.html", form=typed), typed.status
    flask.session[NAME] = name
    return _device(None)


@blueprint.post("/account/passkeys")
def add() -> str | tuple[str, int] | Response:
    """Keeps what the device made; shows recovery codes, once, where it is the first second factor."""
    typed = Form(request.form)
    challenge = challenges.take()
    if challenge is None or NAME not in flask.session:
        return redirect(url_for("passkeys.form"))
    codes: list[str] = []
    with typed.refusals(), writing() as work:
        codes = service.add(
            work, current_actor(), now(), signed_in().sign_in_id, challenges.site(), challenge,
            str(flask.session[NAME]), typed.value("answer"),
        )  # fmt: skip
    if not typed.ok:
        return _device(next(iter(typed.errors.values()))), typed.status
    flask.session.pop(NAME)
    if codes:
        return render_template("account/codes.html", codes=codes, is_new=True)
    flash("The passkey is added, and you are signed out everywhere else.", "success")
    return redirect(url_for("account.page"))


@blueprint.post("/account/passkeys/<int:passkey_id>/remove")
def remove(passkey_id: int) -> Response:
    """Removes a passkey, for who knows the password."""
    if is_stale():
        raise InvalidInput(STALE)
    if not knows_password(request.form.get("current", "")):
        raise InvalidInput(f"{NOT_CURRENT} Go back to do so.")
    with writing() as work:
        service.remove(work, current_actor(), now(), signed_in().sign_in_id, passkey_id)
    flash("The passkey is removed, and you are signed out everywhere else. Delete it on the device too.", "success")
    return redirect(url_for("account.page"))


def _device(refused: str | None) -> str:
    with reading() as work:
        challenge = service.offer(work, current_actor(), now(), challenges.site())
    return render_template(
        "account/passkey_device.html",
        options=challenges.keep(challenge),
        origin=challenges.site().origin,
        refused=refused,
    )
