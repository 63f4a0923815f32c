"""Patients' answers: the link in a message opens a page without sign-in that shows a time and the clinic, no more.

A link's secret is made from the secret key, so that neither the database nor a log of messages holds it. It is good as
long as a visit that the message told of is still ahead.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import zone_named, zone_words
from coordinator.domain.discretion import is_discreet
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, patient_answers, sealing
from coordinator.store.notices import NoticeRecord
from coordinator.store.patient_answers import ANSWERS, AnswerRows
from coordinator.store.unit_of_work import Work

DEAD = "This link is not valid any more. Please call the clinic."
MOST_SHOWN = 12
"""Times on one page: a message about a whole program tells of some fifty."""


@dataclass(frozen=True, slots=True)
class AskedVisit:
    """A time that may be answered: clinic time, `zone` in words; `answer` as in PatientAnswerRecord, empty if none."""

    id: int
    start: datetime
    zone: str
    key: str
    answer: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link opens. `more` is how many later times are not shown."""

    clinic: str
    visits: tuple[AskedVisit, ...]
    more: int


def links(work: Work, base_url: str) -> Callable[[NoticeRecord], str]:
    """Makes the address by which the recipient of a notice may answer; empty for all but patients."""

    def address(notice: NoticeRecord) -> str:
        if notice.recipient_kind != "patient" or not base_url:
            return ""
        return f"{base_url}/answer/{notice.id}-{_marks(work, notice)[0]}"

    return address


def look(work: Work, now: datetime, token: str) -> Asked:
    """What a link opens; looking changes nothing, since mail scanners open links. Raises NotFound for a dead one."""
    notice = _noticed(work, token)
    visits = patient_answers.asked(work, notice, now)
    if not visits:
        raise NotFound(DEAD)
    clinic = clinics.get(work, notice.clinic_id)
    zone = zone_named(clinic.timezone)
    given = patient_answers.given(work, notice.recipient_id, visits)
    shown = tuple(
        AskedVisit(
            id=each.id,
            start=local(each.starts_at, zone),
            zone=zone_words(each.starts_at, zone),
            key=each.starts_at.isoformat(),
            answer=given[each.id].answer if each.id in given else "",
        )
        for each in visits[:MOST_SHOWN]
    )
    name = clinic.name if is_discreet(clinic.name) else "Your clinic"
    return Asked(name, shown, len(visits) - len(shown))


def answer(work: Work, now: datetime, token: str, visit_id: int, key: str, given: str, address: str) -> None:
    """Keeps what the patient answers about a visit at the time that the page showed (`key`).

    Raises NotFound for a dead link, Conflict where the visit has another time by now, InvalidInput for no answer.
    """
    notice = _noticed(work, token)
    if given not in ANSWERS:
        raise InvalidInput("Choose one of the answers.")
    visit = next((each for each in patient_answers.asked(work, notice, now) if each.id == visit_id), None)
    if visit is None:
        raise NotFound(DEAD)
    if visit.starts_at.isoformat() != key:
        raise Conflict("The time has changed since. Look at the new one, then answer.")
    patient_answers.note(work, now, visit, notice.recipient_id, given)
    actor = Actor(notice.clinic_id, Access.SYSTEM, "Patient, by the link of a message", address=address)
    audit.append(work, actor, now, "patient_answer.give", "visit", visit.id, {"answer": given, "notice": notice.id})


def of_visit(work: Work, actor: Actor, visit_id: int) -> list[AnswerRows]:
    """What patients answered about a visit, which the caller has found that the actor may see."""
    return patient_answers.of_visit(work, actor.clinic_id, visit_id)


def settle(work: Work, actor: Actor, now: datetime, answer_id: int) -> int:
    """Notes that somebody has seen to an answer; the visit's id. Raises NotFound."""
    record = patient_answers.one(work, actor.clinic_id, answer_id)
    if record.settled_at is None:
        record.settled_at = now
        audit.append(work, actor, now, "patient_answer.settle", "visit", record.visit_id, {"answer": record.answer})
    return record.visit_id


def _noticed(work: Work, token: str) -> NoticeRecord:
    number = token.partition("-")[0]
    is_number = number.isascii() and number.isdecimal() and len(number) < 19
    notice = patient_answers.notice(work, int(number)) if is_number else None
    if notice is None or notice.recipient_kind != "patient":
        raise NotFound(DEAD)
    if not any(secrets.compare_digest(f"{notice.id}-{each}".encode(), token.encode()) for each in _marks(work, notice)):
        raise NotFound(DEAD)
    return notice


def _marks(work: Work, notice: NoticeRecord) -> list[str]:
    """The newest first; a mail that left before the secret key was exchanged still works."""
    return sealing.marks(work, f"answer {notice.id} {notice.recipient_id} {notice.message_id}")
