"""A program as its patient takes it home: the visits to come by week, in words that a patient understands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import NotFound
from coordinator.services.sight import seen_programs
from coordinator.services.visit_cards import VisitCard, card
from coordinator.store import audit, clinics, enrollment_queries, visit_queries
from coordinator.store.unit_of_work import Work

WORDS = {
    "evaluation": ("First evaluation", "We get to know you and talk about what you hope for."),
    "preparation": ("Preparation", "We get ready for your treatment together."),
    "dosing": (
        "Treatment session",
        "Wear something comfortable. Do not drive afterwards: arrange for somebody to take you home.",
    ),
    "integration": ("Follow-up talk", "We talk about your treatment session and what you take from it."),
    "nutrition": ("Nutrition visit", "You meet with your nutritionist."),
    "review": ("Check-in", "We look together at how it is going."),
    "lab": ("Lab visit", "We take what the laboratory needs."),
    "group": ("Group", "You meet with your group."),
    "peer": ("Peer visit", "You meet somebody who has been through it."),
    "family": ("Family visit", "You come with your family."),
    "psychotherapy": ("Therapy session", "You meet with your therapist."),
}
"""What a kind of visit is called on paper that a patient takes home, and what there is to know of it."""


@dataclass(frozen=True, slots=True)
class Item:
    """A visit for its patient. `title` counts its kind (Treatment session 3 of 18), `people` are names."""

    card: VisitCard
    title: str
    note: str
    people: tuple[str, ...]

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return int((self.card.end - self.card.start).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class Week:
    """The visits of one week; `monday` is its first day."""

    monday: date
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Itinerary:
    """What is to come. `names` are the patients', for an auditor and a group of several their codes."""

    enrollment_id: int
    code: str
    clinic: str
    timezone: str
    names: tuple[str, ...]
    printed: date
    weeks: tuple[Week, ...]


def itinerary(work: Work, actor: Actor, now: datetime, enrollment_id: int) -> Itinerary:
    """The visits to come of a program; raises NotFound."""
    rows = enrollment_queries.one(work, actor.clinic_id, enrollment_id)
    found = visit_queries.of_enrollment(work, actor.clinic_id, enrollment_id)
    if rows is None or enrollment_id not in seen_programs(work, actor, [enrollment_id]):
        raise NotFound("There is no such program.")
    clinic = clinics.get(work, actor.clinic_id)
    zone = zone_named(clinic.timezone)
    patients = visit_queries.patients_of(work, [enrollment_id]).get(enrollment_id, [])
    is_blind = actor.access is Access.AUDITOR or len(patients) > 1
    standing = [card(each, actor, now, zone) for each in found if each.visit.status in visit_queries.HOLDING]
    audit.append(work, actor, now, "enrollment.read", "enrollment", enrollment_id, {"itinerary": True})
    return Itinerary(
        enrollment_id=enrollment_id,
        code=rows.enrollment.code,
        clinic=clinic.name,
        timezone=clinic.timezone,
        names=tuple(each.code if is_blind else each.name for each in patients),
        printed=now.astimezone(zone).date(),
        weeks=tuple(_weeks(standing)),
    )


def _weeks(standing: Sequence[VisitCard]) -> list[Week]:
    kinds = {each.kind: [one for one in standing if one.kind == each.kind] for each in standing}
    ahead = [each for each in standing if each.stage in ("upcoming", "now")]
    items = [_item(each, kinds[each.kind]) for each in ahead]
    return [Week(monday, tuple(group)) for monday, group in groupby(items, key=lambda each: _monday(each.card.start))]


def _item(shown: VisitCard, alike: list[VisitCard]) -> Item:
    name, note = WORDS.get(shown.kind, (shown.kind.replace("_", " ").capitalize(), ""))
    count = f" {alike.index(shown) + 1} of {len(alike)}" if len(alike) > 1 else ""
    return Item(shown, f"{name}{count}", note, tuple(dict.fromkeys(each.name for each in shown.people)))


def _monday(at: datetime) -> date:
    return at.date() - timedelta(days=at.weekday())
