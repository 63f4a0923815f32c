"""Sending what is due: lease, check that it is still true, send, record; each notice by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from coordinator.delivery.gateway import Carrier
from coordinator.delivery.mail import Mail, Mailer, Outcome, PermanentFailure, Sent, TemporaryFailure, Uncertain
from coordinator.delivery.mail_process import MailProcess
from coordinator.domain.reminding import MOST_UNCERTAIN, next_try
from coordinator.services import gateways
from coordinator.services.notice_check import Ready, Settled, check
from coordinator.services.notice_lookahead_check import looked_again
from coordinator.services.notice_run import Checked, HandOver, Line, send_run
from coordinator.services.notice_way import way
from coordinator.services.patient_answers import links
from coordinator.services.trouble import frames
from coordinator.store import invitations, notice_changes, notice_facts, notice_queue
from coordinator.store.notices import NoticeRecord
from coordinator.store.unit_of_work import Database, Work

Clock = Callable[[], datetime]

PAUSE_WHEN_DOWN = timedelta(seconds=30)
"""How long the others wait when the server answers nobody."""

MOST_SILENT = 2
"""Failures of the server running before the others wait: one alone may be about that mail."""

RUN = 100
"""Reminders that are checked together."""

MANY = 20
"""Reminders in a run from which on it is worth a process of its own."""

FRESH = 2.0
"""Seconds for which a check holds; what has not left by then is checked again."""

RECORDING_PAUSES = (0.2, 1.0, 3.0)
"""Seconds between attempts to record what became of a mail: sending it anew would send it twice."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Courier:
    """One worker's means of delivering. `name` is unique among running workers; `now` is read anew for each notice.

    `lease_seconds` is for notices that wait for their turn, `sending_seconds` for the one whose mail is on its way: no
    less than the mailer may take. `organizer` is the address that invitations are from, and
    `base_url` begins the links in messages (none: no links). `carriers` send what goes by sms or chat for clinics that
    have no gateway of their own, `many` a long run of mails.
    """

    database: Database
    mailer: Mailer
    now: Clock
    name: str
    lease_seconds: float
    sending_seconds: float = 60
    going_on: Callable[[], bool] = lambda: True
    sleep: Callable[[float], None] = time.sleep
    organizer: str = "coordinator@localhost"
    base_url: str = ""
    carriers: Mapping[str, Carrier] = field(default_factory=dict)
    many: MailProcess | None = None


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
        together = notice_queue.plain(work, ids)
    taken, silence = len(ids), _Silence()
    ids = [each for each in ids if each not in set(together)]
    while ids and not silence.is_long and courier.going_on():
        silence.hear(_deliver_safely(courier, ids.pop(0)))
    while together and not silence.is_long and courier.going_on():
        together, tried = _deliver_together(courier, silence, together[:RUN]) + together[RUN:], len(together)
        if len(together) == tried and not silence.is_long and courier.going_on():
            silence.hear(_deliver_safely(courier, together.pop(0)))
    ids += together
    if ids:
        pause = PAUSE_WHEN_DOWN if silence.is_long else timedelta(0)
        with courier.database.write() as work:
            notice_queue.release(work, ids, courier.name, courier.now() + pause)
    courier.mailer.close()
    if courier.many is not None:
        courier.many.close()
    return taken - len(ids)


@dataclass(slots=True)
class _Silence:
    """How often running the server failed as a whole."""

    failures: int = 0

    @property
    def is_long(self) -> bool:
        """Whether the others should wait."""
        return self.failures >= MOST_SILENT

    def hear(self, outcome: Outcome | None) -> None:
        """Counts an outcome."""
        self.failures = self.failures + 1 if _is_silent(outcome) else 0


def _deliver_together(courier: Courier, silence: _Silence, ids: list[int]) -> list[int]:
    """Delivers reminders by mail in one run; those that are still to be tried. What differs is delivered by itself."""
    try:
        with courier.database.write() as work:
            ready = _checked(work, courier, ids)
    except Exception as error:
        _log.error("notice.failure", notice=0, kind=type(error).__name__, frames=frames(error))
        left = list(ids)
        while left and not silence.is_long and courier.going_on():
            silence.hear(_deliver_safely(courier, left.pop(0)))
        return left
    fresh_until = time.monotonic() + FRESH

    def goes_on(outcome: Outcome | None) -> bool:
        if outcome is not None:
            silence.hear(outcome)
        return not silence.is_long and courier.going_on() and time.monotonic() < fresh_until

    line = Line(
        database=courier.database,
        now=courier.now,
        name=courier.name,
        sending_seconds=courier.sending_seconds,
        hand_over=_hand_over(courier, len(ready)),
        note=lambda each, outcome: _safely(
            courier, lambda: _note_outcome(courier, each.notice_id, outcome, each.found)
        ),
        amiss=lambda each, error: _note_fault(courier, each.notice_id, error),
        safely=lambda act: _safely(courier, act),
        goes_on=goes_on,
    )
    return send_run(line, ready)


def _hand_over(courier: Courier, number: int) -> HandOver:
    if courier.many is not None and number >= MANY:
        return courier.many.hand_over

    def send(mail: Mail, _coming: Mail | None) -> Callable[[], Outcome]:
        outcome = courier.mailer.send(mail)
        return lambda: outcome

    return send


def _checked(work: Work, courier: Courier, ids: list[int]) -> list[Checked]:
    """The last check of several at once: what is not to be sent is settled."""
    ready = []
    for facts in notice_facts.facts(work, ids, courier.name):
        notice, now = facts.notice, courier.now()
        notice.via, why = way(work, facts, now, courier.carriers)
        if notice.via != "mail":
            notice.next_try_at, notice.status = None, "queued"
            continue
        found = check(facts, now, links(work, courier.base_url), courier.organizer)
        if isinstance(found, Settled):
            notice_queue.settle(notice, now, found.status, found.reason)
        else:
            mail = Mail(notice.message_id, found.address, found.letter.subject, found.letter.text, now)
            ready.append(Checked(notice.id, mail, list(notice.attempts), replace(found, why=why)))
    return ready


def _safely(courier: Courier, act: Callable[[], None]) -> None:
    """Writes, and again after a pause where that fails: whatever the database has, it may have passed by then."""
    for pause in RECORDING_PAUSES:
        try:
            act()
            return
        except Exception as error:
            _log.warning("notice.not_recorded", kind=type(error).__name__)
            courier.sleep(pause)
    act()


def _is_silent(outcome: Outcome | None) -> bool:
    """Whether the server failed as a whole, rather than said something about one mail."""
    return isinstance(outcome, Uncertain) or (isinstance(outcome, TemporaryFailure) and outcome.server_down)


def _deliver_safely(courier: Courier, notice_id: int) -> Outcome | None:
    """Delivers one. A fault of ours is logged without addresses, and that notice alone waits."""
    try:
        return _deliver(courier, notice_id)
    except Exception as error:
        _note_fault(courier, notice_id, error)
        return None


def _note_fault(courier: Courier, notice_id: int, error: Exception) -> None:
    _log.error("notice.failure", notice=notice_id, kind=type(error).__name__, frames=frames(error))
    with courier.database.write() as work:
        notice = notice_queue.tried(work, notice_id, courier.name)
        if notice is not None:
            _close_interrupted(notice)
            _later(notice, "Coordinator itself failed; the worker's log says how.", courier.now())


def _deliver(courier: Courier, notice_id: int) -> Outcome | None:
    with courier.database.write() as work:
        ready = _last_check(work, courier, notice_id)
    if ready is None:
        return None
    mail, found, carrier = ready
    outcome = courier.mailer.send(mail) if carrier is None else carrier.carry(mail.to, mail.text)
    _safely(courier, lambda: _note_outcome(courier, notice_id, outcome, found))
    return outcome


def _last_check(work: Work, courier: Courier, notice_id: int) -> tuple[Mail, Ready, Carrier | None] | None:
    """The message and its gateway (None: by mail), if it is true and of use; otherwise the notice is settled with why.

    What is told in the app alone is told by that.
    """
    for facts in notice_facts.facts(work, [notice_id], courier.name):
        notice, now = facts.notice, courier.now()
        _close_interrupted(notice)
        notice.via, why = way(work, facts, now, courier.carriers)
        found = check(facts, now, links(work, courier.base_url), courier.organizer, looked_again(work))
        if isinstance(found, Settled):
            notice_queue.settle(notice, now, found.status, found.reason)
        elif notice.via == "app":
            notice.content = {"subject": found.letter.subject, "text": found.letter.text}
            notice_queue.settle(notice, now, "sent", "Told in the app.")
            notice_changes.note_told(work, notice_id, now, found.told)
        else:
            notice_queue.mark_sending(notice, now, courier.sending_seconds)
            letter = found.letter
            mail = Mail(notice.message_id, found.address, letter.subject, letter.text, now, found.calendar)
            by_mail = notice.via == "mail"
            carrier = None if by_mail else gateways.carrier(work, notice.clinic_id, notice.via, courier.carriers)
            return mail, replace(found, why=why), carrier
    return None


def _note_outcome(courier: Courier, notice_id: int, outcome: Outcome, found: Ready) -> None:
    with courier.database.write() as work:
        notice = notice_queue.tried(work, notice_id, courier.name)
        if notice is not None:
            _record(notice, outcome, courier.now(), found.why)
            if isinstance(outcome, Sent):
                notice_changes.note_told(work, notice_id, courier.now(), found.told)
            if found.invited is not None and isinstance(outcome, Sent | Uncertain):
                surely = isinstance(outcome, Sent)
                invitations.note_sent(work, notice.clinic_id, courier.now(), found.invited, surely=surely)


def _close_interrupted(notice: NoticeRecord) -> None:
    """Completes a try whose worker died, or failed, after it began."""
    if notice.attempts and notice.attempts[-1]["result"] == "sending":
        notice_queue.note_result(notice, "interrupted", "The worker stopped before the answer came.")


def _record(notice: NoticeRecord, outcome: Outcome, now: datetime, why: str) -> None:
    """Writes what became of a try. One that was withdrawn while its mail was on the way stays so, unless it left."""
    match outcome:
        case Sent(reply):
            notice_queue.note_result(notice, "sent", reply)
            notice_queue.settle(notice, now, "sent", why)
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
