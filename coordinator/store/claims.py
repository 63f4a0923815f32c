"""Claims: a resource taken for a time. The database itself refuses two that collide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.domain.errors import Conflict
from coordinator.store import claims_guard, resources
from coordinator.store.base import Base, ClinicRow
from coordinator.store.resources import BLOCK
from coordinator.store.seating import Seat, seated
from coordinator.store.unit_of_work import Work, insert_ignoring

CHUNK = 500
"""Rows written by one statement."""

_OWN = ("first", "last", "starts_at", "ends_at", "visit_id", "booking_id", "proposal_id")


class ClaimRecord(ClinicRow, Base):
    """Numbers `first` to `last` (both included) taken for `[starts_at, ends_at)`, by a visit, a booking or a hold."""

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("first <= last", name="numbers"),
        CheckConstraint("first / 64 = last / 64", name="block"),
        CheckConstraint("starts_at < ends_at", name="times"),
        Index("ix_claims_first_time", "first", "starts_at"),
    )

    first: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[int] = mapped_column(BigInteger)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"), index=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"), index=True)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposals.id"), index=True)


class Collision(Conflict):
    """A claim was refused: `visit_id`, or a booking where that is None, has `resource_id` from `starts_at` on.

    The visit may be another clinic's. Whoever knows the names says it better than this message.
    """

    def __init__(self, resource_id: int, starts_at: datetime, visit_id: int | None) -> None:
        super().__init__(
            "Somebody else took this time a moment ago. Look at the schedule again and choose another time."
        )
        self.resource_id = resource_id
        self.starts_at = starts_at
        self.visit_id = visit_id


class Part(Enum):
    """Which of a resource's numbers a claim takes, as (first, last) within its block."""

    WHOLE = (0, BLOCK - 1)
    """Ordinary work of a person, and a person's booking."""
    SHARED = (-1, -1)
    """One place of a person's supervision: which of the numbers is found when it is taken."""
    USE = (0, 0)
    """A room's use, by a visit or a booking; a patient."""
    TURNOVER = (1, 1)
    """A room from a visit's start until its turnover is over: visits only."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim to be taken, for a visit, a booking or a proposal that holds it.

    `places` is how many SHARED ones the person may have at once.
    """

    resource_id: int
    part: Part
    starts_at: datetime
    ends_at: datetime
    visit_id: int | None = None
    booking_id: int | None = None
    proposal_id: int | None = None
    places: int = 1


def take(work: Work, clinic_id: int, wanted: Sequence[Claim]) -> None:
    """Takes the claims; raises Collision, which names what is in the way, and after which the work must be given up.

    Supervision is seated anew where it must be, so that a place is refused only when there is none.
    """
    shared = [claim for claim in wanted if claim.part is Part.SHARED]
    fixed = [_row(clinic_id, claim, *claim.part.value) for claim in wanted if claim.part is not Part.SHARED]
    _insert(work, fixed)
    by_person: defaultdict[int, list[Claim]] = defaultdict(list)
    for claim in shared:
        by_person[claim.resource_id].append(claim)
    if by_person:
        resources.lock(work, by_person)
    for person in sorted(by_person):
        _seat(work, clinic_id, person, by_person[person])


def give_back(work: Work, visit_ids: Iterable[int]) -> None:
    """Frees all that the visits take."""
    work.session.execute(delete(ClaimRecord).where(ClaimRecord.visit_id.in_(list(visit_ids))))


def give_back_bookings(work: Work, booking_ids: Iterable[int]) -> None:
    """Frees all that the bookings take."""
    work.session.execute(delete(ClaimRecord).where(ClaimRecord.booking_id.in_(list(booking_ids))))


def give_back_held(work: Work, proposal_ids: Iterable[int]) -> None:
    """Frees all that the proposals hold."""
    work.session.execute(delete(ClaimRecord).where(ClaimRecord.proposal_id.in_(list(proposal_ids))))


def held(work: Work, clinic_id: int) -> list[ClaimRecord]:
    """All that proposals of a clinic hold."""
    query = select(ClaimRecord).where(ClaimRecord.clinic_id == clinic_id, ClaimRecord.proposal_id.is_not(None))
    return list(work.session.scalars(query.order_by(ClaimRecord.id)))


def in_the_way(work: Work, first: int, last: int, starts_at: datetime, ends_at: datetime) -> list[ClaimRecord]:
    """The claims that share a number and a moment with these numbers and times, by start."""
    block = first // BLOCK * BLOCK
    statement = (
        select(ClaimRecord)
        .where(ClaimRecord.first.between(block, last), ClaimRecord.last >= first)
        .where(ClaimRecord.starts_at < ends_at, ClaimRecord.ends_at > starts_at)
        .order_by(ClaimRecord.starts_at)
    )
    return list(work.session.scalars(statement.execution_options(populate_existing=True)))


def of_resources(work: Work, resource_ids: Iterable[int], starts_at: datetime, ends_at: datetime) -> list[ClaimRecord]:
    """All that is claimed of these resources in a time, in whichever clinic, by start."""
    statement = (
        select(ClaimRecord)
        .where((ClaimRecord.first // BLOCK).in_(list(resource_ids)))
        .where(ClaimRecord.starts_at < ends_at, ClaimRecord.ends_at > starts_at)
        .order_by(ClaimRecord.starts_at, ClaimRecord.id)
    )
    return list(work.session.scalars(statement))


def _seat(work: Work, clinic_id: int, person: int, wanted: Sequence[Claim]) -> None:
    """Gives each new supervision a number, moving the person's others to other numbers where that makes room."""
    first = person * BLOCK
    taken = _neighbors(work, first, wanted)
    for row in taken:
        if row.first != row.last and any(_meet(row, claim) for claim in wanted):
            raise _collision_with(row)
    seats = [Seat(row.starts_at, row.ends_at, row.first - first) for row in taken if row.first == row.last]
    seats += [Seat(claim.starts_at, claim.ends_at, None) for claim in wanted]
    numbers = seated(seats, min(BLOCK, max(claim.places for claim in wanted)))
    if numbers is None:
        in_the_way_of_one = (row for row in taken if any(_meet(row, claim) for claim in wanted))
        raise _collision_with(next(in_the_way_of_one, wanted[0]))
    _rewrite(work, clinic_id, first, [row for row in taken if row.first == row.last], wanted, numbers)


def _rewrite(
    work: Work, clinic_id: int, first: int, old: list[ClaimRecord], new: Sequence[Claim], numbers: list[int]
) -> None:
    """Writes new claims, and those whose number changed, in two steps: two that swap numbers would collide halfway."""
    moved = [(row, number) for row, number in zip(old, numbers, strict=False) if row.first != first + number]
    rows = [{**_values(row), "first": first + number, "last": first + number} for row, number in moved]
    work.session.execute(delete(ClaimRecord).where(ClaimRecord.id.in_([row.id for row, _ in moved])))
    rows += [_row(clinic_id, claim, number, number) for claim, number in zip(new, numbers[len(old) :], strict=True)]
    _insert(work, rows)


def _neighbors(work: Work, first: int, wanted: Sequence[Claim]) -> list[ClaimRecord]:
    """The person's claims that meet the wanted ones, or meet others that do, and so on: what can be seated anew."""
    starts_at, ends_at = min(claim.starts_at for claim in wanted), max(claim.ends_at for claim in wanted)
    while True:
        found = in_the_way(work, first, first + BLOCK - 1, starts_at, ends_at)
        wider = min([starts_at, *(row.starts_at for row in found)]), max([ends_at, *(row.ends_at for row in found)])
        if wider == (starts_at, ends_at):
            return found
        starts_at, ends_at = wider


def _meet(row: ClaimRecord, claim: Claim) -> bool:
    return row.starts_at < claim.ends_at and claim.starts_at < row.ends_at


def _row(clinic_id: int, claim: Claim, first: int, last: int) -> dict[str, Any]:
    return {
        "clinic_id": clinic_id,
        "first": claim.resource_id * BLOCK + first,
        "last": claim.resource_id * BLOCK + last,
        "starts_at": claim.starts_at,
        "ends_at": claim.ends_at,
        "visit_id": claim.visit_id,
        "booking_id": claim.booking_id,
        "proposal_id": claim.proposal_id,
    }


def _insert(work: Work, rows: list[dict[str, Any]]) -> None:
    rows.sort(key=lambda row: (row["first"], row["starts_at"]))  # in one order, so that two writers never deadlock
    work.session.flush()
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        if _inserted(work, chunk) < len(chunk):
            raise _collision(work, chunk)


def _inserted(work: Work, rows: list[dict[str, Any]]) -> int:
    """How many of the rows the database let in: PostgreSQL leaves out what collides, SQLite refuses them all."""
    if work.session.get_bind().dialect.name != "sqlite":
        statement = insert_ignoring(work, ClaimRecord).values(rows).returning(ClaimRecord.id)
        return len(work.session.execute(statement).all())
    try:
        work.session.execute(insert(ClaimRecord), rows)
    except IntegrityError as error:
        if claims_guard.NAME not in str(error.orig):
            raise
        return 0
    return len(rows)


def _collision(work: Work, rows: list[dict[str, Any]]) -> Collision:
    """The first claim of somebody else that stands in the way of the rows, or else the first row that meets another."""
    mine = {tuple(row[name] for name in _OWN) for row in rows}
    for row in rows:
        for other in in_the_way(work, row["first"], row["last"], row["starts_at"], row["ends_at"]):
            if tuple(getattr(other, name) for name in _OWN) not in mine:
                return _collision_with(other)
    return Collision(rows[0]["first"] // BLOCK, rows[0]["starts_at"], rows[0]["visit_id"])


def _collision_with(row: ClaimRecord | Claim) -> Collision:
    resource_id = row.first // BLOCK if isinstance(row, ClaimRecord) else row.resource_id
    return Collision(resource_id, row.starts_at, row.visit_id)


def _values(row: ClaimRecord) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("clinic_id", *_OWN)}
