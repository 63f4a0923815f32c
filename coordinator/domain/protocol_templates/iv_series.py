"""`iv-series`: a series of infusions whose number is chosen at enrollment."""

from __future__ import annotations

from coordinator.domain.compact_protocol import CompactProtocol, Meeting, Session, SessionCount, Spacing, Step
from coordinator.domain.gates import CLEARANCE
from coordinator.domain.protocol import Continuity
from coordinator.domain.protocol_templates import meetings
from coordinator.domain.protocol_templates.template import OFF_LABEL, Template

IV_SERIES = Template(
    compact=CompactProtocol(
        id="iv-series",
        name="Infusion series",
        meetings={
            "evaluation": Meeting("evaluation", 30, "consult", (meetings.PHYSICIAN,)),
            "infusion": meetings.INFUSION,
        },
        before=(Step("eval", "evaluation"),),
        lead_in=Spacing(1, 2, 10),
        courses=1,
        sessions=SessionCount(standard=6, least=2, most=15),
        session=Session("v", "infusion", Spacing(5, 7, 21), course_gates=(CLEARANCE,)),
        continuity=(
            Continuity("supervisor", "course", hard=False),
            Continuity("nurse", "course", hard=False),
        ),
        max_visits_per_day=1,
    ),
    population="Anorexia nervosa; fifteen patients in the 1990s.",
    source="Mills 1998, QJM 91:493",
    evidence=f"{OFF_LABEL} A report of fifteen patients without a control group.",
    reported=(
        "2 to 15 infusions (the abstract: 2 to 9 in those who responded), 5 days to 3 weeks apart;"
        " 20 mg/h for 10 hours, with nalmefene."
    ),
    clinic_defaults=(
        "An infusion visit takes 2 hours; the record's infusions ran for 10, so set the minutes if you follow it.",
        "Infusions are ideally 7 days apart, within the record's 5 days to 3 weeks.",
        "Six infusions unless another number from 2 to 15 is chosen at enrollment.",
        "A physician's evaluation comes 1 to 10 days before the first: who followed up was not found.",
        "Clearance before the first, and labs, consent, fasting and a ride home before every infusion, are gates.",
    ),
)
