"""The clinic's rules about what is told whom, when, how and in which words: listed, written, turned on and off."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import DAY
from coordinator.domain.discretion import protected_words, telling_words
from coordinator.domain.errors import InvalidForm, NotFound
from coordinator.domain.notice_template import unknown_fields
from coordinator.domain.reminding import AUDIENCES, CHANNELS, GATE_DUE, SCHEDULE_TOMORROW, VISIT_AHEAD, WHATS, Rule
from coordinator.domain.reminding import WINDOW_CLOSING as WINDOW
from coordinator.services.notice_defaults import DEFAULTS, FIELDS, group_of
from coordinator.services.notice_words import rule_words
from coordinator.services.notices import owe_for_visits
from coordinator.store import audit, clinics, notice_log, notice_people, notice_rules, notices
from coordinator.store.unit_of_work import Work

TIMED = frozenset({VISIT_AHEAD, GATE_DUE, WINDOW, SCHEDULE_TOMORROW})
"""What a rule says the time of; the rest is told as it happens."""

MOST_DAYS = 30
"""How long before a rule may speak."""
MOST_SUBJECT, MOST_TEXT = 150, 4000


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule in words."""

    code: str
    audience: str
    words: str
    channel: str
    active: bool
    has_own_text: bool


def listed(work: Work, actor: Actor) -> tuple[RuleLine, ...]:
    """The clinic's rules, those that warn earliest first."""
    return tuple(
        RuleLine(rule.code, rule.audience, rule_words(rule), rule.channel, active, bool(rule.subject or rule.text))
        for rule, active in notices.rules(work, actor.clinic_id)
    )


def rule(work: Work, actor: Actor, code: str) -> tuple[Rule, bool]:
    """The rule of that code, and whether it is on; raises NotFound."""
    for found, active in notices.rules(work, actor.clinic_id):
        if found.code == code:
            return found, active
    raise NotFound("There is no such rule.")


def save(work: Work, actor: Actor, now: datetime, typed: Rule, code: str | None) -> str:
    """Writes a new rule, or changes the one of that code; its code from now on.

    Where anything but the words changes, what the rule still owes is withdrawn and owed anew. Raises NotFound, and
    InvalidForm for what cannot be, or for words that must not leave the clinic.
    """
    clinics.lock(work, actor.clinic_id)
    found, active = rule(work, actor, code) if code is not None else (None, True)
    wrong = faults(work, actor, typed)
    if wrong:
        raise InvalidForm(wrong)
    kept = found is not None and replace(found, subject=typed.subject, text=typed.text) == replace(
        typed, code=found.code
    )
    made = replace(typed, code=found.code if found and kept else f"rule-{secrets.token_hex(4)}")
    notice_rules.save(work, actor.clinic_id, made, active, code)
    if not kept:
        if code is not None:
            notice_rules.withdraw(work, actor.clinic_id, code, now, "The rule was changed.")
        if active:
            _owe(work, actor, now)
    detail = {"what": made.what, "audience": made.audience, "channel": made.channel}
    audit.append(work, actor, now, "notice_rule.save", "notice_rule", made.code, detail)
    return made.code


def remove(work: Work, actor: Actor, now: datetime, code: str) -> None:
    """Removes a rule; what it still owes is withdrawn. Raises NotFound."""
    clinics.lock(work, actor.clinic_id)
    if not notice_rules.remove(work, actor.clinic_id, code):
        raise NotFound("There is no such rule.")
    notice_rules.withdraw(work, actor.clinic_id, code, now, "The rule was removed.")
    audit.append(work, actor, now, "notice_rule.remove", "notice_rule", code)


def turn(work: Work, actor: Actor, now: datetime, code: str, active: bool) -> None:
    """Turns a rule on or off; raises NotFound.

    Off, what it owes is withdrawn when it falls due. On, visits that are already published owe it too.
    """
    clinics.lock(work, actor.clinic_id)
    if not notice_log.set_rule(work, actor.clinic_id, code, active):
        raise NotFound("There is no such rule.")
    if active:
        _owe(work, actor, now)
    audit.append(work, actor, now, "notice_rule.on" if active else "notice_rule.off", "notice_rule", code)


def _owe(work: Work, actor: Actor, now: datetime) -> None:
    owe_for_visits(work, actor.clinic_id, now, notice_people.visits_ahead(work, actor.clinic_id, now))


def faults(work: Work, actor: Actor, typed: Rule) -> dict[str, str]:
    """What is wrong with a rule, by field; empty where nothing is."""
    found: dict[str, str] = {}
    if typed.what not in WHATS:
        found["what"] = "No message leaves about this yet. Choose something else."
    if typed.audience not in AUDIENCES.get(typed.what, ()):
        found["audience"] = "This cannot be told to them. Choose somebody else."
    if typed.channel not in CHANNELS:
        found["channel"] = "There is no such way. Choose one from the list."
    elif typed.channel == "app" and typed.audience in ("patient", "guardian"):
        found["channel"] = "Patients do not sign in, so the app tells them nothing. Choose another way."
    if typed.what in TIMED:
        found |= _wrong_time(typed)
    if "audience" not in found:
        found |= text_faults(work, actor, typed)
    return found


def _wrong_time(typed: Rule) -> dict[str, str]:
    if typed.days_before is None:
        if not 0 < typed.minutes_before <= MOST_DAYS * DAY:
            return {"hours": f"Choose from 1 minute to {MOST_DAYS} days before."}
    elif not 0 <= typed.days_before <= MOST_DAYS:
        return {"days_before": f"Choose from 0 to {MOST_DAYS} days before."}
    if typed.quiet is not None and typed.quiet.first == typed.quiet.last:
        return {"quiet_from": "The quiet hours begin when they end. Leave both empty for none."}
    return {}


def text_faults(work: Work, actor: Actor, typed: Rule) -> dict[str, str]:
    """What must not stand in a rule's own words, by field: drugs, diagnoses, names that tell, unknown fields."""
    known = {name for name, _ in FIELDS[typed.what]}
    names = [*notice_rules.telling_names(work, actor.clinic_id), *_telling(clinics.get(work, actor.clinic_id).name)]
    found: dict[str, str] = {}
    for name, text, most in (("subject", typed.subject, MOST_SUBJECT), ("text", typed.text, MOST_TEXT)):
        words = telling_words(text)
        named = [each for each in names if len(each) > 2 and each.lower() in text.lower()]
        unknown = unknown_fields(text, known)
        if len(text) > most:
            found[name] = f"This is longer than {most} characters. Shorten it."
        elif unknown:
            found[name] = f"“{{{unknown[0]}}}” is not a field here. Take one of those that are listed."
        elif named:
            found[name] = f"A message must not say “{named[0]}”. Whoever sees the phone would know too much."
        elif words:
            found[name] = f"A message must not say “{words[0]}”. Say it in other words."
    if "\n" in typed.subject:
        found["subject"] = "A subject is one line."
    return found


def _telling(clinic: str) -> list[str]:
    """The clinic's own name, where it says too much."""
    return [clinic] if protected_words(clinic) else []


def default_words(what: str, audience: str, channel: str) -> tuple[str, str]:
    """The subject and the text that a rule has until somebody writes others."""
    found = DEFAULTS[what, group_of(audience)]
    return found.subject, found.short if channel == "sms" else found.text
