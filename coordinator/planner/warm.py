"""Fills the cache of machine code, so that the first real plan need not wait: `python -m coordinator.planner.warm`."""

from __future__ import annotations

from coordinator.domain.clinic import Room, Staff
from coordinator.domain.hours import WeeklyHours
from coordinator.domain.protocol import Gap, Need, Protocol, ProtocolVisit
from coordinator.domain.schedule import Enrollment, Problem
from coordinator.planner.plan import plan

_MONDAY = 739_620


def main() -> None:
    """Plans a clinic of one person and one room, which compiles everything that planning uses."""
    hours = WeeklyHours(tuple(((540, 1020),) if day < 5 else () for day in range(7)))
    need = (Need("lead", "therapist", 60),)
    visits = tuple(ProtocolVisit(name, "integration", 60, "therapy", need) for name in ("first", "second"))
    protocol = Protocol("two", "Two visits", visits, (Gap("first", "second", 0, 7, 0),))
    plan(
        Problem(
            "Warm-up",
            "UTC",
            15,
            _MONDAY,
            _MONDAY + 13,
            (Staff("a", "A", ("therapist",), hours),),
            (Room("r", "R", ("therapy",)),),
            (protocol,),
            tuple(Enrollment(name, (name,), "two", _MONDAY) for name in ("e1", "e2")),
        )
    )


if __name__ == "__main__":
    main()
