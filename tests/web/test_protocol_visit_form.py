"""The form of visits and gaps: whatever the exchange format can say comes back from it as it was."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from coordinator.domain.gap_conflicts import contradiction
from coordinator.domain.gates import CLEARANCE, GATE_KINDS, LABS, RIDE, Gate
from coordinator.domain.protocol import Continuity, Gap, Need, Protocol, ProtocolVisit
from coordinator.services.protocol_visits import VisitsEditing
from coordinator.web import protocol_visit_form
from coordinator.web.forms import Form
from coordinator.web.protocol_visit_rows import acted, keys

CODES = ("p1", "c1.d1", "c1.i1", "Ärztin 2", "42")
NAMES = ("lead", "Zweite Person", "sup-1")
GATES = (CLEARANCE, replace(LABS, due_minutes=77, valid_days=3), replace(RIDE, owner="nurse"))


@st.composite
def visits(draw: st.DrawFn, code: str) -> ProtocolVisit:
    minutes = draw(st.integers(3, 300))
    needs: list[Need] = []
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)):
        cuts = sorted(draw(st.sets(st.integers(0, minutes), min_size=2, max_size=4)))
        parts = list(zip(cuts[::2], cuts[1::2], strict=False))
        role, shared = draw(st.sampled_from(("therapist", "physician"))), draw(st.booleans())
        needs += [Need(name, role, last - first, first, shared) for first, last in parts]
    room, course = draw(st.sampled_from((None, "dosing", "therapy"))), draw(st.none() | st.integers(0, 9))
    kind = draw(st.sampled_from(("dosing", "Sitzung", "review")))
    return ProtocolVisit(code, kind, minutes, room, tuple(needs), course)


@st.composite
def gaps(draw: st.DrawFn) -> Gap:
    before, after = draw(st.permutations(CODES))[:2]
    least, wide = draw(st.integers(-5, 20)), draw(st.none() | st.integers(0, 9))
    ideal = draw(st.none() | st.integers(least, least + (9 if wide is None else wide)))
    least_minutes = draw(st.none() | st.integers(-60, 300))
    most_minutes = draw(st.none() | st.integers(300, 90_000))
    most = None if wide is None else least + wide
    if least_minutes is not None and most is not None and most < 0:
        least_minutes = None
    return Gap(before, after, least, most, ideal, least_minutes, most_minutes)


@st.composite
def protocols(draw: st.DrawFn) -> VisitsEditing:
    """Programs that no compact form could say, without gaps that contradict each other."""
    found = tuple(draw(visits(code)) for code in CODES)
    kept: list[Gap] = []
    for gap in draw(st.lists(gaps(), max_size=8)):
        if not contradiction(Protocol("p", "P", found, (*kept, gap))):
            kept.append(gap)
    people = sorted({name for visit in found for name in visit.need_names()})
    rules = [Continuity(name, "course" if draw(st.booleans()) else "program", draw(st.booleans())) for name in people]
    protocol = Protocol("p", "P", found, tuple(kept), tuple(rules), draw(st.none() | st.integers(1, 6)))
    some = st.lists(st.sampled_from(GATES), max_size=3, unique=True)
    gates: dict[str, tuple[Gate, ...]] = {code: tuple(draw(some)) for code in CODES}
    return VisitsEditing(1, "p", protocol, gates, 1, 1, None)


def as_sent(found: VisitsEditing) -> MultiDict[str, str]:
    """The form as a browser sends it back."""
    sent: MultiDict[str, str] = MultiDict()
    for name, value in protocol_visit_form.start(found).items():
        sent.setlist(name, value if isinstance(value, list) else ["" if value is None else str(value)])
    return sent


@settings(max_examples=30, deadline=None)
@given(protocols())
def test_whatever_the_format_can_say_comes_back_as_it_was(found: VisitsEditing) -> None:
    form = Form(as_sent(found))
    read = protocol_visit_form.read(form, found)
    assert form.errors == {}
    assert read is not None
    assert read == (found.protocol, found.gates)


ACTS = st.lists(
    st.one_of(
        st.sampled_from(("visit-add", "gap-add", "stay-add", "look", "nothing")),
        st.builds(
            "{}-{}-{}".format, st.sampled_from(("visit", "gap", "stay")), st.integers(0, 8),
            st.sampled_from(("up", "down", "copy", "remove")),
        ),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(protocols(), ACTS)
def test_buttons_keep_every_row_whole_and_give_the_focus_to_what_is_there(
    found: VisitsEditing, acts: list[str]
) -> None:
    sent = as_sent(found)
    for act in acts:
        after = acted(sent, act)
        sent = MultiDict(after.form.sent)
        rows = {which: keys(after.form, which) for which in ("visit", "gap", "stay")}
        assert all(len(set(order)) == len(order) for order in rows.values())
        named = [after.form.value(f"visit-{key}-code") for key in rows["visit"]]
        typed = [code for code in named if code]
        assert len(set(typed)) == len(typed), "a duplicate has a code of its own"
        ends = {after.form.value(f"gap-{key}-{end}") for key in rows["gap"] for end in ("from", "to")}
        assert ends <= {"", *typed}, "no gap leads to a visit that is gone"
        if after.focus and not after.focus.endswith("-add"):
            which, key = after.focus.split("-")[:2]
            assert int(key) in rows[which]
    assert set(GATE_KINDS) >= {gate for key in keys(Form(sent), "visit") for gate in sent.getlist(f"visit-{key}-gates")}
