"""Feeds that are hard to read: what clients stumbled over, each kept as a golden file under tests/golden/feeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from coordinator.calendars.feed import Feed, FeedEvent, compose
from coordinator.calendars.memory import settle
from coordinator.calendars.privacy import VisitFacts, shown, up_to
from coordinator.domain.clinic_time import midnight_utc, zone_named

AT = datetime(2027, 1, 4, 15, 0, tzinfo=UTC)
ZONES = ("America/Los_Angeles", "America/New_York", "Europe/London", "Australia/Sydney")
ROUND = ("👩🏽‍⚕️", "e\u0301", "漢字", "🏳️‍🌈", "\u0928\u093f", "é")
"""Characters of several octets and several code points: a zero-width joiner, combining marks, variation selectors."""
NASTY = (
    'Zoë "Zed" O\'Hara, Jr.; and co',
    "back\\slash \\n \\\\ end\\",
    "one\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:two",
    "END:VCALENDAR",
    "semi;colon,comma:colon=equals",
    "tab\tnul\x00bell\x07 next\x85line\u2028separator",
    "\u202eright to left\u202c and \ufeffback",
    "-" * 200,
    " blank at both ends ",
)
PATIENT = ("p01", "Ximena Qvarnström")
FORBIDDEN = ("Ximena", "Qvarnström", "ketamine", "anorexia")


def event(number: int, **facts: object) -> FeedEvent:
    """A quiet event, a day apart from the one before, unless `facts` say otherwise."""
    starts = AT + timedelta(days=number)
    known: dict[str, object] = {
        "uid": f"visit-{number}@example.coordinator", "sequence": 0, "changed_at": AT, "starts": starts,
        "ends": starts + timedelta(hours=1), "summary": "p01 · 60 min",
    }  # fmt: skip
    return FeedEvent(**(known | facts))  # type: ignore[arg-type]


def at_every_fold_offset() -> Feed:
    """Each wide character at each place where a line can be folded."""
    texts = [f"{'x' * offset}{wide * 3}" for wide in ROUND for offset in range(48, 76)]
    return Feed(
        "漢字 👩🏽‍⚕️ " * 8, tuple(event(number, summary=text, location=text) for number, text in enumerate(texts))
    )


def nasty_names() -> Feed:
    """Names that could end an event, or a value, where they are not escaped."""
    events = [event(number, summary=text, location=text, description=text) for number, text in enumerate(NASTY)]
    return Feed('Harbor; Clinic, "North" \\ South', tuple(events))


def clock_changes() -> Feed:
    """In four zones, both sides of each change of the clocks from 2027 to 2028: half past nine by the wall clock."""
    events = []
    for number, (zone, start) in enumerate(_around_changes()):
        said = f"{zone} {start.astimezone(zone_named(zone)):%H:%M}"
        events.append(event(number, starts=start, ends=start + timedelta(hours=1), summary=said))
    return Feed("Clock changes", tuple(events))


def _around_changes() -> Iterator[tuple[str, datetime]]:
    for zone in ZONES:
        info = zone_named(zone)
        for number in range(2 * 365):
            day = date(2027, 1, 1) + timedelta(days=number)
            length = midnight_utc(day + timedelta(days=1), info) - midnight_utc(day, info)
            if length != timedelta(days=1):
                for near in (day - timedelta(days=1), day, day + timedelta(days=1)):
                    yield zone, datetime.combine(near, time(9, 30), info).astimezone(UTC)


def at_level(level: str, owner_kind: str = "staff") -> Feed:
    """What a level shows of a visit in a room whose name tells too much, and of one in a quiet room."""
    for_patient = owner_kind == "enrollment"
    facts = VisitFacts("dosing", 120, "e01", (PATIENT,), "Dosing room 1", for_patient)
    faces = [shown(level, each) for each in (facts, replace(facts, room="Ketamine room"), replace(facts, room=None))]
    events = [event(number, summary=face.summary, location=face.location) for number, face in enumerate(faces)]
    return Feed("Harbor Clinic", tuple(events))


def sequence() -> Iterator[Feed]:
    """A visit as it is published, moved, moved back, canceled, and added again; one beside it that stays."""
    there = event(1)
    later = there._replace(starts=there.starts + timedelta(hours=2), ends=there.ends + timedelta(hours=2))
    memory: dict[str, list[object]] = {}
    for number, each in enumerate((there, later, there, there._replace(canceled=True), there)):
        now = AT + timedelta(hours=number)
        settled = settle(memory, [each._replace(sequence=number, changed_at=now), event(2)], now)
        memory = settled.memory
        yield Feed("Harbor Clinic", settled.events)


def rung() -> Feed:
    """With alarms, a link, and a canceled visit that rings no more."""
    facts: dict[str, object] = {"alarm_minutes": 10, "url": "https://clinic.example/visits/1"}
    return Feed("Harbor Clinic", (event(1, **facts), event(2, **facts, canceled=True, sequence=2)))


def all_feeds() -> dict[str, bytes]:
    """Every hard feed by the name of its golden file."""
    feeds = {
        "empty": Feed("Nothing yet", ()),
        "fold-offsets": at_every_fold_offset(),
        "nasty-names": nasty_names(),
        "clock-changes": clock_changes(),
        "alarms": rung(),
    }
    feeds |= {f"level-{level}": at_level(level) for level in up_to("full", "staff")}
    feeds |= {f"patient-{level}": at_level(level, "enrollment") for level in up_to("full", "enrollment")}
    feeds |= {f"sequence-{number}": feed for number, feed in enumerate(sequence())}
    return {name: compose(feed) for name, feed in feeds.items()}
