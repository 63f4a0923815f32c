"""Privacy levels: each shows what it says and nothing more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.calendars.privacy import LEVELS, Shown, VisitFacts, initials, lesser, shown, telling_word, up_to

PAT = VisitFacts(kind="dosing", minutes=120, enrollment="e01", patients=(("p01", "Pat Lee"),), room="Room 3")
GROUP = VisitFacts(
    kind="group", minutes=90, enrollment="g01", patients=(("p01", "Pat Lee"), ("p02", "Quinn Diaz")), room=None
)


@pytest.mark.parametrize(
    ("level", "summary", "location"),
    [
        ("busy", "Clinic visit", ""),
        ("code", "p01 · 120 min", "Room 3"),
        ("kind", "Dosing · p01 · 120 min", "Room 3"),
        ("initials", "Dosing · P. L. (p01) · 120 min", "Room 3"),
        ("full", "Dosing · Pat Lee (p01) · 120 min", "Room 3"),
    ],
)
def test_each_level_shows_just_this(level: str, summary: str, location: str) -> None:
    seen = shown(level, PAT)
    assert (seen.summary, seen.location) == (summary, location)


@pytest.mark.parametrize("level", LEVELS)
def test_a_group_is_named_by_its_code_at_every_level(level: str) -> None:
    seen = shown(level, GROUP)
    assert "Pat" not in seen.summary
    assert "Quinn" not in seen.summary
    assert level == "busy" or "g01 (2 patients)" in seen.summary


def test_a_video_visit_says_so_where_places_are_shown() -> None:
    assert shown("code", GROUP).location == "Video"
    assert shown("busy", GROUP).location == ""


@pytest.mark.parametrize("level", ["busy", "code", "kind", "initials"])
@given(name=st.text(st.characters(codec="utf-8", categories=["L"]), min_size=4, max_size=30))
def test_no_level_below_full_shows_a_name(level: str, name: str) -> None:
    facts = VisitFacts("dosing", 60, "e#1", (("#1", name),), "#3")
    assert name not in shown(level, facts).summary + shown(level, facts).location or name.casefold() in "clinic visit"


def test_a_room_named_after_a_drug_is_only_a_room() -> None:
    seen = shown("code", VisitFacts("dosing", 60, "e01", (("p01", "Pat Lee"),), "Ketamine suite"))
    assert seen.location == "Room"


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Bay Ketamine Clinic", "Ketamine"),
        ("Center for Eating Disorders", "Eating Disorders"),
        ("Esketamine group", "Esketamine"),
        ("KAP team", "KAP"),
        ("Westside Psychiatry", "Psychiatry"),
        ("PTSD program", "PTSD"),
    ],
)
def test_a_telling_name_is_recognized_by_its_word(name: str, word: str) -> None:
    assert telling_word(name) == word


@pytest.mark.parametrize(
    "name", ["Harbor Clinic", "Kapoor Practice", "Fundamental Health", "Bingen Office", "Ed's calendar"]
)
def test_a_quiet_name_passes(name: str) -> None:
    assert telling_word(name) is None


@pytest.mark.parametrize(
    ("name", "letters"), [("Ada Lovelace", "A. L."), ("  josé  o\u0308rn ", "J. O\u0308."), ("王 小明", "王. 小.")]
)
def test_initials_are_the_first_letter_of_each_word(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_levels_compare_by_how_much_they_show() -> None:
    assert lesser("full", "code") == lesser("code", "full") == "code"
    assert up_to("kind", "staff") == ("busy", "code", "kind")
    assert up_to("full", "enrollment") == ("busy", "code", "kind")


def test_a_patients_own_calendar_names_nobody_at_any_level() -> None:
    facts = VisitFacts("dosing", 120, "e01", (("p01", "Pat Lee"),), "Dosing room 1", for_patient=True)
    seen = {level: shown(level, facts) for level in up_to("full", "enrollment")}
    assert seen == {
        "busy": Shown("Clinic visit"),
        "code": Shown("Clinic visit · 120 min", "Dosing room 1"),
        "kind": Shown("Dosing · 120 min", "Dosing room 1"),
    }
