"""The last check of an invitation: what the person's calendar should hold now, beside what it was sent last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coordinator.calendars.feed import FeedEvent
from coordinator.calendars.invitation import Invitation, compose, digest_of
from coordinator.calendars.privacy import VisitFacts as Shows
from coordinator.calendars.privacy import lesser, shown
from coordinator.calendars.uids import mark_of, uid_of
from coordinator.delivery.mail import CalendarPart
from coordinator.domain.spoken import clock
from coordinator.services.feeds import USUAL_LEVEL, usual_name
from coordinator.services.invitation_texts import CANCELED, CHANGED, INVITATION, invitation_letter
from coordinator.services.notice_texts import Letter, Occasion
from coordinator.store.invitations import Presence, Sending
from coordinator.store.notice_facts import Facts
from coordinator.store.visit_queries import HOLDING


@dataclass(frozen=True, slots=True)
class Invited:
    """A mail that invites, or takes an invitation back; `sending` is what to note once it has left."""

    letter: Letter
    calendar: CalendarPart
    sending: Sending


def invite(facts: Facts, now: datetime, organizer: str) -> Invited | str:
    """The mail that brings the person's calendar up to date; or why none is needed."""
    invitation, visit = facts.invitation, facts.visit
    assert invitation is not None
    assert visit is not None
    present = tuple(part for part in invitation.parts if not part.is_canceled)
    staff, last = invitation.staff, invitation.last
    wanted = present and visit.record.status in HOLDING and staff.by_invitation and staff.left_at is None
    held = last is not None and not last.is_canceled
    if not wanted and not held:
        return "The recipient is not expected there, and was not invited."
    event = _event(facts, now, present or invitation.parts, canceled=not wanted)
    digest = digest_of(event)
    if last is not None and wanted and held and last.shown == digest:
        return "Nothing differs from what the recipient was sent last."
    if event.ends <= now:
        return "The visit is over."
    mail = Invitation(event, organizer, usual_name(facts.clinic.name), staff.email)
    changed = held and last is not None and last.shown
    what = CANCELED if event.canceled else CHANGED if changed else INVITATION
    return Invited(
        letter=invitation_letter(_occasion(facts, event), what),
        calendar=CalendarPart(mail.method, compose(mail).decode()),
        sending=Sending(visit.record.id, staff.id, event.sequence, digest, event.canceled),
    )


def _event(facts: Facts, now: datetime, parts: tuple[Presence, ...], *, canceled: bool) -> FeedEvent:
    assert facts.visit is not None
    assert facts.invitation is not None
    visit, invitation, last = facts.visit.record, facts.invitation, facts.invitation.last
    minutes = int((visit.ends_at - visit.starts_at).total_seconds() // 60)
    level = lesser(USUAL_LEVEL, facts.clinic.feed_ceiling)
    face = shown(level, Shows(visit.kind, minutes, facts.visit.code, invitation.patients, facts.visit.room_name))
    # The rows' own sequences rise with each change; a name that shows may change without them.
    sequence = max(sum(part.sequence for part in invitation.parts), 0 if last is None else last.sequence + 1)
    return FeedEvent(
        uid=uid_of(visit.id, mark_of(facts.clinic.id, facts.clinic.created_at), invitation.staff.id),
        sequence=sequence,
        changed_at=now,
        starts=min(part.starts for part in parts),
        ends=max(part.ends for part in parts),
        summary=face.summary,
        location=face.location,
        description=_pieces(facts, parts),
        canceled=canceled,
    )


def _pieces(facts: Facts, parts: tuple[Presence, ...]) -> str:
    """When one is needed inside the visit, where that is not all of the time."""
    assert facts.visit is not None
    began, zone = facts.visit.record.starts_at, ZoneInfo(facts.clinic.timezone)
    spans = sorted(
        (began + timedelta(minutes=offset), began + timedelta(minutes=offset + minutes))
        for part in parts
        for offset, minutes in part.pieces
    )
    said = [f"{clock(start.astimezone(zone))} to {clock(end.astimezone(zone))}" for start, end in spans]
    return f"You are needed from {' and from '.join(said)}." if said else ""


def _occasion(facts: Facts, event: FeedEvent) -> Occasion:
    assert facts.visit is not None
    return Occasion(
        clinic=facts.clinic.name,
        zone=ZoneInfo(facts.clinic.timezone),
        start=event.starts,
        end=event.ends,
        code=facts.visit.code,
        room=facts.visit.room_name,
    )
