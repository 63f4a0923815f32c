"""The demo clinic's own protocol: a group that meets after the programs are over."""

from __future__ import annotations

from coordinator.domain.compact_protocol import CompactProtocol, Meeting, RoleNeed, Session, Spacing
from coordinator.domain.expand import expand
from coordinator.domain.protocol import Continuity, Protocol
from coordinator.domain.protocol_templates.template import exactly

CODE = "after-group"


def after_group() -> Protocol:
    """Eight weekly meetings of a group with one facilitator."""
    facilitator = RoleNeed("facilitator", "facilitator")
    return expand(
        CompactProtocol(
            id=CODE,
            name="Group after a program, eight weekly meetings",
            meetings={"meeting": Meeting("group", 90, "group", (facilitator,))},
            courses=1,
            sessions=exactly(8),
            session=Session("m", "meeting", Spacing(6, 7, 9)),
            continuity=(Continuity("facilitator", "program", hard=True),),
            max_visits_per_day=1,
        )
    )
