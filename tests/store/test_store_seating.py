"""Seating supervision: everybody has a place exactly where there are places enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from coordinator.store.seating import Seat, seated

EIGHT = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
STRETCHES = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=25)


def seats_of(stretches: list[tuple[int, int]]) -> list[Seat]:
    return [Seat(at(start), at(start + length), None) for start, length in stretches]


def at(minutes: int) -> datetime:
    return EIGHT + timedelta(minutes=minutes)


def most_at_once(stretches: list[tuple[int, int]]) -> int:
    return max(
        (sum(start <= minute < start + length for start, length in stretches) for minute in range(60)), default=0
    )


def collide(seats: list[Seat], numbers: list[int]) -> bool:
    return any(
        a.starts_at < b.ends_at and b.starts_at < a.ends_at and m == n
        for (a, m), (b, n) in combinations(zip(seats, numbers, strict=True), 2)
    )


@given(STRETCHES, st.integers(1, 5))
def test_there_is_a_seating_exactly_where_no_moment_has_too_many(stretches: list[tuple[int, int]], places: int) -> None:
    seats = seats_of(stretches)
    numbers = seated(seats, places)
    assert (numbers is not None) == (most_at_once(stretches) <= places)
    if numbers is not None:
        assert not collide(seats, numbers)
        assert all(0 <= number < places for number in numbers)


@given(STRETCHES, st.integers(1, 5))
def test_who_sits_well_keeps_the_place(stretches: list[tuple[int, int]], places: int) -> None:
    seats = seats_of(stretches)
    numbers = seated(seats, places)
    if numbers is not None:
        sitting = [Seat(seat.starts_at, seat.ends_at, number) for seat, number in zip(seats, numbers, strict=True)]
        assert seated(sitting, places) == numbers


def test_a_capacity_that_fell_since_evicts_nobody() -> None:
    together = [Seat(at(0), at(60), 0), Seat(at(0), at(60), 1)]
    assert seated(together, 1) == [0, 1]
    assert seated([*together, Seat(at(30), at(40), None)], 1) is None
    assert seated([*together, Seat(at(60), at(90), None)], 1) == [0, 1, 0]
