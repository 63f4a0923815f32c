"""The last check before sending: is the message still true and of use, and what does it say?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.delivery.mail import CalendarPart
from coordinator.domain.phone import dialed
from coordinator.domain.reminding import LOOKED_FOR, VISIT_AHEAD, Rule
from coordinator.domain.telling import Appointment, Difference, difference
from coordinator.services.invitation_check import invite
from coordinator.services.notice_texts import Fields, Letter, Occasion, changes_fields, letter, strongest, visit_fields
from coordinator.store.invitations import Sending
from coordinator.store.notice_facts import Facts, VisitFacts
from coordinator.store.notice_people import Reach
from coordinator.store.notices import NoticeRecord

Links = Callable[[NoticeRecord], str]
"""The address by which the recipient of a notice may answer it; empty for who may not."""

Look = Callable[[Facts, datetime], "Fields | Settled"]
"""The fields of a message that was looked for, or why it is not to leave any more."""

UNKNOWN = frozenset({"uncertain", "interrupted"})
"""Results of a try after which nobody knows whether the message arrived."""


@dataclass(frozen=True, slots=True)
class Settled:
    """It is not to be sent: what became of it, and why."""

    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ready:
    """It is to be sent. `told` is what it says of each visit, for a message about changes; `invited` what it has a
    calendar do, for an invitation; `why` it goes by mail where another way was wanted.
    """

    letter: Letter
    address: str
    told: Mapping[int, Appointment | None] = field(default_factory=dict)
    calendar: CalendarPart | None = None
    invited: Sending | None = None
    why: str = ""


def check(
    facts: Facts, now: datetime, links: Links | None = None, organizer: str = "", look: Look | None = None
) -> Ready | Settled:
    """What is to become of a leased notice at this moment. `links` makes the address by which a patient may answer;
    `organizer` is the address that invitations are from. `look` looks again at what was looked for.
    """
    notice, reach = facts.notice, facts.reach
    if reach is None:
        return Settled("withdrawn", "The recipient is not with the clinic any more.")
    if notice.what != "visit_ahead" and now >= notice.expires_at:
        return _expired(facts)
    if notice.what == "invitation":
        return _invitation(facts, now, organizer, reach.email)
    if notice.what in LOOKED_FOR:
        found = _looked_for(facts, now, look) if look else Settled("withdrawn", "Nobody can look whether it is so.")
    else:
        found = _CHECKS[notice.what](facts, now, links(notice) if links else "")
    if isinstance(found, Settled):
        return found
    if now >= notice.expires_at:
        return _expired(facts)
    if notice.via == "mail" and not reach.email:
        return Settled("failed", "The recipient has no e-mail address. Add one, then try again.")
    written, told = found
    return Ready(written, _address(reach, notice.via), told)


def _address(reach: Reach, via: str) -> str:
    if via == "sms":
        return dialed(reach.phone) or ""
    return {"mail": reach.email, "chat": reach.chat}.get(via, "")


def _invitation(facts: Facts, now: datetime, organizer: str, email: str) -> Ready | Settled:
    found = invite(facts, now, organizer)
    if isinstance(found, str):
        return Settled("withdrawn", found)
    if not email:
        return Settled("failed", "The recipient has no e-mail address. Add one, then try again.")
    return Ready(found.letter, email, calendar=found.calendar, invited=found.sending)


_Written = tuple[Letter, Mapping[int, Appointment | None]]


def _visit_ahead(facts: Facts, _now: datetime, answer: str) -> _Written | Settled:
    notice, visit = facts.notice, facts.visit
    assert visit is not None
    if visit.record.status != "scheduled":
        return Settled("withdrawn", "The visit is no longer scheduled.")
    if visit.record.revision != notice.visit_revision:
        return Settled("withdrawn", "The visit was changed.")
    if not facts.is_expected:
        return Settled("withdrawn", "The recipient is no longer part of the visit.")
    rule = next((rule for rule in facts.rules if rule.code == notice.rule), None)
    if rule is None:
        return Settled("withdrawn", "The rule was turned off.")
    fields = visit_fields(_occasion(facts, visit, answer), notice.recipient_kind)
    return letter(VISIT_AHEAD, notice.recipient_kind, fields, rule, short=_is_short(facts)), {}


def _changes(facts: Facts, now: datetime, answer: str) -> _Written | Settled:
    """One message about all that differs from what its recipient was told last, as far as the rules want it told."""
    kind = facts.notice.recipient_kind
    differing: dict[int, Difference] = {}
    wanted: dict[int, Rule] = {}
    for each in facts.changes:
        differs = difference(each.known, each.current, now, each.code)
        if differs is None:
            continue
        differing[each.visit_id] = differs
        rule = _rule_of(facts, differs.what, each.counts_as)
        if rule is not None:
            wanted[each.visit_id] = rule
    if not differing:
        return Settled("withdrawn", "Nothing differs any more from what the recipient was told last.")
    if not wanted:
        return Settled("withdrawn", "The rule was turned off.")
    told = [differing[visit_id] for visit_id in wanted]
    what = strongest(told)
    rule = next((rule for rule in wanted.values() if rule.what == what), None)
    may_answer = any(each.after for each in told)
    fields = changes_fields(facts.clinic.name, _zone(facts), kind, told, answer if may_answer else "")
    written = letter(what, kind, fields, rule, short=_is_short(facts))
    return written, {visit_id: differing[visit_id].after for visit_id in wanted}


def _rule_of(facts: Facts, what: str, counts_as: Set[str]) -> Rule | None:
    channel = facts.notice.channel
    found = (each for each in facts.rules if each.what == what and each.channel == channel)
    return next((each for each in found if each.audience in counts_as), None)


def _looked_for(facts: Facts, now: datetime, look: Look) -> _Written | Settled:
    notice = facts.notice
    rule = next((rule for rule in facts.rules if rule.code == notice.rule), None)
    if rule is None:
        return Settled("withdrawn", "The rule was turned off.")
    fields = look(facts, now)
    if isinstance(fields, Settled):
        return fields
    return letter(notice.what, notice.recipient_kind, fields, rule, short=_is_short(facts)), {}


def _message(facts: Facts, _now: datetime, _answer: str) -> _Written | Settled:
    if facts.visit and facts.notice.visit_revision not in (0, facts.visit.record.revision):
        return Settled("withdrawn", "The visit was changed.")
    content = facts.notice.content or {}
    text = f"{content['subject']}. {content['text']}" if _is_short(facts) else content["text"]
    return Letter(content["subject"], text), {}


_CHECKS = {"visit_ahead": _visit_ahead, "changes": _changes, "message": _message}


def _is_short(facts: Facts) -> bool:
    return facts.notice.via in ("sms", "chat")


def _expired(facts: Facts) -> Settled:
    if any(each["result"] in UNKNOWN for each in facts.notice.attempts):
        return Settled("uncertain", "It may have arrived; its time has passed.")
    return Settled("expired", "Its time passed before it could be sent.")


def _occasion(facts: Facts, visit: VisitFacts, answer: str) -> Occasion:
    return Occasion(
        clinic=facts.clinic.name,
        zone=_zone(facts),
        start=visit.record.starts_at,
        end=visit.record.ends_at,
        code=visit.code,
        room=visit.room_name,
        answer=answer,
    )


def _zone(facts: Facts) -> ZoneInfo:
    return ZoneInfo(facts.clinic.timezone)
