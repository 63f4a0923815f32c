"""Feeds: the address that calendars fetch, open to whoever knows it, and the pages where people manage theirs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from coordinator.services import feed_policy, feed_views, invitations
from coordinator.services import feeds as service
from coordinator.services.work import Work
from coordinator.web import logs
from coordinator.web.context import client_address, clinic_zone, current_actor, now, reading, wiring, writing
from coordinator.web.feed_http import Asked, answer
from coordinator.web.forms import Form

blueprint = Blueprint("feeds", __name__)
HELD = frozenset({"room", "team", "clinic"})
"""Whose feeds may have a holder: a person's has that person, a patient's the patient."""
USUAL = {"past_days": 28, "future_days": 400}
NAME = "The calendar's name"
ASKED = ("If-None-Match", "If-Modified-Since", "Accept-Encoding", "User-Agent")


@blueprint.get("/calendars/<token>.ics")
def calendar(token: str) -> Response:
    """A feed, for any client: no sign-in, no cookie, no redirect, whatever it accepts or calls itself."""
    sent = request.headers
    tags, since, encodings, agent = (sent.get(name, "") for name in ASKED)
    asked = Asked(tags, since, encodings, agent, client_address())
    found = answer(wiring(), token, now(), asked)
    if found is None:
        if wiring().guesses.miss(asked.address, now()):
            logs.refused("guessing of feeds", None, "blocked")
        return Response("There is no calendar at this address.\n", 404, mimetype="text/plain")
    return Response(found.body, found.status, found.headers)


@blueprint.get("/feeds")
def overview() -> str:
    """Everybody's feeds, or one's own."""
    with reading() as work:
        everybody = feed_views.list_all(work, current_actor(), now())
        undecided = feed_policy.policy(work, current_actor()).is_undecided
    return render_template("feeds/overview.html", everybody=everybody, undecided=undecided, zone=clinic_zone())


@blueprint.get("/feeds/staff/<int:staff_id>")
def of_staff(staff_id: int) -> str:
    """One person's feeds, and the form for another."""
    return _page("staff", staff_id, Form(start=USUAL))


@blueprint.get("/feeds/<kind>/<int:owner_id>")
def of_owner(kind: str, owner_id: int) -> str:
    """The feeds of a room, a program or the clinic, and the form for another."""
    return _page(kind, owner_id, Form(start=USUAL))


@blueprint.post("/feeds/<kind>/<int:owner_id>")
def add(kind: str, owner_id: int) -> Response | tuple[str, int]:
    """Makes a feed and shows its address, once."""
    form = Form(request.form)
    name, privacy, wishes = form.text("name", NAME, required=False), form.value("privacy") or None, _wishes(form)
    if form.ok:
        with form.refusals(), writing() as work:
            new = service.add(work, current_actor(), now(), kind, owner_id, name, privacy, wishes)
    if form.ok:
        return _address(new, "made")
    return _page(kind, owner_id, form), form.status


@blueprint.route("/feeds/<int:feed_id>/change", methods=["GET", "POST"])
def change(feed_id: int) -> str | tuple[str, int] | AnyResponse:
    """What a feed shows; its address stays."""
    if request.method == "GET":
        return _change_page(feed_id, None)
    form = Form(request.form)
    name, privacy, wishes = form.text("name", NAME), form.value("privacy") or None, _wishes(form)
    if form.ok:
        with form.refusals(), writing() as work:
            owner = service.change(work, current_actor(), now(), feed_id, name, privacy, wishes)
    if not form.ok:
        return _change_page(feed_id, form), form.status
    flash("Saved. Calendars show it when they look next.", "success")
    return redirect(_address_of(owner))


@blueprint.post("/feeds/<int:feed_id>/rotate")
def rotate(feed_id: int) -> Response:
    """Gives a feed a new address and shows it, once."""
    with writing() as work:
        new = service.rotate(work, current_actor(), now(), feed_id)
    return _address(new, "rotated")


@blueprint.post("/feeds/<int:feed_id>/revoke")
def revoke(feed_id: int) -> AnyResponse:
    """Ends a feed."""
    with writing() as work:
        owner = service.revoke(work, current_actor(), now(), feed_id)
    flash("The feed is revoked. Its address is dead: calendars that subscribe to it will find nothing.", "success")
    return redirect(_address_of(owner))


@blueprint.app_template_global("feeds_of")
def feeds_of(kind: str, owner_id: int) -> str:
    """Where an owner's feeds are."""
    return _address_of((kind, owner_id))


def _address_of(owner: tuple[str, int]) -> str:
    kind, owner_id = owner
    if kind == "staff":
        return url_for("feeds.of_staff", staff_id=owner_id)
    return url_for("feeds.of_owner", kind=kind, owner_id=owner_id)


def _wishes(form: Form) -> service.Wishes:
    most = service.MOST_DAYS
    alarm, holder = form.value("alarm_minutes"), form.value("holder")
    return service.Wishes(
        past_days=form.whole_or_none("past_days", "The days back", most=most["past_days"]),
        future_days=form.whole_or_none("future_days", "The days ahead", least=1, most=most["future_days"]),
        alarm_minutes=int(alarm) if alarm.isdecimal() and len(alarm) < 6 else None,
        holder_staff_id=int(holder) if holder.isdecimal() and len(holder) < 10 else None,
    )


def _page(kind: str, owner_id: int, form: Form) -> str:
    with reading() as work:
        owner = feed_views.list_for(work, current_actor(), now(), kind, owner_id)
        suggested = feed_views.suggested_name(work, current_actor())
        choices = _choices(work, kind)
        by_mail = kind == "staff" and invitations.wants_mail(work, current_actor(), now(), owner_id)
    return render_template(
        "feeds/owner.html", by_mail=by_mail, owner=owner, suggested=suggested, form=form, zone=clinic_zone(),
        lateness=feed_views.lateness(), **choices,
    )  # fmt: skip


def _change_page(feed_id: int, form: Form | None) -> str:
    with reading() as work:
        feed = feed_views.feed(work, current_actor(), now(), feed_id)
        choices = _choices(work, feed.owner[0])
    start = {
        "name": feed.name, "privacy": feed.privacy, "past_days": feed.past_days, "future_days": feed.future_days,
        "alarm_minutes": feed.wishes.alarm_minutes, "holder": feed.wishes.holder_staff_id,
    }  # fmt: skip
    return render_template("feeds/change.html", feed=feed, form=form or Form(start=start), **choices)


def _choices(work: Work, kind: str) -> dict[str, Any]:
    return {
        "levels": feed_views.allowed_levels(work, current_actor(), kind),
        "holders": feed_views.holders(work, current_actor(), now()) if kind in HELD else [],
        "alarms": [(str(minutes), _before(minutes)) for minutes in service.ALARMS],
        "most": service.MOST_DAYS,
    }


def _before(minutes: int) -> str:
    if minutes < 60:
        return f"{minutes} minutes before" if minutes else "When it begins"
    if minutes < 1440:
        return "1 hour before" if minutes == 60 else f"{minutes // 60} hours before"
    return "1 day before"


def _address(new: service.NewFeed, what: str) -> Response:
    """The page with the address is the answer to a form, never a page of its own: it cannot be loaded again."""
    links = feed_views.links(wiring().base_url, new.token, new.name)
    page = render_template(
        "feeds/address.html", feed=new, links=links, what=what, qr=feed_views.qr_code(links.webcal),
        lateness=feed_views.lateness(),
    )  # fmt: skip
    return Response(page, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
