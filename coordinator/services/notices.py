"""Reminders: owed when a visit is published or changed. `notice_delivery` sends them, `notice_log` shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from coordinator.store import notices
from coordinator.store.unit_of_work import Work


def owe_for_visits(work: Work, clinic_id: int, now: datetime, visit_ids: Iterable[int]) -> None:
    """Writes the notices that are owed about visits as they now are; called inside the transaction that changed them.

    Each active rule owes one to each recipient it names, unless its time has passed already. Visits that are not
    scheduled owe nothing. Said twice, it is owed once.
    """
    active = [rule for rule, is_active in notices.rules(work, clinic_id) if is_active and rule.what == "visit_ahead"]
    owed = [
        (visit, recipient, rule)
        for visit, people in notices.recipients(work, clinic_id, visit_ids)
        for recipient in people
        for rule in active
        if rule.audience == recipient.kind and rule.is_owed(visit.starts_at, now)
    ]
    notices.owe(work, owed, now)
