"""From visits and gaps back to courses of sessions: exactly, or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.domain.compact_protocol import (
    NAME,
    Around,
    CompactProtocol,
    CourseEnd,
    Meeting,
    RoleNeed,
    Session,
    SessionCount,
    SideChain,
    Spacing,
    Step,
)
from coordinator.domain.compacting import compacted, role_needs
from coordinator.domain.expand import expand, gates_of
from coordinator.domain.gates import CLEARANCE, CONSENT, RIDE, Gate
from coordinator.domain.protocol import Gap, Need, Protocol
from coordinator.domain.protocol_library import TEMPLATES

Gates = Mapping[str, tuple[Gate, ...]]
WITH_EXTRA_GAPS = {code for code, template in TEMPLATES.items() if template.compact.gaps}


def by_id(protocol: Protocol) -> dict[str, object]:
    return {visit.id: visit for visit in protocol.visits}


def assert_says(compact: CompactProtocol | None, protocol: Protocol, gates: Gates) -> None:
    """That the compact form makes just this program."""
    assert compact is not None
    made = expand(compact)
    assert by_id(made) == by_id(protocol)
    assert Counter(made.gaps) == Counter(protocol.gaps)
    assert (made.name, made.continuity, made.max_visits_per_day) == (
        protocol.name, protocol.continuity, protocol.max_visits_per_day,
    )  # fmt: skip
    assert {visit: set(found) for visit, found in gates_of(compact).items()} == {
        visit: set(found) for visit, found in gates.items() if found
    }


@pytest.mark.parametrize("code", sorted(TEMPLATES.keys() - WITH_EXTRA_GAPS))
def test_the_librarys_protocols_come_back_from_their_visits(code: str) -> None:
    compact = TEMPLATES[code].compact
    protocol, gates = expand(compact), gates_of(compact)
    found = compacted(protocol, gates)
    assert_says(found, protocol, gates)
    assert found is not None
    assert (found.courses, found.sessions.standard) == (compact.courses, compact.sessions.standard)
    assert len(found.session.around) == len(compact.session.around)
    assert all(NAME.fullmatch(name) for name in found.meetings)


@pytest.mark.parametrize("code", sorted(WITH_EXTRA_GAPS))
def test_what_needs_gaps_that_no_row_of_the_form_shows_has_no_compact_form(code: str) -> None:
    compact = TEMPLATES[code].compact
    assert compacted(expand(compact), gates_of(compact)) is None


KAP = TEMPLATES["kap-3x6"].compact


@pytest.mark.parametrize(
    "change",
    [
        lambda p: replace(p, gaps=p.gaps[:-1]),
        lambda p: replace(p, gaps=(*p.gaps, Gap("eval", "c3.d6", 60))),
        lambda p: replace(p, gaps=(replace(p.gaps[5], max_minutes=600), *p.gaps[:5], *p.gaps[6:])),
        lambda p: replace(p, gaps=(replace(p.gaps[5], ideal_days=5), *p.gaps[:5], *p.gaps[6:])),
        lambda p: replace(p, visits=tuple(replace(v, minutes=90) if v.id == "c2.d3" else v for v in p.visits)),
        lambda p: replace(p, visits=tuple(replace(v, room=None) if v.id == "c1.i2" else v for v in p.visits)),
        lambda p: replace(p, visits=tuple(v for v in p.visits if v.id != "n7")),
    ],
)
def test_whatever_breaks_the_rhythm_has_no_compact_form(change: object) -> None:
    assert callable(change)
    assert compacted(change(expand(KAP)), gates_of(KAP)) is None


def test_a_gate_on_one_session_alone_has_no_compact_form_but_on_the_first_of_each_course() -> None:
    protocol, gates = expand(KAP), dict(gates_of(KAP))
    nurse = replace(RIDE, owner="nurse")
    assert compacted(protocol, gates | {"c2.d4": (*gates["c2.d4"], nurse)}) is None
    firsts = gates | {f"c{course}.d1": (*gates[f"c{course}.d1"], nurse) for course in (1, 2, 3)}
    assert_says(compacted(protocol, firsts), protocol, firsts)


def test_the_order_in_which_visits_are_listed_does_not_matter_but_names_do() -> None:
    protocol, gates = expand(KAP), gates_of(KAP)
    shuffled = replace(protocol, visits=protocol.visits[:2] + protocol.visits[:1:-1], gaps=protocol.gaps[::-1])
    assert_says(compacted(shuffled, gates), protocol, gates)
    odd = [replace(visit, id=visit.id.replace("c2.d3", "extra")) for visit in protocol.visits]
    assert compacted(replace(protocol, visits=tuple(odd)), gates) is None


def test_people_are_told_by_the_parts_they_are_there_for() -> None:
    needs = (
        Need("lead", "therapist", 120),
        Need("sup", "physician", 30, 0, True),
        Need("sup", "physician", 30, 90, True),
    )
    assert role_needs(needs, 120) == (
        RoleNeed("lead", "therapist"),
        RoleNeed("sup", "physician", True, ((0, 30), (90, 30))),
    )


DAYS = st.integers(0, 9)
SPACINGS = st.builds(lambda least, ideal, most: Spacing(least, least + ideal, least + ideal + most), DAYS, DAYS, DAYS)
MEETINGS = {
    "talk": Meeting("preparation", 60, "therapy", (RoleNeed("lead", "therapist"),)),
    "dose": Meeting("dosing", 120, "dosing", (RoleNeed("lead", "therapist"),), (CONSENT,)),
    "call": Meeting("review", 30, None, (RoleNeed("lead", "therapist"),)),
}
NAMED = st.sampled_from(sorted(MEETINGS))


@st.composite
def compact_protocols(draw: st.DrawFn) -> CompactProtocol:
    """Programs of every shape that the form has."""
    courses, sessions = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    clears = st.none() | SPACINGS
    around = [Around("i", draw(NAMED), draw(SPACINGS), draw(clears))] if draw(st.booleans()) else []
    around += [Around("l", draw(NAMED), draw(SPACINGS), draw(clears), before=True)] if draw(st.booleans()) else []
    end = CourseEnd("r", draw(NAMED), draw(SPACINGS), draw(SPACINGS)) if draw(st.booleans()) else None
    gates = (CLEARANCE,) if draw(st.booleans()) else ()
    before = tuple(Step(name, draw(NAMED), draw(SPACINGS)) for name in ("eval", "prep")[: draw(st.integers(1, 2))])
    side = SideChain("n", draw(NAMED), draw(st.integers(3, 5)), draw(SPACINGS), "eval", draw(SPACINGS))
    return CompactProtocol(
        id="some", name="Some", meetings=MEETINGS, courses=courses, sessions=SessionCount(sessions, sessions, sessions),
        session=Session("d", draw(NAMED), draw(SPACINGS), tuple(around), gates),
        before=before, lead_in=draw(SPACINGS), between=draw(SPACINGS), course_end=end,
        after=tuple(Step(name, draw(NAMED), draw(SPACINGS)) for name in ("x", "y")[: draw(st.integers(0, 2))]),
        sides=(side,) if draw(st.booleans()) else (), max_visits_per_day=draw(st.none() | st.integers(1, 3)),
    )  # fmt: skip


@given(compact_protocols())
def test_whatever_the_form_makes_comes_back_from_its_visits(compact: CompactProtocol) -> None:
    protocol, gates = expand(compact), gates_of(compact)
    assert_says(compacted(protocol, gates), protocol, gates)
