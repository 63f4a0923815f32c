"""Why an enrollment has no plan, and the smallest changes that would make one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from coordinator.domain.schedule import Plan, Problem, Unplanned
from coordinator.planner.changes import Change, with_enrollment
from coordinator.planner.changes_clinic import clinic_changes
from coordinator.planner.changes_program import program_changes
from coordinator.planner.lifting import Lifting
from coordinator.planner.run import never
from coordinator.planner.variants import Variants

_MOST = 8
_TRIALS_OF_ONE, _TRIALS_OF_TWO, _TRIALS_OF_MORE = 400, 1000, 300


def explained(problem: Problem, plan: Plan, *, canceled: Callable[[], bool] = never) -> Plan:
    """The plan with a reason and relaxations for each enrollment that it leaves unplanned."""
    unplanned = tuple(
        each if canceled() else explain(problem, plan, each.enrollment, canceled=canceled) for each in plan.unplanned
    )
    return replace(plan, unplanned=unplanned)


def explain(
    problem: Problem, plan: Plan, enrollment: str, *, sets: bool = True, canceled: Callable[[], bool] = never
) -> Unplanned:
    """Why an enrollment has no plan beside the visits that a plan holds, in one sentence, and what would make one.

    The relaxations are the smallest there are, smallest first; each was tried. Several changes together are looked for
    where no single one helps, and only with `sets`.
    """
    index = next(i for i, each in enumerate(problem.enrollments) if each.id == enrollment)
    variants = Variants(problem, plan, index, canceled)
    if variants.feasible(problem):
        return Unplanned(enrollment, f"{enrollment} fits beside the plan as it is: plan once more with more time.")
    changes = _in_order([*program_changes(problem, index), *clinic_changes(problem, index)])
    lifting = Lifting(
        problem, changes, lambda changed: None if canceled() else variants.feasible(changed), _TRIALS_OF_ONE
    )
    found = lifting.singles(_MOST)
    if not found and sets:
        lifting.left = _TRIALS_OF_TWO
        found = lifting.pairs(_MOST)
    if not found and sets:
        lifting.left = _TRIALS_OF_MORE
        found = lifting.sets(_MOST)
    relaxations = tuple(lifting.relaxation(each) for each in found)
    causes = [change for lifted in found for change, _ in lifted]
    return Unplanned(enrollment, _reason(problem, plan, index, variants, causes), relaxations)


def rivals(problem: Problem, plan: Plan, enrollment: str, *, canceled: Callable[[], bool] = never) -> tuple[str, ...]:
    """The planned enrollments (ids) each of which, were it not there, would leave room for one that is not planned."""
    index = next(i for i, each in enumerate(problem.enrollments) if each.id == enrollment)
    variants = Variants(problem, plan, index, canceled)
    others = _others_in(plan, enrollment)
    return tuple(other for other in others if not canceled() and variants.hinders(plan, other))


def _others_in(plan: Plan, enrollment: str) -> list[str]:
    missing = {each.enrollment for each in plan.unplanned}
    return sorted({visit.enrollment for visit in plan.visits} - missing - {enrollment})


def _in_order(changes: list[Change]) -> list[Change]:
    """Like things beside each other, so that groups are of one kind."""
    return sorted(changes, key=lambda each: each.kind)


def _reason(problem: Problem, plan: Plan, index: int, variants: Variants, causes: list[Change]) -> str:
    enrollment = problem.enrollments[index]
    lacking = _lacking(problem, index)
    if lacking:
        return lacking
    planned = _others_in(plan, enrollment.id)
    if planned and variants.feasible(problem, alone=True):
        found = [other for other in planned if variants.hinders(plan, other)]
        names = ", ".join(found) if found else "several others together: " + ", ".join(planned)
        return f"{enrollment.id} fits alone but not beside the others; it competes with {names}."
    if not causes:
        return _past_small_changes(problem, index, variants)
    told = [causes[0].cause]
    told += [each.cause for each in causes if each.kind != causes[0].kind][:1]
    sentence = ", and ".join(dict.fromkeys(told))
    return f"{sentence[0].upper()}{sentence[1:]}, so that the visits of {enrollment.id} find no times."


def _past_small_changes(problem: Problem, index: int, variants: Variants) -> str:
    """Where no few small changes help: whether it is the patient's hours that leave too little, and what to do."""
    enrollment = problem.enrollments[index]
    if enrollment.weekly is not None and variants.feasible(with_enrollment(problem, index, weekly=None)):
        return (
            f"The hours in which the patient can come are too few for the visits of {enrollment.id}; "
            "at any time of the clinic there would be a plan, so widen these hours."
        )
    return f"No free times fit the visits of {enrollment.id}, and no change of a few things would help."


def _lacking(problem: Problem, index: int) -> str:
    """What the clinic has not got at all."""
    enrollment = problem.enrollments[index]
    visits = problem.protocol(enrollment.protocol).visits
    for visit in visits:
        for need in visit.needs:
            if not any(need.role in person.roles for person in problem.staff):
                return f"Nobody in the clinic is a {need.role}, whom {visit.id} needs."
        fitting = [room for room in problem.rooms if visit.room in room.kinds]
        if visit.room is not None and not fitting:
            return f"The clinic has no room for {visit.room}, which {visit.id} needs."
        if visit.room is not None and all(room.seats < len(enrollment.patients) for room in fitting):
            return f"No room for {visit.room} has {len(enrollment.patients)} seats, which {visit.id} needs."
    return ""
