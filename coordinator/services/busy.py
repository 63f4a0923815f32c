"""Private calendars of staff: only when they are busy is read and kept, and no visit is planned over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from coordinator.calendars.text import clean_line
from coordinator.delivery.guarded import MOST_OCTETS, checked
from coordinator.domain.actor import Actor, system
from coordinator.domain.errors import InvalidInput, NotFound
from coordinator.services.busy_reading import Found, Question, ask
from coordinator.services.feeds import check_may
from coordinator.store import audit, busy, clinics
from coordinator.store.busy import BusyCalendarRecord
from coordinator.store.unit_of_work import Database, Work

AHEAD = timedelta(days=400)
EVERY = timedelta(hours=1)
MOST_PER_PERSON = 5
MOST_AT_ONCE = 20
LONGEST_NAME = 60

Ask = Callable[[Question], Found]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BusyCalendar:
    """A calendar as its owner sees it. `host` is where it is fetched from, empty for a file; its address is not shown.

    `ahead` is how many busy times are still to come. `is_waiting`: it was not read yet.
    """

    id: int
    name: str
    host: str
    read_at: datetime | None
    failure: str
    ahead: int

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has looked yet."""
        return self.read_at is None and not self.failure


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff and this person's private calendars."""

    staff_id: int
    name: str
    calendars: tuple[BusyCalendar, ...]


def person(work: Work, actor: Actor, now: datetime, staff_id: int) -> Person:
    """The person's calendars; raises NotFound and NotAllowed as for this person's feeds."""
    name = check_may(work, actor, ("staff", staff_id), now)
    found = busy.of_person(work, actor.clinic_id, staff_id, now)
    return Person(staff_id, name, tuple(_view(record, ahead) for record, ahead in found))


def add_address(
    work: Work, actor: Actor, now: datetime, staff_id: int, name: str, address: str, hosts: Sequence[str] = ()
) -> int:
    """Adds a calendar by its address, to be read within seconds and then every hour; its id.

    `hosts` are the only ones that it may come from; none named is any.

    Raises InvalidInput beside a field, NotFound and NotAllowed as for this person's feeds.
    """
    target = checked(address, hosts=hosts)
    record = _add(work, actor, now, staff_id, name, target)
    record.next_at = now
    _note(work, actor, now, "busy.add", record, {"host": _host(target)})
    return record.id


def question_for(work: Work, actor: Actor, now: datetime, staff_id: int, content: bytes) -> Question:
    """What is to be read of a file that was handed in; ask it outside of any transaction. Raises InvalidInput."""
    check_may(work, actor, ("staff", staff_id), now)
    if not content:
        raise InvalidInput("Choose a file.", "file")
    if len(content) > MOST_OCTETS:
        raise InvalidInput(f"The file has more than {MOST_OCTETS // 1024 // 1024} MB. Export less of it.", "file")
    return _question(clinics.get(work, actor.clinic_id).timezone, now, content=content)


def add_file(work: Work, actor: Actor, now: datetime, staff_id: int, name: str, found: Found) -> int:
    """Adds a calendar from what was read of a file; its id. Raises as `add_address` does."""
    record = _add(work, actor, now, staff_id, name, "")
    record.read_at = now
    busy.put(work, record, found.spans or ())
    _note(work, actor, now, "busy.add", record, {"times": len(found.spans or ())})
    return record.id


def remove(work: Work, actor: Actor, now: datetime, calendar_id: int) -> int:
    """Forgets a calendar and its times; gives whose it was. Raises NotFound and NotAllowed."""
    record = busy.get(work, actor.clinic_id, calendar_id)
    if record is None:
        raise NotFound("There is no such calendar. It may have been removed already.")
    check_may(work, actor, ("staff", record.staff_id), now)
    clinics.lock(work, actor.clinic_id)
    staff_id = record.staff_id
    _note(work, actor, now, "busy.remove", record, {})
    busy.remove(work, record)
    return staff_id


def read_due(database: Database, now: Callable[[], datetime], ask: Ask = ask, hosts: Sequence[str] = ()) -> int:
    """Reads every calendar whose time has come, each by itself; how many. Called by one worker at a time.

    Where `hosts` are named, only from them, wherever an address leads on to.
    """
    with database.read() as work:
        waiting = busy.due(work, now(), MOST_AT_ONCE)
    for calendar_id, clinic_id in waiting:
        _read(database, now, ask, clinic_id, calendar_id, tuple(hosts))
    return len(waiting)


def _read(
    database: Database, now: Callable[[], datetime], ask: Ask, clinic_id: int, calendar_id: int, hosts: tuple[str, ...]
) -> None:
    with database.read() as work:
        record = busy.get(work, clinic_id, calendar_id)
        zone = clinics.get(work, clinic_id).timezone
    if record is None:
        return
    found, failure = None, ""
    try:
        # Once a day it is read whole, though it has not changed: what lies ahead moves on with the days.
        is_old = record.read_at is None or record.read_at.date() != now().date()
        question = _question(zone, now(), address=record.address, etag="" if is_old else record.etag)
        found = ask(replace(question, hosts=hosts))
    except InvalidInput as refusal:
        failure = str(refusal)
    except (OSError, ValueError) as error:
        _log.warning("busy.unreadable", calendar=calendar_id, kind=type(error).__name__)
        failure = "Coordinator itself could not read it. It is tried again."
    with database.write() as work:
        _keep(work, now(), clinic_id, calendar_id, found, failure)


def _keep(work: Work, now: datetime, clinic_id: int, calendar_id: int, found: Found | None, failure: str) -> None:
    """What was found, in place of what was known; where it could not be read, what was known stays."""
    clinics.lock(work, clinic_id)
    record = busy.get(work, clinic_id, calendar_id)
    if record is None:
        return
    record.next_at, record.failure = now + EVERY, failure
    if found is None:
        return
    record.read_at = now
    if found.spans is not None:
        record.etag = found.etag
        busy.put(work, record, found.spans)
        _note(work, system(clinic_id), now, "busy.read", record, {"times": len(found.spans)})


def _question(zone: str, now: datetime, address: str = "", etag: str = "", content: bytes = b"") -> Question:
    return Question(zone, now - timedelta(days=1), now + AHEAD, address, etag, content)


def _add(work: Work, actor: Actor, now: datetime, staff_id: int, name: str, address: str) -> BusyCalendarRecord:
    check_may(work, actor, ("staff", staff_id), now)
    clean = clean_line(name) or "Private calendar"
    if len(clean) > LONGEST_NAME:
        raise InvalidInput(f"The name has more than {LONGEST_NAME} characters. Shorten it.", "name")
    clinics.lock(work, actor.clinic_id)
    if len(busy.of_person(work, actor.clinic_id, staff_id, now)) >= MOST_PER_PERSON:
        raise InvalidInput(f"One person has at most {MOST_PER_PERSON} private calendars. Remove one first.", "name")
    record = BusyCalendarRecord(
        clinic_id=actor.clinic_id, staff_id=staff_id, name=clean, address=address, created_at=now
    )
    return busy.add(work, record)


def _note(
    work: Work, actor: Actor, now: datetime, action: str, record: BusyCalendarRecord, more: dict[str, str | int]
) -> None:
    """Without the address, which is the person's secret, and without the calendar's name, which may say too much."""
    audit.append(work, actor, now, action, "busy", record.id, {"staff_id": record.staff_id, **more})


def _view(record: BusyCalendarRecord, ahead: int) -> BusyCalendar:
    return BusyCalendar(record.id, record.name, _host(record.address), record.read_at, record.failure, ahead)


def _host(address: str) -> str:
    return urlsplit(address).hostname or "" if address else ""
