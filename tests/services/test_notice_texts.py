"""The words of notices: as a person reviewed them (tests/golden/notices), and free of what must not stand there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.domain.discretion import is_discreet
from coordinator.services.notice_texts import TEXTS, Letter, Occasion, patient_reminder, staff_reminder

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "notices"
START = datetime(2027, 1, 5, 18, 0, tzinfo=UTC)
OCCASION = Occasion(
    clinic="Harbor Clinic",
    zone=ZoneInfo("America/Los_Angeles"),
    start=START,
    end=START + timedelta(minutes=90),
    code="E-0007",
    room="Room 3",
)
INDISCREET = replace(OCCASION, clinic="Bay Ketamine Psychotherapy", room="Dosing room 1", code="kap-3x6-07")
AUTUMN_FIRST = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)  # 1:30 AM for the first of two times
CASES: dict[str, tuple[Callable[[Occasion], Letter], Occasion]] = {
    "patient": (patient_reminder, OCCASION),
    "patient-by-video": (patient_reminder, replace(OCCASION, room=None)),
    "patient-clinic-not-named": (patient_reminder, INDISCREET),
    "patient-after-the-spring-change": (
        patient_reminder,
        replace(OCCASION, start=datetime(2027, 3, 14, 16, tzinfo=UTC), end=datetime(2027, 3, 14, 17, tzinfo=UTC)),
    ),
    "patient-first-of-two-times": (
        patient_reminder,
        replace(OCCASION, start=AUTUMN_FIRST, end=AUTUMN_FIRST + timedelta(minutes=15)),
    ),
    "staff": (staff_reminder, OCCASION),
    "staff-by-video": (staff_reminder, replace(OCCASION, room=None)),
    "staff-nothing-named": (staff_reminder, INDISCREET),
    "staff-zone-without-letters": (staff_reminder, replace(OCCASION, zone=ZoneInfo("America/Sao_Paulo"))),
}


@pytest.mark.parametrize("name", CASES)
def test_each_text_is_the_one_that_was_reviewed(name: str) -> None:
    write, occasion = CASES[name]
    letter = write(occasion)
    assert f"Subject: {letter.subject}\n\n{letter.text}" == (GOLDEN / f"{name}.txt").read_text()


def test_every_reviewed_text_is_still_written() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == set(CASES)


@pytest.mark.parametrize("write", TEXTS.values())
@given(clinic=st.text(max_size=40), room=st.none() | st.text(max_size=40), code=st.text(max_size=20))
def test_whatever_things_are_called_nothing_protected_leaves(
    write: Callable[[Occasion], Letter], clinic: str, room: str | None, code: str
) -> None:
    letter = write(replace(OCCASION, clinic=clinic, room=room, code=code))
    assert is_discreet(letter.subject)
    assert all(is_discreet(line) for line in letter.text.split("\n"))


@pytest.mark.parametrize(
    "name", ["Bay Ketamine", "KetaWell", "The KAP Center", "Eating Disorders West", "Spravato clinic", "ED Associates"]
)
def test_a_name_that_says_too_much_is_not_discreet(name: str) -> None:
    assert not is_discreet(name)


@pytest.mark.parametrize("name", ["Harbor Clinic", "Kaplan Medical Group", "Edward Hill, MD", "Meadowed House"])
def test_a_name_that_says_nothing_is_discreet(name: str) -> None:
    assert is_discreet(name)


def test_what_could_break_a_line_is_not_discreet() -> None:
    assert not is_discreet("Harbor\r\nBcc: everybody@example.org")
