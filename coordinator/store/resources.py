"""Resource numbers: what a claim takes. Every resource has a block of 64 numbers.

A person's ordinary work takes the whole block, and each shared supervision one number of it. A room is two numbers: its
use and its turnover. A patient is one. The number is global, not per clinic: a person who works in two clinics is one
resource.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, BigId
from coordinator.store.unit_of_work import Work

BLOCK = 64
"""Numbers a resource owns: `id * BLOCK` to `id * BLOCK + 63`."""


class ResourceRecord(Base):
    """One resource; `id * BLOCK` is its first number. A room's use is its first number, its turnover the second."""

    __tablename__ = "resources"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str]


def new_resource(work: Work, kind: Literal["person", "room", "patient"]) -> int:
    """Makes a resource and gives its id, to be kept in the row of the person, room or patient."""
    record = ResourceRecord(kind=kind)
    work.session.add(record)
    work.session.flush()
    return record.id


def lock(work: Work, resource_ids: Collection[int]) -> None:
    """Waits until nobody else is seating supervision on these; in one order, so that two never wait for each other."""
    work.session.execute(
        select(ResourceRecord.id)
        .where(ResourceRecord.id.in_(resource_ids))
        .order_by(ResourceRecord.id)
        .with_for_update()
    ).all()
