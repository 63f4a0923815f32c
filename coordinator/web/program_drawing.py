"""A program's roadmap as a drawing: courses as lanes, visits as dots on their days, gaps as arcs between them.

Nothing is said by color alone: a dot has its kind's letter, its form says room or video, filling and sign its state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from coordinator.services.programs import GapState, Lane, Stop
from coordinator.web import words

LEFT, RIGHT, TOP, ROW, LANE, APART = 84, 24, 34, 24, 18, 21
LEAST_WIDTH, DAY_WIDTH = 980, 7.5
LETTERS = {"peer": "Pe"}
"""Where the first letter of a kind is another kind's, too."""
SIGNS = {"over": "?", "now": "!", "stopped_early": "/"}
DONE = frozenset({"attended", "stopped_early"})


@dataclass(frozen=True, slots=True)
class Mark:
    """A visit: where it lies, and what it is."""

    x: float
    y: float
    kind: str
    letter: str
    state: str
    sign: str
    is_video: bool
    title: str


@dataclass(frozen=True, slots=True)
class Arc:
    """A gap between two visits; `label` says how many days it is off the ideal, "" where none."""

    path: str
    fit: str
    label: str
    x: float
    y: float
    title: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of it: lanes as (label, y), months as (name, x), attempts that were missed as (x, y, title)."""

    width: float
    height: float
    lanes: tuple[tuple[str, float], ...]
    months: tuple[tuple[str, float], ...]
    marks: tuple[Mark, ...]
    missed: tuple[tuple[float, float, str], ...]
    arcs: tuple[Arc, ...]
    today: float | None
    words: str


def program_drawing(lanes: Sequence[Lane], today: date) -> Drawing:
    """The roadmap on a calendar; visits without a time stand, dashed, where they would ideally fall."""
    days = [stop.day for lane in lanes for stop in lane.stops]
    first, last = min(days), max(days)
    step = max(DAY_WIDTH, (LEAST_WIDTH - LEFT - RIGHT) / max(1, (last - first).days))
    scale = _Scale(first, step)
    tops, marks = [float(TOP)], dict[str, Mark]()
    for lane in lanes:
        rows = _in_rows(lane.stops, scale)
        for stop, row in rows:
            marks[stop.code] = _mark(stop, lane, scale.x(stop.day), tops[-1] + LANE + row * ROW)
        tops.append(tops[-1] + 2 * LANE + max((row for _, row in rows), default=0) * ROW)
    width = LEFT + RIGHT + (last - first).days * step
    return Drawing(
        width=round(width, 1),
        height=tops[-1] + 6,
        lanes=tuple((_lane_name(lane), (tops[n] + tops[n + 1]) / 2) for n, lane in enumerate(lanes)),
        months=tuple(_months(scale, last)),
        marks=tuple(marks.values()),
        missed=tuple(_missed(lanes, marks, scale)),
        arcs=tuple(_arcs(lanes, marks)),
        today=scale.x(today) if first <= today <= last else None,
        words=_words(lanes, first, last),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    first: date
    step: float

    def x(self, day: date) -> float:
        return round(LEFT + (day - self.first).days * self.step, 1)


def _in_rows(stops: Iterable[Stop], scale: _Scale) -> list[tuple[Stop, int]]:
    some = sorted(stops, key=lambda each: each.day)
    return list(zip(some, rows([scale.x(each.day) for each in some], APART), strict=True))


def rows(places: Iterable[float], apart: float) -> list[int]:
    """The row of each of these places, from left to right: visits that would touch lie under each other."""
    ends: list[float] = []
    found = []
    for x in places:
        row = next((number for number, end in enumerate(ends) if end <= x), len(ends))
        ends[row:] = [x + apart, *ends[row + 1 :]]
        found.append(row)
    return found


def letter_of(kind: str) -> str:
    """What stands for a kind of visit in a drawing."""
    return LETTERS.get(kind, kind[:1].upper())


def _mark(stop: Stop, lane: Lane, x: float, y: float) -> Mark:
    place = "by video" if stop.by_video else "in a room"
    when = words.dated(stop.day) if stop.card else f"ideally {words.dated(stop.day)}"
    course = f", course {lane.number}" if lane.number is not None else ""
    return Mark(
        x=x,
        y=y,
        kind=stop.kind,
        letter=letter_of(stop.kind),
        state=stop.state,
        sign=SIGNS.get(stop.state, ""),
        is_video=stop.by_video,
        title=f"{stop.title}{course}: {when}, {place}, {words.words(stop.state).lower()}",
    )


def _missed(lanes: Iterable[Lane], marks: Mapping[str, Mark], scale: _Scale) -> Iterator[tuple[float, float, str]]:
    for lane in lanes:
        for stop in lane.stops:
            for each in stop.missed:
                if each.start.date() >= scale.first:
                    title = f"{stop.title}: {words.words(each.stage).lower()} on {words.dated(each.start)}"
                    yield scale.x(each.start.date()), marks[stop.code].y + 13, title


def _arcs(lanes: Iterable[Lane], marks: Mapping[str, Mark]) -> Iterator[Arc]:
    """The gaps inside a lane, and between lanes those that are wrong: all of them would hide the visits."""
    for lane in lanes:
        here = {stop.code for stop in lane.stops}
        for stop in lane.stops:
            for gap in stop.gaps:
                if gap.days is not None and gap.code in marks and (gap.code in here or gap.fit == "wrong"):
                    yield _arc(gap, marks[gap.code], marks[stop.code], stop.title)


def _arc(gap: GapState, before: Mark, after: Mark, title: str) -> Arc:
    middle = round((before.x + after.x) / 2, 1)
    rise = min(before.y, after.y) - (11 if gap.fit == "ideal" else 15)
    path = f"M{before.x} {before.y} Q{middle} {rise - 6:.1f} {after.x} {after.y}"
    return Arc(path, gap.fit, _off(gap), middle, round(rise, 1), f"{title}: {_gap_words(gap)}")


def _off(gap: GapState) -> str:
    if gap.days is None or gap.ideal is None or gap.days == gap.ideal:
        return "!" if gap.fit == "wrong" else ""
    return f"{'!' if gap.fit == 'wrong' else ''}{gap.days - gap.ideal:+d}".replace("-", "\N{MINUS SIGN}")


def _gap_words(gap: GapState) -> str:
    ideal = f", ideal {gap.ideal}" if gap.ideal is not None and gap.fit == "near" else ""
    allowed = f"{gap.least} to {gap.most}" if gap.most is not None else f"{gap.least} or more"
    wrong = f", allowed {allowed}" if gap.fit == "wrong" else ""
    return f"{words.count(gap.days or 0, 'day')} after {gap.before}{ideal}{wrong}"


def _months(scale: _Scale, last: date) -> Iterator[tuple[str, float]]:
    day = scale.first
    while day <= last:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        if day != scale.first or scale.x(following) - scale.x(day) > 60:
            yield (f"{day:%b} {day.year}" if day.month == 1 or day == scale.first else f"{day:%b}"), scale.x(day)
        day = following


def _lane_name(lane: Lane) -> str:
    return "Around" if lane.number is None else f"Course {lane.number}"


def _words(lanes: Sequence[Lane], first: date, last: date) -> str:
    stops = [stop for lane in lanes for stop in lane.stops]
    done = sum(stop.state in DONE for stop in stops)
    ahead = sum(stop.card is None for stop in stops)
    off = sum(gap.fit in ("near", "wrong") for stop in stops for gap in stop.gaps)
    parts = [
        f"{words.count(len(stops), 'visit')} from {words.dated(first)} to {words.dated(last)}",
        f"{done} took place",
        *([f"{ahead} without a time"] if ahead else []),
        f"{words.count(off, 'gap')} off the ideal" if off else "every gap as it ideally is",
    ]
    return ", ".join(parts)
