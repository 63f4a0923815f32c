"""Giving what waits to be told its time anew, after the clinic's clock was set to another zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from coordinator.domain.notice_times import Calendar, after_quiet, due_before
from coordinator.domain.reminding import (
    CHANGE_DELAY,
    MOST_DELAY,
    SCHEDULE_TOMORROW,
    VISIT_AHEAD,
    WINDOW_CLOSING,
    Rule,
    priority,
)
from coordinator.domain.telling import CHANGES, Difference, difference
from coordinator.services.notice_lookahead import day_bounds, end_of
from coordinator.services.notices import calendar_of, owe_for_visits
from coordinator.store import notice_people, notice_retiming, notices
from coordinator.store.notice_people import Recipient
from coordinator.store.unit_of_work import Work

TOO_LATE = "By the clinic's new clock its time would come after the visit begins."


def retime(work: Work, clinic_id: int, now: datetime) -> None:
    """Has everything that waits leave by the clinic's clock as it is now; called under the clinic's lock.

    What has been tried keeps its time. What should have left by the new clock leaves CHANGE_DELAY from now, so that a
    wrong zone can be taken back before anybody is told.
    """
    calendar = calendar_of(work, clinic_id)
    rules = [rule for rule, _ in notices.rules(work, clinic_id)]
    _reminders(work, clinic_id, now, calendar, {rule.code: rule for rule in rules if rule.what == VISIT_AHEAD})
    _news(work, clinic_id, now, calendar, [rule for rule in rules if rule.what in CHANGES])
    for notice in notice_retiming.of_days(work, clinic_id, (WINDOW_CLOSING, SCHEDULE_TOMORROW)):
        content = notice.content or {}
        is_day = notice.what == SCHEDULE_TOMORROW
        notice.expires_at = day_bounds(calendar, content["day"])[1] if is_day else end_of(calendar, content["last"])
    work.session.flush()
    owe_for_visits(work, clinic_id, now, notice_people.visits_ahead(work, clinic_id, now))


def _reminders(work: Work, clinic_id: int, now: datetime, calendar: Calendar, rules: Mapping[str, Rule]) -> None:
    for notice, visit in notice_retiming.reminders(work, clinic_id, TOO_LATE):
        rule = rules.get(notice.rule)
        if rule is None or visit.starts_at <= now:
            continue
        due = due_before(rule, visit.starts_at, calendar)
        if due >= visit.starts_at:
            notice.status, notice.reason, notice.settled_at = "withdrawn", TOO_LATE, now
            continue
        if due <= now:
            due = _soon([rule], now, calendar, visit.starts_at)
        notice.status, notice.reason, notice.settled_at = "queued", "", None
        notice.due_at, notice.priority = due, priority(rule.what, visit.starts_at - due)


def _news(work: Work, clinic_id: int, now: datetime, calendar: Calendar, rules: list[Rule]) -> None:
    waiting, known = notice_retiming.news(work, clinic_id)
    visits = {visit_id for each in known.values() for visit_id in each}
    current = notice_people.appointments(work, clinic_id, visits)
    counts_as = notice_people.audiences(work, clinic_id, visits)
    for notice in waiting:
        who = Recipient(notice.recipient_kind, notice.recipient_id)
        differing: list[Difference] = []
        wanted: list[Rule] = []
        for visit_id, before in known.get(notice.id, {}).items():
            differs = difference(before, current.get((visit_id, who)), now)
            if differs is not None:
                audiences = counts_as.get((visit_id, who), frozenset())
                mine = (each for each in rules if each.what == differs.what and each.channel == notice.channel)
                wanted += [each for each in mine if each.audience in audiences]
                differing.append(differs)
        if wanted:
            useful = min(each.useful_until for each in differing)
            is_put_off = notice.due_at > notice.created_at + MOST_DELAY  # by quiet hours of the clock as it was
            notice.due_at = _soon(wanted, now, calendar, useful, None if is_put_off else notice.due_at)


def _soon(
    rules: list[Rule], now: datetime, calendar: Calendar, useful: datetime, wanted: datetime | None = None
) -> datetime:
    """The moment that is wanted or else soon, put off by quiet hours unless it would be of no use after them."""
    moment = wanted if wanted is not None and wanted > now else now + CHANGE_DELAY
    if moment >= useful:
        return now
    quiet_until = max(after_quiet(rule, moment, calendar) for rule in rules)
    return quiet_until if quiet_until < useful else moment
