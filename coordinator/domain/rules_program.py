"""Hard rules about a program's visits among each other: gaps and continuity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coordinator.domain.board import Board, Row
from coordinator.domain.protocol import Continuity, Gap
from coordinator.domain.schedule import Enrollment
from coordinator.domain.spoken import counted
from coordinator.domain.violation import Violation


def gaps_kept(board: Board) -> Iterator[Violation]:
    """Rule 7: every gap is within its bounds, unless both its visits are kept."""
    for enrollment in board.planned:
        mine = board.visits_of[enrollment.id]
        for gap in board.protocol_of(enrollment).gaps:
            before, after = mine.get(gap.before), mine.get(gap.after)
            if before is not None and after is not None and not (before.kept and after.kept):
                yield from gap_broken(gap, before, after)


def gap_broken(gap: Gap, before: Row, after: Row) -> Iterator[Violation]:
    """Rule 7 for two visits, of which one is not kept."""
    wrong = _gap_fault(gap, before, after)
    if wrong is not None:
        row, other = (before, after) if after.kept else (after, before)
        touches = tuple(each.key for each in (before, after) if not each.kept)
        message = f"After {before.label}, {after.label} {wrong}."
        yield Violation(7, "gap", *row.key, message, other.name, touches)


def _gap_fault(gap: Gap, before: Row, after: Row) -> str | None:
    """What is wrong with the distance of two visits, as the end of a sentence; None where nothing is."""
    days, minutes = after.day - before.day, after.start - before.end
    if days < gap.min_days:
        return f"must follow it by at least {counted(gap.min_days, 'day')}, and would come {_distance(days)}"
    if gap.max_days is not None and days > gap.max_days:
        return f"must follow it within {counted(gap.max_days, 'day')}, and would come {_distance(days)}"
    if gap.min_days >= 0 and minutes < 0:
        return "starts before it ends"
    if gap.min_minutes is not None and minutes < gap.min_minutes:
        return f"must follow it by at least {gap.min_minutes} minutes, and would by {minutes} minutes"
    if gap.max_minutes is not None and minutes > gap.max_minutes:
        return f"must follow it within {gap.max_minutes} minutes, and would after {minutes} minutes"
    return None


def _distance(days: int) -> str:
    """Where a visit would be, seen from the one that it is to follow."""
    if days == 0:
        return "on the same day"
    return f"{counted(abs(days), 'day')} {'after' if days > 0 else 'before'} it"


def continuity_kept(board: Board) -> Iterator[Violation]:
    """Rule 8: one person fills a need with hard continuity throughout its scope."""
    for enrollment in board.planned:
        for rule in board.protocol_of(enrollment).continuity:
            if not rule.hard:
                continue
            for unit, rows in scopes(rule, board.visits_of[enrollment.id].values()):
                people = disagreeing(rule, enrollment, rows)
                if people:
                    yield _discontinuity(board, rule, unit, [row for row in rows if not row.kept], people)


def disagreeing(rule: Continuity, enrollment: Enrollment, rows: Iterable[Row], added: str | None = None) -> set[str]:
    """The people between whom a scope would be split; empty where the rule is kept.

    `added` is one more person in the scope, beside those of the rows.
    """
    rows = list(rows)
    people = {row.placed.staff[rule.name] for row in rows if not row.kept} | ({added} if added is not None else set())
    bound = bound_person(rule, enrollment, rows)
    if people and bound is not None:
        people = people | {bound}
    return people if len(people) > 1 else set()


def bound_person(rule: Continuity, enrollment: Enrollment, rows: Iterable[Row]) -> str | None:
    """Whom the kept visits of a scope bind the others to; nobody where they disagree or the team pins somebody."""
    people = {row.placed.staff[rule.name] for row in rows if row.kept}
    if len(people) != 1 or rule.name in enrollment.team:
        return None
    return next(iter(people))


def scopes(rule: Continuity, rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """The units of a continuity rule: each with a name for messages and the visits there that have the need."""
    units: dict[str, list[Row]] = {}
    for row in rows:
        if rule.name not in row.placed.staff:
            continue
        if rule.scope == "program":
            units.setdefault("the program", []).append(row)
        elif row.visit.course is not None:
            units.setdefault(f"course {row.visit.course}", []).append(row)
    return list(units.items())


def _discontinuity(board: Board, rule: Continuity, unit: str, free: list[Row], people: set[str]) -> Violation:
    names = ", ".join(sorted(board.staff[person].name for person in people))
    last = max(free, key=lambda row: row.start)
    message = f"{last.enrollment.id} needs one {rule.name} throughout {unit}; the plan has {names}."
    blocker = last.placed.staff[rule.name]
    return Violation(8, "continuity", *last.key, message, blocker, tuple(row.key for row in free))


PROGRAM_RULES = (gaps_kept, continuity_kept)
