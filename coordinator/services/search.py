"""Searching over everything from anywhere: patients, visits, staff and protocols, as far as the reader may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.services.visit_cards import VisitCard, card
from coordinator.store import audit, clinics, search_queries, visit_queries
from coordinator.store.unit_of_work import Work

MOST = 6
"""Hits of one kind."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: its row id, how it is called, and what else tells it apart."""

    id: int
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, by kind; `visits` are the next ones of the patients found, or of a kind that was named."""

    patients: tuple[Hit, ...] = ()
    visits: tuple[VisitCard, ...] = ()
    staff: tuple[Hit, ...] = ()
    protocols: tuple[Hit, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.patients or self.visits or self.staff or self.protocols)


def search(work: Work, actor: Actor, now: datetime, sought: str) -> Found:
    """What holds the words that are sought in its name or code.

    Clinicians find the patients and visits in which they have a part; auditors find patients by code alone, since they
    may not learn names.
    """
    words = sought.strip()
    if not words:
        return Found()
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    is_auditor = actor.access is Access.AUDITOR
    treated_by = actor.staff_id or 0 if actor.access is Access.CLINICIAN else None
    patients = search_queries.patients(work, actor.clinic_id, words, MOST, treated_by, codes_only=is_auditor)
    visits = _visits(work, actor, now, zone, words, [each.id for each in patients])
    detail = {"patients": [each.id for each in patients], "visits": [each.id for each in visits]}
    audit.append(work, actor, now, "search.list", "clinic", actor.clinic_id, detail)
    return Found(
        patients=tuple(Hit(each.id, each.code, "" if is_auditor else each.name) for each in patients),
        visits=visits,
        staff=tuple(
            Hit(each.id, each.name, ", ".join(each.roles))
            for each in search_queries.staff(work, actor.clinic_id, words, MOST)
        ),
        protocols=tuple(
            Hit(each.id, each.name, each.code) for each in search_queries.protocols(work, actor.clinic_id, words, MOST)
        ),
    )


def _visits(
    work: Work, actor: Actor, now: datetime, zone: ZoneInfo, words: str, patients: list[int]
) -> tuple[VisitCard, ...]:
    staff_id = actor.staff_id or 0 if actor.access is Access.CLINICIAN else None
    rows = visit_queries.next_of_patients(work, actor.clinic_id, patients, words.lower(), now, MOST, staff_id)
    return tuple(card(each, actor, now, zone) for each in rows)
