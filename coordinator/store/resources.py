"""Resource numbers: what a claim takes. A person has a block of 64 numbers, a room two, a patient one.

The number is global, not per clinic: a person who works in two clinics is one resource.
"""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, BigId

BLOCK = 64
"""Numbers a resource owns: `number * BLOCK` to `number * BLOCK + 63`."""


class ResourceRecord(Base):
    """One resource; `id * BLOCK` is its first number. A room's use is its first number, its turnover the second."""

    __tablename__ = "resources"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str]
