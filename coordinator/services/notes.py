"""Handoff: short coordination notes to the team of a program, with mentions and read-marks, and everybody's inbox.

Only the care team and coordinators see them, and every look leaves an audit entry. They are no clinical notes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import InvalidInput, NotAllowed, NotFound
from coordinator.services.notices import Message, Recipient, owe, withdraw
from coordinator.services.proposals import program_names
from coordinator.services.visit_cards import local, visit_title
from coordinator.store import audit, clinics, enrollment_queries, notes, users, visit_queries
from coordinator.store.notes import NoteRecord
from coordinator.store.unit_of_work import Work

LONGEST = 500
INBOX_DAYS = timedelta(days=30)
COORDINATORS = frozenset({Access.ADMINISTRATOR, Access.COORDINATOR})


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note as its readers see it. `visit` says which visit it is about, in words; `at` is clinic time."""

    id: int
    enrollment_id: int
    who: str
    visit_id: int | None
    visit: str | None
    author: str
    text: str
    mentions: tuple[str, ...]
    at: datetime
    read_by: tuple[str, ...]
    is_mine: bool
    is_read: bool
    is_for_me: bool


@dataclass(frozen=True, slots=True)
class TeamNotes:
    """The notes of a program or a visit, and whom a new one may mention: (user id, name)."""

    enrollment_id: int
    visit_id: int | None
    notes: tuple[NoteView, ...]
    people: tuple[tuple[int, str], ...]


def of_enrollment(work: Work, actor: Actor, now: datetime, enrollment_id: int) -> TeamNotes:
    """The notes of a program; raises NotFound, also for whom they do not concern."""
    _refuse_strangers(work, actor, enrollment_id)
    return _team_notes(work, actor, now, enrollment_id, None)


def of_visit(work: Work, actor: Actor, now: datetime, visit_id: int) -> TeamNotes:
    """The notes about a visit, and those of its program that name no visit; raises NotFound as `of_enrollment` does."""
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    if rows is None:
        raise NotFound("There is no such visit.")
    _refuse_strangers(work, actor, rows.enrollment.id)
    return _team_notes(work, actor, now, rows.enrollment.id, visit_id)


def add(
    work: Work,
    actor: Actor,
    now: datetime,
    enrollment_id: int,
    text: str,
    mentions: Collection[int] = (),
    visit_id: int | None = None,
) -> int:
    """Writes a note, tells whom it mentions that there is one, and gives its id.

    Raises NotFound, and InvalidInput for an empty or long text, or somebody who is not on the team.
    """
    _refuse_strangers(work, actor, enrollment_id)
    if visit_id is not None:
        rows = visit_queries.one(work, actor.clinic_id, visit_id)
        if rows is None or rows.enrollment.id != enrollment_id:
            raise NotFound("There is no such visit.")
    if not text.strip():
        raise InvalidInput("The note is empty. Write what the team should know.", "text")
    if len(text.strip()) > LONGEST:
        raise InvalidInput(f"The note is longer than {LONGEST} characters. Shorten it.", "text")
    team = dict(_team(work, actor, enrollment_id))
    strangers = [each for each in mentions if each not in team]
    if strangers:
        raise InvalidInput("Somebody you mention is not on this team any more. Load the page again.", "mentions")
    assert actor.user_id is not None
    record = NoteRecord(
        clinic_id=actor.clinic_id,
        enrollment_id=enrollment_id,
        visit_id=visit_id,
        user_id=actor.user_id,
        author=actor.name,
        text=text.strip(),
        mentions=sorted(set(mentions)),
        created_at=now,
    )
    work.session.add(record)
    work.session.flush()
    _tell(work, actor, now, record)
    audit.append(work, actor, now, "note.add", "enrollment", enrollment_id, {"note": record.id, "visit": visit_id})
    return record.id


def remove(work: Work, actor: Actor, now: datetime, note_id: int) -> int:
    """Takes one's own note away, and gives its enrollment's id; raises NotFound, and NotAllowed for another's."""
    record = notes.one(work, actor.clinic_id, note_id)
    _refuse_strangers(work, actor, record.enrollment_id)
    if record.user_id != actor.user_id:
        raise NotAllowed("You can remove your own notes only.")
    record.removed_at = now
    withdraw(work, actor.clinic_id, now, _topic(record), "The note was removed.")
    audit.append(work, actor, now, "note.remove", "enrollment", record.enrollment_id, {"note": note_id})
    return record.enrollment_id


def mark_read(work: Work, actor: Actor, now: datetime, note_ids: Iterable[int]) -> None:
    """Notes that the actor has read them; raises NotFound for one that does not concern them."""
    assert actor.user_id is not None
    for note_id in note_ids:
        record = notes.one(work, actor.clinic_id, note_id)
        _refuse_strangers(work, actor, record.enrollment_id)
        notes.mark_read(work, actor.clinic_id, note_id, actor.user_id, now)


def inbox(work: Work, actor: Actor, now: datetime) -> list[NoteView]:
    """What others wrote for the actor in the last weeks: unread first, then the newest first.

    A note that mentions nobody is for everybody on the team; coordinators get what mentions them.
    """
    found = _for_actor(work, actor, now)
    views = _views(work, actor, found)
    detail = {"notes": [each.id for each in found]}
    audit.append(work, actor, now, "note.list", "clinic", actor.clinic_id, detail)
    return sorted(views, key=lambda each: each.is_read)


def unread(work: Work, actor: Actor, now: datetime) -> int:
    """How many notes of the inbox the actor has not read."""
    found = _for_actor(work, actor, now)
    readers = notes.readers(work, found)
    return sum(actor.user_id not in readers[each.id] if each.id in readers else True for each in found)


def recent(work: Work, actor: Actor, enrollment_ids: Collection[int], since: datetime) -> Mapping[int, list[NoteView]]:
    """The notes of these programs since a moment, by enrollment: for the handoff, whose caller audits it."""
    found: dict[int, list[NoteView]] = {}
    for view in _views(work, actor, notes.of_enrollments(work, actor.clinic_id, enrollment_ids, since)):
        found.setdefault(view.enrollment_id, []).append(view)
    return found


def _for_actor(work: Work, actor: Actor, now: datetime) -> list[NoteRecord]:
    if actor.user_id is None or actor.access is Access.AUDITOR:
        return []
    sees_all = actor.access in COORDINATORS
    only = None if sees_all else (actor.staff_id or 0)
    found = notes.of_others(work, actor.clinic_id, actor.user_id, now - INBOX_DAYS, only)
    return [each for each in found if actor.user_id in each.mentions or not (each.mentions or sees_all)]


def _refuse_strangers(work: Work, actor: Actor, enrollment_id: int) -> None:
    """Only the care team and coordinators; for all others there is nothing here."""
    is_there = enrollment_queries.one(work, actor.clinic_id, enrollment_id) is not None
    is_carer = actor.access is Access.CLINICIAN and actor.staff_id is not None
    mine = is_carer and notes.is_in_program(work, actor.staff_id or 0, enrollment_id)
    if not is_there or not (actor.access in COORDINATORS or mine):
        raise NotFound("There is no such program.")


def _team(work: Work, actor: Actor, enrollment_id: int) -> Iterable[tuple[int, str]]:
    """Who may be mentioned: the coordinators, and whoever of the team signs in."""
    for user, member in users.members_of(work, actor.clinic_id):
        is_carer = member.staff_id is not None and notes.is_in_program(work, member.staff_id, enrollment_id)
        may = member.access in COORDINATORS or (member.access == Access.CLINICIAN and is_carer)
        if may and user.disabled_at is None and user.id != actor.user_id:
            yield user.id, user.name


def _team_notes(work: Work, actor: Actor, now: datetime, enrollment_id: int, visit_id: int | None) -> TeamNotes:
    found = notes.of_enrollments(work, actor.clinic_id, [enrollment_id])
    shown = [each for each in found if visit_id is None or each.visit_id in (None, visit_id)]
    detail = {"notes": [each.id for each in shown]}
    audit.append(work, actor, now, "note.read", "enrollment", enrollment_id, detail)
    people = tuple(_team(work, actor, enrollment_id))
    return TeamNotes(enrollment_id, visit_id, tuple(_views(work, actor, shown)), people)


def _views(work: Work, actor: Actor, found: Sequence[NoteRecord]) -> list[NoteView]:
    if not found:
        return []
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    names = program_names(work, actor, {each.enrollment_id for each in found})
    people = {user.id: user.name for user, _ in users.members_of(work, actor.clinic_id)}
    visits = {
        each.visit.id: visit_title(each.visit.kind, each.visit.code, each.visit.course)
        for each in visit_queries.several(work, actor.clinic_id, {n.visit_id for n in found if n.visit_id})
    }
    readers = notes.readers(work, found)
    return [
        NoteView(
            id=each.id,
            enrollment_id=each.enrollment_id,
            who=names[each.enrollment_id].who,
            visit_id=each.visit_id,
            visit=visits.get(each.visit_id or 0),
            author=each.author,
            text=each.text,
            mentions=tuple(people[key] for key in each.mentions if key in people),
            at=local(each.created_at, zone),
            read_by=tuple(readers.get(each.id, {}).values()),
            is_mine=each.user_id == actor.user_id,
            is_read=each.user_id == actor.user_id or actor.user_id in readers.get(each.id, {}),
            is_for_me=actor.user_id in each.mentions,
        )
        for each in found
    ]


def _topic(record: NoteRecord) -> str:
    return f"note:{record.id}"


def _tell(work: Work, actor: Actor, now: datetime, record: NoteRecord) -> None:
    """That there is a note, not what it says."""
    text = (
        "Hello,\n\n"
        f"{actor.name} mentions you in a note to the team.\n\n"
        "Sign in and open your inbox to read it.\n\n"
        "This message was sent automatically. Please do not reply.\n"
    )
    for user_id in record.mentions:
        message = Message(
            _topic(record), Recipient("user", user_id), "A note to the team mentions you", text,
            now + timedelta(days=3),
        )  # fmt: skip
        owe(work, actor.clinic_id, now, message)
