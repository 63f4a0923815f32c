"""The form of a protocol that is edited visit by visit, and back, each refusal beside its field.

Nothing that the exchange format can say is lost. A visit keeps how its gates stand in the version that it comes from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from coordinator.domain.clinic_time import DAY
from coordinator.domain.compacting import role_needs
from coordinator.domain.expand import needs_of
from coordinator.domain.gap_conflicts import contradiction
from coordinator.domain.gates import Gate
from coordinator.domain.protocol import Continuity, Gap, Need, Protocol, ProtocolVisit
from coordinator.services.gate_rules import VISIT_KINDS
from coordinator.services.protocol_visits import VisitsEditing, contradiction_words
from coordinator.web import people_lines, protocol_visit_rows
from coordinator.web.forms import Form
from coordinator.web.protocol_form import MOST_DAYS, VIDEO, ticked
from coordinator.web.protocol_visit_rows import keys, written

LONGEST_CODE = 60
MOST_MINUTES = MOST_DAYS * DAY
Gates = Mapping[str, tuple[Gate, ...]]
_SIGNED = re.compile(r"[-−]?\d{1,6}", re.ASCII)
_ROW = re.compile(r"(visit|gap|stay)-(\d+)-\w+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong with a field: which one, the row that it stands in, in words, and the sentence."""

    field: str
    row: str
    sentence: str


def start(found: VisitsEditing) -> dict[str, Any]:
    """What the form starts with."""
    protocol = found.protocol
    values: dict[str, Any] = {
        "name": protocol.name,
        "most_a_day": protocol.max_visits_per_day,
        "visit": written(range(len(protocol.visits))),
        "gap": written(range(len(protocol.gaps))),
        "stay": written(range(len(protocol.continuity))),
    }
    for at, visit in enumerate(protocol.visits):
        values |= _visit_start(f"visit-{at}", visit, found.gates.get(visit.id, ()))
    for at, gap in enumerate(protocol.gaps):
        days = {"least": gap.min_days, "ideal": gap.ideal_days, "most": gap.max_days}
        minutes = {"least_minutes": gap.min_minutes, "most_minutes": gap.max_minutes}
        row = {"from": gap.before, "to": gap.after, **days, **minutes}
        values |= {f"gap-{at}-{name}": value for name, value in row.items()}
    for at, rule in enumerate(protocol.continuity):
        how = "always" if rule.hard else "if possible"
        values |= {f"stay-{at}-name": rule.name, f"stay-{at}-scope": rule.scope, f"stay-{at}-how": how}
    return values


def _visit_start(row: str, visit: ProtocolVisit, gates: tuple[Gate, ...]) -> dict[str, Any]:
    people = "\n".join(people_lines.words(each) for each in role_needs(visit.needs, visit.minutes))
    return {
        f"{row}-code": visit.id,
        f"{row}-was": visit.id,
        f"{row}-like": visit.id,
        f"{row}-kind": visit.kind,
        f"{row}-minutes": visit.minutes,
        f"{row}-room": visit.room or VIDEO,
        f"{row}-course": visit.course,
        f"{row}-people": people,
        f"{row}-gates": [each.kind for each in gates],
    }


def read(form: Form, found: VisitsEditing) -> tuple[Protocol, Gates] | None:
    """The protocol that was typed and its gates, None where something is refused. `found` is what it was."""
    reader = _Reader(form, found)
    visits = reader.visits()
    protocol = replace(
        found.protocol,
        name=form.text("name", "The name", most=120),
        max_visits_per_day=form.whole_or_none("most_a_day", "The most visits on a day", least=1, most=20),
        visits=visits,
        gaps=reader.gaps({visit.id for visit in visits}),
        continuity=reader.continuity({need.name for visit in visits for need in visit.needs}),
    )
    if not visits:
        form.refuse("", "This makes no visit at all. Add one.")
    clash = contradiction(protocol) if form.ok else ()
    if clash:
        form.refuse(f"gap-{keys(form, 'gap')[clash[-1]]}-least", contradiction_words(protocol, clash))
    return (protocol, reader.gates) if form.ok else None


def loose(protocol: Protocol) -> tuple[str, ...]:
    """The visits that no gap ties to any other, so that they may fall on any day."""
    tied = {end for gap in protocol.gaps for end in (gap.before, gap.after)}
    return tuple(visit.id for visit in protocol.visits if visit.id not in tied and len(protocol.visits) > 1)


def refusals(form: Form) -> list[Refusal]:
    """What is wrong, in the order of the form."""
    return [Refusal(name, _row_words(form, name), sentence) for name, sentence in form.errors.items()]


def _row_words(form: Form, name: str) -> str:
    found = _ROW.fullmatch(name)
    if found is None:
        return ""
    row, which = f"{found[1]}-{found[2]}", found[1]
    if which == "gap":
        return f"Gap {form.value(f'{row}-from') or '…'} to {form.value(f'{row}-to') or '…'}"
    if which == "visit":
        return f"Visit {form.value(f'{row}-code') or keys(form, 'visit').index(int(found[2])) + 1}"
    return f"Who stays the same: {form.value(f'{row}-name') or '…'}"


@dataclass(slots=True)
class _Reader:
    """Reads the rows of one form."""

    form: Form
    found: VisitsEditing
    gates: dict[str, tuple[Gate, ...]] = field(default_factory=dict)

    def visits(self) -> tuple[ProtocolVisit, ...]:
        """The visits in order; notes the gates of each."""
        found: dict[str, ProtocolVisit] = {}
        known = {visit.id: visit for visit in self.found.protocol.visits}
        for key in keys(self.form, "visit"):
            row = f"visit-{key}"
            code = self.form.text(f"{row}-code", "The code", most=LONGEST_CODE)
            if code in found:
                self.form.refuse(f"{row}-code", f"“{code}” stands twice. Give each visit its own code.")
            like = self.form.value(f"{row}-like")
            visit = self._visit(row, code, may_be_empty=like in known and not known[like].needs)
            self.gates[code] = ticked(self.form, f"{row}-gates", self.found.gates.get(like, ()))
            found[code or row] = visit
        return tuple(found.values())

    def _visit(self, row: str, code: str, *, may_be_empty: bool) -> ProtocolVisit:
        minutes = self.form.whole(f"{row}-minutes", "The length in minutes", least=1, most=DAY)
        room = self.form.text(f"{row}-room", "The room")
        return ProtocolVisit(
            id=code,
            kind=self._kind(f"{row}-kind"),
            minutes=minutes,
            room=None if room == VIDEO else room,
            needs=self._needs(f"{row}-people", minutes, may_be_empty=may_be_empty),
            course=self.form.whole_or_none(f"{row}-course", "The course", most=99),
        )

    def _kind(self, name: str) -> str:
        """The kind as the clinic spells it, else as it is typed."""
        typed = self.form.text(name, "The kind", most=40)
        known = [*(visit.kind for visit in self.found.protocol.visits), *VISIT_KINDS]
        return next((each for each in known if each.casefold() == typed.casefold()), typed)

    def _needs(self, name: str, minutes: int, *, may_be_empty: bool) -> tuple[Need, ...]:
        lines = people_lines.read(self.form, name, minutes)
        needs = tuple(need for line in lines for need in needs_of(line, minutes))
        if not needs and not may_be_empty:
            self.form.refuse(name, "Nobody is there. Write a line for each, such as “lead: therapist”.")
        ends: dict[str, int] = {}
        for need in sorted(needs, key=lambda each: each.offset):
            if need.offset < ends.get(need.name, 0):
                self.form.refuse(name, f"Two parts of “{need.name}” overlap. Change the minutes of one of them.")
            ends[need.name] = need.offset + need.minutes
        return needs

    def gaps(self, codes: set[str]) -> tuple[Gap, ...]:
        """The gaps in order; where a visit was renamed, its gaps go along."""
        names = protocol_visit_rows.renamed(self.form)
        return tuple(self._gap(f"gap-{key}", codes, names) for key in keys(self.form, "gap"))

    def _gap(self, row: str, codes: set[str], names: Mapping[str, str]) -> Gap:
        before, after = (self._end(f"{row}-{end}", codes, names) for end in ("from", "to"))
        if before and before == after:
            self.form.refuse(f"{row}-to", f"The gap leads from “{before}” to itself. Choose another visit.")
        least = self._signed(f"{row}-least", "The least days", MOST_DAYS) or 0
        ideal = self._signed(f"{row}-ideal", "The ideal days", MOST_DAYS)
        most = self._signed(f"{row}-most", "The most days", MOST_DAYS)
        if most is not None and most < least:
            self.form.refuse(f"{row}-most", f"The most ({most}) is less than the least ({least}). Raise one of them.")
        elif ideal is not None and (ideal < least or (most is not None and ideal > most)):
            self.form.refuse(f"{row}-ideal", "The ideal lies outside the least and the most. Choose one between them.")
        return Gap(before, after, least, most, ideal, *self._minutes(row, most))

    def _minutes(self, row: str, most_days: int | None) -> tuple[int | None, int | None]:
        least = self._signed(f"{row}-least_minutes", "The least minutes", MOST_MINUTES)
        most = self._signed(f"{row}-most_minutes", "The most minutes", MOST_MINUTES)
        if least is not None and most is not None and most < least:
            self.form.refuse(
                f"{row}-most_minutes", f"The most ({most}) is less than the least ({least}). Raise one of them."
            )
        elif least is not None and most_days is not None and least >= (most_days + 1) * DAY:
            self.form.refuse(f"{row}-least_minutes", f"So many minutes do not fit into {most_days} days. Choose fewer.")
        return least, most

    def _end(self, name: str, codes: set[str], names: Mapping[str, str]) -> str:
        typed = self.form.text(name, "The visit", most=LONGEST_CODE)
        code = names.get(typed, typed)
        if code and code not in codes:
            self.form.refuse(name, f"There is no visit “{code}”. Choose the code of one.")
        return code

    def _signed(self, name: str, label: str, most: int) -> int | None:
        """A whole number of either sign, or None for an empty field."""
        typed = self.form.value(name).strip()
        if not typed:
            return None
        if _SIGNED.fullmatch(typed) and abs(number := int(typed.replace("−", "-"))) <= most:
            return number
        self.form.refuse(name, f"{label} must be a whole number from −{most:,} to {most:,}.")
        return None

    def continuity(self, people: set[str]) -> tuple[Continuity, ...]:
        """Who stays the same."""
        found = []
        for key in keys(self.form, "stay"):
            row = f"stay-{key}"
            name = self.form.text(f"{row}-name", "The name", most=LONGEST_CODE)
            if name and name not in people:
                self.form.refuse(f"{row}-name", f"Nobody is called “{name}” at any visit. Use a name of who is there.")
            scope = self.form.choice(f"{row}-scope", "How long", ("program", "course"))
            how = self.form.choice(f"{row}-how", "How strictly", ("always", "if possible"))
            found.append(Continuity(name, "course" if scope == "course" else "program", how == "always"))
        return tuple(found)
