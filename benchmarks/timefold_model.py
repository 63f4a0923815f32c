"""What the planner is measured against: Timefold with a model as one writes it in a morning.

Each visit is an entity with a start, a room and up to three people to be chosen. Preferred hours, waiting and weekly
limits are left out, and a supervisor counts as there for the whole visit. Annotations are read at run time, and lambdas
are compiled for Java, which is why they are this plain.
"""

from dataclasses import dataclass, field
from typing import Annotated

from timefold.solver.domain import (
    PlanningEntityCollectionProperty,
    PlanningId,
    PlanningScore,
    PlanningVariable,
    ProblemFactCollectionProperty,
    ValueRangeProvider,
    planning_entity,
    planning_solution,
)
from timefold.solver.score import (
    Constraint,
    ConstraintCollectors,
    ConstraintFactory,
    HardSoftScore,
    Joiners,
    constraint_provider,
)

NOBODY = "-"
NAMES = 3


@dataclass
class Busy:
    """A stretch in which a person or room cannot be had."""

    who: str
    start: int
    end: int


@dataclass
class Means:
    """A person's places of supervision, and most minutes of work in a day."""

    who: str
    places: int
    most: int


@dataclass
class Spacing:
    """A gap between two visits of one program; `ideal` below -999: none."""

    program: str
    before: str
    after: str
    least: int
    most: int
    ideal: int


@planning_entity
@dataclass
class Visit:
    """A visit to be placed. `hard` and `soft` name the scopes of continuity of each need, `shared` how it is needed."""

    id: Annotated[str, PlanningId]
    program: str
    visit: str
    patient: str
    minutes: int
    turnover: int
    earliest: int
    a_day: int
    hard0: str
    hard1: str
    hard2: str
    soft0: str
    soft1: str
    soft2: str
    shared0: bool
    shared1: bool
    shared2: bool
    starts: Annotated[list[int], ValueRangeProvider(id="starts")]
    rooms: Annotated[list[str], ValueRangeProvider(id="rooms")]
    people0: Annotated[list[str], ValueRangeProvider(id="people0")]
    people1: Annotated[list[str], ValueRangeProvider(id="people1")]
    people2: Annotated[list[str], ValueRangeProvider(id="people2")]
    start: Annotated[int | None, PlanningVariable(value_range_provider_refs=["starts"])] = field(default=None)
    room: Annotated[str | None, PlanningVariable(value_range_provider_refs=["rooms"])] = field(default=None)
    who0: Annotated[str | None, PlanningVariable(value_range_provider_refs=["people0"])] = field(default=None)
    who1: Annotated[str | None, PlanningVariable(value_range_provider_refs=["people1"])] = field(default=None)
    who2: Annotated[str | None, PlanningVariable(value_range_provider_refs=["people2"])] = field(default=None)


@planning_solution
@dataclass
class Quarter:
    """All visits, and what limits them."""

    busy: Annotated[list[Busy], ProblemFactCollectionProperty]
    means: Annotated[list[Means], ProblemFactCollectionProperty]
    spacings: Annotated[list[Spacing], ProblemFactCollectionProperty]
    visits: Annotated[list[Visit], PlanningEntityCollectionProperty]
    score: Annotated[HardSoftScore | None, PlanningScore] = field(default=None)


WHO = (lambda v: v.who0, lambda v: v.who1, lambda v: v.who2)
WHO_OF = (lambda v, n: v.who0, lambda v, n: v.who1, lambda v, n: v.who2)
SHARED = (lambda v: v.shared0, lambda v: v.shared1, lambda v: v.shared2)
FREE = (
    (lambda v, w: v.who0 != "-" and not (v.shared0 and w.shared0)),
    (lambda v, w: v.who0 != "-" and not (v.shared0 and w.shared1)),
    (lambda v, w: v.who0 != "-" and not (v.shared0 and w.shared2)),
    (lambda v, w: v.who1 != "-" and not (v.shared1 and w.shared0)),
    (lambda v, w: v.who1 != "-" and not (v.shared1 and w.shared1)),
    (lambda v, w: v.who1 != "-" and not (v.shared1 and w.shared2)),
    (lambda v, w: v.who2 != "-" and not (v.shared2 and w.shared0)),
    (lambda v, w: v.who2 != "-" and not (v.shared2 and w.shared1)),
    (lambda v, w: v.who2 != "-" and not (v.shared2 and w.shared2)),
)
APART = (
    (lambda v, w: v.hard0 != "-" and v.who0 != w.who0),
    (lambda v, w: v.hard1 != "-" and v.who1 != w.who1),
    (lambda v, w: v.hard2 != "-" and v.who2 != w.who2),
)
HARD = (lambda v: v.hard0, lambda v: v.hard1, lambda v: v.hard2)
SOFT = (lambda v: v.soft0, lambda v: v.soft1, lambda v: v.soft2)
SOME = (lambda v: v.soft0 != "-", lambda v: v.soft1 != "-", lambda v: v.soft2 != "-")
WORKS = (
    (lambda v: v.who0 != "-" and not v.shared0),
    (lambda v: v.who1 != "-" and not v.shared1),
    (lambda v: v.who2 != "-" and not v.shared2),
)


@constraint_provider
def rules(factory: ConstraintFactory) -> list[Constraint]:
    """The rules that matter most, and the costs."""
    return [*_places(factory), *_people(factory), *_scopes(factory), *_days(factory), *_costs(factory)]


def _places(factory: ConstraintFactory) -> list[Constraint]:
    lasts = Joiners.overlapping(lambda v: v.start, lambda v: v.start + v.minutes + v.turnover)
    return [
        factory.for_each_unique_pair(Visit, Joiners.equal(lambda v: v.room), lasts)
        .filter(lambda v, w: v.room != "-")
        .penalize(HardSoftScore.ONE_HARD)
        .as_constraint("one visit in a room"),
        factory.for_each(Visit)
        .join(
            Busy,
            Joiners.equal(lambda v: v.room, lambda b: b.who),
            Joiners.overlapping(lambda v: v.start, lambda v: v.start + v.minutes, lambda b: b.start, lambda b: b.end),
        )
        .penalize(HardSoftScore.ONE_HARD)
        .as_constraint("room to be had"),
        factory.for_each_unique_pair(
            Visit,
            Joiners.equal(lambda v: v.patient),
            Joiners.overlapping(lambda v: v.start, lambda v: v.start + v.minutes),
        )
        .penalize(HardSoftScore.ONE_HARD)
        .as_constraint("patient at one place"),
    ]


def _people(factory: ConstraintFactory) -> list[Constraint]:
    made = []
    for a in range(NAMES):
        for b in range(NAMES):
            made.append(
                factory.for_each(Visit)
                .join(
                    Visit,
                    Joiners.less_than(lambda v: v.id),
                    Joiners.equal(WHO[a], WHO[b]),
                    Joiners.overlapping(lambda v: v.start, lambda v: v.start + v.minutes),
                )
                .filter(FREE[NAMES * a + b])
                .penalize(HardSoftScore.ONE_HARD)
                .as_constraint(f"person free {a} {b}")
            )
        made.append(
            factory.for_each(Visit)
            .join(
                Busy,
                Joiners.equal(WHO[a], lambda b: b.who),
                Joiners.overlapping(
                    lambda v: v.start, lambda v: v.start + v.minutes, lambda b: b.start, lambda b: b.end
                ),
            )
            .penalize(HardSoftScore.ONE_HARD)
            .as_constraint(f"person to be had {a}")
        )
        made.append(
            factory.for_each(Visit)
            .filter(SHARED[a])
            .join(
                Visit,
                Joiners.equal(WHO[a]),
                Joiners.overlapping(lambda v: v.start, lambda v: v.start + v.minutes),
            )
            .group_by(lambda v, w: v, ConstraintCollectors.count_bi())
            .join(Means, Joiners.equal(WHO_OF[a], lambda m: m.who))
            .filter(lambda v, n, m: n > m.places)
            .penalize(HardSoftScore.ONE_HARD)
            .as_constraint(f"places of supervision {a}")
        )
    return made


def _scopes(factory: ConstraintFactory) -> list[Constraint]:
    made = []
    for a in range(NAMES):
        made.append(
            factory.for_each_unique_pair(Visit, Joiners.equal(HARD[a]))
            .filter(APART[a])
            .penalize(HardSoftScore.ONE_HARD)
            .as_constraint(f"one person {a}")
        )
        made.append(
            factory.for_each(Visit)
            .filter(WORKS[a])
            .group_by(WHO[a], lambda v: v.start // 1440, ConstraintCollectors.sum(lambda v: v.minutes))
            .join(Means, Joiners.equal(lambda who, day, n: who, lambda m: m.who))
            .filter(lambda who, day, n, m: n > m.most)
            .penalize(HardSoftScore.ONE_HARD)
            .as_constraint(f"minutes of a day {a}")
        )
    return made


def _spaced(factory: ConstraintFactory):
    return (
        factory.for_each(Spacing)
        .join(
            Visit,
            Joiners.equal(lambda s: s.program, lambda v: v.program),
            Joiners.equal(lambda s: s.before, lambda v: v.visit),
        )
        .join(
            Visit,
            Joiners.equal(lambda s, v: s.program, lambda w: w.program),
            Joiners.equal(lambda s, v: s.after, lambda w: w.visit),
        )
    )


def _days(factory: ConstraintFactory) -> list[Constraint]:
    return [
        _spaced(factory)
        .filter(
            lambda s, v, w: w.start // 1440 - v.start // 1440 < s.least or w.start // 1440 - v.start // 1440 > s.most
        )
        .penalize(
            HardSoftScore.ONE_HARD,
            lambda s, v, w: max(
                s.least - w.start // 1440 + v.start // 1440, w.start // 1440 - v.start // 1440 - s.most
            ),
        )
        .as_constraint("gap"),
        _spaced(factory)
        .filter(lambda s, v, w: s.least >= 0 and w.start < v.start + v.minutes)
        .penalize(HardSoftScore.ONE_HARD)
        .as_constraint("one after the other"),
        factory.for_each(Visit)
        .group_by(lambda v: v.program, lambda v: v.a_day, lambda v: v.start // 1440, ConstraintCollectors.count())
        .filter(lambda program, most, day, n: n > most)
        .penalize(HardSoftScore.ONE_HARD, lambda program, most, day, n: n - most)
        .as_constraint("visits a day"),
    ]


def _costs(factory: ConstraintFactory) -> list[Constraint]:
    made = [
        _spaced(factory)
        .filter(lambda s, v, w: s.ideal > -999)
        .penalize(HardSoftScore.ONE_SOFT, lambda s, v, w: 20 * abs(w.start // 1440 - v.start // 1440 - s.ideal))
        .as_constraint("ideal gap"),
        factory.for_each(Visit)
        .group_by(lambda v: v.program, lambda v: v.earliest, ConstraintCollectors.max(lambda v: v.start // 1440))
        .penalize(HardSoftScore.ONE_SOFT, lambda program, earliest, last: 10 * max(0, last - earliest))
        .as_constraint("finish"),
    ]
    for a in range(NAMES):
        made.append(
            factory.for_each(Visit)
            .filter(SOME[a])
            .group_by(SOFT[a], ConstraintCollectors.count_distinct(WHO[a]))
            .penalize(HardSoftScore.ONE_SOFT, lambda scope, n: 500 * (n - 1))
            .as_constraint(f"same person {a}")
        )
    return made
