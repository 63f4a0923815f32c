"""The enrollment form, from what was typed to what it means, with one sentence for each field that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from coordinator.domain.clinic_time import DAY, WEEKDAYS, Minute, skipped, wall_clock
from coordinator.domain.errors import InvalidFile, InvalidForm, InvalidInput
from coordinator.exchange.stamps import write_stamp
from coordinator.exchange.values import parsed_clock, parsed_day
from coordinator.exchange.weekly import read_weekly, write_weekly

T = TypeVar("T")
LONGEST_NAME = 120
MOST_PATIENTS = 12
FARTHEST = timedelta(days=5 * 366)
"""How far ahead a program may reach: the planner looks at every day until then."""
YEARS = range(2000, 2201)
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYS = dict(zip(WEEKDAYS, _NAMES, strict=True))
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class TypedPatient:
    """One line of the patients' list: `id` names an existing patient, otherwise the rest makes a new one."""

    id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class TypedAbsence:
    """Days away, and the times of their first and last day where it is not the whole day."""

    first: str = ""
    last: str = ""
    starts: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True)
class TypedEnrollment:
    """The form as it was typed. `weekly` and `preferred` are {"mon": [["08:00", "12:00"]]}, or None for any time.

    `protocol` is the id of a published version. `team` maps each need's name to a staff id, or to nothing for “the
    planner decides”; `avoid` holds staff ids. `held` has the local time of each visit, by code, that was held before.
    """

    patients: tuple[TypedPatient, ...] = (TypedPatient(),)
    protocol: str = ""
    earliest: str = ""
    latest: str = ""
    weekly: Mapping[str, Any] | None = None
    preferred: Mapping[str, Any] | None = None
    absences: tuple[TypedAbsence, ...] = ()
    team: Mapping[str, str] = field(default_factory=dict)
    avoid: tuple[str, ...] = ()
    held: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadEnrollment:
    """The form as it is meant. `weekly`, `preferred` and `unavailable` are as the exchange format writes them."""

    earliest: date
    latest: date | None
    weekly: dict[str, Any] | None
    preferred: dict[str, Any] | None
    unavailable: list[list[str]]


class Wrongs:
    """What is wrong, gathered field by field."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}

    def add(self, name: str, message: str) -> None:
        """Notes a fault; the first of a field stays."""
        self.fields.setdefault(name, message)

    def reading(self, name: str, read: Callable[[], T], neutral: T) -> T:
        """What `read` gives; where it refuses, notes why and gives something neutral."""
        try:
            return read()
        except InvalidInput as error:
            self.add(name, str(error))
            return neutral

    def refuse_if_any(self) -> None:
        """Raises InvalidForm with all faults, if there is one."""
        if self.fields:
            raise InvalidForm(self.fields)


def read(typed: TypedEnrollment, zone: ZoneInfo, today: date, wrongs: Wrongs) -> ReadEnrollment:
    """The dates and hours of the form; notes what is wrong. `today` is the clinic's."""
    _check_patients(typed.patients, wrongs)
    earliest = wrongs.reading("earliest", lambda: _date(typed.earliest, "the earliest start"), today)
    latest = wrongs.reading("latest", lambda: _date(typed.latest, "the latest end") if typed.latest else None, None)
    if latest is not None and latest < earliest:
        wrongs.add("latest", "The latest end is before the earliest start. Choose a later date, or none.")
    if latest is not None and latest < today:
        wrongs.add("latest", "The latest end is in the past. Choose a later date, or none.")
    for name, day in (("earliest", earliest), ("latest", latest)):
        if day is not None and day > today + FARTHEST:
            wrongs.add(name, "This is more than five years away. Choose an earlier date.")
    return ReadEnrollment(
        earliest=earliest,
        latest=latest,
        weekly=wrongs.reading("weekly", lambda: _weekly(typed.weekly, must_have_hours=True), None),
        preferred=wrongs.reading("preferred", lambda: _weekly(typed.preferred, must_have_hours=False), None),
        unavailable=_absences(typed.absences, zone, wrongs),
    )


def _check_patients(patients: tuple[TypedPatient, ...], wrongs: Wrongs) -> None:
    if len(patients) > MOST_PATIENTS:
        wrongs.add("patient-0", f"A group has at most {MOST_PATIENTS} patients. Enroll the others by themselves.")
    known = [each.id for each in patients if each.id]
    for number, each in enumerate(patients):
        if each.id:
            if known.count(each.id) > 1:
                wrongs.add(f"patient-{number}", "This patient is in the list twice. Remove one of the lines.")
        else:
            _check_new_patient(number, each, wrongs)


def _check_new_patient(number: int, patient: TypedPatient, wrongs: Wrongs) -> None:
    if not patient.name.strip():
        wrongs.add(f"patient-{number}-name", "Type the patient's name, or choose somebody from the list.")
    elif len(patient.name.strip()) > LONGEST_NAME:
        wrongs.add(f"patient-{number}-name", f"The name has more than {LONGEST_NAME} characters. Shorten it.")
    if patient.email.strip() and not _EMAIL.fullmatch(patient.email.strip()):
        wrongs.add(f"patient-{number}-email", "This is no mail address. Write it like name@example.org.")
    if len(patient.phone.strip()) > 40:
        wrongs.add(f"patient-{number}-phone", "The phone number has more than 40 characters. Shorten it.")


def _date(text: str, what: str) -> date:
    try:
        day = date.fromordinal(parsed_day(text.strip()))
    except ValueError:
        day = date.min
    if day.year not in YEARS:
        raise InvalidInput(f"Choose a date for {what}.")
    return day


def _weekly(typed: Mapping[str, Any] | None, *, must_have_hours: bool) -> dict[str, Any] | None:
    if typed is None:
        return None
    try:
        written = write_weekly(read_weekly(dict(typed)))
    except InvalidFile as refusal:
        day = DAYS.get(refusal.faults[0].pointer[1:4], "These hours")
        why = refusal.faults[0].message
        why = "This is not a pair of times." if "HH:MM" in why else why
        raise InvalidInput(f"{day}: {why} Write hours like 8 AM–12 PM, 1–5 PM.") from None
    if must_have_hours and not written:
        raise InvalidInput("Paint at least one hour in which the patient can come, or allow any time.")
    return written or None


def _absences(typed: tuple[TypedAbsence, ...], zone: ZoneInfo, wrongs: Wrongs) -> list[list[str]]:
    found = [
        wrongs.reading(f"absence-{number}", partial(_absence, each, zone), None) for number, each in enumerate(typed)
    ]
    return [each for each in found if each]


def _absence(typed: TypedAbsence, zone: ZoneInfo) -> list[str] | None:
    """One stretch as the exchange format writes it; None for a line left empty."""
    if not (typed.first or typed.last):
        return None
    first = _date(typed.first or typed.last, "the first day away")
    last = _date(typed.last or typed.first, "the last day away")
    starts = first.toordinal() * DAY + _clock(typed.starts, 0)
    ends = last.toordinal() * DAY + _clock(typed.ends, DAY)
    if starts >= ends:
        raise InvalidInput("This time away ends before it begins. Turn the two around.")
    refuse_skipped(starts, zone)
    refuse_skipped(ends, zone)
    return [write_stamp(starts), write_stamp(ends)]


def _clock(text: str, default: int) -> int:
    if not text.strip():
        return default
    try:
        return parsed_clock(text.strip(), True)
    except ValueError:
        raise InvalidInput("Write times like 14:30.") from None


def refuse_skipped(minute: Minute, zone: ZoneInfo) -> None:
    """Raises InvalidInput for a time that the spring change skips; midnight means a date and is never refused."""
    if minute % DAY and skipped(minute, zone):
        at = wall_clock(minute)
        raise InvalidInput(
            f"{at:%B} {at.day}, {at.year} has no {at:%H:%M}: clocks in {zone.key} go forward then."
            " Choose an earlier or a later time."
        )
