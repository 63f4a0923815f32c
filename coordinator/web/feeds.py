"""Feeds: the address that calendars fetch, open to whoever knows it, and the pages where people manage theirs."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from coordinator.services import feed_policy
from coordinator.services import feeds as service
from coordinator.web.context import clinic_zone, current_actor, now, reading, wiring, writing
from coordinator.web.feed_http import Asked, answer
from coordinator.web.forms import Form

blueprint = Blueprint("feeds", __name__)
ASKED = ("If-None-Match", "If-Modified-Since", "Accept-Encoding", "User-Agent")


@blueprint.get("/calendars/<token>.ics")
def calendar(token: str) -> Response:
    """A feed, for any client: no sign-in, no cookie, no redirect, whatever it accepts or calls itself."""
    sent = request.headers
    asked = Asked(*(sent.get(name, "") for name in ASKED))
    found = answer(wiring(), token, now(), asked)
    if found is None:
        return Response("There is no calendar at this address.\n", 404, mimetype="text/plain")
    return Response(found.body, found.status, found.headers)


@blueprint.get("/feeds")
def overview() -> str:
    """Everybody's feeds, or one's own."""
    with reading() as work:
        people = service.list_all(work, current_actor(), now())
    return render_template("feeds/overview.html", people=people, zone=clinic_zone())


@blueprint.get("/feeds/staff/<int:staff_id>")
def of_staff(staff_id: int) -> str:
    """One person's feeds, and the form for another."""
    return _page(staff_id, Form())


@blueprint.post("/feeds/staff/<int:staff_id>")
def add(staff_id: int) -> Response | tuple[str, int]:
    """Makes a feed and shows its address, once."""
    form = Form(request.form)
    name, privacy = form.text("name", "The calendar's name", required=False), form.value("privacy") or None
    if form.ok:
        with form.refusals(), writing() as work:
            new = service.add(work, current_actor(), now(), "staff", staff_id, name, privacy)
    if form.ok:
        return _address(new, "made")
    return _page(staff_id, form), form.status


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
        _kind, staff_id = service.revoke(work, current_actor(), now(), feed_id)
    flash("The feed is revoked. Its address is dead: calendars that subscribe to it will find nothing.", "success")
    return redirect(url_for("feeds.of_staff", staff_id=staff_id))


@blueprint.get("/feeds/policy")
def policy() -> str:
    """How much the clinic's feeds may show."""
    with reading() as work:
        decided = feed_policy.policy(work, current_actor())
    start = {"ceiling": decided.ceiling, "hosts": decided.hosts, "agreed": ["yes"] if decided.ceiling != "busy" else []}
    return _policy_page(Form(start=start))


@blueprint.post("/feeds/policy")
def decide() -> AnyResponse | tuple[str, int]:
    """Sets how much the clinic's feeds may show."""
    form = Form(request.form)
    hosts, agreed = form.several("hosts", "The hosts", required=False), form.value("agreed") == "yes"
    with form.refusals(), writing() as work:
        feed_policy.decide(work, current_actor(), now(), hosts, agreed, form.value("ceiling"))
    if not form.ok:
        return _policy_page(form), form.status
    flash("Saved. It counts from now on, for all feeds of the clinic.", "success")
    return redirect(url_for("feeds.overview"))


def _policy_page(form: Form) -> str:
    with reading() as work:
        decided = feed_policy.policy(work, current_actor())
    hosts, levels = list(feed_policy.HOSTS.items()), feed_policy.levels()
    return render_template("feeds/policy.html", form=form, hosts=hosts, levels=levels, telling=decided.telling)


def _page(staff_id: int, form: Form) -> str:
    with reading() as work:
        person = service.list_for(work, current_actor(), now(), "staff", staff_id)
        levels = service.allowed_levels(work, current_actor())
        suggested = service.suggested_name(work, current_actor())
    return render_template(
        "feeds/staff.html",
        person=person,
        levels=levels,
        suggested=suggested,
        lateness=service.lateness(),
        form=form,
        zone=clinic_zone(),
    )


def _address(new: service.NewFeed, what: str) -> Response:
    """The page with the address is the answer to a form, never a page of its own: it cannot be loaded again."""
    links = service.links(wiring().base_url, new.token, new.name)
    page = render_template(
        "feeds/address.html", feed=new, links=links, what=what, qr=service.qr_code(links.webcal),
        lateness=service.lateness(),
    )  # fmt: skip
    return Response(page, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
