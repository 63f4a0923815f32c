"""`kap-3x6`: three courses of six sessions for one patient."""

from __future__ import annotations

from coordinator.domain.compact_protocol import (
    Around,
    CompactProtocol,
    CourseEnd,
    Session,
    SideChain,
    Spacing,
    Step,
)
from coordinator.domain.gates import CLEARANCE
from coordinator.domain.protocol import Continuity
from coordinator.domain.protocol_templates import meetings
from coordinator.domain.protocol_templates.template import OFF_LABEL, Template, exactly

KAP_3X6 = Template(
    compact=CompactProtocol(
        id="kap-3x6",
        name="KAP, three courses of six sessions",
        meetings={
            "evaluation": meetings.EVALUATION,
            "preparation": meetings.PREPARATION,
            "dosing": meetings.DOSING,
            "integration": meetings.INTEGRATION,
            "review": meetings.REVIEW,
            "nutrition": meetings.NUTRITION,
        },
        before=(Step("eval", "evaluation"), Step("prep", "preparation", Spacing(1, 3, 10))),
        lead_in=Spacing(1, 3, 10),
        courses=3,
        sessions=exactly(6),
        session=Session(
            "d",
            "dosing",
            Spacing(3, 4, 7),
            around=(Around("i", "integration", Spacing(1, 1, 3), clear=Spacing(1)),),
            course_gates=(CLEARANCE,),
        ),
        between=Spacing(5, 7, 14),
        course_end=CourseEnd("r", "review", Spacing(1, 3, 10), Spacing(1), last_spacing=Spacing(1, 5, 10)),
        sides=(SideChain("n", "nutrition", 7, Spacing(10, 14, 18), "eval", Spacing(0, 5, 14)),),
        continuity=(
            Continuity("lead", "program", hard=True),
            Continuity("supervisor", "course", hard=False),
            Continuity("physician", "program", hard=False),
            Continuity("diet", "program", hard=False),
        ),
        max_visits_per_day=2,
    ),
    population="Bulimia nervosa; one patient.",
    source="Ragnhildstveit 2021, doi 10.3389/fpsyt.2021.764112",
    evidence=f"{OFF_LABEL} A report of one patient, in remission for over a year.",
    reported="Three courses in three months of six sessions each, twice weekly, with psychotherapy in each session.",
    clinic_defaults=(
        "Route and dose were not found in the record; the physician decides them.",
        "Sessions are 3 to 7 days apart, ideally 4, so that two fit in a week.",
        "Courses are 5 to 14 days apart, ideally 7: the record does not say.",
        "Integration follows each session after 1 to 3 days, ideally the next day.",
        "A nutritionist sees the patient every other week; a physician clears each course and reviews after it.",
        *meetings.SURROUNDINGS,
    ),
)
