"""Coordination notes and their read-marks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.domain.errors import NotFound
from coordinator.store.base import Base, ClinicRow
from coordinator.store.patient_queries import programs_with
from coordinator.store.unit_of_work import Work, insert_ignoring
from coordinator.store.users import UserRecord


class NoteRecord(ClinicRow, Base):
    """A short note to the team of an enrollment, or about one of its visits.

    `mentions` are the ids of the users it is meant for; none is everybody on the team. `author` is the name as it was.
    """

    __tablename__ = "notes"

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[str]
    text: Mapped[str]
    mentions: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class NoteReadRecord(ClinicRow, Base):
    """That somebody has read a note."""

    __tablename__ = "note_reads"
    __table_args__ = (UniqueConstraint("note_id", "user_id"),)

    note_id: Mapped[int] = mapped_column(ForeignKey("notes.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    read_at: Mapped[datetime]


def one(work: Work, clinic_id: int, note_id: int) -> NoteRecord:
    """The note of that id, if the clinic's and not removed; raises NotFound."""
    query = select(NoteRecord).where(
        NoteRecord.clinic_id == clinic_id, NoteRecord.id == note_id, NoteRecord.removed_at.is_(None)
    )
    record = work.session.scalar(query)
    if record is None:
        raise NotFound("There is no such note.")
    return record


def of_enrollments(work: Work, clinic_id: int, ids: Collection[int], since: datetime | None = None) -> list[NoteRecord]:
    """The notes of these enrollments and of their visits, the newest first."""
    query = select(NoteRecord).where(
        NoteRecord.clinic_id == clinic_id, NoteRecord.enrollment_id.in_(ids), NoteRecord.removed_at.is_(None)
    )
    if since is not None:
        query = query.where(NoteRecord.created_at >= since)
    return list(work.session.scalars(query.order_by(NoteRecord.created_at.desc(), NoteRecord.id.desc())))


def of_others(work: Work, clinic_id: int, user_id: int, since: datetime, staff_id: int | None) -> list[NoteRecord]:
    """What others wrote since a moment, the newest first; with `staff_id` only of the programs that person is in."""
    query = select(NoteRecord).where(
        NoteRecord.clinic_id == clinic_id,
        NoteRecord.user_id != user_id,
        NoteRecord.created_at >= since,
        NoteRecord.removed_at.is_(None),
    )
    if staff_id is not None:
        query = query.where(NoteRecord.enrollment_id.in_(programs_with(staff_id)))
    return list(work.session.scalars(query.order_by(NoteRecord.created_at.desc(), NoteRecord.id.desc())))


def is_in_program(work: Work, staff_id: int, enrollment_id: int) -> bool:
    """Whether somebody is pinned in the program, or has a part in one of its visits."""
    found = programs_with(staff_id).subquery()
    return work.session.scalar(select(found).where(found.c[0] == enrollment_id).limit(1)) is not None


def readers(work: Work, notes: Sequence[NoteRecord]) -> dict[int, dict[int, str]]:
    """For each note who has read it: user ids with names, the first reader first."""
    query = (
        select(NoteReadRecord.note_id, UserRecord.id, UserRecord.name)
        .join(UserRecord, UserRecord.id == NoteReadRecord.user_id)
        .where(NoteReadRecord.note_id.in_([each.id for each in notes]))
        .order_by(NoteReadRecord.read_at, NoteReadRecord.id)
    )
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for note_id, user_id, name in work.session.execute(query) if notes else ():
        found[note_id][user_id] = name
    return found


def mark_read(work: Work, clinic_id: int, note_id: int, user_id: int, now: datetime) -> None:
    """Notes that somebody has read it; once is enough."""
    values = {"clinic_id": clinic_id, "note_id": note_id, "user_id": user_id, "read_at": now}
    work.session.execute(insert_ignoring(work, NoteReadRecord).values([values]))
