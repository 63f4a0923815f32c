"""The roadmap: where visits fall when everything goes as it ideally should."""

from __future__ import annotations

import pytest

from coordinator.domain.expand import expand
from coordinator.domain.protocol import Gap, Protocol, ProtocolVisit
from coordinator.domain.protocol_library import TEMPLATES
from coordinator.domain.roadmap import ideal_days


def protocol(*gaps: Gap) -> Protocol:
    """Visits a, b and c with these gaps."""
    visits = tuple(ProtocolVisit(name, "dosing", 60, None, ()) for name in "abc")
    return Protocol("p", "P", visits, gaps)


def test_the_ideal_counts_and_where_there_is_none_the_least() -> None:
    days = ideal_days(protocol(Gap("a", "b", 2, 9, 4), Gap("b", "c", 3)))
    assert days == {"a": 0, "b": 4, "c": 7}


def test_the_longest_way_decides() -> None:
    days = ideal_days(protocol(Gap("a", "b", ideal_days=4), Gap("b", "c", ideal_days=4), Gap("a", "c", ideal_days=5)))
    assert days["c"] == 8


def test_what_comes_before_the_anchor_moves_the_start() -> None:
    assert ideal_days(protocol(Gap("a", "b", -3, 0, -2), Gap("a", "c", 1))) == {"a": 0, "b": 0, "c": 1}


def test_a_circle_of_gaps_comes_to_an_end() -> None:
    assert set(ideal_days(protocol(Gap("a", "b", 1), Gap("b", "a", 1)))) == {"a", "b", "c"}


@pytest.mark.parametrize("code", TEMPLATES)
def test_every_gap_of_the_library_is_at_least_its_least(code: str) -> None:
    whole = expand(TEMPLATES[code].compact)
    days = ideal_days(whole)
    assert all(days[gap.after] - days[gap.before] >= gap.min_days for gap in whole.gaps)
    assert min(days.values()) == 0
