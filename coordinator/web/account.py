"""One's own account: where one is signed in, the password, and the second factor (its passkeys are in passkeys.py)."""

from __future__ import annotations

import flask
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.errors import InvalidInput
from coordinator.services import account as service
from coordinator.services import identities, passkeys, passwords, second_factor
from coordinator.services import sign_in as sign_ins
from coordinator.web import logs, password_tries
from coordinator.web.context import clinic_zone, current_actor, now, reading, signed_in, wiring, writing
from coordinator.web.forms import Form
from coordinator.web.sign_in import renew

blueprint = Blueprint("account", __name__)
NOT_CURRENT = "This is not your current password. Type the one you sign in with now."
STALE = "You signed in more than 15 minutes ago. Sign out, sign in again with your second factor, and then change this."
NEW_APP = "new-authenticator"
"""In the signed session cookie, until a code has proven that the app has it."""


@blueprint.get("/account")
def page() -> str:
    """Sign-ins, password, second factor."""
    return _page(Form(start={}))


@blueprint.post("/account/sign-ins/<int:sign_in_id>/end")
def end_sign_in(sign_in_id: int) -> Response:
    """Signs out somewhere else, for who knows the password."""
    _refuse_strangers()
    with writing() as work:
        sign_ins.end(work, current_actor(), now(), sign_in_id)
    flash("Signed out there. Whoever uses it has to sign in again.", "success")
    return redirect(url_for("account.page"))


@blueprint.post("/account/sign-ins/end-others")
def end_others() -> Response:
    """Signs out everywhere but here, for who knows the password."""
    _refuse_strangers()
    with writing() as work:
        ended = service.end_others(work, current_actor(), now(), signed_in().sign_in_id)
    flash("You were signed in nowhere else." if not ended else "Signed out everywhere else.", "success")
    return redirect(url_for("account.page"))


@blueprint.post("/account/password")
def password() -> tuple[str, int] | Response:
    """Changes the password, for who knows the current one."""
    form = Form(request.form)
    refuse_who_does_not_prove(form)
    if form.ok:
        _change_password(form)
    if form.ok:
        flash("Your password is changed, and you are signed out everywhere else.", "success")
        return redirect(url_for("account.page"))
    return _page(form), form.status


def _change_password(form: Form) -> None:
    me, actor = signed_in(), current_actor()
    with reading() as work:
        least = service.least_characters(work, actor)
    with form.refusals():
        new = passwords.hashed(form.value("password"), least=least, about=[me.name, me.email, me.clinic_name])
        with writing() as work:
            service.change_password(work, actor, now(), me.sign_in_id, new)


@blueprint.get("/account/second-factor")
def second_factor_form() -> str:
    """The code for an authenticator app to scan."""
    return render_template("account/second_factor.html", form=Form(start={}), setup=_new_setup())


@blueprint.post("/account/second-factor")
def turn_on() -> tuple[str, int] | str:
    """Turns the second factor on, for who knows the password and the app's code; shows the recovery codes, once."""
    form = Form(request.form)
    refuse_who_does_not_prove(form)
    with reading() as work:
        secret = second_factor.taken_out(work, str(flask.session.get(NEW_APP, "")))
    if not secret:
        form.refuse("code", "This page was open too long. Scan the new code, and type what the app shows.")
        return render_template("account/second_factor.html", form=form, setup=_new_setup()), form.status
    codes: list[str] = []
    if form.ok:
        with form.refusals(), writing() as work:
            sign_in_id, code = signed_in().sign_in_id, form.value("code")
            codes = second_factor.turn_on(work, current_actor(), now(), sign_in_id, secret, code)
    if not form.ok:
        setup = second_factor.setup_of(secret, signed_in().email)
        return render_template("account/second_factor.html", form=form, setup=setup), form.status
    flask.session.pop(NEW_APP, None)
    return render_template("account/codes.html", codes=codes, is_new=True)


def _new_setup() -> second_factor.Setup:
    """A fresh secret, kept sealed in the cookie: cookies are signed, but anybody who has one reads it."""
    setup = second_factor.new_setup(signed_in().email)
    with reading() as work:
        flask.session[NEW_APP] = second_factor.put_away(work, setup)
    return setup


@blueprint.post("/account/second-factor/off")
def turn_off() -> Response:
    """Turns the second factor off, for who knows the password."""
    _refuse_strangers(changes=True)
    with writing() as work:
        second_factor.turn_off(work, current_actor(), now(), signed_in().sign_in_id)
    flash("The app is turned off, and you are signed out everywhere else.", "success")
    return redirect(url_for("account.page"))


@blueprint.post("/account/recovery-codes")
def renew_codes() -> str:
    """New recovery codes, shown once, for who knows the password."""
    _refuse_strangers(changes=True)
    with writing() as work:
        codes = second_factor.renew_codes(work, current_actor(), now())
    return render_template("account/codes.html", codes=codes, is_new=False)


def _refuse_strangers(*, changes: bool = False) -> None:
    """Raises InvalidInput where the password that came along is not that of who asks.

    `changes`: it is about how they sign in, for which a second factor must have been shown a short while ago.
    """
    if changes and is_stale():
        raise InvalidInput(STALE)
    if not knows_password(request.form.get("current", "")):
        raise InvalidInput("This is not your current password. Go back, and type the one you sign in with.")


def refuse_who_does_not_prove(form: Form) -> None:
    """Refuses a change of how one signs in to who does not know the password, or showed a second factor long ago."""
    if is_stale():
        form.refuse("current", STALE)
    elif not knows_password(form.value("current")):
        form.refuse("current", NOT_CURRENT)


def is_stale() -> bool:
    """Whether who asks has a second factor, and showed it too long ago to change how they sign in."""
    with reading() as work:
        return second_factor.is_proof_stale(work, now(), signed_in().user_id, signed_in().since)


def knows_password(typed: str) -> bool:
    """Whether it is the password of who asks; counted as a try of signing in, so that it cannot be guessed here.

    The browser then gets a new secret: whoever had copied the one before is out.
    """
    tried = password_tries.tried(signed_in().email, typed)
    if tried.user_id is None:
        logs.refused("password again", tried.about, tried.why)
        return False
    with writing() as work:
        sign_ins.forgive(work, signed_in().user_id)
        renew(sign_ins.renew(work, signed_in().sign_in_id))
    return True


def _page(form: Form) -> str:
    me, actor = signed_in(), current_actor()
    with reading() as work:
        found = service.sign_ins(work, actor, clinic_zone(), me.sign_in_id)
        factor = second_factor.standing(work, actor)
        least = service.least_characters(work, actor)
        keys = passkeys.listed(work, actor, clinic_zone())
        links = identities.listed(work, actor, clinic_zone())
    provider = wiring().provider
    return render_template(
        "account/page.html", form=form, sign_ins=found, factor=factor, least=least, passkeys=keys, identities=links,
        provider=provider and provider.name,
    )  # fmt: skip
