"""What if the clinic had a little more: a form, and the outcomes as they come, as a chart with its table."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.clinic_time import WEEKDAYS
from coordinator.services import what_if as service
from coordinator.services.enrollment_form import DAYS
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("what_if", __name__)
START = {"more": 20, "weeks": 16, "role": "", "room": "", "supervisor": "", "rooms": 3}
WIDTH, LABEL, LINE, BAR = 760, 270, 46, 16


@dataclass(frozen=True, slots=True)
class Bar:
    """One clinic of the chart: how long its bar is, the part of it that the clinic as it is has, too, and a second bar
    for the days by which programs end sooner."""

    text: str
    y: int
    length: float
    base: float
    words: str
    sooner: float
    days: str


@blueprint.get("/what-if")
def form() -> str:
    """The form."""
    return _form(Form(start=START))


@blueprint.post("/what-if")
def ask() -> tuple[str, int] | Response:
    """Asks for a study, and goes to watch it."""
    sent = Form(request.form)
    typed = service.TypedStudy(
        more=sent.whole("more", "The number of patients", most=service.MOST_MORE),
        weeks=sent.whole("weeks", "The number of weeks", least=1, most=52),
        version=sent.value("version"),
        role=sent.value("role"),
        weekdays=tuple(sent.values("weekdays")),
        room=sent.value("room"),
        supervisor=sent.value("supervisor"),
        rooms=sent.whole("rooms", "The number of rooms", least=2, most=service.MOST_ROOMS),
    )
    if sent.ok:
        with sent.refusals(), writing() as work:
            job_id = service.request(work, current_actor(), now(), typed)
    if not sent.ok:
        return _form(sent), sent.status
    return redirect(url_for("what_if.page", job_id=job_id))


@blueprint.get("/what-if/<int:job_id>")
def page(job_id: int) -> str:
    """A study."""
    return _study(job_id, "what_if/page.html")


@blueprint.get("/what-if/<int:job_id>/outcomes")
def outcomes(job_id: int) -> str:
    """The part of the page that asks again by itself while more is to come."""
    return _study(job_id, "what_if/outcomes.html")


@blueprint.post("/what-if/<int:job_id>/stop")
def stop(job_id: int) -> Response:
    """Ends a study with what is known so far."""
    with writing() as work:
        service.stop(work, current_actor(), now(), job_id)
    return redirect(url_for("what_if.page", job_id=job_id))


def _study(job_id: int, template: str) -> str:
    with reading() as work:
        view = service.study(work, current_actor(), job_id)
    bars = _bars(view)
    return render_template(template, view=view, bars=bars, width=WIDTH, label=LABEL, line=LINE, bar=BAR)


def _bars(view: service.StudyView) -> list[Bar]:
    most = max((each.asked for each in view.outcomes), default=0)
    base = view.outcomes[0].planned if view.outcomes else 0
    scale = (WIDTH - LABEL - 150) / max(1, most)
    longest = max((each.done_sooner for each in view.outcomes), default=0)
    by_day = (WIDTH - LABEL - 150) / max(7.0, longest)
    return [
        Bar(
            text=each.text,
            y=number * LINE,
            length=round(each.planned * scale, 1),
            base=round(min(base, each.planned) * scale, 1),
            words=_in_words(each),
            sooner=round(max(0.0, each.done_sooner) * by_day, 1),
            days=f"ends {each.done_sooner:.1f} days sooner" if each.done_sooner >= 0.05 else "",
        )
        for number, each in enumerate(view.outcomes)
    ]


def _in_words(each: service.OutcomeView) -> str:
    more = f", {each.more} more" if each.more > 0 else ""
    return f"{each.planned} of {each.asked}{more}"


def _form(form: Form) -> str:
    with reading() as work:
        choices = service.choices(work, current_actor())
    days = [(day, DAYS[day]) for day in WEEKDAYS]
    return render_template("what_if/form.html", form=form, choices=choices, days=days)
