"""Insights: how the clinic's programs go, as figures that pages draw and spreadsheets take. No patient is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coordinator.domain import insights
from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import midnight_utc, zone_named
from coordinator.domain.errors import NotFound
from coordinator.domain.insights import Attempt, Period, ProgramCourse
from coordinator.exchange.csv_writing import write_csv
from coordinator.services import rooms, team
from coordinator.services.protocol_choices import read_body
from coordinator.services.rooms import RoomView
from coordinator.services.team import Member
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, insight_queries
from coordinator.store.unit_of_work import Work

WEEKS = (4, 12, 26, 52)
"""The periods to choose from; the second is the usual one."""
STAGES = ("waiting", "active", "paused", "finished", "ended")
INTEGRATION = (insights.INSIDE, insights.OUTSIDE, insights.MISSING, insights.AHEAD)
ATTENDANCE = ("attended", *insights.MISSED)
SPACING = tuple(range(-insights.MOST_OFF, insights.MOST_OFF + 1))
_WAIT_WEEKS = 8


@dataclass(frozen=True, slots=True)
class Weekly:
    """Counts for each week, by what is counted, in the order of `what`."""

    what: tuple[str, ...]
    weeks: tuple[tuple[date, tuple[int, ...]], ...]

    @property
    def sums(self) -> tuple[int, ...]:
        """The whole period's."""
        return tuple(sum(counts[at] for _, counts in self.weeks) for at in range(len(self.what)))


@dataclass(frozen=True, slots=True)
class Insights:
    """The figures of a period; `first` and `last` are clinic dates.

    `stages` is how many programs there are now in each of STAGES. `spacing` counts visits by days off the ideal, in the
    order of SPACING. `waits` counts programs by whole weeks from enrolling to the first dosing visit, the last of them
    together; `typical_wait` is the median in days.
    """

    weeks: int
    first: date
    last: date
    stages: tuple[int, ...]
    spacing: tuple[int, ...]
    integrations: Weekly
    attendance: Weekly
    waits: tuple[int, ...]
    typical_wait: float | None


def read(work: Work, actor: Actor, now: datetime, weeks: int) -> Insights:
    """The figures of so many weeks up to today; a number that is no choice is the usual one."""
    found = _figures(work, actor, now, weeks if weeks in WEEKS else WEEKS[1])
    audit.append(work, actor, now, "insight.read", "clinic", actor.clinic_id, {"weeks": found.weeks})
    return found


def _figures(work: Work, actor: Actor, now: datetime, weeks: int) -> Insights:
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    last = local(now, zone).date()
    period = Period(insights.monday(last.toordinal()) - 7 * (weeks - 1), last.toordinal())
    first = date.fromordinal(period.first)
    rows = insight_queries.programs(
        work, actor.clinic_id, midnight_utc(first, zone), midnight_utc(last + timedelta(days=1), zone)
    )
    versions = insight_queries.versions(work, actor.clinic_id, {each.version_id for each in rows})
    protocols = {each.id: read_body(each) for each in versions}

    def day(moment: datetime) -> int:
        return local(moment, zone).date().toordinal()

    programs = [
        ProgramCourse(
            protocols[each.version_id],
            day(each.created_at),
            tuple(Attempt(one.id, one.code, one.kind, day(one.starts_at), one.status) for one in each.attempts),
        )
        for each in rows
    ]
    stages = insight_queries.stages(work, actor.clinic_id)
    spaced, waits = insights.spacing(programs, period), insights.waits(programs, period)
    waited = Counter(min(days // 7, _WAIT_WEEKS) for days in waits)
    return Insights(
        weeks=weeks,
        first=first,
        last=last,
        stages=tuple(stages.get(each, 0) for each in STAGES),
        spacing=tuple(spaced[each] for each in SPACING),
        integrations=_weekly(INTEGRATION, insights.integrations(programs, period)),
        attendance=_weekly(ATTENDANCE, insights.attendance(programs, period)),
        waits=tuple(waited[each] for each in range(_WAIT_WEEKS + 1)),
        typical_wait=insights.middle(waits),
    )


def _weekly(what: tuple[str, ...], found: dict[int, Counter[str]]) -> Weekly:
    return Weekly(
        what, tuple((date.fromordinal(week), tuple(counts[each] for each in what)) for week, counts in found.items())
    )


Rows = tuple[Sequence[str], Iterable[Sequence[object]]]
TABLES: dict[str, Callable[[Insights], Rows]] = {
    "stages": lambda found: (("stage", "programs"), zip(STAGES, found.stages, strict=True)),
    "spacing": lambda found: (("days off the ideal", "visits"), zip(SPACING, found.spacing, strict=True)),
    "integrations": lambda found: _by_week(found.integrations),
    "attendance": lambda found: _by_week(found.attendance),
    "waits": lambda found: (("weeks from enrolling to the first dosing visit", "programs"), enumerate(found.waits)),
}
"""What can be had as a file, by name: the columns and the rows."""


def _by_week(weekly: Weekly) -> Rows:
    return ("week of", *weekly.what), ((week.isoformat(), *counts) for week, counts in weekly.weeks)


def _loads(lines: Iterable[Member | RoomView]) -> Rows:
    return ("name", "week of", "minutes taken", "minutes there are"), (
        (each.name, week.monday.isoformat(), week.booked, week.available if week.has_capacity else None)
        for each in lines
        for week in each.weeks
    )


LOADS: dict[str, Callable[[Work, Actor, datetime], Rows]] = {
    "team-load": lambda work, actor, now: _loads(team.list_team(work, actor, now)),
    "room-load": lambda work, actor, now: _loads(rooms.list_rooms(work, actor, now)),
}
"""The same for the weeks to come."""


def export(work: Work, actor: Actor, now: datetime, name: str, weeks: int) -> Iterator[str]:
    """One table for a spreadsheet; raises NotFound for a name that is none of TABLES and LOADS."""
    if name in LOADS:
        columns, rows = LOADS[name](work, actor, now)
    elif name in TABLES:
        columns, rows = TABLES[name](read(work, actor, now, weeks))
    else:
        raise NotFound("There is no such table.")
    audit.append(work, actor, now, "insight.export", "clinic", actor.clinic_id, {"table": name})
    return write_csv(columns, rows)
