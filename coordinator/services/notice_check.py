"""The last check before sending: is the message still true and of use, and what does it say?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.domain.telling import Appointment, Difference, difference
from coordinator.services.notice_texts import TEXTS, Letter, Occasion, changes_letter
from coordinator.store.notice_facts import Facts, VisitFacts

UNKNOWN = frozenset({"uncertain", "interrupted"})
"""Results of a try after which nobody knows whether the message arrived."""


@dataclass(frozen=True, slots=True)
class Settled:
    """It is not to be sent: what became of it, and why."""

    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ready:
    """It is to be sent. `told` is what it says of each visit, for a message about changes."""

    letter: Letter
    address: str
    told: Mapping[int, Appointment | None] = field(default_factory=dict)


def check(facts: Facts, now: datetime) -> Ready | Settled:
    """What is to become of a leased notice at this moment."""
    notice, reach = facts.notice, facts.reach
    if reach is None:
        return Settled("withdrawn", "The recipient is not with the clinic any more.")
    found = _changes(facts, now) if notice.what == "changes" else _CHECKS[notice.what](facts)
    if isinstance(found, Settled):
        return found
    if now >= notice.expires_at:
        return _expired(facts)
    if notice.channel == "mail" and not reach.email:
        return Settled("failed", "The recipient has no e-mail address. Add one, then try again.")
    letter, told = found
    return Ready(letter, reach.email, told)


_Written = tuple[Letter, Mapping[int, Appointment | None]]


def _visit_ahead(facts: Facts) -> _Written | Settled:
    notice, visit = facts.notice, facts.visit
    assert visit is not None
    if visit.record.status != "scheduled":
        return Settled("withdrawn", "The visit is no longer scheduled.")
    if visit.record.revision != notice.visit_revision:
        return Settled("withdrawn", "The visit was changed.")
    if not facts.is_expected:
        return Settled("withdrawn", "The recipient is no longer part of the visit.")
    if notice.rule not in {rule.code for rule in facts.rules}:
        return Settled("withdrawn", "The rule was turned off.")
    return TEXTS["visit_ahead", notice.recipient_kind](_occasion(facts, visit)), {}


def _changes(facts: Facts, now: datetime) -> _Written | Settled:
    """One message about all that differs from what its recipient was told last, as far as the rules want it told."""
    notice = facts.notice
    if now >= notice.expires_at:
        return _expired(facts)
    mine = notice.recipient_kind, notice.channel
    wanted = {rule.what for rule in facts.rules if (rule.audience, rule.channel) == mine}
    found = {each.visit_id: difference(each.known, each.current, now, each.code) for each in facts.changes}
    differing = {visit_id: each for visit_id, each in found.items() if each is not None}
    told: list[tuple[int, Difference]] = [each for each in differing.items() if each[1].what in wanted]
    if not differing:
        return Settled("withdrawn", "Nothing differs any more from what the recipient was told last.")
    if not told:
        return Settled("withdrawn", "The rule was turned off.")
    letter = changes_letter(facts.clinic.name, _zone(facts), notice.recipient_kind, [each for _, each in told])
    return letter, {visit_id: each.after for visit_id, each in told}


def _message(facts: Facts) -> _Written | Settled:
    content = facts.notice.content or {}
    return Letter(content["subject"], content["text"]), {}


_CHECKS = {"visit_ahead": _visit_ahead, "message": _message}


def _expired(facts: Facts) -> Settled:
    if any(each["result"] in UNKNOWN for each in facts.notice.attempts):
        return Settled("uncertain", "It may have arrived; its time has passed.")
    return Settled("expired", "Its time passed before it could be sent.")


def _occasion(facts: Facts, visit: VisitFacts) -> Occasion:
    return Occasion(
        clinic=facts.clinic.name,
        zone=_zone(facts),
        start=visit.record.starts_at,
        end=visit.record.ends_at,
        code=visit.code,
        room=visit.room_name,
    )


def _zone(facts: Facts) -> ZoneInfo:
    return ZoneInfo(facts.clinic.timezone)
