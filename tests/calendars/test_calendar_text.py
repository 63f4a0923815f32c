"""Text of calendars: whatever people are called, lines fit, characters stay whole, and readers get the text back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.calendars.text import MOST_OCTETS, clean, clean_line, escape, fold

ANYTHING = st.text(st.characters(codec=None), max_size=200)


def unfolded(text: str) -> str:
    return text.replace("\r\n ", "")


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)


@given(ANYTHING)
def test_every_folded_line_fits_and_unfolds_to_what_it_was(text: str) -> None:
    line = "SUMMARY:" + escape(clean_line(text))
    folded = fold(line)
    assert all(len(piece.encode()) <= MOST_OCTETS for piece in folded.split("\r\n"))
    assert unfolded(folded) == line


@pytest.mark.parametrize("character", ["é", "漢", "👩", "e\u0301", "🇺🇸", "क्षि"])
@pytest.mark.parametrize("offset", range(60, 80))
def test_no_fold_cuts_a_character_at_any_offset(character: str, offset: int) -> None:
    octets = fold("x" * offset + character * 40).encode()
    for piece in octets.split(b"\r\n"):
        piece.decode()  # raises where a character was cut


@given(ANYTHING)
def test_cleaned_and_escaped_text_reads_back_as_cleaned(text: str) -> None:
    assert unescaped(escape(clean(text))) == clean(text)


@given(ANYTHING)
def test_no_control_character_and_no_false_line_end_survives(text: str) -> None:
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]", clean(text))
    assert "\n" not in clean_line(text)


@given(ANYTHING)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("  Ben   Ito ", "Ben Ito"),
        ("a\r\nb\rc\u2028d", "a b c d"),
        ("nul\0 bell\a esc\x1b", "nul bell esc"),
        ("\ufeffBen\u202e", "Ben"),
        ("👩🏽‍⚕️ Ana", "👩🏽‍⚕️ Ana"),
    ],
)
def test_a_line_keeps_what_can_be_read(text: str, wanted: str) -> None:
    assert clean_line(text) == wanted


def test_escapes_are_the_four_of_the_standard() -> None:
    assert escape("a\\b;c,d\ne") == "a\\\\b\\;c\\,d\\ne"


@pytest.mark.parametrize(("text", "wanted"), [("a\\nb", "a∖nb"), ("a\\\\b", "a∖\\b"), ("a\\b", "a\\b")])
def test_a_backslash_that_clients_misread_is_written_as_its_lookalike(text: str, wanted: str) -> None:
    assert clean(text) == wanted
