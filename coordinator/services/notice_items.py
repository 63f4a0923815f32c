"""What notices put on the worklist: messages that did not go out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from coordinator.domain.actor import Access, Actor
from coordinator.domain.snapshot import Snapshot
from coordinator.services.notice_log import shown_recipient
from coordinator.services.worklist import Action, Item, Urgency
from coordinator.store import notice_log
from coordinator.store.notice_log import NoticeRows
from coordinator.store.unit_of_work import Work

KINDS = {"visit_ahead": "reminder", "changes": "message about changes", "invitation": "invitation"}
UNSAID = "The mail server refused it."
MANY, NAMED = 4, 3
"""From how many on messages that failed for one reason are one line, and how many recipients it names."""
MOST = 200
"""Nobody works off more at one sitting; the next look shows the rest."""


def failed_notices(work: Work, actor: Actor, now: datetime, _snapshot: Snapshot | None) -> Iterable[Item]:
    """Messages that did not go out, or came back, and would still be of use."""
    if actor.access is Access.CLINICIAN:
        return
    alike: defaultdict[str, list[NoticeRows]] = defaultdict(list)
    for rows in notice_log.failed(work, actor.clinic_id, now, MOST):
        alike[rows.notice.reason].append(rows)
    for reason, found in alike.items():
        yield from [_together(reason, found)] if len(found) >= MANY else map(_item, found)


def _item(rows: NoticeRows) -> Item:
    each = rows.notice
    return Item(
        kind="notice.failed",
        key=str(each.id),
        title=f"{shown_recipient(rows)}: a {KINDS.get(each.what, 'message')} failed",
        detail=each.reason or UNSAID,
        owner="Coordinator",
        since=each.settled_at,
        action=Action("Open", "notices.page", {"notice_id": each.id}),
        urgency=Urgency.NOW,
        due=each.expires_at,
    )


def _together(reason: str, found: Sequence[NoticeRows]) -> Item:
    """Many that failed for one reason are one thing to do: to mend it, and to send them again."""
    names = list(dict.fromkeys(map(shown_recipient, found)))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return Item(
        kind="notice.failed",
        key=f"{found[0].notice.id}+{len(found) - 1}",
        title=f"{len(found)} messages failed: to {', '.join(names[:NAMED])}{more}",
        detail=reason or UNSAID,
        owner="Coordinator",
        since=min((rows.notice.settled_at for rows in found if rows.notice.settled_at), default=None),
        action=Action("Send again", "notices.choose", {"notice": [rows.notice.id for rows in found]}),
        urgency=Urgency.NOW,
        due=min(rows.notice.expires_at for rows in found),
    )
