"""Publications: each act that changed published visits, with every visit before and after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord, VisitStaffRecord


class PublicationRecord(ClinicRow, Base):
    """One act. `kind`: publish, move, cancel, change (several of these), draft, pause, end, or undo (of `undoes_id`).

    `maker` is who made it, by name; `started` are the ids of the enrollments that waited for a plan until then.
    """

    __tablename__ = "publications"

    kind: Mapped[str]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    maker: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(index=True)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposals.id"))
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id"), unique=True)
    started: Mapped[list[Any]] = mapped_column(default=list)


class PublicationLineRecord(ClinicRow, Base):
    """What a publication did to one visit. `before` and `after` are a State as JSON; `before` None: it is new."""

    __tablename__ = "publication_lines"

    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id"), index=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollments.id"), index=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class State:
    """A visit at one moment. `staff` maps each need to who fills it, by row id; nobody where it is canceled."""

    starts_at: datetime
    ends_at: datetime
    room_id: int | None
    staff: Mapping[str, int]
    status: str
    revision: int
    overrides: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A visit of a publication, before and after it."""

    visit_id: int
    enrollment_id: int
    code: str
    before: State | None
    after: State


def states(work: Work, visit_ids: Iterable[int]) -> dict[int, State]:
    """How visits are now, by id."""
    ids = list(visit_ids)
    if not ids:
        return {}
    rows = select(VisitStaffRecord.visit_id, VisitStaffRecord.need, VisitStaffRecord.staff_id).where(
        VisitStaffRecord.visit_id.in_(ids), VisitStaffRecord.canceled_at.is_(None)
    )
    staff: dict[int, dict[str, int]] = {each: {} for each in ids}
    for visit_id, need, staff_id in work.session.execute(rows):
        staff[visit_id][need] = staff_id
    visits = select(VisitRecord).where(VisitRecord.id.in_(ids)).execution_options(populate_existing=True)
    return {
        each.id: State(
            each.starts_at,
            each.ends_at,
            each.room_id,
            staff[each.id],
            each.status,
            each.revision,
            tuple(each.overrides),
        )
        for each in work.session.scalars(visits)
    }


def add(work: Work, record: PublicationRecord, before: Mapping[int, State], after: Mapping[int, State]) -> int:
    """Writes a publication with a line for each visit in `after`; gives its id."""
    work.session.add(record)
    work.session.flush()
    of_visit = dict(
        work.session.execute(select(VisitRecord.id, VisitRecord.enrollment_id).where(VisitRecord.id.in_(after))).all()
    )
    work.session.add_all(
        PublicationLineRecord(
            clinic_id=record.clinic_id,
            publication_id=record.id,
            enrollment_id=of_visit[visit_id],
            visit_id=visit_id,
            before=_json(before[visit_id]) if visit_id in before else None,
            after=_json(state),
        )
        for visit_id, state in after.items()
    )
    work.session.flush()
    return record.id


def one(work: Work, clinic_id: int, publication_id: int) -> PublicationRecord | None:
    """The publication of that id, if it is the clinic's."""
    query = select(PublicationRecord).where(
        PublicationRecord.id == publication_id, PublicationRecord.clinic_id == clinic_id
    )
    return work.session.scalar(query)


def lines(work: Work, *publication_ids: int) -> list[Line]:
    """What publications did, visit by visit."""
    query = (
        select(PublicationLineRecord, VisitRecord.code)
        .join(VisitRecord, VisitRecord.id == PublicationLineRecord.visit_id)
        .where(PublicationLineRecord.publication_id.in_(publication_ids))
        .order_by(PublicationLineRecord.id)
    )
    return [
        Line(row.visit_id, row.enrollment_id, code, _state(row.before) if row.before else None, _state(row.after))
        for row, code in work.session.execute(query)
    ]


def newest(work: Work, clinic_id: int) -> PublicationRecord | None:
    """The clinic's last publication."""
    query = select(PublicationRecord).where(PublicationRecord.clinic_id == clinic_id)
    return work.session.scalars(query.order_by(PublicationRecord.id.desc()).limit(1)).first()


def counter(work: Work, publication_id: int) -> PublicationRecord | None:
    """The publication that undid another one."""
    return work.session.scalar(select(PublicationRecord).where(PublicationRecord.undoes_id == publication_id))


def newest_of_visit(work: Work, enrollment_id: int, code: str) -> PublicationRecord | None:
    """The last publication that changed any attempt at a visit of a program."""
    query = (
        select(PublicationRecord)
        .join(PublicationLineRecord, PublicationLineRecord.publication_id == PublicationRecord.id)
        .join(VisitRecord, VisitRecord.id == PublicationLineRecord.visit_id)
        .where(VisitRecord.enrollment_id == enrollment_id, VisitRecord.code == code)
    )
    return work.session.scalars(query.order_by(PublicationRecord.id.desc()).limit(1)).first()


def newest_of_programs(
    work: Work, clinic_id: int, enrollment_ids: Collection[int], after: int
) -> tuple[PublicationRecord, int] | None:
    """The last publication with a higher id than `after` that changed any of these programs, and which it changed."""
    query = (
        select(PublicationRecord, PublicationLineRecord.enrollment_id)
        .join(PublicationLineRecord, PublicationLineRecord.publication_id == PublicationRecord.id)
        .where(PublicationRecord.clinic_id == clinic_id, PublicationRecord.id > after)
        .where(PublicationLineRecord.enrollment_id.in_(enrollment_ids))
        .order_by(PublicationRecord.id.desc(), PublicationLineRecord.id)
    )
    found = work.session.execute(query.limit(1)).first()
    return None if found is None else (found[0], found[1])


def since(
    work: Work, clinic_id: int, moment: datetime, enrollment_id: int | None = None
) -> Sequence[PublicationRecord]:
    """The clinic's publications since a moment that nobody has undone, the newest first; those of one enrollment."""
    undone = select(PublicationRecord.undoes_id).where(PublicationRecord.undoes_id.is_not(None))
    query = select(PublicationRecord).where(
        PublicationRecord.clinic_id == clinic_id,
        PublicationRecord.made_at > moment,
        PublicationRecord.id.not_in(undone),
    )
    if enrollment_id is not None:
        theirs = select(PublicationLineRecord.publication_id).where(
            PublicationLineRecord.enrollment_id == enrollment_id
        )
        query = query.where(PublicationRecord.id.in_(theirs))
    return work.session.scalars(query.order_by(PublicationRecord.id.desc())).all()


def _json(state: State) -> dict[str, Any]:
    return {
        "starts_at": state.starts_at.isoformat(),
        "ends_at": state.ends_at.isoformat(),
        "room": state.room_id,
        "staff": dict(state.staff),
        "status": state.status,
        "revision": state.revision,
        "overrides": list(state.overrides),
    }


def _state(body: Mapping[str, Any]) -> State:
    return State(
        datetime.fromisoformat(body["starts_at"]),
        datetime.fromisoformat(body["ends_at"]),
        body["room"],
        body["staff"],
        body["status"],
        body["revision"],
        tuple(body["overrides"]),
    )
