"""Weekly hours as forms and tables keep them: the exchange format's object, `{"mon": [["08:00", "12:00"]]}`."""

from __future__ import annotations

from typing import Any

from coordinator.domain.hours import WeeklyHours
from coordinator.exchange import values
from coordinator.exchange.nodes import Faults, Node
from coordinator.exchange.stamps import write_weekly

__all__ = ["read_weekly", "write_weekly"]


def read_weekly(value: Any) -> WeeklyHours:
    """The hours that a parsed object states; raises InvalidFile with a fault for each thing that is wrong."""
    faults = Faults()
    hours = values.weekly(Node(value, "", faults))
    faults.refuse_if_any()
    return hours
