"""The protocol editor's form: the compact form of a protocol as fields, and back, each refusal beside its field.

Rows of a list are named PREFIX-NUMBER-FIELD. A row without a name is left out, so that blank rows are where new ones
are typed. What the form does not ask (rarer spacings, when a gate is due, who opens it) stays as it was in
the row of the same name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from coordinator.domain.compact_protocol import (
    NAME,
    Around,
    CompactProtocol,
    CourseEnd,
    Meeting,
    RoleNeed,
    SessionCount,
    SideChain,
    Spacing,
    Step,
)
from coordinator.domain.gates import GATE_KINDS, Gate
from coordinator.domain.protocol import Continuity
from coordinator.services.gate_rules import USUAL
from coordinator.web import people_lines
from coordinator.web.forms import Form

BLANK_ROWS = 2
MOST_ROWS = 60
MOST_DAYS = 400
VIDEO = "video"
LISTS = ("meeting", "before", "around", "after", "side", "stay")


def row_counts(form: Form) -> dict[str, range]:
    """How many rows each list shows: those there are, and blank ones at first and where more are asked for."""
    blank = {each: BLANK_ROWS if not form.is_sent or form.value("more") == each else 0 for each in LISTS}
    return {each: range(min(MOST_ROWS, _rows(form, each) + blank[each])) for each in LISTS}


def start(compact: CompactProtocol) -> dict[str, Any]:
    """What the form starts with."""
    found: dict[str, Any] = {
        "name": compact.name,
        "courses": compact.courses,
        "sessions": compact.sessions.standard,
        "most_a_day": compact.max_visits_per_day,
        "session-name": compact.session.id,
        "session-meeting": compact.session.meeting,
        "session-gates": [each.kind for each in compact.session.course_gates],
        **_spaced("session", compact.session.spacing),
        **_spaced("lead_in", compact.lead_in),
        **_spaced("between", compact.between),
    }
    if compact.course_end is not None:
        found |= {"end-name": compact.course_end.id, "end-meeting": compact.course_end.meeting}
        found |= _spaced("end", compact.course_end.spacing)
    for at, (name, meeting) in enumerate(compact.meetings.items()):
        found |= _meeting_start(f"meeting-{at}", name, meeting)
    for prefix, steps in (("before", compact.before), ("after", compact.after)):
        for at, step in enumerate(steps):
            found |= {f"{prefix}-{at}-name": step.id, f"{prefix}-{at}-meeting": step.meeting}
            found |= _spaced(f"{prefix}-{at}", step.spacing)
    for at, around in enumerate(compact.session.around):
        where = "before" if around.before else "after"
        found |= {f"around-{at}-name": around.id, f"around-{at}-meeting": around.meeting, f"around-{at}-where": where}
        found |= _spaced(f"around-{at}", around.spacing)
    for at, side in enumerate(compact.sides):
        found |= {f"side-{at}-name": side.id, f"side-{at}-meeting": side.meeting, f"side-{at}-count": side.count}
        found |= {f"side-{at}-anchor": side.anchor, **_spaced(f"side-{at}", side.spacing)}
    for at, rule in enumerate(compact.continuity):
        how = "always" if rule.hard else "if possible"
        found |= {f"stay-{at}-name": rule.name, f"stay-{at}-scope": rule.scope, f"stay-{at}-how": how}
    return found


def _meeting_start(row: str, name: str, meeting: Meeting) -> dict[str, Any]:
    return {
        f"{row}-name": name,
        f"{row}-kind": meeting.kind,
        f"{row}-minutes": meeting.minutes,
        f"{row}-room": meeting.room or VIDEO,
        f"{row}-people": "\n".join(people_lines.words(each) for each in meeting.people),
        f"{row}-gates": [each.kind for each in meeting.gates],
    }


def _spaced(row: str, spacing: Spacing) -> dict[str, Any]:
    return {f"{row}-least": spacing.least, f"{row}-ideal": spacing.ideal, f"{row}-most": spacing.most}


def read(form: Form, before: CompactProtocol) -> CompactProtocol | None:
    """The compact form that was typed, None where something is refused. `before` is what it was."""
    reader = _Reader(form, before)
    sessions = form.whole("sessions", "The number of sessions", least=1, most=99)
    compact = replace(
        before,
        name=form.text("name", "The name", most=120),
        courses=form.whole("courses", "The number of courses", least=0, most=20),
        sessions=SessionCount(sessions, sessions, sessions),
        max_visits_per_day=form.whole_or_none("most_a_day", "The most visits on a day", least=1, most=6),
        meetings=reader.meetings(),
        before=reader.chain("before", before.before),
        after=reader.chain("after", before.after),
        lead_in=reader.spacing("lead_in", before.lead_in),
        between=reader.spacing("between", before.between),
        session=replace(
            before.session,
            id=reader.name("session-name") or "d",
            meeting=reader.meeting("session-meeting"),
            spacing=reader.spacing("session", before.session.spacing),
            around=reader.around(),
            course_gates=reader.gates("session-gates", before.session.course_gates),
        ),
        course_end=reader.course_end(),
        sides=reader.sides(),
        continuity=reader.continuity(),
    )
    return compact if form.ok else None


@dataclass(slots=True)
class _Reader:
    """Reads the lists of one form."""

    form: Form
    before: CompactProtocol

    def rows(self, prefix: str, *, alone: bool = True) -> Iterable[tuple[str, str]]:
        """(row, name) of every row that has a name, which it has `alone`."""
        seen: set[str] = set()
        for at in range(min(MOST_ROWS, _rows(self.form, prefix))):
            row = f"{prefix}-{at}"
            if not self.form.value(f"{row}-name").strip():
                continue
            name = self.name(f"{row}-name")
            if alone and name in seen:
                self.form.refuse(f"{row}-name", f"“{name}” stands twice. Give each its own name.")
            seen.add(name)
            yield row, name

    def name(self, field: str) -> str:
        """A name of letters, which visits are called by: p, i, n."""
        typed = self.form.value(field).strip()
        if not NAME.fullmatch(typed):
            self.form.refuse(field, "A name has letters, figures and hyphens, and begins with a letter, such as p1.")
        return typed

    def meeting(self, field: str) -> str:
        """One of the meetings that the form defines."""
        typed = self.form.value(field).strip()
        if typed not in self._meeting_names():
            known = ", ".join(self._meeting_names()) or "none yet"
            self.form.refuse(field, f"There is no visit type “{typed}”. Choose one of: {known}.")
        return typed

    def _meeting_names(self) -> list[str]:
        found = (self.form.value(f"meeting-{at}-name").strip() for at in range(_rows(self.form, "meeting")))
        return [each for each in found if each]

    def spacing(self, row: str, before: Spacing) -> Spacing:
        """Least, ideal and most days; minutes stay as they were."""
        least = self.form.whole_or_none(f"{row}-least", "The least days", most=MOST_DAYS) or 0
        ideal = self.form.whole_or_none(f"{row}-ideal", "The ideal days", most=MOST_DAYS)
        most = self.form.whole_or_none(f"{row}-most", "The most days", most=MOST_DAYS)
        if most is not None and most < least:
            self.form.refuse(f"{row}-most", f"The most ({most}) is less than the least ({least}). Raise one of them.")
        elif ideal is not None and (ideal < least or (most is not None and ideal > most)):
            self.form.refuse(f"{row}-ideal", "The ideal lies outside the least and the most. Choose one between them.")
        return Spacing(least, ideal, most, before.least_minutes)

    def meetings(self) -> Mapping[str, Meeting]:
        """The types of visits by name."""
        found = {}
        for row, name in self.rows("meeting"):
            minutes = self.form.whole(f"{row}-minutes", "The length in minutes", least=5, most=720)
            room = self.form.text(f"{row}-room", "The room")
            known = self.before.meetings.get(name)
            found[name] = Meeting(
                kind=self.name(f"{row}-kind").lower(),
                minutes=minutes,
                room=None if room == VIDEO else room,
                people=self._people(f"{row}-people", minutes),
                gates=self.gates(f"{row}-gates", known.gates if known else ()),
            )
        if not found:
            self.form.refuse("meeting-0-name", "A protocol needs a type of visit. Name one.")
        return found

    def gates(self, field: str, before: Sequence[Gate]) -> tuple[Gate, ...]:
        """The gates that are ticked."""
        return ticked(self.form, field, before)

    def _people(self, field: str, minutes: int) -> tuple[RoleNeed, ...]:
        needs = people_lines.read(self.form, field, minutes)
        if not needs:
            self.form.refuse(field, "Nobody is there. Write a line for each, such as “lead: therapist”.")
        if len({need.name for need in needs}) < len(needs):
            self.form.refuse(field, "Two lines have the same name. Write one line for each person.")
        return needs

    def chain(self, prefix: str, before: Sequence[Step]) -> tuple[Step, ...]:
        """A chain of single visits."""
        known = {step.id: step for step in before}
        found = []
        for row, name in self.rows(prefix):
            old = known.get(name, Step(name, ""))
            spacing = self.spacing(row, old.spacing)
            found.append(replace(old, meeting=self.meeting(f"{row}-meeting"), spacing=spacing))
        return tuple(found)

    def around(self) -> tuple[Around, ...]:
        """What surrounds each session."""
        known = {each.id: each for each in self.before.session.around}
        found = []
        for row, name in self.rows("around"):
            old = known.get(name, Around(name, "", Spacing()))
            before = self.form.choice(f"{row}-where", "Before or after", ("before", "after")) == "before"
            spacing = self.spacing(row, old.spacing)
            clear = old.clear if name in known or before else Spacing(0)
            meeting = self.meeting(f"{row}-meeting")
            found.append(replace(old, meeting=meeting, spacing=spacing, before=before, clear=clear))
        return tuple(found)

    def course_end(self) -> CourseEnd | None:
        """The visit that closes each course, if it is named."""
        if not self.form.value("end-name").strip():
            return None
        old = self.before.course_end or CourseEnd("r", "", Spacing())
        spacing = self.spacing("end", old.spacing)
        return replace(old, id=self.name("end-name"), meeting=self.meeting("end-meeting"), spacing=spacing)

    def sides(self) -> tuple[SideChain, ...]:
        """The chains beside the courses."""
        known = {each.id: each for each in self.before.sides}
        found = []
        for row, name in self.rows("side"):
            old = known.get(name, SideChain(name, "", 1, Spacing(), "", Spacing(0)))
            found.append(
                replace(
                    old,
                    meeting=self.meeting(f"{row}-meeting"),
                    count=self.form.whole(f"{row}-count", "How often", least=1, most=99),
                    spacing=self.spacing(row, old.spacing),
                    anchor=self.form.text(f"{row}-anchor", "The visit that it begins from"),
                )
            )
        return tuple(found)

    def continuity(self) -> tuple[Continuity, ...]:
        """Who stays the same."""
        found = []
        for row, name in self.rows("stay", alone=False):
            scope = self.form.choice(f"{row}-scope", "How long", ("program", "course"))
            how = self.form.choice(f"{row}-how", "How strictly", ("always", "if possible"))
            found.append(Continuity(name, "course" if scope == "course" else "program", how == "always"))
        return tuple(found)


def ticked(form: Form, field: str, before: Sequence[Gate]) -> tuple[Gate, ...]:
    """The gates that are ticked in a field: those there were as they were, new ones as is usual."""
    chosen = set(form.values(field))
    known = [each for each in before if each.kind in chosen]
    return (*known, *(USUAL[each] for each in GATE_KINDS if each in chosen - {one.kind for one in known}))


def _rows(form: Form, prefix: str) -> int:
    at = 0
    while at < MOST_ROWS and form.has(f"{prefix}-{at}-name"):
        at += 1
    return at
