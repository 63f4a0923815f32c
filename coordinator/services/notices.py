"""Owing messages: reminders and changes of visits, and whatever else somebody has to be told.

`notice_delivery` sends them, `notice_log` shows them. What a feature calls:

- `owe_for_visits`, `remember` and `owe_changes`: the door through which visits are written does so for all.
- `owe(work, clinic_id, now, Message(...))`: anything that is not about a visit's time (a swap is offered, a sick call
  is answered, a gate is due). The same topic is told the same person once; `withdraw` takes it back until it has left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from coordinator.domain.discretion import protected_words
from coordinator.domain.errors import InvalidInput
from coordinator.domain.reminding import CHANGE_DELAY, MOST_DELAY, Rule
from coordinator.domain.telling import CHANGES, Appointment, difference
from coordinator.store import notice_changes, notice_people, notices
from coordinator.store.notice_changes import Bundle, Change
from coordinator.store.notice_people import Recipient
from coordinator.store.unit_of_work import Work

__all__ = ["Message", "Recipient", "Remembered", "owe", "owe_changes", "owe_for_visits", "remember", "withdraw"]

Remembered = Mapping[tuple[int, Recipient], Appointment]
"""What each person knew of each visit."""


@dataclass(frozen=True, slots=True)
class Message:
    """What one person is to be told, in words that are safe to send: no drug, diagnosis, program or patient's name.

    `topic` names the fact (“swap:12:offered”). It leaves at `due_at` (None: at once) and is of no use after
    `expires_at`. `channel` is mail, or app for the inbox alone. `visit_id` shows it on that visit's bell.
    """

    topic: str
    recipient: Recipient
    subject: str
    text: str
    expires_at: datetime
    due_at: datetime | None = None
    channel: str = "mail"
    visit_id: int | None = None


def owe(work: Work, clinic_id: int, now: datetime, message: Message) -> None:
    """Owes a message in the caller's transaction. Raises InvalidInput for words that must not leave the clinic."""
    words = protected_words(f"{message.subject}\n{message.text}")
    if words:
        raise InvalidInput(f"A message must not say “{words[0]}”. Say it in other words.")
    row = notices.new_row(clinic_id, message.recipient, now) | {
        "what": "message",
        "rule": message.topic,
        "topic": message.topic,
        "content": {"subject": message.subject, "text": message.text},
        "visit_id": message.visit_id,
        "channel": message.channel,
        "due_at": message.due_at or now,
        "expires_at": message.expires_at,
    }
    notices.insert(work, [row])


def withdraw(work: Work, clinic_id: int, now: datetime, topic: str, reason: str) -> None:
    """Takes back what is not yet sent about a topic; `reason` is a sentence for the log."""
    notices.withdraw_topic(work, clinic_id, topic, now, reason)


def owe_for_visits(work: Work, clinic_id: int, now: datetime, visit_ids: Iterable[int]) -> None:
    """Writes the reminders that are owed about visits as they now are; called inside the transaction that changed them.

    Each active rule owes one to each recipient it names, unless its time has passed already. Visits that are not
    scheduled owe nothing. Said twice, it is owed once.
    """
    active = [rule for rule in _active(work, clinic_id) if rule.what == "visit_ahead"]
    owed = [
        (visit, recipient, rule)
        for visit, people in notice_people.recipients(work, clinic_id, visit_ids)
        for recipient in people
        for rule in active
        if rule.audience == recipient.kind and rule.is_owed(visit.starts_at, now)
    ]
    notices.owe(work, owed, now)


def remember(work: Work, clinic_id: int, visit_ids: Iterable[int]) -> Remembered:
    """What everybody knows of visits that are about to be changed; `owe_changes` compares it with what is so then."""
    return notice_people.appointments(work, clinic_id, visit_ids)


def owe_changes(work: Work, clinic_id: int, now: datetime, before: Remembered, visit_ids: Iterable[int]) -> None:
    """Has everybody told of what differs from `before`: one message each, CHANGE_DELAY from now.

    What changes again until then goes into the same message; where nothing differs any more, it is withdrawn.
    """
    after = notice_people.appointments(work, clinic_id, visit_ids)
    told = [(rule.what, rule.audience, rule.channel) for rule in _active(work, clinic_id) if rule.what in CHANGES]
    revisions = notice_people.revisions(work, clinic_id, visit_ids)
    reached = notice_people.reaches(work, clinic_id, {recipient for _, recipient in (*before, *after)})
    found: defaultdict[tuple[Recipient, str], list[Change]] = defaultdict(list)
    until: dict[tuple[Recipient, str], datetime] = {}
    for visit_id, recipient in dict.fromkeys((*before, *after)):
        differs = difference(before.get((visit_id, recipient)), after.get((visit_id, recipient)), now)
        if differs is None or (recipient.kind == "staff" and not reached[recipient].email):
            continue
        for channel in {each[2] for each in told if each[:2] == (differs.what, recipient.kind)}:
            found[recipient, channel].append(Change(visit_id, revisions[visit_id], differs.before))
            latest = until.get((recipient, channel), differs.useful_until)
            until[recipient, channel] = max(latest, differs.useful_until)
    bundles = [Bundle(*key, changes, until[key]) for key, changes in found.items()]
    if bundles:
        notice_changes.owe(work, clinic_id, now, bundles, CHANGE_DELAY, MOST_DELAY)


def _active(work: Work, clinic_id: int) -> list[Rule]:
    return [rule for rule, is_active in notices.rules(work, clinic_id) if is_active]
