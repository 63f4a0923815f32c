"""The built-in protocols: each is valid, says where it comes from, and marks what is only a clinic's default."""

from __future__ import annotations

import pytest

from coordinator.domain.expand import expand, gates_of
from coordinator.domain.gates import GATE_KINDS
from coordinator.domain.protocol import Gap
from coordinator.domain.protocol_library import TEMPLATES
from coordinator.domain.protocol_templates.template import Template

EACH = pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))


def test_the_library_has_the_seven_protocols_by_their_codes() -> None:
    assert list(TEMPLATES) == ["kap-3x6", "g-kap", "iv-keto", "iv-series", "im-kap", "iv-trial", "integrated-ed"]
    assert all(code == template.code for code, template in TEMPLATES.items())


@EACH
def test_every_template_says_where_it_comes_from_and_that_evidence_is_preliminary(template: Template) -> None:
    assert template.source and template.population and template.reported
    assert "off-label" in template.evidence and "preliminary" in template.evidence
    assert template.clinic_defaults
    for sentence in (*template.clinic_defaults, template.evidence, template.population, template.reported):
        assert sentence.endswith("."), sentence


@EACH
def test_every_dosing_visit_waits_for_consent_fasting_and_a_ride(template: Template) -> None:
    gates = gates_of(template.compact)
    dosing = [visit.id for visit in expand(template.compact).visits if visit.kind == "dosing"]
    assert dosing
    for visit in dosing:
        assert {"consent", "fasting", "ride"} <= {gate.kind for gate in gates[visit]}, visit
    assert "clearance" in {gate.kind for gate in gates[dosing[0]]}
    assert {gate.kind for several in gates.values() for gate in several} <= set(GATE_KINDS)


@EACH
def test_every_visit_is_tied_to_the_program(template: Template) -> None:
    """From the first visit every other is reached by gaps with a most, so that no visit may drift off for months."""
    protocol = expand(template.compact)
    reached = {protocol.visits[0].id}
    while True:
        new = {gap.after for gap in protocol.gaps if gap.before in reached and gap.max_days is not None} - reached
        if not new:
            break
        reached |= new
    assert reached == {visit.id for visit in protocol.visits}


def test_three_courses_of_six_sessions_are_48_visits() -> None:
    protocol = expand(TEMPLATES["kap-3x6"].compact)
    kinds = [visit.kind for visit in protocol.visits]
    assert len(kinds) == 48
    assert kinds.count("dosing") == kinds.count("integration") == 18
    assert kinds.count("nutrition") == 7
    assert Gap("c1.d1", "c1.i1", 1, 3, 1) in protocol.gaps
    assert all(need.shared for visit in protocol.visits for need in visit.needs if need.name == "supervisor")


def test_a_group_has_two_facilitators_in_every_session() -> None:
    for visit in expand(TEMPLATES["g-kap"].compact).visits:
        if visit.kind in {"preparation", "dosing", "integration"}:
            assert {"lead", "co"} <= set(visit.need_names())


def test_an_infusion_series_has_the_number_chosen_at_enrollment() -> None:
    compact = TEMPLATES["iv-series"].compact
    assert compact.sessions.is_chosen()
    assert [len(expand(compact, count).visits) for count in (2, 15)] == [3, 16]


def test_a_trials_visits_lie_in_windows_around_their_target_days() -> None:
    gaps = {(gap.before, gap.after): (gap.min_days, gap.ideal_days, gap.max_days) for gap in _gaps("iv-trial")}
    assert gaps["v1", "v3"] == (13, 14, 16)
    assert gaps["v1", "day56"] == (51, 56, 63)


def test_infusions_after_the_diet_fit_into_two_weeks() -> None:
    assert Gap("v1", "v6", 10, 14) in _gaps("iv-keto")
    assert Gap("edu2", "v1", 28, 56, 28) in _gaps("iv-keto")


def test_boosters_stretch_over_nine_months() -> None:
    days = [gap.ideal_days or 0 for gap in _gaps("im-kap") if gap.before == "d4" and gap.after.startswith("b")]
    assert len(days) == 3 and 210 <= max(days) <= 270


def _gaps(code: str) -> tuple[Gap, ...]:
    return expand(TEMPLATES[code].compact).gaps
