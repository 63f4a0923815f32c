"""What notices put on the worklist: messages that did not go out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from coordinator.domain.actor import Access, Actor
from coordinator.domain.snapshot import Snapshot
from coordinator.services.notice_log import shown_recipient
from coordinator.services.worklist import Action, Item, Urgency
from coordinator.store import notice_log
from coordinator.store.unit_of_work import Work

KINDS = {"visit_ahead": "reminder", "changes": "message about changes", "invitation": "invitation"}
MOST = 200
"""Nobody works off more at one sitting; the next look shows the rest."""


def failed_notices(work: Work, actor: Actor, now: datetime, _snapshot: Snapshot | None) -> Iterable[Item]:
    """Messages that did not go out, or came back, and would still be of use."""
    if actor.access is Access.CLINICIAN:
        return
    for rows in notice_log.failed(work, actor.clinic_id, now, MOST):
        each = rows.notice
        kind = KINDS.get(each.what, "message")
        yield Item(
            kind="notice.failed",
            key=str(each.id),
            title=f"{shown_recipient(rows)}: a {kind} failed",
            detail=each.reason or "The mail server refused it.",
            owner="Coordinator",
            since=each.settled_at,
            action=Action("Open", "notices.page", {"notice_id": each.id}),
            urgency=Urgency.NOW,
            due=each.expires_at,
        )
