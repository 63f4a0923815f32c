"""The clinic's reminder rules: shown, turned on and off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.errors import NotFound
from coordinator.domain.reminding import Rule
from coordinator.domain.telling import CANCELED, CHANGED, PUBLISHED
from coordinator.services.notice_log import before_words
from coordinator.services.notices import owe_for_visits
from coordinator.store import audit, clinics, notice_log, notice_people, notices
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule in words. `audience` is patient or staff."""

    code: str
    audience: str
    words: str
    channel: str
    active: bool


def listed(work: Work, actor: Actor) -> tuple[RuleLine, ...]:
    """The clinic's rules, those that warn earliest first."""
    return tuple(
        RuleLine(rule.code, rule.audience, _words(rule), rule.channel, active)
        for rule, active in notices.rules(work, actor.clinic_id)
    )


def turn(work: Work, actor: Actor, now: datetime, code: str, active: bool) -> None:
    """Turns a rule on or off; raises NotFound.

    Off, what it owes is withdrawn when it falls due. On, visits that are already published owe it too.
    """
    clinics.lock(work, actor.clinic_id)
    if not notice_log.set_rule(work, actor.clinic_id, code, active):
        raise NotFound("There is no such rule.")
    if active:
        owe_for_visits(work, actor.clinic_id, now, notice_people.visits_ahead(work, actor.clinic_id, now))
    audit.append(work, actor, now, "notice_rule.on" if active else "notice_rule.off", "notice_rule", code)


def _words(rule: Rule) -> str:
    """When the rule speaks: “48 hours before a visit”, “when a visit is canceled”."""
    if rule.what == "visit_ahead":
        return f"{before_words(rule.minutes_before)} a visit"
    return {PUBLISHED: "when visits are new", CHANGED: "when a visit is changed", CANCELED: "when a visit is canceled"}[
        rule.what
    ]
