"""The words of notices: as a person reviewed them (tests/golden/notices), and free of what must not stand there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.domain.discretion import is_discreet, protected_words
from coordinator.domain.notice_template import unknown_fields
from coordinator.domain.reminding import AUDIENCES, VISIT_AHEAD
from coordinator.domain.telling import VIDEO, Appointment, Difference
from coordinator.services.notice_defaults import DEFAULTS, FIELDS, group_of
from coordinator.services.notice_texts import (
    Fields,
    Occasion,
    changes_fields,
    day_lines,
    letter,
    moment_fields,
    visit_fields,
)

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "notices"
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
START = datetime(2027, 1, 5, 18, 0, tzinfo=UTC)
OCCASION = Occasion(
    clinic="Harbor Clinic",
    zone=LOS_ANGELES,
    start=START,
    end=START + timedelta(minutes=90),
    code="E-0007",
    room="Room 3",
)
INDISCREET = replace(OCCASION, clinic="Bay Ketamine Psychotherapy", room="Dosing room 1", code="kap-3x6-07")
ANSWERED = replace(OCCASION, answer="https://clinic.example/answers/a1b2c3")
AUTUMN_FIRST = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)  # 1:30 AM for the first of two times
BEFORE = Appointment(START, START + timedelta(minutes=90), "Room 3")
AFTER = Appointment(START + timedelta(days=69), START + timedelta(days=69, minutes=90), VIDEO)
TOLD = [Difference(BEFORE, AFTER, "E-0007"), Difference(AFTER, None, "E-0007"), Difference(None, AFTER, "kap-3x6-07")]


def ahead(audience: str, occasion: Occasion) -> tuple[str, str, Fields]:
    return VISIT_AHEAD, audience, visit_fields(occasion, audience)


def changes(audience: str, *told: Difference, clinic: str = "Harbor Clinic") -> tuple[str, str, Fields]:
    seen = [_seen_by(audience, each) for each in told]
    return "visit_changed", audience, changes_fields(clinic, LOS_ANGELES, audience, seen, ANSWERED.answer)


def _seen_by(audience: str, told: Difference) -> Difference:
    """Patients are told the clinic, never the room."""
    if audience == "staff":
        return told
    kept = [
        each and replace(each, where=each.where if each.where == VIDEO else "") for each in (told.before, told.after)
    ]
    return replace(told, before=kept[0], after=kept[1])


def event(what: str, audience: str, **more: str) -> tuple[str, str, Fields]:
    fields = moment_fields("Harbor Clinic", LOS_ANGELES, START) | {"code": "E-0007"}
    return what, audience, fields | more


CASES: dict[str, tuple[str, str, Fields]] = {
    "patient": ahead("patient", OCCASION),
    "patient-answers": ahead("patient", ANSWERED),
    "patient-by-video": ahead("patient", replace(OCCASION, room=None)),
    "patient-clinic-not-named": ahead("patient", INDISCREET),
    "patient-after-the-spring-change": ahead(
        "patient",
        replace(OCCASION, start=datetime(2027, 3, 14, 16, tzinfo=UTC), end=datetime(2027, 3, 14, 17, tzinfo=UTC)),
    ),
    "patient-first-of-two-times": ahead(
        "patient", replace(OCCASION, start=AUTUMN_FIRST, end=AUTUMN_FIRST + timedelta(minutes=15))
    ),
    "staff": ahead("staff", OCCASION),
    "staff-by-video": ahead("staff", replace(OCCASION, room=None)),
    "staff-nothing-named": ahead("staff", INDISCREET),
    "staff-zone-without-letters": ahead("staff", replace(OCCASION, zone=ZoneInfo("America/Sao_Paulo"))),
    "patient-changed": changes("patient", TOLD[0]),
    "patient-canceled": changes("patient", TOLD[1]),
    "patient-new": changes("patient", TOLD[2]),
    "patient-changes": changes("patient", *TOLD, clinic="Bay Ketamine Psychotherapy"),
    "staff-changed": changes("staff", TOLD[0]),
    "staff-changes": changes("staff", *TOLD),
    "staff-gate-due": event("gate_due", "owner", task="the ride home"),
    "patient-window-closing": event("window_closing", "patient"),
    "staff-window-closing": event("window_closing", "lead"),
    "guardian": ahead("guardian", ANSWERED),
    "guardian-changes": changes("guardian", *TOLD),
    "guardian-window-closing": event("window_closing", "guardian"),
    "guardian-program-finished": event("program_finished", "guardian"),
    "patient-program-finished": event("program_finished", "patient"),
    "staff-program-finished": event("program_finished", "coordinator"),
    "staff-schedule-tomorrow": event(
        "schedule_tomorrow", "staff", visits=day_lines([(AFTER, "E-0007"), (BEFORE, "kap-3x6-07")], LOS_ANGELES)
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_text_is_the_one_that_was_reviewed(name: str) -> None:
    found, short = letter(*CASES[name]), letter(*CASES[name], short=True)
    whole = f"Subject: {found.subject}\n\n{found.text}"
    whole += f"\nAs a text message: {short.text}\n"
    assert whole == (GOLDEN / f"{name}.txt").read_text()


def test_every_reviewed_text_is_still_written_and_every_default_is_reviewed() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == set(CASES)
    reviewed = {(what, group_of(audience)) for what, audience, _ in CASES.values()}
    alike = {"visit_published": "visit_changed", "visit_canceled": "visit_changed"}
    assert {(alike.get(what, what), group) for what, group in DEFAULTS} == reviewed


@pytest.mark.parametrize(("what", "group"), DEFAULTS)
def test_a_default_text_has_known_fields_and_no_protected_word(what: str, group: str) -> None:
    template, known = DEFAULTS[what, group], {name for name, _ in FIELDS[what]}
    for text in (template.subject, template.text, template.short):
        assert protected_words(text) == () and unknown_fields(text, known) == ()


def test_every_pair_that_a_rule_may_tell_has_a_default_text() -> None:
    assert {(what, group_of(each)) for what, audiences in AUDIENCES.items() for each in audiences} == set(DEFAULTS)


@pytest.mark.parametrize("audience", ["patient", "staff"])
@given(clinic=st.text(max_size=40), room=st.none() | st.text(max_size=40), code=st.text(max_size=20))
def test_whatever_things_are_called_nothing_protected_leaves(
    audience: str, clinic: str, room: str | None, code: str
) -> None:
    seen = replace(OCCASION, clinic=clinic, room=room, code=code)
    place = Appointment(START, START + timedelta(hours=1), room or VIDEO if audience == "staff" else "")
    told = changes_fields(clinic, LOS_ANGELES, audience, [Difference(None, place, code), Difference(place, None, code)])
    for found in (letter(VISIT_AHEAD, audience, visit_fields(seen, audience)), letter("visit_changed", audience, told)):
        assert is_discreet(found.subject)
        assert all(is_discreet(line) for line in found.text.split("\n"))


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
