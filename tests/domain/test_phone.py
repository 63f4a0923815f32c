"""Telephone numbers as they are written and dialed."""

from __future__ import annotations

import pytest

from coordinator.domain.phone import dialed


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("(206) 555-0126", "+12065550126"),
        ("206.555.0126", "+12065550126"),
        ("1 206 555 0126", "+12065550126"),
        ("+49 30 901820", "+4930901820"),
        ("12", None),
        ("ask for Pat", None),
        ("", None),
    ],
)
def test_a_number_is_dialed_in_full(written: str, number: str | None) -> None:
    assert dialed(written) == number
