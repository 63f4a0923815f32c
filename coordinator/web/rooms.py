"""Rooms: the list, one room, adding, changing, retiring."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.services import rooms as service
from coordinator.web import weeks
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("rooms", __name__)


@blueprint.get("/rooms")
def index() -> str:
    """Every room and how it is used this week."""
    with reading() as work:
        rooms = service.list_rooms(work, current_actor(), now())
    return render_template("rooms/index.html", rooms=rooms)


@blueprint.get("/rooms/<int:room_id>")
def show(room_id: int) -> str:
    """One room."""
    with reading() as work:
        room = service.room(work, current_actor(), now(), room_id)
    return render_template("rooms/show.html", room=room)


@blueprint.route("/rooms/new", methods=["GET", "POST"])
def new() -> str | tuple[str, int] | Response:
    """The form of a new room."""
    if request.method == "GET":
        return _form(Form(start={"seats": 1, "turnover": 15, "open": "always"}), None)
    form = Form(request.form)
    details = _details(form)
    if form.ok:
        with form.refusals(), writing() as work:
            room_id = service.add_room(work, current_actor(), now(), details)
    if form.ok:
        flash(f"{details.name} is ready to be planned with.", "success")
        return redirect(url_for("rooms.show", room_id=room_id))
    return _form(form, None), form.status


@blueprint.route("/rooms/<int:room_id>/edit", methods=["GET", "POST"])
def edit(room_id: int) -> str | tuple[str, int] | Response:
    """The form of a room that is there."""
    with reading() as work:
        room = service.room(work, current_actor(), now(), room_id)
    if request.method == "GET":
        return _form(_start(room), room)
    form = Form(request.form)
    details = _details(form)
    if form.ok:
        with form.refusals(), writing() as work:
            service.edit_room(work, current_actor(), now(), room_id, details)
    if form.ok:
        flash(f"{details.name} is changed.", "success")
        return redirect(url_for("rooms.show", room_id=room_id))
    return _form(form, room), form.status


@blueprint.post("/rooms/<int:room_id>/retire")
def retire(room_id: int) -> Response:
    """Takes a room out of use."""
    with writing() as work:
        service.retire_room(work, current_actor(), now(), room_id)
    flash("The room is retired. Nothing new is planned in it.", "success")
    return redirect(url_for("rooms.show", room_id=room_id))


@blueprint.post("/rooms/<int:room_id>/reopen")
def reopen(room_id: int) -> Response:
    """Takes a retired room into use again."""
    with writing() as work:
        service.reopen_room(work, current_actor(), now(), room_id)
    flash("The room is in use again.", "success")
    return redirect(url_for("rooms.show", room_id=room_id))


def _details(form: Form) -> service.RoomDetails:
    other = form.text("other_kind", "The other kind", required=False, most=40).lower()
    kinds = form.several("kinds", "What the room is for", required=not other)
    return service.RoomDetails(
        name=form.text("name", "The name", most=80),
        kinds=[*kinds, other] if other and other not in kinds else kinds,
        seats=form.whole("seats", "The number of patients", least=1, most=100),
        turnover_minutes=form.whole("turnover", "The turnover", least=0, most=480),
        weekly=weeks.sent(request.form, "weekly") if form.value("open") == "hours" else None,
    )


def _start(room: service.RoomView) -> Form:
    start = {
        "name": room.name,
        "kinds": room.kinds,
        "seats": room.seats,
        "turnover": room.turnover_minutes,
        "open": "always" if room.weekly is None else "hours",
    }
    return Form(start=start | weeks.start(room.weekly, "weekly"))


def _form(form: Form, room: service.RoomView | None) -> str:
    with reading() as work:
        kinds = service.known_kinds(work, current_actor())
    return render_template("rooms/edit.html", form=form, room=room, kinds=kinds)
