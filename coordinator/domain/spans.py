"""Arithmetic of spans: sorted, disjoint, half-open `(start, end)` pairs of whole numbers, touching ones joined."""

from __future__ import annotations

from collections.abc import Iterable

Span = tuple[int, int]
Spans = tuple[Span, ...]


def union(spans: Iterable[Span]) -> Spans:
    """All that is in any of the spans, which may be in any order and overlap."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return tuple(joined)


def without(spans: Iterable[Span], taken: Iterable[Span]) -> Spans:
    """What is left of the spans where the taken ones are cut out."""
    left = list(union(spans))
    for cut_start, cut_end in union(taken):
        left = [piece for start, end in left for piece in _cut(start, end, cut_start, cut_end)]
    return tuple(left)


def clipped(spans: Iterable[Span], start: int, end: int) -> Spans:
    """The parts of the spans within `[start, end)`."""
    return union((max(a, start), min(b, end)) for a, b in spans)


def _cut(start: int, end: int, cut_start: int, cut_end: int) -> list[Span]:
    pieces = [(start, min(end, cut_start)), (max(start, cut_end), end)]
    return [(a, b) for a, b in pieces if a < b]
