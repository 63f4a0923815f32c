"""What plans give and cost beside each other, in words."""

from __future__ import annotations

from datetime import date

from coordinator.domain.trade_offs import BALANCED, SOONEST, Facts, in_words

STEADY = Facts(date(2027, 2, 24).toordinal(), 48, {}, 0, None, off=16)
QUICK = Facts(date(2027, 2, 13).toordinal(), 48, {}, 0, None, off=33)


def test_spacing_is_told_of_the_plan_that_keeps_it_and_of_the_one_that_does_not() -> None:
    assert in_words([BALANCED], STEADY, [QUICK]) == (
        "Ends on February 24, 11 days later, but its gaps are 17 days nearer the ideal"
        " and it costs least by the clinic's own weights."
    )
    assert in_words([SOONEST], QUICK, [STEADY]) == (
        "Ends on February 13, 11 days sooner, but its gaps are 17 days further off the ideal."
    )
