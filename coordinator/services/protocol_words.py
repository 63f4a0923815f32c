"""A protocol's visits, gaps and rules in words, like ones counted together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from coordinator.domain.protocol import Gap, Need, Protocol, ProtocolVisit
from coordinator.domain.spoken import called


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """Visits that are alike: how many, how long, where (None: by video), and who is there, each in words."""

    kind: str
    count: int
    minutes: int
    room: str | None
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GapLine:
    """Gaps that are alike: from one kind to another, how many, and the spacing in words."""

    before: str
    after: str
    count: int
    words: str


def meeting_lines(protocol: Protocol) -> tuple[MeetingLine, ...]:
    """The visits, like ones together, in the order in which they first come."""
    counted = Counter(_like(visit) for visit in protocol.visits)
    return tuple(
        MeetingLine(kind, count, minutes, room, people) for (kind, minutes, room, people), count in counted.items()
    )


def gap_lines(protocol: Protocol) -> tuple[GapLine, ...]:
    """The gaps, like ones together, in the order in which they first come."""
    kinds = {visit.id: visit.kind for visit in protocol.visits}
    counted = Counter((kinds[gap.before], kinds[gap.after], gap_words(gap)) for gap in protocol.gaps)
    return tuple(GapLine(before, after, count, words) for (before, after, words), count in counted.items())


def gap_words(gap: Gap) -> str:
    """“1 to 3 days, ideally 1”, and the minutes where they are bounded."""
    words = [_range(gap.min_days, gap.max_days, "day")]
    if gap.ideal_days is not None and gap.ideal_days != gap.min_days == gap.max_days:
        words = [f"ideally {gap.ideal_days} days"]
    elif gap.ideal_days is not None and gap.min_days != gap.max_days:
        words.append(f"ideally {gap.ideal_days}")
    if gap.min_minutes is not None or gap.max_minutes is not None:
        words.append(_range(gap.min_minutes or 0, gap.max_minutes, "minute") + " in between")
    return ", ".join(words)


def continuity_words(protocol: Protocol) -> tuple[str, ...]:
    """“The same person as lead throughout the program, always.” or “… if possible.”"""
    where = {"program": "throughout the program", "course": "within each course"}
    return tuple(
        f"The same person as {called(rule.name)} {where[rule.scope]}, {'always' if rule.hard else 'if possible'}."
        for rule in protocol.continuity
    )


def _like(visit: ProtocolVisit) -> tuple[str, int, str | None, tuple[str, ...]]:
    people = tuple(_need_words(name, visit) for name in visit.need_names())
    return visit.kind, visit.minutes, visit.room, people


def _need_words(name: str, visit: ProtocolVisit) -> str:
    """“lead: therapist”, “nurse”, “supervisor: physician for minutes 0–30 and 90–120, may supervise several”."""
    needs = [need for need in visit.needs if need.name == name]
    roles = " and ".join(dict.fromkeys(need.role for need in needs))
    parts = [] if _is_throughout(needs, visit) else [f"{need.offset}–{need.offset + need.minutes}" for need in needs]
    when = f" for minutes {' and '.join(parts)}" if parts else ""
    shared = ", may supervise several" if any(need.shared for need in needs) else ""
    part = called(name)
    return f"{part if part == roles else f'{part}: {roles}'}{when}{shared}"


def _is_throughout(needs: list[Need], visit: ProtocolVisit) -> bool:
    return len(needs) == 1 and needs[0].offset == 0 and needs[0].minutes == visit.minutes


def _range(least: int, most: int | None, unit: str) -> str:
    if most is None:
        return f"at least {_count(least, unit)}" if least else "any time after"
    if least == most:
        return f"exactly {_count(least, unit)}" if least else f"the same {unit}"
    return f"{least} to {_count(most, unit)}"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
