"""The compact form of protocols as JSON: what versions keep and people edit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from example_files import put

from coordinator.domain.errors import InvalidFile
from coordinator.domain.expand import expand
from coordinator.domain.protocol_library import TEMPLATES
from coordinator.exchange.compact_protocol import read_compact
from coordinator.exchange.compact_writing import write_compact
from coordinator.exchange.problem import read_problem
from coordinator.exchange.protocols import write_protocol


def kap() -> dict[str, Any]:
    return write_compact(TEMPLATES["kap-3x6"].compact)


@pytest.mark.parametrize("code", TEMPLATES)
def test_every_template_reads_back_equal_and_expands_to_a_protocol_the_format_accepts(code: str) -> None:
    compact = TEMPLATES[code].compact
    assert read_compact(json.dumps(write_compact(compact))) == compact
    for sessions in (compact.sessions.least, compact.sessions.most):
        file = {
            "format": "kap-problem/1", "clinic": "C", "timezone": "UTC", "slot_minutes": 15,
            "horizon": {"first": "2027-01-04", "last": "2027-12-31"}, "staff": [], "rooms": [], "enrollments": [],
            "protocols": [write_protocol(expand(compact, sessions))],
        }  # fmt: skip
        assert read_problem(file).protocols == (expand(compact, sessions),)


@pytest.mark.parametrize(
    ("pointer", "value", "at", "says"),
    [
        ("/doses", 3, "/doses", "no such field"),
        ("/courses", 0, "/courses", "below 1"),
        ("/sessions/least", 7, "/sessions", "not between"),
        ("/lead_in", {"least": 5, "most": 4}, "/lead_in", "below the least"),
        ("/session/meeting", "tea", "", "no meeting called “tea”"),
        ("/sides/0/anchor", "nowhere", "", "no visit “nowhere”"),
        ("/meetings/dosing/people/1/parts", [[0, 30, 1]], "/meetings/dosing/people/1/parts/0", "pair"),
        ("/meetings/dosing/gates/0/kind", "mood", "/meetings/dosing/gates/0/kind", "“clearance”"),
        ("/meetings/dosing/gates/0/may_open", [], "/meetings/dosing/gates/0/may_open", "at least 1"),
        ("/session/around/0/when", "during", "/session/around/0/when", "“after” or “before”"),
        ("/courses", 10**9, "", "at most 500"),
        ("/continuity/0/as", "pilot", "/continuity/0/as", "No visit has a need"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place_and_reason(pointer: str, value: Any, at: str, says: str) -> None:
    with pytest.raises(InvalidFile) as refused:
        read_compact(put(kap(), pointer, value))
    first = refused.value.faults[0]
    assert first.pointer == at and says in first.message


def test_parts_that_do_not_fit_their_visit_are_refused() -> None:
    with pytest.raises(InvalidFile, match="does not fit"):
        read_compact(put(kap(), "/meetings/dosing/people/1/parts", [[100, 30]]))


def test_what_has_a_default_may_be_left_out() -> None:
    file = kap()
    for name in ("before", "lead_in", "between", "course_end", "after", "sides", "gaps", "continuity", "first_course"):
        file.pop(name, None)
    file.pop("max_visits_per_day")
    assert len(expand(read_compact(file)).visits) == 36
