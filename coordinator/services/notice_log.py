"""The ledger as pages show it: per visit, and filtered for the whole clinic; mail of the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from coordinator.delivery import outbox
from coordinator.delivery.outbox import StoredMail
from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import midnight_utc, zone_named
from coordinator.domain.errors import NotFound
from coordinator.domain.reminding import (
    CHANNELS,
    GATE_DUE,
    PROGRAM_FINISHED,
    SCHEDULE_TOMORROW,
    VISIT_AHEAD,
    WINDOW_CLOSING,
)
from coordinator.services.notice_words import before_words
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, notice_log
from coordinator.store.notice_log import NoticeRows, Wanted
from coordinator.store.unit_of_work import Work

STATUSES = ("queued", "leased", "sent", "failed", "expired", "withdrawn", "uncertain")
PAGE = 50
RETRIABLE = frozenset({"failed", "uncertain"})
_SORTS = {
    "changes": "News of changes",
    "message": "Message",
    "invitation": "Invitation",
    GATE_DUE: "A gate is due",
    WINDOW_CLOSING: "Time runs out",
    PROGRAM_FINISHED: "Program finished",
    SCHEDULE_TOMORROW: "Tomorrow's schedule",
}
KINDS = {VISIT_AHEAD: "Visit ahead", **_SORTS}
"""What messages are about, in words."""

WITHDRAWN_BECAUSE = {
    "moved": "The visit was moved.",
    "canceled": "The visit was canceled.",
    "late_cancel": "The visit was canceled late.",
    "no_show": "The visit was missed.",
    "attended": "The visit has taken place.",
    "stopped_early": "The visit has taken place.",
}


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt at sending; naive clinic time. `result`: sent, later, failed, uncertain, interrupted, sending."""

    at: datetime
    result: str
    reason: str


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice; naive clinic times. `recipient` is a patient's code, or the name of a member of staff or a user.

    `subject` is what it is about where that is no visit; `visits` are (id, start) of those that it is about.
    """

    id: int
    subject: str
    visits: tuple[tuple[int, datetime], ...]
    recipient: str
    recipient_kind: str
    rule: str
    channel: str
    due: datetime
    status: str
    reason: str
    tries: tuple[Try, ...]
    settled: datetime | None
    next_try: datetime | None

    @property
    def may_retry(self) -> bool:
        """Whether it ended in a way that somebody may mend."""
        return self.status in RETRIABLE


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the log is wanted; empty, all. `recipient` is words of a code or name, `day` when it is due."""

    status: str = ""
    channel: str = ""
    kind: str = ""
    recipient: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class NoticeLog:
    """One page of the log. `counts` is by status, over everything."""

    lines: tuple[NoticeLine, ...]
    page: int
    last_page: int
    counts: dict[str, int]


def log_for_visit(work: Work, actor: Actor, visit_id: int) -> tuple[NoticeLine, ...]:
    """What was ever owed about a visit, in the order it falls due; nothing for a visit of another clinic."""
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    return tuple(line_of(each, zone) for each in notice_log.of_visit(work, actor.clinic_id, visit_id))


def log(work: Work, actor: Actor, now: datetime, wanted: Filter | None = None, *, page: int = 1) -> NoticeLog:
    """A page of the clinic's log: what has fallen due, the newest first, then what is to come, the next first.

    An unknown filter filters nothing.
    """
    wanted = wanted or Filter()
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    sought = _sought(wanted, zone)
    last = max(1, -(-notice_log.count(work, actor.clinic_id, sought) // PAGE))
    page = min(max(1, page), last)
    rows = notice_log.page(work, actor.clinic_id, now, sought, skip=(page - 1) * PAGE, most=PAGE)
    day = "" if wanted.day is None else str(wanted.day)
    detail = {"status": sought.status or "all", "kind": sought.what or "all", "day": day or "all"}
    audit.append(work, actor, now, "notice.list", "clinic", actor.clinic_id, detail)
    lines = tuple(line_of(each, zone) for each in rows)
    return NoticeLog(lines, page, last, notice_log.counts(work, actor.clinic_id))


def _sought(wanted: Filter, zone: ZoneInfo) -> Wanted:
    """The filter as the store reads it: a day is from midnight to midnight of the clinic's."""
    day = wanted.day
    return Wanted(
        status=wanted.status if wanted.status in STATUSES else None,
        channel=wanted.channel if wanted.channel in CHANNELS else None,
        what=wanted.kind if wanted.kind in KINDS else None,
        recipient=wanted.recipient.strip(),
        since=None if day is None else midnight_utc(day, zone),
        before=None if day is None else midnight_utc(day + timedelta(days=1), zone),
    )


def notice(work: Work, actor: Actor, now: datetime, notice_id: int) -> NoticeLine:
    """One notice with all its tries; raises NotFound."""
    rows = _get(work, actor, notice_id)
    audit.append(work, actor, now, "notice.read", "notice", notice_id)
    return line_of(rows, zone_named(clinics.get(work, actor.clinic_id).timezone))


def stored_mail(work: Work, actor: Actor, folder: Path | None, notice_id: int) -> StoredMail | None:
    """The notice's mail in the outbox; None without an outbox, or where it is not (or no longer) there.

    The way to a mail leads through the ledger, so nobody sees another clinic's. Raises NotFound.
    """
    rows = _get(work, actor, notice_id)
    if folder is None or actor.access not in (Access.ADMINISTRATOR, Access.COORDINATOR):
        return None
    return outbox.read(folder, rows.notice.message_id)


def _get(work: Work, actor: Actor, notice_id: int) -> NoticeRows:
    rows = notice_log.one(work, actor.clinic_id, notice_id)
    if rows is None:
        raise NotFound("There is no such message.")
    return rows


def line_of(rows: NoticeRows, zone: ZoneInfo) -> NoticeLine:
    """A notice in words."""
    found = rows.notice
    return NoticeLine(
        id=found.id,
        subject=(found.content or {}).get("subject") or ("" if rows.visits else _SORTS.get(found.what, "")),
        visits=tuple((each.id, local(each.starts_at, zone)) for each in rows.visits),
        recipient=shown_recipient(rows),
        recipient_kind=found.recipient_kind,
        rule=_rule(rows),
        channel=found.via,
        due=local(found.due_at, zone),
        status=found.status,
        reason=WITHDRAWN_BECAUSE.get(found.reason, found.reason),
        tries=tuple(
            Try(local(datetime.fromisoformat(each["at"]), zone), each["result"], each["reason"])
            for each in found.attempts
        ),
        settled=None if found.settled_at is None else local(found.settled_at, zone),
        next_try=local(found.next_try_at, zone) if found.next_try_at and found.status == "queued" else None,
    )


def shown_recipient(rows: NoticeRows) -> str:
    """Whom a notice is for, as lists show it: a patient's code, or anybody else's name."""
    if rows.patient is not None:
        return rows.patient.code
    person = rows.staff or rows.user or rows.contact
    return "somebody who is gone" if person is None else person.name


def _rule(rows: NoticeRows) -> str:
    if rows.notice.what != VISIT_AHEAD:
        return _SORTS[rows.notice.what]
    return rows.notice.rule if rows.minutes_before is None else before_words(rows.minutes_before)
