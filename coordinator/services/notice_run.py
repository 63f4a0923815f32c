"""A run of reminders that go by mail: checked together, then sent one after the other.

Between two mails there is one transaction: it records what became of the one, and puts the next on record as being
sent. A visit that is changed after the check withdraws its reminders, and one that is withdrawn cannot be put on record
any more, so its mail does not leave. Where a worker dies, one mail may be sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coordinator.delivery.mail import Mail, Outcome, Sent
from coordinator.services.notice_check import Ready
from coordinator.store import notice_queue
from coordinator.store.unit_of_work import Database, Work

Clock = Callable[[], datetime]
Tries = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Checked:
    """A reminder that is true and of use: its mail, the tries so far, and what the check found."""

    notice_id: int
    mail: Mail
    tries: Tries
    found: Ready


@dataclass(frozen=True, slots=True)
class Line:
    """Who sends a run, and how. `note` records an outcome other than plainly sent, `amiss` that sending failed through
    a fault of ours; `safely` repeats a writing. `goes_on` hears each outcome, and says whether to go on."""

    database: Database
    now: Clock
    name: str
    sending_seconds: float
    send: Callable[[Mail], Outcome]
    note: Callable[[Checked, Outcome], None]
    amiss: Callable[[Checked, Exception], None]
    safely: Callable[[Callable[[], None]], None]
    goes_on: Callable[[Outcome | None], bool]


def send_run(line: Line, run: Sequence[Checked]) -> list[int]:
    """Sends them in order; the ids of those that were not tried, as they were before."""
    left: Callable[[Work], None] | None = None
    outcome: Outcome | None = None
    for number, each in enumerate(run):
        if not line.goes_on(outcome):
            _end(line, left)
            return [other.notice_id for other in run[number:]]
        tries = _between(line, left, each)
        left = outcome = None
        if tries is None:
            continue
        try:
            outcome = line.send(each.mail)
        except Exception as error:
            line.amiss(each, error)
            continue
        if isinstance(outcome, Sent):
            left = _recording(line, each, tries, outcome)
        else:
            line.note(each, outcome)
    _end(line, left)
    line.goes_on(outcome)
    return []


def _between(line: Line, left: Callable[[Work], None] | None, coming: Checked) -> Tries | None:
    """Records the mail that left, and that the next is about to: its tries, or None where it is not to leave."""
    begun: list[Tries] = []

    def act() -> None:
        begun.clear()
        now = line.now()
        tries = [*coming.tries, {"at": now.isoformat(), "result": "sending", "reason": ""}]
        with line.database.write() as work:
            if left is not None:
                left(work)
            if notice_queue.begin(work, coming.notice_id, line.name, now, line.sending_seconds, tries):
                begun.append(tries)

    line.safely(act)
    return begun[0] if begun else None


def _recording(line: Line, each: Checked, tries: Tries, outcome: Sent) -> Callable[[Work], None]:
    made = [*tries[:-1], {**tries[-1], "result": "sent", "reason": outcome.reply}]
    now = line.now()
    return lambda work: notice_queue.note_sent(work, each.notice_id, line.name, now, made, each.found.why)


def _end(line: Line, left: Callable[[Work], None] | None) -> None:
    if left is None:
        return

    def act() -> None:
        with line.database.write() as work:
            left(work)

    line.safely(act)
