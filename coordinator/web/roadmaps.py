"""A protocol's roadmap as a drawing: everything that the template of the SVG needs, in its units."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from coordinator.services.protocols import Dot, Roadmap

LEFT, TOP, LANE, RADIUS = 84, 30, 46, 7
LEAST_WIDTH, DAY_WIDTH = 1000, 9


@dataclass(frozen=True, slots=True)
class DrawnDot:
    """A visit's circle."""

    dot: Dot
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing: lanes as (label, y), ticks as (week, x), gaps as paths."""

    width: float
    height: float
    lanes: tuple[tuple[str, float], ...]
    ticks: tuple[tuple[int, float], ...]
    dots: tuple[DrawnDot, ...]
    paths: tuple[str, ...]

    @property
    def is_wide(self) -> bool:
        """Whether it is drawn at its own width, to be scrolled; otherwise it fills the page."""
        return self.width > LEAST_WIDTH * 1.2


def drawn(roadmap: Roadmap) -> Picture:
    """Days go from left to right; visits of one lane on one day stand above each other."""
    step = max(DAY_WIDTH, (LEAST_WIDTH - LEFT - 30) / max(roadmap.days, 1))
    tops = _lane_tops(roadmap)
    dots = tuple(_placed(roadmap, step, tops))
    weeks = range(roadmap.days // 7 + 1)
    every = 1 if len(weeks) <= 26 else 4
    return Picture(
        width=LEFT + roadmap.days * step + 30,
        height=tops[-1] + 10,
        lanes=tuple(
            (label, tops[number] + (tops[number + 1] - tops[number]) / 2) for number, label in enumerate(roadmap.lanes)
        ),
        ticks=tuple((week + 1, round(LEFT + week * 7 * step, 1)) for week in weeks if week % every == 0),
        dots=dots,
        paths=tuple(_path(dots[before], dots[after]) for before, after in roadmap.gaps),
    )


def _stacks(roadmap: Roadmap) -> dict[tuple[int, int], list[Dot]]:
    stacks: defaultdict[tuple[int, int], list[Dot]] = defaultdict(list)
    for dot in roadmap.dots:
        stacks[dot.lane, dot.day].append(dot)
    return stacks


def _lane_tops(roadmap: Roadmap) -> list[float]:
    """Where each lane begins, and where the last ends: a lane is as high as its highest stack."""
    stacks = _stacks(roadmap)
    tops = [float(TOP)]
    for lane in range(len(roadmap.lanes)):
        highest = max((len(dots) for (each, _), dots in stacks.items() if each == lane), default=1)
        tops.append(tops[-1] + max(LANE, highest * 20 + 16))
    return tops


def _placed(roadmap: Roadmap, step: float, tops: list[float]) -> list[DrawnDot]:
    stacks = _stacks(roadmap)
    placed = []
    for dot in roadmap.dots:
        stack = stacks[dot.lane, dot.day]
        middle = (tops[dot.lane] + tops[dot.lane + 1]) / 2
        y = middle + (stack.index(dot) - (len(stack) - 1) / 2) * 20
        placed.append(DrawnDot(dot, round(LEFT + dot.day * step, 1), round(y, 1)))
    return placed


def _path(before: DrawnDot, after: DrawnDot) -> str:
    bend = (after.x - before.x) / 2
    return (
        f"M{before.x} {before.y} C{before.x + bend:.1f} {before.y} {after.x - bend:.1f} {after.y} {after.x} {after.y}"
    )
