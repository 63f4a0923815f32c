"""Gaps that no calendar can keep together are found, and only those."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.domain.expand import expand
from coordinator.domain.gap_conflicts import contradiction
from coordinator.domain.protocol import Gap, Need, Protocol, ProtocolVisit
from coordinator.domain.protocol_library import TEMPLATES

NAMES = "abcd"


def of(*gaps: Gap) -> Protocol:
    visits = tuple(ProtocolVisit(name, "review", 30, None, (Need("lead", "therapist", 30),)) for name in NAMES)
    return Protocol("p", "P", visits, gaps)


@pytest.mark.parametrize(
    ("gaps", "found"),
    [
        ((Gap("a", "b", 1), Gap("b", "c", 1)), ()),
        ((Gap("a", "b", 1), Gap("b", "c"), Gap("c", "a", 2)), (0, 1, 2)),
        ((Gap("a", "b"), Gap("b", "a")), (0, 1)),
        ((Gap("a", "b", 3), Gap("b", "c", 3), Gap("a", "c", 0, 5)), (0, 1, 2)),
        ((Gap("a", "b", 3), Gap("b", "c", 3), Gap("a", "c", 0, 6)), ()),
        ((Gap("a", "b", -3, 3), Gap("b", "a", -3, 3)), ()),
        ((Gap("a", "b", -3, min_minutes=0), Gap("b", "a")), (0, 1)),
        ((Gap("a", "nowhere", 3), Gap("nowhere", "a", 3)), ()),
        ((), ()),
    ],
)
def test_gaps_that_cannot_all_be_kept_are_named(gaps: tuple[Gap, ...], found: tuple[int, ...]) -> None:
    assert tuple(sorted(contradiction(of(*gaps)))) == found


@pytest.mark.parametrize("code", TEMPLATES)
def test_the_librarys_protocols_do_not_contradict_themselves(code: str) -> None:
    assert contradiction(expand(TEMPLATES[code].compact)) == ()


SOME_GAPS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(0, 3), st.none() | st.integers(0, 3))
    .filter(lambda each: each[0] != each[1] and (each[3] is None or each[2] <= each[3]))
    .map(lambda each: Gap(*each)),
    max_size=6,
)


@given(SOME_GAPS, st.lists(st.integers(0, 6), min_size=4, max_size=4))
def test_what_some_days_keep_is_no_contradiction(gaps: list[Gap], days: list[int]) -> None:
    at = {name: timedelta(days=day) for name, day in zip(NAMES, days, strict=True)}

    def is_kept(gap: Gap) -> bool:
        apart = (at[gap.after] - at[gap.before]).days
        return gap.min_days <= apart and (gap.max_days is None or apart <= gap.max_days) and apart > 0

    kept = [gap for gap in gaps if is_kept(gap)]
    assert contradiction(of(*kept)) == ()
