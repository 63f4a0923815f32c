"""Other bookings in the feeds of people and rooms: a meeting takes somebody's time as a visit does."""

from __future__ import annotations

from collections.abc import Iterator

from coordinator.calendars.feed import FeedEvent
from coordinator.calendars.privacy import shown_booking
from coordinator.calendars.uids import booking_uid, mark_of
from coordinator.store import bookings
from coordinator.store.feed_heads import FeedHead
from coordinator.store.feed_reading import Window
from coordinator.store.unit_of_work import Work


def booking_events(work: Work, head: FeedHead, privacy: str, window: Window) -> Iterator[FeedEvent]:
    """The bookings that the feed's owner is part of, by start. A date that is canceled or changed leaves the feed."""
    mark = mark_of(head.clinic_id, head.clinic_created_at)
    for each in bookings.of_owner(work, head.clinic_id, head.owner, window.first, window.end):
        face = shown_booking(privacy, each.title, each.room)
        yield FeedEvent(
            uid=booking_uid(each.id, mark),
            sequence=0,
            changed_at=each.created_at,
            starts=each.starts_at,
            ends=each.ends_at,
            summary=face.summary,
            location=face.location,
            alarm_minutes=head.alarm_minutes,
        )
