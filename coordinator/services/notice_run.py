"""A run of reminders that go by mail: checked together, then sent one after the other.

While one mail is on its way, one transaction records what became of the mail before, and puts the next on record as
being sent. A visit that is changed withdraws its reminders; one that is withdrawn cannot be put on record, and what was
put there a while before it may leave is looked at once more. Where a worker dies, two mails at most may be sent again:
the one on its way, and the one whose outcome was being recorded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from coordinator.delivery.mail import Mail, Outcome, Sent
from coordinator.services.notice_check import Ready
from coordinator.store import notice_queue
from coordinator.store.unit_of_work import Brief, Database

Clock = Callable[[], datetime]
Tries = list[dict[str, Any]]
Recording = Callable[[Brief], None]

AT_ONCE = 0.02
"""Seconds from putting a mail on record to its leaving within which nobody looks again: the server answers slower."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A reminder that is true and of use: its mail, the tries so far, and what the check found."""

    notice_id: int
    mail: Mail
    tries: Tries
    found: Ready


class HandOver(Protocol):
    """Begins sending a mail, and answers what waits for the outcome. What has the next composed may do so meanwhile."""

    def __call__(self, mail: Mail, coming: Mail | None, /) -> Callable[[], Outcome]: ...


@dataclass(frozen=True, slots=True)
class Line:
    """Who sends a run, and how. `note` records an outcome other than plainly sent, `amiss` that sending failed through
    a fault of ours; `safely` repeats a writing. `goes_on` hears each outcome, and says whether to go on."""

    database: Database
    now: Clock
    name: str
    sending_seconds: float
    hand_over: HandOver
    note: Callable[[Checked, Outcome], None]
    amiss: Callable[[Checked, Exception], None]
    safely: Callable[[Callable[[], None]], None]
    goes_on: Callable[[Outcome | None], bool]


def send_run(line: Line, run: Sequence[Checked]) -> list[int]:
    """Sends them in order; the ids of those that were not tried, as they were before."""
    return _Run(line, run).send()


class _Run:
    """A run on its way: `left` is what became of the mail before, still to be recorded."""

    def __init__(self, line: Line, run: Sequence[Checked]) -> None:
        self.line, self.run = line, run
        self.left: Recording | None = None
        self.begun_at = 0.0

    def send(self) -> list[int]:
        """As `send_run`."""
        outcome: Outcome | None = None
        tries = self._write(self.run[0]) if self.run else None
        for number, each in enumerate(self.run):
            if not self.line.goes_on(outcome):
                self._end(None if tries is None else each)
                return [other.notice_id for other in self.run[number:]]
            is_old = time.monotonic() - self.begun_at > AT_ONCE
            if tries is not None and is_old and not self._stands(each):
                self._end(each)
                tries = None
            coming = self.run[number + 1] if number + 1 < len(self.run) else None
            outcome, tries = (None, self._write(coming)) if tries is None else self._send(each, tries, coming)
        self._end(None)
        self.line.goes_on(outcome)
        return []

    def _stands(self, each: Checked) -> bool:
        """Whether it was not withdrawn since it was put on record."""
        found: list[bool] = []

        def act() -> None:
            with self.line.database.read() as work:
                found.append(notice_queue.stands(work, each.notice_id, self.line.name, self.line.now()))

        self.line.safely(act)
        return found[0]

    def _send(self, each: Checked, tries: Tries, coming: Checked | None) -> tuple[Outcome | None, Tries | None]:
        """What became of it, and the tries of the next, which is put on record meanwhile."""
        line, following = self.line, None
        try:
            answer = line.hand_over(each.mail, coming.mail if coming else None)
        except Exception as error:
            line.amiss(each, error)
            return None, self._write(coming)
        try:
            following = self._write(coming)
        finally:
            # Whatever becomes of the writing: the mail has left, and what became of that is heard and recorded.
            outcome = self._hear(each, tries, answer)
        return outcome, following

    def _hear(self, each: Checked, tries: Tries, answer: Callable[[], Outcome]) -> Outcome | None:
        line = self.line
        try:
            outcome = answer()
        except Exception as error:
            line.amiss(each, error)
            return None
        if isinstance(outcome, Sent):
            made = [*tries[:-1], {**tries[-1], "result": "sent", "reason": outcome.reply}]
            now = line.now()
            self.left = lambda brief: notice_queue.note_sent(
                brief, each.notice_id, line.name, now, made, each.found.why
            )
        else:
            line.note(each, outcome)
        return outcome

    def _write(self, coming: Checked | None) -> Tries | None:
        """Records the mail that left, and that the next is about to: its tries, or None where it is not to leave."""
        line, begun = self.line, list[Tries]()

        def act(brief: Brief) -> None:
            begun.clear()
            if coming is None:
                return
            now = line.now()
            tries = [*coming.tries, {"at": now.isoformat(), "result": "sending", "reason": ""}]
            if notice_queue.begin(brief, coming.notice_id, line.name, now, line.sending_seconds, tries):
                begun.append(tries)

        self._record(act)
        self.begun_at = time.monotonic()
        return begun[0] if begun else None

    def _end(self, untried: Checked | None) -> None:
        """Records what became of the last mail, and that one put on record is not sent after all."""

        def act(brief: Brief) -> None:
            if untried is not None:
                notice_queue.take_back(brief, untried.notice_id, self.line.name, untried.tries)

        self._record(act)

    def _record(self, besides: Recording) -> None:
        left, self.left = self.left, None

        def act() -> None:
            with self.line.database.brief() as brief:
                if left is not None:
                    left(brief)
                besides(brief)

        self.line.safely(act)
