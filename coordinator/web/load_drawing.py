"""Load against capacity over the coming weeks, as bars: the outline is what there is, the filling what is taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Flask

from coordinator.domain.spoken import duration
from coordinator.services.week_hours import WeekLoad

STEP, BAR, LEFT, TOP, HEIGHT = 64, 34, 34, 20, 96


def install(app: Flask) -> None:
    """Gives templates `load_chart`, `load_scale` and `load_words`."""
    for each in (load_chart, load_scale, load_words):
        app.add_template_filter(each)


@dataclass(frozen=True, slots=True)
class LoadBar:
    """A week: the outline's and the filling's height from the ground, and how full it is in figures ("" unknown)."""

    x: float
    available: float
    booked: float
    percent: str
    is_over: bool
    week: WeekLoad
    name: str


@dataclass(frozen=True, slots=True)
class LoadChart:
    """All bars; `marks` are hours with their height from the top, `words` all of it as a sentence."""

    width: int
    height: int
    ground: int
    bars: tuple[LoadBar, ...]
    marks: tuple[tuple[str, float], ...]
    words: str


def load_scale(rows: Iterable[Sequence[WeekLoad]]) -> int:
    """The most minutes that any week of these has: with it, bars of rooms that are always open can be compared."""
    return max((max(each.available, each.booked) for weeks in rows for each in weeks), default=60)


def load_chart(weeks: Sequence[WeekLoad], scale: int = 60) -> LoadChart:
    """The chart of these weeks, the first of them the running one. Its height is worth `scale` minutes, or more."""
    most = max([60, scale, *(max(each.available, each.booked) for each in weeks)])
    bars = tuple(_bar(number, each, most) for number, each in enumerate(weeks))
    half = max(1, most // 120)
    return LoadChart(
        width=LEFT + STEP * len(bars),
        height=TOP + HEIGHT + 24,
        ground=TOP + HEIGHT,
        bars=bars,
        marks=tuple((f"{each} h", round(TOP + HEIGHT - each * 60 * HEIGHT / most, 1)) for each in (half, 2 * half)),
        words="; ".join(f"{each.name}: {load_words(each.week)}" for each in bars),
    )


def load_words(week: WeekLoad) -> str:
    """A week's load in words."""
    if not week.available:
        return f"{duration(week.booked)} taken" if week.booked else "none"
    return f"{duration(week.booked)} of {duration(week.available)}"


def _bar(number: int, week: WeekLoad, most: int) -> LoadBar:
    return LoadBar(
        x=LEFT + STEP * number + (STEP - BAR) / 2,
        available=round(week.available * HEIGHT / most, 1),
        booked=round(week.booked * HEIGHT / most, 1),
        percent=f"{round(100 * week.booked / week.available)}%" if week.available else "",
        is_over=week.has_capacity and week.booked > week.available,
        week=week,
        name="This week" if number == 0 else f"Week of {week.monday:%b} {week.monday.day}",
    )
