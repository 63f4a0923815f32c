"""Which programs an actor may see: a clinician those in which they have a part, everybody else of the clinic all."""

from __future__ import annotations

from collections.abc import Iterable

from coordinator.domain.actor import Access, Actor
from coordinator.store import staff_queries
from coordinator.store.unit_of_work import Work

COORDINATION = frozenset({Access.COORDINATOR, Access.ADMINISTRATOR})


def seen_programs(work: Work, actor: Actor, enrollment_ids: Iterable[int]) -> set[int]:
    """Those of the clinic's enrollments that the actor may see."""
    wanted = set(enrollment_ids)
    if actor.access is not Access.CLINICIAN:
        return wanted
    return staff_queries.programs_of(work, actor.clinic_id, actor.staff_id, wanted) if actor.staff_id else set()


def roles_of(work: Work, actor: Actor) -> frozenset[str]:
    """The roles of work that the actor has: as a member of staff, and `coordinator` for who coordinates."""
    roles = staff_queries.one(work, actor.clinic_id, actor.staff_id).roles if actor.staff_id else []
    return frozenset(roles) | ({"coordinator"} if actor.access in COORDINATION else frozenset())
