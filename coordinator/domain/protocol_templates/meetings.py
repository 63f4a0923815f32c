"""Meetings that several built-in protocols share. Minutes, rooms and people are clinic defaults."""

from __future__ import annotations

from coordinator.domain.compact_protocol import Meeting, RoleNeed
from coordinator.domain.gates import CONSENT, FASTING, LABS, RIDE

LEAD = RoleNeed("lead", "therapist")
CO_LEAD = RoleNeed("co", "therapist")
PHYSICIAN = RoleNeed("physician", "physician")
SUPERVISOR = RoleNeed("supervisor", "physician", shared=True)
NURSE = RoleNeed("nurse", "nurse")
DIETITIAN = RoleNeed("diet", "nutritionist")

EVALUATION = Meeting("evaluation", 60, "consult", (PHYSICIAN,))
PREPARATION = Meeting("preparation", 90, "therapy", (LEAD,))
DOSING = Meeting("dosing", 120, "dosing", (LEAD, SUPERVISOR), (CONSENT, FASTING, RIDE))
INFUSION = Meeting("dosing", 120, "infusion", (NURSE, SUPERVISOR), (LABS, CONSENT, FASTING, RIDE))
INTEGRATION = Meeting("integration", 60, "therapy", (LEAD,))
NUTRITION = Meeting("nutrition", 45, "consult", (DIETITIAN,))
REVIEW = Meeting("review", 30, "consult", (PHYSICIAN,))
VIDEO_REVIEW = Meeting("review", 30, None, (PHYSICIAN,))

SURROUNDINGS = (
    "A dosing visit takes 2 hours: 45 to 60 minutes of effect; blood pressure before, at about 40 minutes and after.",
    "Consent, fasting and a ride home are gates before every dosing visit; who opens them, and when, is a setting.",
)
"""Defaults of the meetings above, for the templates that use them."""
