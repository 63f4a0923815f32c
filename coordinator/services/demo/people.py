"""The demo clinic's staff and rooms: fourteen people in five roles, eight rooms. Nobody here exists.

Dates are counted from the Monday of the week in which the clinic is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass

Weekly = dict[str, list[list[str]]]
"""Weekly hours as in the exchange format."""


@dataclass(frozen=True, slots=True)
class Away:
    """Days off, both included: counted in days from this week's Monday."""

    first: int
    last: int
    note: str


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff. `other_weekly` are the hours of every second week, where the weeks alternate.

    `day_hours` and `week_hours` limit ordinary work; None is no limit.
    """

    code: str
    name: str
    roles: tuple[str, ...]
    weekly: Weekly
    other_weekly: Weekly | None = None
    supervises: int = 1
    day_hours: int | None = None
    week_hours: int | None = None
    away: tuple[Away, ...] = ()

    @property
    def email(self) -> str:
        """A mail address of the domain that is reserved for examples."""
        return f"{self.name.lower().replace(' ', '.')}@harbor.example.org"


@dataclass(frozen=True, slots=True)
class Place:
    """A room."""

    code: str
    name: str
    kinds: tuple[str, ...]
    seats: int = 1
    turnover: int = 0


def on(days: str, *spans: tuple[str, str]) -> Weekly:
    """The same hours on each of some days: `on("mon tue", ("08:00", "12:00"))`."""
    return {day: [list(span) for span in spans] for day in days.split()}


EARLY = (("08:00", "12:00"), ("12:45", "17:00"))
LATE = (("10:00", "14:00"), ("14:45", "19:00"))
SATURDAY = (("09:00", "14:00"),)
WORKDAYS = "mon tue wed thu fri"

THERAPISTS = (
    Person("th-maya", "Maya Lindqvist", ("therapist",), on(WORKDAYS, *EARLY), day_hours=7, week_hours=32),
    Person(
        "th-tomas", "Tomas Okonjo", ("therapist",), on(WORKDAYS, *LATE), day_hours=7, week_hours=32,
        away=(Away(15, 16, "training"), Away(-20, -18, "family")),
    ),
    Person(
        "th-priya", "Priya Raman", ("therapist",), on("mon tue wed thu", *EARLY), day_hours=7, week_hours=26,
        away=(Away(9, 10, "conference"),),
    ),
    Person(
        "th-jonah", "Jonah Weiss", ("therapist",), on("mon tue wed thu", *LATE) | on("sat", *SATURDAY),
        on(WORKDAYS, *LATE), day_hours=7, week_hours=32,
    ),
    Person(
        "th-elena", "Elena Marchetti", ("therapist",), on("tue wed thu", ("09:00", "13:00"), ("13:45", "18:00")),
        day_hours=7, week_hours=20, away=(Away(24, 24, "appointment"), Away(-5, -5, "unwell")),
    ),
    Person(
        "th-samuel", "Samuel Adeyemi", ("therapist", "facilitator"), on(WORKDAYS, *EARLY), day_hours=7, week_hours=32,
        away=(Away(28, 30, "vacation"),),
    ),
)  # fmt: skip

PHYSICIANS = (
    Person("dr-grace", "Grace Kowalski", ("physician",), on(WORKDAYS, *EARLY), supervises=3),
    Person("dr-henry", "Henry Nakamura", ("physician",), on("mon tue wed thu", *LATE), supervises=3),
    Person(
        "dr-lucia", "Lucia Ferreira", ("physician",), on("tue", ("08:00", "12:00")) | on("fri", *LATE),
        on("tue", ("08:00", "12:00")) | on("fri", *LATE) | on("sat", *SATURDAY), supervises=2,
    ),
)  # fmt: skip

OTHERS = (
    Person(
        "nu-beth", "Beth Calloway", ("nutritionist",), on("tue wed thu fri", ("08:30", "12:30"), ("13:15", "17:30")),
        week_hours=28, away=(Away(-12, -11, "family"),),
    ),
    Person(
        "nu-omar", "Omar Haddad", ("nutritionist",), on("mon wed", ("12:00", "19:00")), on("mon", ("12:00", "19:00")),
    ),
    Person("rn-ruth", "Ruth Mbeki", ("nurse",), on(WORKDAYS, ("08:00", "12:00"), ("12:30", "16:30")), week_hours=36),
    Person(
        "rn-daniel", "Daniel Soto", ("nurse",), on("mon tue wed thu", *LATE) | on("sat", *SATURDAY), week_hours=36,
        away=(Away(17, 17, "training"),),
    ),
    Person("pf-nina", "Nina Park", ("facilitator",), on(WORKDAYS, ("12:00", "19:00")), week_hours=24),
)  # fmt: skip

STAFF = THERAPISTS + PHYSICIANS + OTHERS

ROOMS = (
    Place("dosing-1", "Cedar", ("dosing",), turnover=15),
    Place("dosing-2", "Maple", ("dosing",), turnover=15),
    Place("dosing-3", "Alder", ("dosing", "infusion"), turnover=15),
    Place("infusion-1", "Willow", ("infusion",), turnover=30),
    Place("therapy-1", "Heron", ("therapy",), seats=3),
    Place("therapy-2", "Egret", ("therapy", "consult"), seats=3),
    Place("consult-1", "Plover", ("consult",), seats=2),
    Place("group-1", "Harbor hall", ("group", "therapy"), seats=8, turnover=15),
)
