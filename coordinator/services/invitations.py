"""Invitations by mail, for members of staff who choose them instead of a feed; and what they answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from coordinator.calendars.replies import Reply
from coordinator.calendars.uids import mark_of
from coordinator.calendars.uids import read as read_uid
from coordinator.domain.actor import Actor, system
from coordinator.domain.errors import InvalidInput
from coordinator.domain.reminding import CHANGE_DELAY
from coordinator.services.feeds import check_may
from coordinator.store import audit, clinics, invitations, notice_people, staff_queries
from coordinator.store.invitations import Answer
from coordinator.store.unit_of_work import Work

CLOCKS_DIFFER = timedelta(minutes=10)
"""How far ahead of ours the clock of somebody's calendar may be."""


def wants_mail(work: Work, actor: Actor, now: datetime, staff_id: int) -> bool:
    """Whether the person has chosen invitations; raises NotFound and NotAllowed as for this person's feeds."""
    check_may(work, actor, ("staff", staff_id), now)
    return staff_queries.one(work, actor.clinic_id, staff_id).by_invitation


def choose(work: Work, actor: Actor, now: datetime, staff_id: int, by_mail: bool) -> int:
    """Has visits reach a person by invitation, or no more; gives how many visits to come it concerns.

    Who chooses them is invited to all of these; who does so no more is sent the end of each. Raises InvalidInput for
    somebody without an address, NotFound and NotAllowed as for this person's feeds.
    """
    check_may(work, actor, ("staff", staff_id), now)
    clinics.lock(work, actor.clinic_id)
    record = staff_queries.one(work, actor.clinic_id, staff_id)
    if by_mail and not record.email:
        raise InvalidInput(f"{record.name} has no e-mail address. Add one first.", "by_mail")
    if record.by_invitation == by_mail:
        return 0
    record.by_invitation = by_mail
    work.session.flush()
    ahead = set(notice_people.visits_ahead(work, actor.clinic_id, now, staff_id))
    concerned = ahead if by_mail else set(invitations.held(work, actor.clinic_id, staff_id, now))
    invitations.owe_again(work, actor.clinic_id, now, staff_id, concerned)
    action = "invitations.on" if by_mail else "invitations.off"
    audit.append(work, actor, now, action, "staff", staff_id, {"code": record.code, "visits": len(concerned)})
    return len(concerned)


def owe_for(work: Work, clinic_id: int, now: datetime, visit_ids: Iterable[int]) -> None:
    """Owes invitations for visits that were written, in the transaction that wrote them; due as all news of changes."""
    invitations.owe(work, clinic_id, now, now + CHANGE_DELAY, visit_ids)


def answers(work: Work, actor: Actor, visit_id: int) -> Sequence[Answer]:
    """What those who were invited to a visit have answered."""
    return [each for each in invitations.of_visit(work, actor.clinic_id, visit_id) if not each.is_canceled]


def note(work: Work, now: datetime, reply: Reply) -> bool:
    """Notes an answer, where it is one of ours: from the person who was invited, about what was sent last.

    An older answer, one to an older time, and one that somebody else sends change nothing.
    """
    uid = read_uid(reply.uid)
    invitation = invitations.one(work, uid.visit_id, uid.staff_id) if uid else None
    if uid is None or invitation is None or invitation.is_canceled:
        return False
    clinic = clinics.get(work, invitation.clinic_id)
    person = staff_queries.one(work, clinic.id, uid.staff_id)
    address = person.email.lower()
    if uid.mark != mark_of(clinic.id, clinic.created_at) or {reply.sender, reply.attendee} != {address}:
        return False
    is_old = invitation.answered_at is not None and reply.at <= invitation.answered_at
    if reply.sequence < invitation.sequence or is_old or reply.at > now + CLOCKS_DIFFER:
        return False
    invitation.answer, invitation.answered_at = reply.answer, reply.at
    detail = {"staff": person.code, "answer": reply.answer}
    audit.append(work, system(clinic.id), now, "invitation.answer", "visit", uid.visit_id, detail)
    return True
