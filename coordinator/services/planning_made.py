"""What a planning job comes to: plans, and what is said of each besides its visits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from coordinator.domain.schedule import Plan
from coordinator.exchange.stamps import write_day
from coordinator.planner.alternatives import Alternative


@dataclass(frozen=True, slots=True)
class Made:
    """A plan to be proposed, and what its proposal remembers besides."""

    plan: Plan
    detail: dict[str, Any] = field(default_factory=dict)


def as_alternative(each: Alternative) -> dict[str, Any]:
    """What sets a plan apart from the others of its job, as its proposal remembers it."""
    return {
        "kinds": list(each.kinds),
        "words": each.words,
        "ends": write_day(each.facts.ends),
        "changes": each.facts.changes,
        "outside": each.facts.outside,
        "off": each.facts.off,
    }
