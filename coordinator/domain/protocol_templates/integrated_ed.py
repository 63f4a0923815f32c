"""`integrated-ed`: a clinic's own program, from intake to step-down."""

from __future__ import annotations

from coordinator.domain.compact_protocol import (
    Around,
    CompactProtocol,
    Meeting,
    Session,
    SideChain,
    Spacing,
    Step,
)
from coordinator.domain.gates import CLEARANCE, LABS
from coordinator.domain.protocol import Continuity
from coordinator.domain.protocol_templates import meetings
from coordinator.domain.protocol_templates.template import OFF_LABEL, Template, exactly

INTEGRATED_ED = Template(
    compact=CompactProtocol(
        id="integrated-ed",
        name="Integrated program, intake to step-down",
        meetings={
            "evaluation": meetings.EVALUATION,
            "labs": Meeting("lab", 30, "consult", (meetings.NURSE,)),
            "contact": meetings.VIDEO_REVIEW,
            "preparation": meetings.PREPARATION,
            "dosing": meetings.DOSING,
            "integration": meetings.INTEGRATION,
            "nutrition": meetings.NUTRITION,
            "psychotherapy": Meeting("psychotherapy", 60, "therapy", (meetings.LEAD,)),
            "peers": Meeting("peer", 90, None, (meetings.CO_LEAD,)),
            "family": Meeting("family", 60, None, (meetings.LEAD,)),
            "step-down": Meeting("review", 45, "consult", (meetings.PHYSICIAN,)),
        },
        before=(
            Step("eval", "evaluation"),
            Step("labs", "labs", Spacing(0, 1, 7)),
            Step("contact", "contact", Spacing(1, 3, 10)),
            Step("prep", "preparation", Spacing(1, 3, 10)),
        ),
        lead_in=Spacing(1, 3, 10),
        courses=1,
        sessions=exactly(6),
        session=Session(
            "d",
            "dosing",
            Spacing(5, 7, 10),
            around=(Around("i", "integration", Spacing(1, 1, 3), clear=Spacing(1)),),
            course_gates=(CLEARANCE, LABS),
        ),
        after=(
            Step("s1", "step-down", Spacing(7, 14, 21)),
            Step("s2", "step-down", Spacing(21, 28, 35)),
        ),
        sides=(
            SideChain("n", "nutrition", 5, Spacing(10, 14, 18), "eval", Spacing(1, 7, 14)),
            SideChain("t", "psychotherapy", 4, Spacing(10, 14, 18), "prep", Spacing(3, 7, 14)),
            SideChain("g", "peers", 4, Spacing(10, 14, 18), "d1", Spacing(2, 5, 14)),
            SideChain("f", "family", 2, Spacing(21, 28, 35), "d1", Spacing(3, 14, 21)),
        ),
        continuity=(
            Continuity("lead", "program", hard=True),
            Continuity("diet", "program", hard=True),
            Continuity("physician", "program", hard=False),
            Continuity("supervisor", "course", hard=False),
        ),
        max_visits_per_day=2,
    ),
    population="Eating disorders; a clinic's own program for one patient.",
    source="Common clinic practice; no publication",
    evidence=OFF_LABEL,
    reported=(
        "Intake evaluation, labs, nutrition, psychotherapy, a KAP course, peer group, family session and step-down,"
        " with a physician, a psychiatrist or primary care contact, a nutritionist and a therapist."
    ),
    clinic_defaults=(
        "Every figure of this program is the clinic's: how many visits, how far apart, minutes, rooms and people.",
        "Six weekly sessions (5 to 10 days apart), each with integration 1 to 3 days later.",
        "Nutrition and psychotherapy are every other week, each.",
        "The peer group meets every other week and the family monthly, both by video.",
        "The psychiatrist's or primary care contact is a visit with a physician by video.",
        "Two reviews step the patient down, about 2 and 6 weeks after the course.",
        *meetings.SURROUNDINGS,
    ),
)
