"""The audit log in words: none of our actions is shown as a code, and details read as people write."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from coordinator.services.audit_words import WORDS, detail_words, words_of

SERVICES = Path(__file__).resolve().parents[2] / "coordinator" / "services"


def appended() -> set[str]:
    """The actions that services write into the log by name."""
    calls = (node for file in SERVICES.rglob("*.py") for node in ast.walk(ast.parse(file.read_text())))
    return {
        word.value
        for call in calls
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "audit.append" and len(call.args) > 3
        for word in ast.walk(call.args[3])
        if isinstance(word, ast.Constant) and isinstance(word.value, str) and not word.value.endswith(".")
    }


def test_every_action_has_words() -> None:
    found = appended()
    assert len(found) > 100
    assert sorted(found - set(WORDS)) == []


def test_an_action_that_is_new_still_reads_like_one() -> None:
    assert words_of("letter.read") == "looked at the letter"
    assert words_of("letter.list") == "looked at a list of letters"
    assert words_of("paper_clip.bend") == "paper clip: bend"


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ({}, ""),
        ({"notes": [], "visit": None, "reason": ""}, ""),
        ({"gate": "consent", "valid_until": "2027-03-25"}, "gate: Consent signed, valid until: Mar 25, 2027"),
        ({"start": "2027-01-04T14:05", "room": "t-1"}, "start: Jan 4, 2027, 2:05 PM, room: t-1"),
        ({"patients": [1, 2, 3, 4, 5, 6, 7, 8]}, "patients: 1, 2, 3, 4, 5, 6 and 2 more"),
        ({"staff": {"lead": "ana", "co_lead": "ben"}}, "staff: lead ana; co lead ben"),
        ({"is_video": True, "count": 0}, "is video: yes, count: 0"),
        ({"name": "2027-99-99 is no day"}, "name: 2027-99-99 is no day"),
    ],
)
def test_details_read_as_people_write(detail: dict[str, object], said: str) -> None:
    assert detail_words(detail) == said
