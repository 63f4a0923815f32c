"""Readers of single values: texts, whole numbers, dates, times, hours. Each notes what is wrong and reads on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from math import inf

from coordinator.domain.clinic_time import DAY, WEEKDAYS, Day, Minute, zone_named
from coordinator.domain.errors import InvalidInput
from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.exchange.nodes import Node, Reader, T

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def free_text(node: Node) -> str:
    """A text, which may be empty."""
    if not isinstance(node.value, str):
        node.fault("This is not a text.")
        return ""
    if _UNSTORABLE.search(node.value):
        node.fault("The text holds a character that is none.")
        return ""
    return node.value


def text(node: Node) -> str:
    """A text of at least one character."""
    found = free_text(node)
    if node.value == "":
        node.fault("The text is empty.")
    return found


def truth(node: Node) -> bool:
    """True or false."""
    if not isinstance(node.value, bool):
        node.fault("This is neither true nor false.")
        return False
    return node.value


def any_whole(node: Node) -> int:
    """A whole number of either sign."""
    if isinstance(node.value, bool) or not isinstance(node.value, int):
        node.fault("This is not a whole number.")
        return 0
    return node.value


def whole_from(low: int) -> Reader[int]:
    """Reads a whole number that is not below `low`; one that is reads as `low`."""

    def read(node: Node) -> int:
        found = any_whole(node)
        if isinstance(node.value, int) and found < low:
            node.fault(f"The number is below {low}.")
        return max(low, found)

    return read


def number(node: Node) -> float:
    """A number of at least 0, whole or not."""
    if isinstance(node.value, bool) or not isinstance(node.value, int | float) or not 0 <= node.value < inf:
        node.fault("This is not a number from 0.")
        return 0
    return node.value


def one_of(*allowed: str) -> Reader[str]:
    """Reads one of some fixed words."""

    def read(node: Node) -> str:
        if not isinstance(node.value, str) or node.value not in allowed:
            node.fault("This must be " + " or ".join(f"“{word}”" for word in allowed) + ".")
            return allowed[0]
        return node.value

    return read


def list_of(reader: Reader[T], least: int = 0) -> Reader[tuple[T, ...]]:
    """Reads a list of at least so many of something."""
    return lambda node: tuple(reader(each) for each in node.items(least))


def map_of(reader: Reader[T]) -> Reader[dict[str, T]]:
    """Reads an object whose names are free."""
    return lambda node: {name: reader(each) for name, each in node.entries()}


def or_null(reader: Reader[T]) -> Reader[T | None]:
    """Reads something that may be null."""
    return lambda node: None if node.value is None else reader(node)


def parsed_day(value: object) -> Day:
    """The ordinal of a date written YYYY-MM-DD; raises ValueError."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError
    return date.fromisoformat(value).toordinal()


def parsed_clock(value: object, end: bool = False) -> int:
    """The minutes after midnight of a time written HH:MM, 24:00 only as an end; raises ValueError."""
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise ValueError
    hour, minute = int(value[:2]), int(value[3:])
    if minute > 59 or hour * 60 + minute >= DAY + end:
        raise ValueError
    return hour * 60 + minute


def parsed_stamp(value: object, end: bool = False) -> Minute:
    """The minute of a time written YYYY-MM-DDTHH:MM, 24:00 only as an end; raises ValueError."""
    if not isinstance(value, str) or len(value) != 16 or value[10] != "T":
        raise ValueError
    return parsed_day(value[:10]) * DAY + parsed_clock(value[11:], end)


def day(node: Node) -> Day:
    """A date."""
    try:
        return parsed_day(node.value)
    except ValueError:
        node.fault("This is not a date written YYYY-MM-DD.")
        return 1


def stamp(node: Node) -> Minute:
    """A time of the clinic's wall clock."""
    try:
        return parsed_stamp(node.value)
    except ValueError:
        node.fault("This is not a time written YYYY-MM-DDTHH:MM.")
        return DAY


def interval(node: Node) -> Interval:
    """A pair of times, `[from, to)`."""
    return Interval(*_pair(node, parsed_stamp, "YYYY-MM-DDTHH:MM"))


def hours_of_day(node: Node) -> tuple[tuple[int, int], ...]:
    """The hours of one day of the week, which do not overlap; sorted."""
    spans = sorted(_pair(each, parsed_clock, "HH:MM") for each in node.items())
    if not node.faults.spoils(node.pointer):
        for (_, ends), (starts, _) in pairwise(spans):
            if starts < ends:
                node.fault(f"Hours of one day overlap at {starts // 60:02d}:{starts % 60:02d}.")
    return tuple(spans)


def weekly(node: Node) -> WeeklyHours:
    """Weekly hours; a day left out is closed."""
    days: dict[str, tuple[tuple[int, int], ...]] = {}
    for name, each in node.entries():
        if name in WEEKDAYS:
            days[name] = hours_of_day(each)
        else:
            each.fault("This is no day of the week: they are " + ", ".join(WEEKDAYS) + ".")
    return WeeklyHours(tuple(days.get(name, ()) for name in WEEKDAYS))


def zone(node: Node) -> str:
    """The name of a time zone of the IANA database."""
    name = text(node)
    if name:
        try:
            zone_named(name)
        except InvalidInput as error:
            node.fault(str(error))
    return name


def _pair(node: Node, parse: Callable[[object, bool], int], form: str) -> tuple[int, int]:
    if not isinstance(node.value, list) or len(node.value) != 2:
        node.fault(f"This is not a pair of times written {form}.")
        return 0, 1
    try:
        starts, ends = parse(node.value[0], False), parse(node.value[1], True)
    except ValueError:
        node.fault(f"This is not a pair of times written {form}.")
        return 0, 1
    if starts >= ends:
        node.fault("The interval does not end after it begins.")
        return 0, 1
    return starts, ends
