"""Owing messages: reminders and changes of visits, and whatever else somebody has to be told.

`notice_delivery` sends them, `notice_log` shows them. What a feature calls:

- `owe_for_visits`, `remember` and `owe_changes`: the door through which visits are written does so for all.
- `owe(work, clinic_id, now, Message(...))`: anything that is not about a visit's time (a swap is offered, a sick call
  is answered, a gate is due). The same topic is told the same person once; `withdraw` takes it back until it has left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coordinator.domain.clinic_time import zone_named
from coordinator.domain.discretion import telling_words
from coordinator.domain.errors import InvalidInput
from coordinator.domain.notice_times import Calendar, after_quiet, due_before, is_owed
from coordinator.domain.reminding import CHANGE_DELAY, MOST_DELAY, VISIT_AHEAD, Rule, priority
from coordinator.domain.telling import CHANGES, Appointment, Difference, difference
from coordinator.store import clinics, invitations, notice_changes, notice_people, notices, timeline_queries
from coordinator.store.notice_changes import Bundle, Change
from coordinator.store.notice_people import Reach, Recipient
from coordinator.store.notices import Owed
from coordinator.store.unit_of_work import Work

__all__ = ["Message", "Recipient", "Remembered", "owe", "owe_changes", "owe_for_visits", "remember", "withdraw"]

Remembered = Mapping[tuple[int, Recipient], Appointment]
"""What each person knew of each visit."""


@dataclass(frozen=True, slots=True)
class Message:
    """What one person is to be told, in words that are safe to send: no drug, diagnosis, program or patient's name.

    `topic` names the fact (“swap:12:offered”). It leaves at `due_at` (None: at once) and is of no use after
    `expires_at`. `channel` is mail, or app for the inbox alone. `visit_id` shows it on that visit's bell; with
    `visit_revision` it is withdrawn where the visit has another by then.
    """

    topic: str
    recipient: Recipient
    subject: str
    text: str
    expires_at: datetime
    due_at: datetime | None = None
    channel: str = "mail"
    visit_id: int | None = None
    visit_revision: int = 0


def owe(work: Work, clinic_id: int, now: datetime, message: Message) -> None:
    """Owes a message in the caller's transaction. Raises InvalidInput for words that must not leave the clinic."""
    words = telling_words(f"{message.subject}\n{message.text}")
    if words:
        raise InvalidInput(f"A message must not say “{words[0]}”. Say it in other words.")
    row = notices.new_row(clinic_id, message.recipient, now) | {
        "what": "message",
        "rule": message.topic,
        "topic": message.topic,
        "content": {"subject": message.subject, "text": message.text},
        "visit_id": message.visit_id,
        "visit_revision": message.visit_revision,
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
    active = [rule for rule in _active(work, clinic_id) if rule.what == VISIT_AHEAD]
    visits = notice_people.scheduled(work, clinic_id, visit_ids) if active else []
    expected = notice_people.appointments(work, clinic_id, [visit.id for visit in visits])
    counts_as = notice_people.audiences(work, clinic_id, [visit.id for visit in visits])
    reached = _reached(work, clinic_id, expected)
    calendar = calendar_of(work, clinic_id)
    by_id = {visit.id: visit for visit in visits}
    owed = [
        Owed(by_id[visit_id], recipient, rule, due_before(rule, start, calendar), reached[recipient].way(rule.channel))
        for visit_id, recipient in expected
        for rule in active
        if recipient in reached
        and rule.audience in counts_as[visit_id, recipient]
        and is_owed(rule, start := by_id[visit_id].starts_at, now, calendar)
    ]
    notices.owe(work, owed, now)


def remember(work: Work, clinic_id: int, visit_ids: Iterable[int]) -> Remembered:
    """What everybody knows of visits that are about to be changed; `owe_changes` compares it with what is so then."""
    return notice_people.appointments(work, clinic_id, visit_ids)


def owe_changes(work: Work, clinic_id: int, now: datetime, before: Remembered, visit_ids: Iterable[int]) -> None:
    """Has everybody told of what differs from `before`: one message each, CHANGE_DELAY from now.

    What changes again until then goes into the same message; where nothing differs any more, it is withdrawn.
    """
    rules = [rule for rule in _active(work, clinic_id) if rule.what in CHANGES]
    if not rules:
        return
    after = notice_people.appointments(work, clinic_id, visit_ids)
    told = _Told(
        rules,
        notice_people.audiences(work, clinic_id, {visit_id for visit_id, _ in (*before, *after)}),
        notice_people.revisions(work, clinic_id, visit_ids),
        _reached(work, clinic_id, (*before, *after)),
        invitations.wanting(work, clinic_id),
        calendar_of(work, clinic_id),
    )
    notice_changes.owe(work, clinic_id, now, told.bundles(before, after, now), CHANGE_DELAY, MOST_DELAY)


@dataclass(frozen=True, slots=True)
class _Told:
    """What decides who is told of changes, and which way."""

    rules: Sequence[Rule]
    counts_as: Mapping[tuple[int, Recipient], frozenset[str]]
    revisions: Mapping[int, int]
    reached: Mapping[Recipient, Reach]
    invited: Set[Recipient]
    calendar: Calendar

    def bundles(self, before: Remembered, after: Remembered, now: datetime) -> list[Bundle]:
        """All that differs, by recipient and channel."""
        found: defaultdict[tuple[Recipient, str], list[tuple[Rule, int, Difference]]] = defaultdict(list)
        for visit_id, recipient in dict.fromkeys((*before, *after)):
            differs = difference(before.get((visit_id, recipient)), after.get((visit_id, recipient)), now)
            if differs is None or recipient not in self.reached:
                continue
            for rule in self.rules:
                if rule.channel == "mail" and recipient in self.invited:
                    continue  # their invitations say it
                if rule.what == differs.what and rule.audience in self.counts_as[visit_id, recipient]:
                    found[recipient, rule.channel].append((rule, visit_id, differs))
        return [self._bundle(*key, parts, now) for key, parts in found.items()]

    def _bundle(
        self, recipient: Recipient, channel: str, parts: Sequence[tuple[Rule, int, Difference]], now: datetime
    ) -> Bundle:
        """One message. Quiet hours put it off, unless the first of the times would begin within them."""
        useful = [differs.useful_until for _, _, differs in parts]
        due = now + CHANGE_DELAY
        quiet_until = max(after_quiet(rule, due, self.calendar) for rule, _, _ in parts)
        if quiet_until < min(useful):
            due = quiet_until
        changes = {key: Change(key, self.revisions[key], differs.before) for _, key, differs in parts}
        return Bundle(
            recipient=recipient,
            channel=channel,
            via=self.reached[recipient].way(channel),
            changes=[*changes.values()],
            due_at=due if due < min(useful) else now,
            useful_until=min(useful),
            expires_at=max(useful),
            priority=min(priority(rule.what, timedelta(0)) for rule, _, _ in parts),
        )


def calendar_of(work: Work, clinic_id: int) -> Calendar:
    """What due times in the clinic depend on."""
    zone = zone_named(clinics.get(work, clinic_id).timezone)
    closed = timeline_queries.closures(work, clinic_id, date.min, date.max)
    return Calendar(zone, frozenset(each.day.toordinal() for each in closed))


def _reached(work: Work, clinic_id: int, keys: Iterable[tuple[int, Recipient]]) -> dict[Recipient, Reach]:
    """How to reach those who can be told. Staff without an address are left out: scarce equipment is kept as staff.

    A patient without one is in it, so that somebody sees that nobody can be told.
    """
    found = notice_people.reaches(work, clinic_id, {recipient for _, recipient in keys})
    return {who: reach for who, reach in found.items() if reach.email or who.kind != "staff"}


def _active(work: Work, clinic_id: int) -> list[Rule]:
    return [rule for rule, is_active in notices.rules(work, clinic_id) if is_active]
