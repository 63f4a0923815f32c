"""Counts as columns, stacked where there are several kinds, with their figures above: for server-drawn charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

NARROW, WIDE = 500, 960
LEFT, TOP, HEIGHT, FOOT = 36, 22, 150, 26
_WIDEST, _LABEL_NEEDS, _FIGURE_NEEDS = 44, 52, 20


@dataclass(frozen=True, slots=True)
class Part:
    """One kind's part of a column: `y` is its top."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `x` is its middle. `label` stands below it, `figure` above it; both may be empty for want of room."""

    x: float
    name: str
    label: str
    figure: str
    top: float
    parts: tuple[Part, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """All columns; `marks` are round counts with their height from the top."""

    width: int
    height: int
    left: int
    ground: int
    bar: float
    columns: tuple[Column, ...]
    marks: tuple[tuple[int, float], ...]


def column_chart(
    kinds: Sequence[str], counted: Sequence[tuple[str, str, Sequence[int]]], width: int = NARROW
) -> ColumnChart:
    """The chart of (name, short name, counts by kind), drawn in the order given; the first kind stands lowest."""
    step = (width - LEFT) / max(1, len(counted))
    most = max([1, *(sum(counts) for _, _, counts in counted)])
    by = HEIGHT / most
    every = ceil(_LABEL_NEEDS / step)
    columns = []
    for number, (name, short, counts) in enumerate(counted):
        total = sum(counts)
        columns.append(
            Column(
                x=round(LEFT + step * (number + 0.5), 1),
                name=name,
                label=short if number % every == 0 else "",
                figure=str(total) if total and step >= _FIGURE_NEEDS else "",
                top=round(TOP + HEIGHT - total * by, 1),
                parts=_parts(kinds, counts, by),
                counts=tuple(counts),
            )
        )
    marks = tuple((each, round(TOP + HEIGHT - each * by, 1)) for each in _round_counts(most))
    return ColumnChart(
        width, TOP + HEIGHT + FOOT, LEFT, TOP + HEIGHT, round(min(_WIDEST, step * 0.72), 1), tuple(columns), marks
    )


def _parts(kinds: Sequence[str], counts: Sequence[int], by: float) -> tuple[Part, ...]:
    found, ground = [], float(TOP + HEIGHT)
    for kind, count in zip(kinds, counts, strict=True):
        if count:
            ground -= count * by
            found.append(Part(kind, round(ground, 1), round(count * by, 1)))
    return tuple(found)


def _round_counts(most: int) -> Sequence[int]:
    """Two or three round counts up to the most."""
    step = next(size * 10**power for power in range(9) for size in (1, 2, 5) if most / (size * 10**power) <= 3)
    return range(step, most + 1, step)
