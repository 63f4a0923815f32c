"""What arrives in the mailbox: answers to invitations, and our mail that came back."""

from __future__ import annotations

from datetime import datetime

from coordinator.calendars import replies
from coordinator.delivery import bounces
from coordinator.delivery.bounces import Bounce
from coordinator.delivery.mailbox import Mailbox
from coordinator.domain.actor import system
from coordinator.services import invitations
from coordinator.store import audit, notice_queue
from coordinator.store.unit_of_work import Database, Work

MOST_OCTETS = max(replies.MOST_OCTETS, bounces.MOST_OCTETS)


def collect(database: Database, mailbox: Mailbox, now: datetime) -> int:
    """Reads what is new and notes it; how many mails there were. Raises MailboxError."""

    def take(content: bytes) -> None:
        reply, bounce = replies.read(content), bounces.read(content)
        if reply is None and bounce is None:
            return
        with database.write() as work:
            if reply is not None:
                invitations.note(work, now, reply)
            if bounce is not None:
                came_back(work, now, bounce)

    return mailbox.read_new(take, MOST_OCTETS)


def came_back(work: Work, now: datetime, bounce: Bounce) -> bool:
    """Notes that a mail will never arrive, so that somebody looks; False where it is none of ours that left."""
    notice = notice_queue.left(work, bounce.key)
    if notice is None:
        return False
    reason = f"The mail came back ({bounce.status}): check the address."
    notice.attempts = [*notice.attempts, {"at": now.isoformat(), "result": "failed", "reason": reason}]
    notice_queue.settle(notice, now, "failed", reason)
    detail = {"status": bounce.status}
    audit.append(work, system(notice.clinic_id), now, "notice.bounce", "notice", notice.id, detail)
    return True
