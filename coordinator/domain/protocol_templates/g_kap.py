"""`g-kap`: four weekly dosing sessions for a group."""

from __future__ import annotations

from coordinator.domain.compact_protocol import Around, CompactProtocol, Meeting, Session, Spacing, Step
from coordinator.domain.gates import CLEARANCE, CONSENT, FASTING, RIDE
from coordinator.domain.protocol import Continuity
from coordinator.domain.protocol_templates import meetings
from coordinator.domain.protocol_templates.template import OFF_LABEL, Template, exactly

_BOTH = (meetings.LEAD, meetings.CO_LEAD)

G_KAP = Template(
    compact=CompactProtocol(
        id="g-kap",
        name="Group KAP, four weekly sessions",
        meetings={
            "information": Meeting("evaluation", 60, "group", (meetings.PHYSICIAN,)),
            "preparation": Meeting("preparation", 90, "group", _BOTH),
            "dosing": Meeting("dosing", 180, "group", (*_BOTH, meetings.SUPERVISOR), (CONSENT, FASTING, RIDE)),
            "integration": Meeting("integration", 90, "group", _BOTH),
            "aftercare": Meeting("group", 90, "group", (meetings.LEAD,)),
        },
        before=(
            Step("info", "information", course=1),
            Step("p1", "preparation", Spacing(1, 4, 14), course=1),
            Step("p2", "preparation", Spacing(5, 7, 9), course=1),
        ),
        lead_in=Spacing(2, 5, 10),
        courses=1,
        first_course=2,
        sessions=exactly(4),
        session=Session(
            "d",
            "dosing",
            Spacing(6, 7, 10),
            around=(Around("i", "integration", Spacing(1, 1, 3), clear=Spacing(1)),),
            course_gates=(CLEARANCE,),
        ),
        after=(
            Step("x1", "integration", Spacing(5, 7, 10), course=3),
            Step("x2", "aftercare", Spacing(12, 14, 18), course=3),
        ),
        continuity=(
            Continuity("lead", "program", hard=True),
            Continuity("co", "course", hard=True),
            Continuity("co", "program", hard=False),
            Continuity("supervisor", "course", hard=False),
        ),
        max_visits_per_day=1,
    ),
    population="Several eating disorders; a group of five in residential care.",
    source="Robison 2022, doi 10.1186/s40337-022-00588-9",
    evidence=f"{OFF_LABEL} A report of five patients without a control group.",
    reported=(
        "Weekly for four weeks in three phases (preparation, dosing, integration); intramuscular, dose not found;"
        " mood scales before, 4 hours and 24 hours after."
    ),
    clinic_defaults=(
        "A dosing visit of the group takes 3 hours; at least two facilitators are there.",
        "Weekly means 6 to 10 days apart, ideally 7.",
        "Two preparations a week apart come before, two meetings of the group after: the record gives no numbers.",
        "Integration follows each session after 1 to 3 days, ideally the next day.",
        "Consent, fasting and a ride home are gates before every dosing visit, clearance before the first.",
    ),
)
