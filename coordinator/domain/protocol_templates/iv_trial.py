"""`iv-trial`: a research schedule, every visit in a window around its target day."""

from __future__ import annotations

from coordinator.domain.compact_protocol import CompactProtocol, Meeting, Session, Spacing, Step, window
from coordinator.domain.gates import CLEARANCE
from coordinator.domain.protocol import Continuity, Gap
from coordinator.domain.protocol_templates import meetings
from coordinator.domain.protocol_templates.template import OFF_LABEL, Template, exactly

IV_TRIAL = Template(
    compact=CompactProtocol(
        id="iv-trial",
        name="Infusion trial with visit windows",
        meetings={
            "screening": meetings.EVALUATION,
            "labs": Meeting("lab", 30, "consult", (meetings.NURSE,)),
            "infusion": meetings.INFUSION,
            "follow-up": Meeting("review", 45, "consult", (meetings.PHYSICIAN,)),
            "call": meetings.VIDEO_REVIEW,
        },
        before=(Step("screen", "screening"), Step("labs", "labs", Spacing(0, 1, 7))),
        lead_in=Spacing(3, 7, 21),
        courses=1,
        sessions=exactly(1),
        session=Session("v", "infusion", Spacing(), course_gates=(CLEARANCE,)),
        after=(
            Step("v2", "infusion", window(7, 1, 2), after="v1", course=1),
            Step("v3", "infusion", window(14, 1, 2), after="v1", course=1),
            Step("day15", "call", Spacing(1, 1, 1), after="v3"),
            Step("day28", "follow-up", window(28, 3, 3), after="v1"),
            Step("day56", "follow-up", window(56, 5, 7), after="v1"),
            Step("day84", "follow-up", window(84, 7, 14), after="v1"),
        ),
        gaps=(Gap("v2", "v3", 5), Gap("screen", "v1", 3, 28)),
        continuity=(
            Continuity("nurse", "course", hard=False),
            Continuity("supervisor", "course", hard=False),
            Continuity("physician", "program", hard=False),
        ),
        max_visits_per_day=1,
    ),
    population="Anorexia nervosa; research.",
    source="Pattern of trial schedules: HL7 Vulcan Schedule of Activities (target day and asymmetric range)",
    evidence=f"{OFF_LABEL} A schedule for research under a protocol that an ethics board has approved.",
    reported="Intravenous; screening, dosing and follow-up at fixed days, each with a window around its target day.",
    clinic_defaults=(
        "Three infusions on days 0, 7 and 14; a week's visit may be 1 day early or 2 days late.",
        "Follow-up is by video the day after the third infusion, then on days 28 (3 days either way), 56 (5 days early"
        " to 7 late) and 84 (7 early to 14 late).",
        "Screening is 3 to 28 days before the first infusion. Every day and window is the trial's to set.",
        *meetings.SURROUNDINGS,
    ),
)
