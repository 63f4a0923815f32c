"""The words of notices: a rule's template, or the default one, filled in. Times are in the clinic's zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.domain.clinic_time import from_utc, wall_clock, zone_words
from coordinator.domain.discretion import is_discreet
from coordinator.domain.notice_template import Template, rendered, rendered_short
from coordinator.domain.reminding import Rule
from coordinator.domain.telling import CANCELED, CHANGED, PUBLISHED, VIDEO, Appointment, Difference
from coordinator.services.notice_defaults import DEFAULTS, group_of


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a reminder is about. `start` and `end` are aware; `room` None is by video; `code` is the enrollment's.

    `answer` is the address by which a patient may answer; empty where nobody may.
    """

    clinic: str
    zone: ZoneInfo
    start: datetime
    end: datetime
    code: str
    room: str | None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject line and a text."""

    subject: str
    text: str


Fields = Mapping[str, str]


def letter(what: str, audience: str, fields: Fields, rule: Rule | None = None, *, short: bool = False) -> Letter:
    """The message by the rule's words, or by the default ones; `short` for a text message."""
    default = DEFAULTS[what, group_of(audience)]
    own = Template(
        rule.subject if rule and rule.subject else default.subject,
        rule.text if rule and rule.text else default.text,
        rule.text if rule and rule.text and rule.channel == "sms" else default.short,
    )
    subject = rendered(own.subject, fields)
    if short:
        return Letter(subject, rendered_short(own.short, fields))
    return Letter(subject, rendered(own.text, fields))


def visit_fields(occasion: Occasion, audience: str) -> Fields:
    """The fields of a message about one visit."""
    place = "By video" if occasion.room is None else occasion.room
    group = group_of(audience)
    inside = place if is_discreet(place) else "See the schedule"
    outside = "By video" if occasion.room is None else _named(occasion.clinic, "At the clinic")
    return moment_fields(occasion.clinic, occasion.zone, occasion.start) | {
        "until": _clock(_local(occasion.end, occasion.zone)),
        "where": inside if group == "staff" else outside,
        "code": shown_code(occasion.code) if group == "staff" else "",
        "answer": occasion.answer if group == "patient" else "",
    }


def moment_fields(clinic: str, zone: ZoneInfo, moment: datetime) -> dict[str, str]:
    """The fields that say when, and the clinic."""
    local = _local(moment, zone)
    return {
        "clinic": _named(clinic, "the clinic"),
        "sender": _named(f"{clinic}.", ""),
        "day": f"{local:%A}, {local:%B} {local.day}",
        "year": str(local.year),
        "time": _clock(local),
        "zone": zone_words(moment, zone),
    }


def changes_fields(
    clinic: str, zone: ZoneInfo, audience: str, differences: Sequence[Difference], answer: str = ""
) -> Fields:
    """The fields of a message about visits that are new, changed or canceled: each before and after."""
    ordered = sorted(differences, key=lambda each: each.moment)
    group = group_of(audience)
    sections = [
        f"{title}\n{''.join(_changed_lines(each, zone, group) for each in ordered if each.what == what)}"
        for what, title in _TITLES.items()
        if any(each.what == what for each in ordered)
    ]
    after = ordered[0].after
    return {
        "clinic": _named(clinic, "the clinic"),
        "sender": _named(f"{clinic}.", ""),
        "headline": _headline(ordered, zone, group),
        "changes": "\n".join(sections),
        "now": f"Now: {_expected(after, zone)}." if after and len(ordered) == 1 and ordered[0].before else "",
        "zone": zone_words(ordered[0].moment, zone).split(",")[0],
        "answer": answer if group == "patient" else "",
    }


_TITLES = {CHANGED: "Changed:", CANCELED: "Canceled:", PUBLISHED: "New:"}


def strongest(differences: Sequence[Difference]) -> str:
    """The kind by whose rule a message about several is written: the only one, else a change."""
    kinds = {each.what for each in differences}
    return kinds.pop() if len(kinds) == 1 else CHANGED


def _headline(differences: Sequence[Difference], zone: ZoneInfo, group: str) -> str:
    kind, mine = strongest(differences), group == "patient"
    if len(differences) > 1:
        number, some = len(differences), "of your visits" if mine else "visits"
        if kind == PUBLISHED:
            return f"Your next {number} visits" if mine else f"New for you: {number} visits"
        return f"{'Canceled' if kind == CANCELED else 'Changed'}: {number} {some}"
    only = differences[0]
    known = only.before or only.after
    assert known is not None
    start = _local(known.start, zone)
    word = {PUBLISHED: "New", CHANGED: "Changed", CANCELED: "Canceled"}[kind]
    return f"{word}: {'your' if mine else 'a'} visit on {start:%A}, {start:%B} {start.day}, at {_clock(start)}"


def _changed_lines(each: Difference, zone: ZoneInfo, group: str) -> str:
    code = f"{each.code}: " if group == "staff" and is_discreet(each.code) else ""
    if each.before is not None and each.after is not None:
        return (
            f"  {code}before: {_expected(each.before, zone)}\n"
            f"  {' ' * len(code)}now:    {_expected(each.after, zone)}\n"
        )
    known = each.after or each.before
    assert known is not None
    return f"  {code}{_expected(known, zone)}\n"


def day_lines(expected: Sequence[tuple[Appointment, str]], zone: ZoneInfo) -> str:
    """A day's visits, one line each: times, code and place."""
    lines = []
    for known, code in sorted(expected, key=lambda each: each[0].start):
        start, end = _local(known.start, zone), _local(known.end, zone)
        lines.append(f"  {_clock(start)} to {_clock(end)}{_after_comma(shown_code(code))}{_place(known)}\n")
    return "".join(lines)


def _expected(known: Appointment, zone: ZoneInfo) -> str:
    """“Friday, January 8, 2027, 10:00 AM to 11:00 AM PST, by video”."""
    start, end = _local(known.start, zone), _local(known.end, zone)
    letters = known.start.astimezone(zone).tzname() or ""
    day = f"{start:%A}, {start:%B} {start.day}, {start.year}"
    return f"{day}, {_clock(start)} to {_clock(end)} {letters if letters.isalpha() else 'UTC' + letters}{_place(known)}"


def _place(known: Appointment) -> str:
    where = "by video" if known.where == VIDEO else known.where
    return _after_comma(where if is_discreet(where) else "")


def _after_comma(text: str) -> str:
    return f", {text}" if text else ""


def shown_code(code: str) -> str:
    """The code, or nothing where it would say too much."""
    return code if is_discreet(code) else ""


def _named(clinic: str, otherwise: str) -> str:
    """A clinic whose name would say too much is not named."""
    return clinic if is_discreet(clinic) else otherwise


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return wall_clock(from_utc(moment, zone))


def _clock(local: datetime) -> str:
    return f"{local.hour % 12 or 12}:{local.minute:02d} {'AM' if local.hour < 12 else 'PM'}"
