"""What happens to a clinic after it has published: each event as a job and a proposal carry it, and as JSON.

Times are minutes of the clinic's wall clock (`clinic_time.from_utc` makes them), days are date ordinals, ids are the
rows' own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from coordinator.domain.clinic_time import Day, Minute


@dataclass(frozen=True, slots=True)
class StaffAway:
    """A member of staff cannot work in `[start, end)`."""

    staff_id: int
    start: Minute
    end: Minute


@dataclass(frozen=True, slots=True)
class RoomClosed:
    """A room cannot be used in `[start, end)`."""

    room_id: int
    start: Minute
    end: Minute


@dataclass(frozen=True, slots=True)
class PatientAway:
    """The patients of an enrollment, or one of a cohort, cannot come in `[start, end)`."""

    enrollment_id: int
    start: Minute
    end: Minute


@dataclass(frozen=True, slots=True)
class Amiss:
    """These programs lack visits (one was missed or canceled) or break rules as they stand."""

    enrollment_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """Somebody puts a visit at another time, in another room or with other people (need to staff code), and it stays
    there; what follows has to make way."""

    enrollment_id: int
    visit: str
    start: Minute
    room: str | None
    staff: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TeamChange:
    """From a day on somebody else fills a need of a program."""

    enrollment_id: int
    need: str
    staff_id: int
    since: Day


@dataclass(frozen=True, slots=True)
class ProtocolChange:
    """What is left of a program follows another protocol version."""

    enrollment_id: int
    version_id: int


Event = StaffAway | RoomClosed | PatientAway | Amiss | Moved | TeamChange | ProtocolChange

KINDS: Mapping[str, type[Event]] = {
    "staff-away": StaffAway,
    "room-closed": RoomClosed,
    "patient-away": PatientAway,
    "amiss": Amiss,
    "moved": Moved,
    "team-change": TeamChange,
    "protocol-change": ProtocolChange,
}


def kind_of(event: Event) -> str:
    """The event's name in JSON and in forms."""
    return next(name for name, each in KINDS.items() if isinstance(event, each))


def as_json(event: Event) -> dict[str, Any]:
    """The event as a job's request holds it."""
    return {"kind": kind_of(event), **asdict(event)}


def from_json(written: Mapping[str, Any]) -> Event:
    """What `as_json` wrote."""
    values = {name: tuple(each) if isinstance(each, list) else each for name, each in written.items() if name != "kind"}
    event: Event = cast(Any, KINDS[written["kind"]])(**values)
    return event
