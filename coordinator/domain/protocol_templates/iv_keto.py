"""`iv-keto`: six infusions after weeks of a ketogenic diet."""

from __future__ import annotations

from coordinator.domain.compact_protocol import (
    Around,
    CompactProtocol,
    Meeting,
    Session,
    SideChain,
    Spacing,
    Step,
    window,
)
from coordinator.domain.gates import CLEARANCE
from coordinator.domain.protocol import Continuity, Gap
from coordinator.domain.protocol_templates import meetings
from coordinator.domain.protocol_templates.template import OFF_LABEL, Template, exactly

IV_KETO = Template(
    compact=CompactProtocol(
        id="iv-keto",
        name="Ketogenic diet, then six infusions",
        meetings={
            "evaluation": meetings.EVALUATION,
            "education": Meeting("nutrition", 120, "consult", (meetings.DIETITIAN,)),
            "preparation": meetings.PREPARATION,
            "infusion": meetings.INFUSION,
            "integration": meetings.INTEGRATION,
            "nutrition": meetings.NUTRITION,
            "follow-up": meetings.VIDEO_REVIEW,
        },
        before=(
            Step("eval", "evaluation"),
            Step("edu1", "education", Spacing(1, 4, 10)),
            Step("edu2", "education", Spacing(1, 1, 1)),
            Step("prep1", "preparation", Spacing(14, 18, 42)),
            Step("prep2", "preparation", Spacing(3, 7, 10)),
        ),
        lead_in=Spacing(1, 3, 7),
        courses=1,
        sessions=exactly(6),
        session=Session(
            "v",
            "infusion",
            Spacing(2, 2, 4),
            around=(Around("i", "integration", Spacing(1, 1, 3), clear=Spacing(least_minutes=0)),),
            course_gates=(CLEARANCE,),
        ),
        after=(
            Step("f1", "follow-up", window(30, 7, 7), after="v6"),
            Step("f2", "follow-up", window(90, 10, 10), after="v6"),
            Step("f3", "follow-up", window(180, 14, 14), after="v6"),
        ),
        sides=(SideChain("n", "nutrition", 6, Spacing(5, 7, 9), "edu2", Spacing(5, 7, 9)),),
        gaps=(Gap("edu2", "v1", 28, 56, 28), Gap("v1", "v6", 10, 14)),
        continuity=(
            Continuity("diet", "program", hard=True),
            Continuity("lead", "program", hard=True),
            Continuity("supervisor", "course", hard=False),
            Continuity("nurse", "course", hard=False),
        ),
        max_visits_per_day=2,
    ),
    population="Anorexia nervosa, weight recovered: five patients, and one severe case.",
    source="Calabrese/Scolnick 2022; Scolnick 2020, doi 10.3389/fpsyt.2020.00763",
    evidence=f"{OFF_LABEL} Reports of six patients without a control group.",
    reported=(
        "A ketogenic diet for 4 or 8 weeks, then 6 infusions in 2 weeks; intravenous, 0.75 mg/kg, titrated (reports"
        " from 0.3 up to 1.2), about 45 minutes; 2-day diet education with a dietitian, 2 preparation sessions,"
        " follow-up of 6 months."
    ),
    clinic_defaults=(
        "The first infusion is 4 to 8 weeks after the diet education, ideally 4.",
        "Infusions are 2 to 4 days apart and all within 2 weeks.",
        "A nutritionist sees the patient weekly for 6 weeks from the diet education on.",
        "Follow-up is by video at about 30, 90 and 180 days: the record says only that it lasted 6 months.",
        "Integration follows each infusion after 1 to 3 days, before the next one.",
        *meetings.SURROUNDINGS,
    ),
)
