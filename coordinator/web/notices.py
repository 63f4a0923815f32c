"""Notices: the log with its filters, and one message with its tries and its mail."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from coordinator.domain.errors import Conflict
from coordinator.domain.reminding import CHANNELS
from coordinator.services import notice_again, notice_log
from coordinator.web import words
from coordinator.web.context import current_actor, now, reading, wiring, writing
from coordinator.web.forms import MOST_ID
from coordinator.web.numbers import day_of

blueprint = Blueprint("notices", __name__)

ASKED = ("status", "channel", "kind", "recipient", "day")
"""What the log is filtered by, in addresses."""


@blueprint.get("/notices")
def overview() -> str:
    """The log, filtered as asked; what cannot be read as a filter is left out."""
    wanted = _filter()
    with reading() as work:
        found = notice_log.log(work, current_actor(), now(), wanted, page=request.args.get("page", 1, type=int))
    return render_template(
        "notices/overview.html",
        log=found,
        wanted=wanted,
        asked={name: value for name, value in request.args.items() if name in ASKED and value},
        statuses=notice_log.STATUSES,
        channels=CHANNELS,
        kinds=notice_log.KINDS,
        has_outbox=wiring().outbox is not None,
    )


def _ticked(sent: MultiDict[str, str]) -> list[int]:
    return [each for each in sent.getlist("notice", type=int) if 0 < each <= MOST_ID]


def _filter() -> notice_log.Filter:
    try:
        day = day_of(request.args.get("day", ""))
    except ValueError:
        day = None
    status, channel, kind, recipient = (request.args.get(name, "")[:80] for name in ASKED[:4])
    return notice_log.Filter(status, channel, kind, recipient, day)


@blueprint.get("/notices/again")
def choose() -> str | Response:
    """Says of the messages that were ticked which would be sent again, and which are of no use any more."""
    wanted = _ticked(request.args)
    if not wanted:
        flash("Nothing was chosen. Tick the messages that are to be sent again.", "info")
        return redirect(url_for("notices.overview"))
    with reading() as work:
        found = notice_again.chosen(work, current_actor(), now(), wanted)
    return render_template("notices/again.html", chosen=found)


@blueprint.post("/notices/again")
def send_again() -> Response:
    """Sends several messages again at once."""
    wanted = _ticked(request.form)
    with writing() as work:
        done = notice_again.send_again(work, current_actor(), now(), wanted)
    if done.leaving:
        flash(f"Queued again: {words.count(len(done.leaving), 'message')}, to leave within seconds.", "success")
    if done.staying:
        left = words.count(len(done.staying), "message")
        flash(f"Left alone: {left} that somebody sent again, or that became of no use, meanwhile.", "info")
    return redirect(url_for("notices.overview"))


@blueprint.get("/notices/<int:notice_id>")
def page(notice_id: int) -> str:
    """One message: for whom, what became of it, and the mail itself where it went to the outbox."""
    with reading() as work:
        found = notice_log.notice(work, current_actor(), now(), notice_id)
        mail = notice_log.stored_mail(work, current_actor(), wiring().outbox, notice_id)
    return render_template("notices/page.html", notice=found, mail=mail, has_outbox=wiring().outbox is not None)


@blueprint.post("/notices/<int:notice_id>/retry")
def retry(notice_id: int) -> Response:
    """Tries a message again that failed."""
    try:
        with writing() as work:
            notice_again.retry(work, current_actor(), now(), notice_id)
        flash("Queued again. It leaves within seconds.", "success")
    except Conflict as refusal:
        flash(str(refusal), "danger")
    return redirect(url_for("notices.page", notice_id=notice_id))
