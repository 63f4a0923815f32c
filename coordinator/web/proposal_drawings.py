"""Proposals as drawings: plans to choose from on one time axis, and the cost of a plan in the making."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from coordinator.services.proposal_choices import Choice
from coordinator.web.words import dated

WIDTH, LEFT, RIGHT, TOP, LANE = 400, 66, 10, 22, 22
CURVE_WIDTH, CURVE_HEIGHT = 400, 72


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit: filled where it is a dosing visit, square where it is by video; `kind` gives its hue."""

    x: float
    y: float
    kind: str
    is_video: bool
    title: str


@dataclass(frozen=True, slots=True)
class Road:
    """One plan's roadmap: lanes as (label, y), months as (name, x), its visits, and the end line."""

    width: int
    height: int
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
    step = (WIDTH - LEFT - RIGHT) / max(1, (last - first).days)
    return {each.id: _road(each, first, last, courses, step) for each in choices}


def _road(choice: Choice, first: date, last: date, courses: list[int | None], step: float) -> Road:
    y = {course: TOP + LANE * number + LANE / 2 for number, course in enumerate(courses)}
    stops = tuple(
        Stop(
            round(LEFT + (dot.day - first).days * step, 1),
            y[dot.course],
            dot.kind,
            dot.is_video,
            f"{dot.title}, {dated(dot.day)}",
        )
        for dot in sorted(choice.dots, key=lambda dot: dot.day)
    )
    return Road(
        width=WIDTH,
        height=int(TOP + LANE * len(courses) + 6),
        lanes=tuple(("Around" if course is None else f"Course {course}", y[course]) for course in courses),
        months=tuple(_months(first, last, step)),
        stops=stops,
        end=max((stop.x for stop in stops), default=LEFT),
        words=f"{len(stops)} visits until {choice.ends:%B} {choice.ends.day}",
    )


def _months(first: date, last: date, step: float) -> list[tuple[str, float]]:
    found = [(f"{first:%b}", float(LEFT))]
    day = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    while day <= last:
        x = round(LEFT + (day - first).days * step, 1)
        if x - found[-1][1] > 30 and x < WIDTH - 26:
            found.append((f"{day:%b}", x))
        day = (day + timedelta(days=32)).replace(day=1)
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
