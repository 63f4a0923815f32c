"""How a person looks at the schedule: kept with the person, so that it is the same tomorrow and on another device."""

from __future__ import annotations

import re
from dataclasses import dataclass

from coordinator.domain.actor import Actor
from coordinator.domain.errors import InvalidInput
from coordinator.services.visit_cards import VisitCard
from coordinator.store import schedule_views, timeline_queries
from coordinator.store.schedule_views import ScheduleViewRecord
from coordinator.store.unit_of_work import Work

VIEWS = ("day", "week", "month", "list")
ROWS = ("staff", "rooms")
_SHOW = re.compile(r"(|(staff|room):\d{1,18}|group:[\w-]{1,60})", re.ASCII)
_KIND = re.compile(r"[\w-]{1,60}")
MISSED = ("canceled", "no_show", "late_cancel")


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """Which view, which rows, and what of it is shown; see store.schedule_views for each."""

    view: str = "day"
    rows: str = "staff"
    show: str = ""
    hidden: tuple[str, ...] = ()
    missed: bool = True


def chosen(work: Work, actor: Actor) -> ScheduleView:
    """What the actor chose last, otherwise the day by staff."""
    record = schedule_views.of(work, actor.clinic_id, actor.user_id)
    if record is None:
        return ScheduleView()
    return ScheduleView(record.view, record.rows, record.show, tuple(record.hidden), record.missed)


def choose(work: Work, actor: Actor, wanted: ScheduleView) -> None:
    """Keeps a choice; raises InvalidInput for one that cannot be."""
    if wanted.view not in VIEWS or wanted.rows not in ROWS or not _SHOW.fullmatch(wanted.show):
        raise InvalidInput("Choose a view, rows and a filter of the schedule.")
    if len(wanted.hidden) > 40 or not all(_KIND.fullmatch(each) for each in wanted.hidden):
        raise InvalidInput("Choose kinds of visits.")
    if actor.user_id is None:
        return
    record = schedule_views.of(work, actor.clinic_id, actor.user_id)
    if record is None:
        record = ScheduleViewRecord(clinic_id=actor.clinic_id, user_id=actor.user_id)
        work.session.add(record)
    record.view, record.rows, record.show = wanted.view, wanted.rows, wanted.show
    record.hidden, record.missed = list(wanted.hidden), wanted.missed


@dataclass(frozen=True, slots=True)
class Filter:
    """The choice as a question to each visit."""

    chosen: ScheduleView
    staff: frozenset[int] | None
    rooms: frozenset[int] | None

    def shows(self, card: VisitCard) -> bool:
        """Whether a visit is shown."""
        if card.kind in self.chosen.hidden or (card.status in MISSED and not self.chosen.missed):
            return False
        if self.staff is not None:
            return any(each.staff_id in self.staff for each in card.people)
        return self.rooms is None or card.room_id in self.rooms

    def shows_booking(self, staff_ids: frozenset[int], room_id: int | None) -> bool:
        """Whether a booking of these people in this room is shown."""
        if self.staff is not None:
            return not self.staff.isdisjoint(staff_ids)
        return self.rooms is None or room_id in self.rooms


def filtered(work: Work, actor: Actor, wanted: ScheduleView) -> Filter:
    """The filter that a choice means in this clinic."""
    kind, _, value = wanted.show.partition(":")
    if wanted.rows == "staff":
        people = timeline_queries.staff(work, actor.clinic_id) if kind == "group" else []
        ids = frozenset(each.id for each in people if value in each.roles)
        return Filter(wanted, ids if kind == "group" else frozenset({int(value)}) if kind == "staff" else None, None)
    rooms = timeline_queries.rooms(work, actor.clinic_id) if kind == "group" else []
    ids = frozenset(each.id for each in rooms if value in each.kinds)
    return Filter(wanted, None, ids if kind == "group" else frozenset({int(value)}) if kind == "room" else None)
