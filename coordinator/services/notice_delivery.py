"""Sending what is due: lease, check that it is still true, send, record; each notice by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from coordinator.delivery.mail import Mail, Mailer, Outcome, PermanentFailure, Sent, TemporaryFailure, Uncertain
from coordinator.domain.reminding import MOST_UNCERTAIN, next_try
from coordinator.services.notice_texts import TEXTS, Occasion
from coordinator.services.trouble import frames
from coordinator.store import notice_queue
from coordinator.store.notice_queue import Facts
from coordinator.store.notices import NoticeRecord
from coordinator.store.unit_of_work import Database

Clock = Callable[[], datetime]

PAUSE_WHEN_DOWN = timedelta(seconds=30)
"""How long the others wait when the server answers nobody."""

MOST_SILENT = 2
"""Failures of the server running before the others wait: one alone may be about that mail."""

RECORDING_PAUSES = (0.2, 1.0, 3.0)
"""Seconds between attempts to record what became of a mail: sending it anew would send it twice."""

UNKNOWN = frozenset({"uncertain", "interrupted"})
"""Results of a try after which nobody knows whether the mail arrived."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Courier:
    """One worker's means of delivering. `name` is unique among running workers; `now` is read anew for each notice.

    `lease_seconds` is for notices that wait for their turn, `sending_seconds` for the one whose mail is on its way: no
    less than the mailer may take.
    """

    database: Database
    mailer: Mailer
    now: Clock
    name: str
    lease_seconds: float
    sending_seconds: float = 60
    going_on: Callable[[], bool] = lambda: True
    sleep: Callable[[float], None] = time.sleep


def deliver_due(courier: Courier, limit: int = 100) -> int:
    """Delivers up to `limit` notices that are due; how many it took in hand.

    One that fails in whatever way stops none of the others, except that a server which failed twice running as a whole
    is left alone for a while. What was leased and not tried is given back.
    """
    with courier.database.read() as work:
        if not notice_queue.is_any_due(work, courier.now()):
            return 0
    with courier.database.write() as work:
        ids = notice_queue.lease_due(work, courier.now(), courier.name, limit, courier.lease_seconds)
    taken, silent = len(ids), 0
    while ids and silent < MOST_SILENT and courier.going_on():
        outcome = _deliver_safely(courier, ids.pop(0))
        silent = silent + 1 if _is_silent(outcome) else 0
    if ids:
        pause = PAUSE_WHEN_DOWN if silent >= MOST_SILENT else timedelta(0)
        with courier.database.write() as work:
            notice_queue.release(work, ids, courier.name, courier.now() + pause)
    courier.mailer.close()
    return taken - len(ids)


def _is_silent(outcome: Outcome | None) -> bool:
    """Whether the server failed as a whole, rather than said something about one mail."""
    return isinstance(outcome, Uncertain) or (isinstance(outcome, TemporaryFailure) and outcome.server_down)


def _deliver_safely(courier: Courier, notice_id: int) -> Outcome | None:
    """Delivers one. A fault of ours is logged without addresses, and that notice alone waits."""
    try:
        return _deliver(courier, notice_id)
    except Exception as error:
        _log.error("notice.failure", notice=notice_id, kind=type(error).__name__, frames=frames(error))
        with courier.database.write() as work:
            notice = notice_queue.tried(work, notice_id, courier.name)
            if notice is not None:
                _close_interrupted(notice)
                _later(notice, "Coordinator itself failed; the worker's log says how.", courier.now())
        return None


def _deliver(courier: Courier, notice_id: int) -> Outcome | None:
    with courier.database.write() as work:
        facts = notice_queue.facts(work, notice_id, courier.name)
        mail = _last_check(facts, courier.now(), courier.sending_seconds) if facts else None
    if mail is None:
        return None
    outcome = courier.mailer.send(mail)
    for pause in RECORDING_PAUSES:
        try:
            _note_outcome(courier, notice_id, outcome)
            return outcome
        except Exception as error:  # whatever the database has, it may have passed after the pause
            _log.warning("notice.not_recorded", notice=notice_id, kind=type(error).__name__)
            courier.sleep(pause)
    _note_outcome(courier, notice_id, outcome)
    return outcome


def _note_outcome(courier: Courier, notice_id: int, outcome: Outcome) -> None:
    with courier.database.write() as work:
        notice = notice_queue.tried(work, notice_id, courier.name)
        if notice is not None:
            _record(notice, outcome, courier.now())


def _last_check(facts: Facts, now: datetime, sending_seconds: float) -> Mail | None:
    """The mail, if it is still true and of use; otherwise the notice is settled and says why."""
    notice = facts.notice
    _close_interrupted(notice)
    untrue = _why_untrue(facts)
    if untrue:
        notice_queue.settle(notice, now, "withdrawn", untrue)
    elif now >= notice.expires_at:
        _expire(notice, now)
    elif not facts.email:
        notice_queue.settle(notice, now, "failed", "The recipient has no e-mail address. Add one, then try again.")
    else:
        notice_queue.mark_sending(notice, now, sending_seconds)
        return _write(facts, facts.email, now)
    return None


def _why_untrue(facts: Facts) -> str:
    notice, visit = facts.notice, facts.visit
    if visit.status != "scheduled":
        return "The visit is no longer scheduled."
    if visit.revision != notice.visit_revision:
        return "The visit was changed."
    if facts.email is None:
        return "The recipient is no longer part of the visit."
    if not facts.rule_active:
        return "The rule was turned off."
    return ""


def _close_interrupted(notice: NoticeRecord) -> None:
    """Completes a try whose worker died, or failed, after it began."""
    if notice.attempts and notice.attempts[-1]["result"] == "sending":
        notice_queue.note_result(notice, "interrupted", "The worker stopped before the answer came.")


def _expire(notice: NoticeRecord, now: datetime) -> None:
    if any(each["result"] in UNKNOWN for each in notice.attempts):
        notice_queue.settle(notice, now, "uncertain", "It may have arrived; the visit has begun.")
    else:
        notice_queue.settle(notice, now, "expired", "The visit began before it could be sent.")


def _write(facts: Facts, email: str, now: datetime) -> Mail:
    visit, notice = facts.visit, facts.notice
    occasion = Occasion(
        clinic=facts.clinic.name,
        zone=ZoneInfo(facts.clinic.timezone),
        start=visit.starts_at,
        end=visit.ends_at,
        code=facts.enrollment_code,
        room=facts.room_name,
    )
    letter = TEXTS["visit_ahead", notice.recipient_kind](occasion)
    return Mail(key=notice.message_id, to=email, subject=letter.subject, text=letter.text, at=now)


def _record(notice: NoticeRecord, outcome: Outcome, now: datetime) -> None:
    """Writes what became of a try. One that was withdrawn while its mail was on the way stays so, unless it left."""
    match outcome:
        case Sent(reply):
            notice_queue.note_result(notice, "sent", reply)
            notice_queue.settle(notice, now, "sent", "")
        case PermanentFailure(reason):
            notice_queue.note_result(notice, "failed", reason)
            if notice.status == "leased":
                notice_queue.settle(notice, now, "failed", reason)
        case Uncertain(reason):
            notice_queue.note_result(notice, "uncertain", reason)
            if sum(each["result"] == "uncertain" for each in notice.attempts) >= MOST_UNCERTAIN:
                notice_queue.settle(notice, now, "uncertain", reason)
            else:
                _later(notice, reason, now)
        case TemporaryFailure(reason):
            notice_queue.note_result(notice, "later", reason)
            _later(notice, reason, now)


def _later(notice: NoticeRecord, reason: str, now: datetime) -> None:
    if notice.status == "leased":
        notice_queue.try_later(notice, reason, next_try(now, max(1, notice.tries), notice.expires_at))
