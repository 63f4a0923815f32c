"""Sending messages again that failed, one or many at once: first what would leave, and what is of no use any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.domain.reminding import VISIT_AHEAD
from coordinator.services.notice_log import RETRIABLE, NoticeLine, line_of
from coordinator.store import audit, clinics, notice_log, notice_queue
from coordinator.store.notice_log import NoticeRows
from coordinator.store.unit_of_work import Work

MOST = 200
"""So many may be sent again together."""

_SINCE = {
    "queued": "It is queued again already.",
    "leased": "It is being sent.",
    "sent": "It has been sent.",
    "expired": "Its time has passed.",
    "withdrawn": "It was withdrawn.",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What becomes of messages that are to be sent again: which leave, and which stay as they are, with the reason."""

    leaving: tuple[NoticeLine, ...]
    staying: tuple[tuple[NoticeLine, str], ...]

    @property
    def perhaps_twice(self) -> int:
        """How many of those that leave may have arrived before."""
        return sum(each.status == "uncertain" for each in self.leaving)


def chosen(work: Work, actor: Actor, now: datetime, notice_ids: Sequence[int]) -> Chosen:
    """What would become of them, with nothing done. Raises NotFound where the clinic has none of them."""
    found = _sorted(work, actor, now, _read(work, actor, notice_ids))
    detail = {"chosen": len(found.leaving) + len(found.staying)}
    audit.append(work, actor, now, "notice.list", "clinic", actor.clinic_id, detail)
    return found


def send_again(work: Work, actor: Actor, now: datetime, notice_ids: Sequence[int]) -> Chosen:
    """Queues those again that are of use, for now; all in the caller's transaction. Raises NotFound as `chosen` does.

    What somebody else has sent again, or what has become of no use since it was chosen, stays as it is.
    """
    rows = _read(work, actor, notice_ids, lock=True)
    found = _sorted(work, actor, now, rows)
    leaving = {each.id for each in found.leaving}
    for each in rows:
        if each.notice.id in leaving:
            _queue(work, actor, now, each, together=len(leaving))
    return found


def retry(work: Work, actor: Actor, now: datetime, notice_id: int) -> None:
    """Queues one again that failed, for now; raises NotFound, and Conflict where that makes no sense."""
    (rows,) = _read(work, actor, [notice_id], lock=True)
    if rows.notice.status not in RETRIABLE:
        raise Conflict("Only a message that failed can be tried again. Look at the log for what became of this one.")
    why_not = _why_not(rows, now)
    if why_not:
        raise Conflict(f"This message is of no use any more: {why_not[0].lower()}{why_not[1:]}")
    _queue(work, actor, now, rows)


def _read(work: Work, actor: Actor, notice_ids: Sequence[int], *, lock: bool = False) -> list[NoticeRows]:
    if len(notice_ids) > MOST:
        raise InvalidInput(f"Choose {MOST} messages at most. Send these again first, then the others.")
    found = notice_log.several(work, actor.clinic_id, notice_ids, lock=lock)
    if not found:
        raise NotFound("There is no such message.")
    return found


def _sorted(work: Work, actor: Actor, now: datetime, found: Sequence[NoticeRows]) -> Chosen:
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    judged = [(line_of(each, zone), _why_not(each, now)) for each in found]
    return Chosen(
        tuple(line for line, why_not in judged if not why_not),
        tuple((line, why_not) for line, why_not in judged if why_not),
    )


def _why_not(rows: NoticeRows, now: datetime) -> str:
    """Why it would be of no use to send it again; empty where it would. The check before it leaves looks closer."""
    notice = rows.notice
    if notice.status not in RETRIABLE:
        return _SINCE[notice.status]
    if notice.expires_at <= now:
        return "Its time has passed."
    if notice.what == VISIT_AHEAD and any(each.status != "scheduled" for each in rows.visits):
        return "The visit is no longer scheduled."
    if notice.what == VISIT_AHEAD and any(each.revision != notice.visit_revision for each in rows.visits):
        return "The visit was changed since."
    if not (rows.patient or rows.staff or rows.user or rows.contact):
        return "The recipient is not with the clinic any more."
    return ""


def _queue(work: Work, actor: Actor, now: datetime, rows: NoticeRows, together: int = 1) -> None:
    notice_queue.try_later(rows.notice, "", now)
    rows.notice.settled_at = None
    detail = {"together": together} if together > 1 else {}
    audit.append(work, actor, now, "notice.retry", "notice", rows.notice.id, detail)
