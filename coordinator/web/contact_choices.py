"""How people want to be told: a patient's choice and consent, one's own, and the gateway's door for STOP."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.services import contact_choice as service
from coordinator.services.contact_choice import ChoiceView, TypedChoice
from coordinator.services.notice_words import CHANNEL_WORDS
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("contact_choices", __name__)
FOLLOWS_RULES = ("", "As the rules say")


@blueprint.route("/patients/<int:patient_id>/telling", methods=["GET", "POST"])
def patient(patient_id: int) -> str | tuple[str, int] | Response:
    """How a patient is told, and whether they agreed to text messages."""
    with reading() as work:
        view = service.of_patient(work, current_actor(), now(), patient_id)
    ways = [FOLLOWS_RULES, *((each, CHANNEL_WORDS[each]) for each in ("mail", "sms"))]
    if request.method == "GET":
        return _page(view, Form(start=_start(view)), ways, patient_id)
    form = Form(request.form)
    typed = _typed(form)
    with form.refusals(), writing() as work:
        service.choose_for_patient(work, current_actor(), now(), patient_id, typed)
    if not form.ok:
        return _page(view, form, ways, patient_id), form.status
    flash("Saved. Messages from now on go that way.", "success")
    return redirect(url_for("patients.show", patient_id=patient_id))


@blueprint.route("/account/telling", methods=["GET", "POST"])
def mine() -> str | tuple[str, int] | Response:
    """How the one who is signed in wants to be told."""
    with reading() as work:
        view = service.of_actor(work, current_actor())
    ways = [FOLLOWS_RULES, *CHANNEL_WORDS.items()]
    if request.method == "GET":
        return _page(view, Form(start=_start(view)), ways, None)
    form = Form(request.form)
    typed = _typed(form)
    with form.refusals(), writing() as work:
        service.choose(work, current_actor(), now(), typed)
    if not form.ok:
        return _page(view, form, ways, None), form.status
    flash("Saved. You are told that way from now on.", "success")
    return redirect(url_for("account.page"))


@blueprint.post("/text-messages/<int:clinic_id>/<secret>")
def incoming(clinic_id: int, secret: str) -> tuple[str, int, dict[str, str]]:
    """What somebody answered to a text message, as gateways post it (From and Body): STOP ends them."""
    with writing() as work:
        service.answered(work, now(), clinic_id, secret, request.form.get("From", ""), request.form.get("Body", ""))
    return "<Response/>", 200, {"Content-Type": "text/xml; charset=utf-8"}


def _page(view: ChoiceView, form: Form, ways: list[tuple[str, str]], patient_id: int | None) -> str:
    return render_template("contact_choices/page.html", view=view, form=form, ways=ways, patient_id=patient_id)


def _typed(form: Form) -> TypedChoice:
    return TypedChoice(
        channel=form.value("channel"),
        consents=form.value("consents") == "on",
        phone=form.text("phone", "The phone number", required=False, most=40),
        chat=form.text("chat", "The name in the chat", required=False, most=80),
    )


def _start(view: ChoiceView) -> dict[str, object]:
    return {
        "channel": view.channel,
        "consents": "on" if view.may_text else "",
        "phone": view.phone,
        "chat": view.chat,
    }
