"""A coordinator's draft: putting visits into it, mending it, publishing it with all who will be told in view."""

from __future__ import annotations

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from coordinator.domain.clinic_time import wall_clock
from coordinator.domain.errors import Conflict, InvalidForm, InvalidInput
from coordinator.services import draft_forms, draft_telling, drafts, drags, notice_bells, tray
from coordinator.services.desk import read_desk
from coordinator.services.visit_cards import visit_title
from coordinator.services.visits import TypedMove
from coordinator.web import words
from coordinator.web.context import current_actor, is_htmx, now, reading, writing
from coordinator.web.drag_json import grab_of, minute_of, places_json, span_of
from coordinator.web.numbers import day_of, row_id
from coordinator.web.publications import remember
from coordinator.web.sign_in import safe_next

blueprint = Blueprint("drafts", __name__)


@blueprint.get("/draft")
def page() -> str:
    """The draft with its problems, and who will be told what when it is published."""
    with reading() as work:
        view = draft_telling.view(work, current_actor(), now())
    return render_template("drafts/page.html", view=view, refused=None)


@blueprint.get("/draft/panel")
def panel() -> str:
    """The draft as the schedule shows it, for htmx."""
    with reading() as work:
        view = draft_telling.view(work, current_actor(), now())
        unplaced = tray.tray(work, current_actor(), view.draft)
    return render_template("drafts/panel.html", view=view, tray=unplaced)


@blueprint.get("/draft/places")
def places() -> Response:
    """Where a visit that is carried may be put down, for all rows and days that are shown, as JSON."""
    span = span_of(request.args)
    with reading() as work:
        found = drags.places(work, current_actor(), now(), grab_of(request.args), span)
    return jsonify(places_json(found))


@blueprint.post("/draft/drop")
def drop() -> Response:
    """Puts a visit down: into the draft where that keeps every rule, otherwise the choices there are, as JSON."""
    grab, start = grab_of(request.form), minute_of(request.form.get("start", ""))
    seen = request.form.get("revision", type=int)
    with writing() as work:
        landing = drags.land(work, current_actor(), now(), grab, request.form.get("to", ""), start)
        if landing.refusal is None:
            drafts.put(read_desk(work, current_actor(), now()), landing.key, landing.placed, seen)
            return jsonify(placed=True)
    back = safe_next(request.form.get("next"))
    title = visit_title(landing.visit.kind, landing.visit.id, landing.visit.course)
    shown = {"title": title, "at": wall_clock(start), "revision": seen, "back": back}
    why = render_template("drafts/why.html", landing=landing, grab=grab, **shown)
    return jsonify(placed=False, why=why)


@blueprint.post("/draft/place")
def place() -> tuple[str, int] | AnyResponse:
    """Puts a visit into the draft as a form says; what it breaks there is shown with it."""
    typed = TypedMove(
        day=request.form.get("day", ""),
        at=request.form.get("at", ""),
        room=request.form.get("room", ""),
        staff={name.removeprefix("staff-"): each for name, each in request.form.items() if name.startswith("staff-")},
    )
    wish = draft_forms.Wish(
        enrollment_id=request.form.get("enrollment", 0, type=row_id),
        code=request.form.get("visit", ""),
        typed=typed,
        revision_seen=request.form.get("revision", type=int),
        rule=request.form.get("rule", ""),
        reason=request.form.get("reason", ""),
    )
    try:
        with writing() as work:
            draft_forms.place(work, current_actor(), now(), wish)
    except (InvalidForm, InvalidInput, Conflict) as refusal:
        if not is_htmx():
            flash(str(refusal), "danger")
            return _back()
        fields = refusal.fields if isinstance(refusal, InvalidForm) else {"move": str(refusal)}
        return _card(wish.enrollment_id, wish.code, typed, fields), 422
    return _done()


@blueprint.post("/draft/cancel")
def cancel() -> AnyResponse:
    """Puts the canceling of a visit into the draft."""
    code, seen = request.form.get("visit", ""), request.form.get("revision", type=int)
    with writing() as work:
        draft_forms.cancel(work, current_actor(), now(), request.form.get("enrollment", 0, type=row_id), code, seen)
    return _done()


@blueprint.get("/draft/card")
def card() -> str:
    """A visit with its form, as a dialog of the schedule."""
    return _card(request.args.get("enrollment", 0, type=row_id), request.args.get("visit", ""), None, {})


@blueprint.post("/draft/<int:edit_id>/remove")
def remove(edit_id: int) -> AnyResponse:
    """Lets one edit go."""
    with writing() as work:
        drafts.remove(read_desk(work, current_actor(), now()), edit_id)
    return _done()


@blueprint.post("/draft/<int:edit_id>/leave")
def leave(edit_id: int) -> AnyResponse:
    """Lets an edit break a rule, with a reason."""
    try:
        with writing() as work:
            desk = read_desk(work, current_actor(), now())
            drafts.give_leave(desk, edit_id, request.form.get("rule", ""), request.form.get("reason", ""))
    except InvalidInput as refusal:
        flash(str(refusal), "danger")
        return _back()
    return _done()


@blueprint.post("/draft/<int:edit_id>/accept")
def accept(edit_id: int) -> AnyResponse:
    """Keeps an edit though somebody else has changed the visit meanwhile."""
    with writing() as work:
        drafts.accept(read_desk(work, current_actor(), now()), edit_id)
    return _done()


@blueprint.post("/draft/discard")
def discard() -> AnyResponse:
    """Lets the whole draft go."""
    with writing() as work:
        gone = drafts.discard(read_desk(work, current_actor(), now()))
    flash(f"Discarded {words.count(gone, 'change')}. Nothing was published.", "success")
    return redirect(url_for("schedule.page"))


@blueprint.post("/draft/publish")
def publish() -> tuple[str, int] | AnyResponse:
    """Publishes everything at once and shows the day of it, or says what stands in the way."""
    try:
        with writing() as work:
            applied = drafts.publish(work, current_actor(), now())
    except (Conflict, InvalidInput) as refusal:
        with reading() as work:
            view = draft_telling.view(work, current_actor(), now())
        return render_template("drafts/page.html", view=view, refused=str(refusal)), 409
    changed = words.count(len(applied.visits), "change")
    remember(applied.publication_id, f"Published {changed}. All calendars follow at once.")
    return redirect(url_for("schedule.page", date=request.form.get("day", type=day_of)))


def _card(enrollment_id: int, code: str, typed: TypedMove | None, wrong: dict[str, str]) -> str:
    with reading() as work:
        view, drafted = draft_forms.card(work, current_actor(), now(), enrollment_id, code)
        bell = notice_bells.of_visits(work, current_actor(), [view.card.id]).get(view.card.id)
    shown = {"view": view, "typed": typed or drafted, "wrong": wrong, "drafted": drafted, "bell": bell}
    return render_template("drafts/card.html", **shown)


def _done() -> AnyResponse:
    """The schedule's script hears of it; a plain form goes back to where it was sent from."""
    if is_htmx():
        return make_response("", 204, {"HX-Trigger": "draft-changed"})
    return _back()


def _back() -> AnyResponse:
    return redirect(safe_next(request.form.get("next") or url_for("drafts.page")))
