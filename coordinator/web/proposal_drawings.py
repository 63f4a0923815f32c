"""Proposals as drawings: plans to choose from on one time axis, and the cost of a plan in the making."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from coordinator.services.proposal_choices import Choice, ChoiceDot
from coordinator.web.program_drawing import letter_of, rows
from coordinator.web.words import dated

WIDTH, LEFT, RIGHT, TOP, LANE, ROW, APART = 400, 66, 10, 22, 20, 14, 14
CURVE_WIDTH, CURVE_HEIGHT = 400, 72


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit: its kind's letter, filled where it is a dosing visit, square where it is by video."""

    x: float
    y: float
    kind: str
    letter: str
    is_video: bool
    title: str


@dataclass(frozen=True, slots=True)
class Road:
    """One plan's roadmap: lanes as (label, y), months as (name, x), its visits, and the end line."""

    width: int
    height: float
    lanes: tuple[tuple[str, float], ...]
    months: tuple[tuple[str, float], ...]
    stops: tuple[Stop, ...]
    end: float
    words: str


def roads(choices: Sequence[Choice]) -> dict[int, Road]:
    """A drawing for each plan, by proposal id, all on one time axis, so that they can be compared by eye."""
    days = [dot.day for each in choices for dot in each.dots]
    if not days:
        return {}
    first, last = min(days), max(days)
    courses = sorted(
        {dot.course for each in choices for dot in each.dots}, key=lambda each: (each is not None, each or 0)
    )
    scale = _Scale(first, (WIDTH - LEFT - RIGHT) / max(1, (last - first).days))
    lanes = {(each.id, course): _lane(each, course, scale) for each in choices for course in courses}
    heights = [
        LANE + ROW * max((row for each in choices for *_, row in lanes[each.id, course]), default=0)
        for course in courses
    ]
    tops = [TOP + sum(heights[:number]) for number in range(len(courses) + 1)]
    return {
        each.id: _road(each, [lanes[each.id, course] for course in courses], courses, tops, last, scale)
        for each in choices
    }


@dataclass(frozen=True, slots=True)
class _Scale:
    first: date
    step: float

    def x(self, day: date) -> float:
        return round(LEFT + (day - self.first).days * self.step, 1)


def _lane(choice: Choice, course: int | None, scale: _Scale) -> list[tuple[ChoiceDot, int]]:
    """A plan's visits of one course, each with its row."""
    dots = sorted((dot for dot in choice.dots if dot.course == course), key=lambda dot: dot.day)
    return list(zip(dots, rows([scale.x(dot.day) for dot in dots], APART), strict=True))


def _road(
    choice: Choice,
    lanes: list[list[tuple[ChoiceDot, int]]],
    courses: list[int | None],
    tops: list[int],
    last: date,
    scale: _Scale,
) -> Road:
    stops = tuple(
        _stop(dot, scale.x(dot.day), top + LANE / 2 + ROW * row)
        for top, lane in zip(tops, lanes, strict=False)
        for dot, row in lane
    )
    names = ["Around" if course is None else f"Course {course}" for course in courses]
    return Road(
        width=WIDTH,
        height=tops[-1] + 6,
        lanes=tuple((name, (tops[number] + tops[number + 1]) / 2) for number, name in enumerate(names)),
        months=tuple(_months(scale, last)),
        stops=stops,
        end=max((stop.x for stop in stops), default=LEFT),
        words=f"{len(stops)} visits until {choice.ends:%B} {choice.ends.day}",
    )


def _stop(dot: ChoiceDot, x: float, y: float) -> Stop:
    return Stop(x, y, dot.kind, letter_of(dot.kind), dot.is_video, f"{dot.title}, {dated(dot.day)}")


def _months(scale: _Scale, last: date) -> list[tuple[str, float]]:
    """The months; the first one's name gives way where it has no room before the second's."""
    found: list[tuple[str, float]] = []
    day = scale.first
    while day <= last:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        if scale.x(day) < WIDTH - 26 and (following > last or scale.x(following) - scale.x(day) > 30):
            found.append((f"{day:%b}", scale.x(day)))
        day = following
    return found


@dataclass(frozen=True, slots=True)
class Curve:
    """The cost of each better plan over time, as a line of steps, and the bound below it."""

    width: int
    height: int
    line: str
    bound: float | None


def cost_curve(steps: Sequence[tuple[float, int, int]], bound: int | None, until: float) -> Curve | None:
    """The steps (seconds, programs planned, cost) of the plans with most programs so far, up to the second `until`.

    None for fewer than two.
    """
    most = max((planned for _, planned, _ in steps), default=0)
    best = [(seconds, cost) for seconds, planned, cost in steps if planned == most and most]
    if len(best) < 2:
        return None
    low = min([cost for _, cost in best] + ([bound] if bound else []))
    high = max(cost for _, cost in best)
    begin, end = best[0][0], max(best[-1][0], until)
    points = [(_x(seconds, begin, end), _y(cost, low, high)) for seconds, cost in best]
    line = f"M{points[0][0]} {points[0][1]}" + "".join(f" H{x} V{y}" for x, y in points[1:]) + f" H{CURVE_WIDTH}"
    return Curve(CURVE_WIDTH, CURVE_HEIGHT, line, _y(bound, low, high) if bound else None)


def _x(seconds: float, begin: float, end: float) -> float:
    return round((seconds - begin) * CURVE_WIDTH / max(end - begin, 0.1), 1)


def _y(cost: int, low: int, high: int) -> float:
    return round(6 + (high - cost) * (CURVE_HEIGHT - 12) / max(high - low, 1), 1)
