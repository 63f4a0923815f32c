"""`im-kap`: four sessions and three boosters over nine months."""

from __future__ import annotations

from coordinator.domain.compact_protocol import Around, CompactProtocol, Meeting, Session, Spacing, Step, window
from coordinator.domain.gates import CLEARANCE, CONSENT, FASTING, RIDE
from coordinator.domain.protocol import Continuity
from coordinator.domain.protocol_templates import meetings
from coordinator.domain.protocol_templates.template import OFF_LABEL, Template, exactly

_TEAM = (meetings.LEAD, meetings.NURSE, meetings.SUPERVISOR)

IM_KAP = Template(
    compact=CompactProtocol(
        id="im-kap",
        name="KAP by injection, four sessions and three boosters",
        meetings={
            "evaluation": meetings.EVALUATION,
            "questionnaires": Meeting("review", 45, None, (meetings.LEAD,)),
            "preparation": meetings.PREPARATION,
            "dosing": Meeting("dosing", 150, "dosing", _TEAM, (CONSENT, FASTING, RIDE)),
            "booster": Meeting("dosing", 150, "dosing", _TEAM, (CLEARANCE, CONSENT, FASTING, RIDE)),
            "integration": meetings.INTEGRATION,
        },
        before=(
            Step("eval", "evaluation"),
            Step("q1", "questionnaires", Spacing(0, 2, 10)),
            Step("prep", "preparation", Spacing(1, 3, 10)),
        ),
        lead_in=Spacing(1, 3, 10),
        courses=1,
        sessions=exactly(4),
        session=Session(
            "d",
            "dosing",
            Spacing(6, 7, 14),
            around=(Around("i", "integration", Spacing(1, 1, 3), clear=Spacing(1)),),
            course_gates=(CLEARANCE,),
        ),
        after=(
            Step("b1", "booster", window(60, 14, 14), after="d4", course=2),
            Step("bi1", "integration", Spacing(1, 1, 3), course=2),
            Step("b2", "booster", window(150, 14, 14), after="d4", course=2),
            Step("bi2", "integration", Spacing(1, 1, 3), course=2),
            Step("b3", "booster", window(240, 14, 14), after="d4", course=2),
            Step("bi3", "integration", Spacing(1, 1, 3), course=2),
            Step("q2", "questionnaires", Spacing(1, 7, 14)),
        ),
        continuity=(
            Continuity("lead", "program", hard=True),
            Continuity("nurse", "course", hard=False),
            Continuity("supervisor", "course", hard=False),
        ),
        max_visits_per_day=1,
    ),
    population="Anorexia nervosa; one patient.",
    source="Dahlgren, Journal of Eating Disorders (identifier not found)",
    evidence=f"{OFF_LABEL} A report of one patient.",
    reported=(
        "4 KAP sessions and 3 boosters over 9 months; injection, dose not found; physician, psychologist and"
        " psychiatric nurse; weight at each session, questionnaires before and after."
    ),
    clinic_defaults=(
        "A dosing visit takes 2 and a half hours and begins with weighing.",
        "The psychologist's part is open to any therapist, the psychiatric nurse's to any nurse.",
        "Sessions are 6 to 14 days apart, ideally 7: the record does not say.",
        "Boosters come about 60, 150 and 240 days after the fourth session, two weeks sooner or later.",
        "Questionnaires are answered by video, before the preparation and after the last booster.",
        "Integration follows each session and booster after 1 to 3 days, ideally the next day.",
    ),
)
