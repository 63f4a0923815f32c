"""Clinics: made with what a new one needs, named, and chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coordinator.domain.actor import Access, Actor, system
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import InvalidInput, NotAllowed, NotFound
from coordinator.services import protocol_library
from coordinator.services.notice_retiming import retime
from coordinator.store import audit, clinics, feeds, notices, timeline_queries
from coordinator.store.unit_of_work import Work

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class NewClinic:
    """What is asked about a clinic when it is made.

    The demo clinic gets its notice rules once its past is written: nobody is to be reminded of that.
    """

    name: str
    timezone: str
    is_demo: bool = False


def create(work: Work, now: datetime, new: NewClinic) -> int:
    """Makes a clinic with the default notice rules and the built-in protocols; its id. Raises InvalidInput."""
    name = new.name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput(f"A clinic's name has 1 to {LONGEST_NAME} characters. Choose another.", "name")
    zone_named(new.timezone)
    clinic = clinics.found(work, now, name, new.timezone)
    clinic.is_demo = new.is_demo
    if not new.is_demo:
        notices.add_default_rules(work, clinic.id)
    protocol_library.adopt_all(work, system(clinic.id), now)
    return clinic.id


def change_zone(work: Work, actor: Actor, now: datetime, timezone: str) -> str:
    """Puts the clinic into another time zone; gives the one it was in. Raises InvalidInput and NotAllowed.

    Whatever stands keeps its moment: visits, bookings and time off were agreed on, and calendars that know them by UTC
    see nothing move. Working hours, reminders that have not left, and all that is planned from now on go by the new
    zone's clock; visits that do not fit the hours any more go on the worklist.
    """
    if actor.access not in (Access.ADMINISTRATOR, Access.SYSTEM):
        raise NotAllowed("Only an administrator changes the clinic's time zone. Ask one of your clinic.")
    zone_named(timezone)
    clinic = clinics.lock(work, actor.clinic_id)
    before, clinic.timezone = clinic.timezone, timezone
    if before != timezone:
        # What a feed's window holds, and which date it is made for, go by the clinic's clock.
        feeds.raise_all(work, clinic.id, now)
        retime(work, clinic.id, now)
        audit.append(work, actor, now, "clinic.zone", "clinic", clinic.id, {"from": before, "to": timezone})
    return before


def names(work: Work) -> list[tuple[int, str]]:
    """Id and name of every clinic."""
    return clinics.all_clinics(work)


def demo_clinic(work: Work) -> int | None:
    """The id of the demo clinic, where it is loaded."""
    return next((number for number, _ in names(work) if clinics.get(work, number).is_demo), None)


def choose(work: Work, wanted: int | None) -> int:
    """The id of the clinic that was named, or of the only one; raises InvalidInput or NotFound."""
    if wanted is not None:
        return clinics.get(work, wanted).id
    found = names(work)
    if not found:
        raise InvalidInput("There is no clinic yet. Make one with coordinator init, or load the demo clinic.")
    if len(found) > 1:
        listed = ", ".join(f"{number} ({name})" for number, name in found)
        raise InvalidInput(f"There are several clinics: {listed}. Say which by --clinic ID.")
    return found[0][0]


def staff_named(work: Work, clinic_id: int, code: str) -> int:
    """The row id of the member of staff with that id in the exchange format; raises NotFound."""
    for person in timeline_queries.staff(work, clinic_id):
        if person.code == code:
            return person.id
    raise NotFound(
        f"Nobody of the staff has the id “{code}”. Use the id as the exchange format and the team page show it."
    )
