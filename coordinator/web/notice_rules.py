"""Notice rules: the list, the form with its live preview, on and off."""

from __future__ import annotations

from itertools import chain

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.reminding import AUDIENCES, CHANNELS, VISIT_AHEAD, WHATS, Quiet, Rule
from coordinator.services import contact_choice, notice_preview
from coordinator.services import notice_rules as service
from coordinator.services.notice_defaults import FIELDS
from coordinator.services.notice_words import AUDIENCE_WORDS, CHANNEL_WORDS, WHAT_WORDS
from coordinator.web.context import current_actor, now, reading, wiring, writing
from coordinator.web.forms import Form

blueprint = Blueprint("notice_rules", __name__)


@blueprint.get("/notices/rules")
def index() -> str:
    """Every rule, on or off."""
    with reading() as work:
        rules = service.listed(work, current_actor())
        clinic_id = current_actor().clinic_id
        secret = contact_choice.incoming_address(work, clinic_id)
    incoming = wiring().base_url + url_for("contact_choices.incoming", clinic_id=clinic_id, secret=secret)
    words = {"audiences": AUDIENCE_WORDS, "channels": CHANNEL_WORDS}
    return render_template("notice_rules/index.html", rules=rules, incoming=incoming, **words)


@blueprint.route("/notices/rules/new", methods=["GET", "POST"])
def new() -> str | tuple[str, int] | Response:
    """The form of a new rule."""
    start = {"what": "visit_ahead", "audience": "patient", "channel": "mail", "timing": "hours", "hours": 24}
    return _form(None, Form(start=start) if request.method == "GET" else Form(request.form))


@blueprint.route("/notices/rules/<code>/edit", methods=["GET", "POST"])
def edit(code: str) -> str | tuple[str, int] | Response:
    """The form of a rule that is there."""
    with reading() as work:
        rule, _ = service.rule(work, current_actor(), code)
    return _form(code, Form(start=_start(rule)) if request.method == "GET" else Form(request.form))


@blueprint.post("/notices/rules/preview")
def preview() -> str:
    """The message as the form stands, or what is wrong with it, for htmx."""
    form = Form(request.form)
    return render_template("notice_rules/preview.html", **_seen(form, _typed(form)))


@blueprint.post("/notices/rules/<code>")
def turn(code: str) -> Response:
    """Turns a rule on or off."""
    active = request.form.get("active") == "on"
    with writing() as work:
        service.turn(work, current_actor(), now(), code, active)
    flash("The rule is on." if active else "The rule is off. What it still owes is withdrawn.", "success")
    return redirect(url_for("notice_rules.index"))


@blueprint.post("/notices/rules/<code>/remove")
def remove(code: str) -> Response:
    """Removes a rule."""
    with writing() as work:
        service.remove(work, current_actor(), now(), code)
    flash("The rule is removed. What it still owed is withdrawn.", "success")
    return redirect(url_for("notice_rules.index"))


def _form(code: str | None, form: Form) -> str | tuple[str, int] | Response:
    rule = _typed(form)
    if request.method == "POST":
        if form.ok:
            with form.refusals(), writing() as work:
                service.save(work, current_actor(), now(), rule, code)
        if form.ok:
            flash("The rule is saved. What is already published owes it, too.", "success")
            return redirect(url_for("notice_rules.index"))
    page = render_template(
        "notice_rules/edit.html",
        form=form,
        code=code,
        whats=[(each, WHAT_WORDS[each]) for each in WHATS],
        audiences=[(each, AUDIENCE_WORDS[each]) for each in dict.fromkeys(chain(*(AUDIENCES[what] for what in WHATS)))],
        channels=[(each, CHANNEL_WORDS[each]) for each in CHANNELS],
        **_seen(form, rule),
    )
    return (page, form.status) if request.method == "POST" else page


def _seen(form: Form, rule: Rule) -> dict[str, object]:
    """What stands beside the form: the message, or what is wrong, and the words and fields that there are."""
    what = rule.what if rule.what in WHATS else VISIT_AHEAD
    audience = rule.audience if rule.audience in AUDIENCES[what] else AUDIENCES[what][0]
    with reading() as work:
        faults = form.errors or service.faults(work, current_actor(), rule)
        seen = None if faults else notice_preview.preview(work, current_actor(), now(), rule)
    default = service.default_words(what, audience, rule.channel)
    return {"seen": seen, "faults": faults, "fields": FIELDS[what], "default": default}


def _typed(form: Form) -> Rule:
    """The rule as it is typed; what cannot be read is refused beside its field."""
    what = form.choice("what", "What", WHATS)
    is_timed, by_day = what in service.TIMED, form.value("timing") == "day" or what == "schedule_tomorrow"
    quiet = bool(form.value("quiet_from") or form.value("quiet_until"))
    return Rule(
        code="",
        what=what,
        audience=form.choice("audience", "Who", tuple(AUDIENCE_WORDS)),
        channel=form.choice("channel", "How", CHANNELS),
        minutes_before=(form.hours_or_none("hours", "Hours before", most=720) or 0) if is_timed and not by_day else 0,
        days_before=form.whole("days_before", "Days before", most=30) if is_timed and by_day else None,
        at=form.clock("at", "The time of day") if is_timed and by_day else None,
        quiet=_quiet(form) if quiet else None,
        working_days=form.value("working_days") == "on",
        subject=form.value("subject").strip(),
        text=_own_text(form),
    )


def _own_text(form: Form) -> str:
    """The text with plain line ends, or nothing where it is empty: then the default stands."""
    text = form.value("text").replace("\r\n", "\n").strip()
    return f"{text}\n" if text else ""


def _quiet(form: Form) -> Quiet:
    return Quiet(form.clock("quiet_from", "Quiet from"), form.clock("quiet_until", "Quiet until"))


def _start(rule: Rule) -> dict[str, object]:
    by_day = rule.days_before is not None
    return {
        "what": rule.what,
        "audience": rule.audience,
        "channel": rule.channel,
        "timing": "day" if by_day else "hours",
        "hours": f"{rule.minutes_before / 60:g}" if rule.minutes_before else "",
        "days_before": rule.days_before if by_day else "",
        "at": _clock(rule.at) if by_day else "",
        "quiet_from": _clock(rule.quiet.first) if rule.quiet else "",
        "quiet_until": _clock(rule.quiet.last) if rule.quiet else "",
        "working_days": "on" if rule.working_days else "",
        "subject": rule.subject,
        "text": rule.text,
    }


def _clock(minute: int | None) -> str:
    return "" if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"
