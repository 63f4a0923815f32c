"""Without a sign-in: asking for a new password, and choosing one by the link of a mail."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.errors import NotFound
from coordinator.services import account_links as service
from coordinator.services import passwords
from coordinator.web.context import client_address, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("account_links", __name__)


@blueprint.get("/forgot-password")
def forgot() -> str:
    """Where somebody asks for a mail with a link."""
    return render_template("account/forgot.html", form=Form(start={}), is_asked=False)


@blueprint.post("/forgot-password")
def ask() -> str:
    """Owes the mail, and answers the same whether there is an account or not."""
    with writing() as work:
        service.ask_recovery(work, now(), request.form.get("email", "")[:300])
    return render_template("account/forgot.html", form=Form(request.form), is_asked=True)


@blueprint.get("/set-password/<token>")
def form(token: str) -> str | tuple[str, int]:
    """The form that a link opens; opening it changes nothing."""
    try:
        with reading() as work:
            welcome = service.look(work, now(), token)
    except NotFound:
        return _dead()
    return render_template("account/set_password.html", form=Form(start={}), welcome=welcome, token=token)


@blueprint.post("/set-password/<token>")
def keep(token: str) -> tuple[str, int] | Response:
    """Keeps the password that was chosen, and goes on to signing in with it."""
    typed = Form(request.form)
    try:
        with reading() as work:
            welcome = service.look(work, now(), token)
        with typed.refusals():
            about = [welcome.name, welcome.email, welcome.clinic]
            new = passwords.hashed(typed.value("password"), least=welcome.least, about=about)
            with writing() as work:
                service.set_password(work, now(), token, new, client_address())
    except NotFound:
        return _dead()
    if not typed.ok:
        return render_template("account/set_password.html", form=typed, welcome=welcome, token=token), typed.status
    flash("Your password is kept. Sign in with it.", "success")
    return redirect(url_for("sign_in.form"))


def _dead() -> tuple[str, int]:
    return render_template("account/dead_link.html", text=service.DEAD), 404
