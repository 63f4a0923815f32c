"""Clinics and their closures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.domain.actor import system
from coordinator.domain.errors import NotFound
from coordinator.store import audit
from coordinator.store.base import Base, BigId, ClinicRow
from coordinator.store.unit_of_work import Work


class ClinicRecord(Base):
    """A clinic. `revision` rises with every publication; `weights` holds only what differs from the format's defaults.

    `feed_ceiling` is the highest privacy level that its feeds may have (busy, code, kind, initials, full).
    `settings` holds the rest that an administrator may set.
    """

    __tablename__ = "clinics"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str]
    timezone: Mapped[str]
    slot_minutes: Mapped[int] = mapped_column(default=15)
    revision: Mapped[int] = mapped_column(default=0)
    weights: Mapped[dict[str, Any]] = mapped_column(default=dict)
    feed_ceiling: Mapped[str] = mapped_column(default="busy")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class ClosureRecord(ClinicRow, Base):
    """A date on which the clinic is closed."""

    __tablename__ = "closures"
    __table_args__ = (UniqueConstraint("clinic_id", "day"),)

    day: Mapped[date]
    reason: Mapped[str] = mapped_column(default="")


def found(work: Work, now: datetime, name: str, timezone: str, slot_minutes: int = 15) -> ClinicRecord:
    """Makes a clinic; its founding is the first entry of its audit chain, so that a chain can never be absent."""
    clinic = ClinicRecord(name=name, timezone=timezone, slot_minutes=slot_minutes, created_at=now)
    work.session.add(clinic)
    work.session.flush()
    audit.append(work, system(clinic.id), now, "clinic.found", "clinic", clinic.id, {"name": name})
    return clinic


def get(work: Work, clinic_id: int) -> ClinicRecord:
    """The clinic; raises NotFound."""
    clinic = work.session.get(ClinicRecord, clinic_id)
    if clinic is None:
        raise NotFound("There is no such clinic.")
    work.session.info["clinic"] = clinic  # sessions hold rows weakly: let go, it would be asked for again and again
    return clinic


def lock(work: Work, clinic_id: int) -> ClinicRecord:
    """The clinic, fresh, locked until the transaction ends; raises NotFound.

    Whatever changes visits, or what the rules judge visits by (hours, time off, rooms, closures), takes this lock first
    and reads afterwards. SQLite's writing transaction is alone by itself.

    The key stays shared: every row names its clinic, so a full lock would keep all others from writing anything, and
    who writes an audit entry, holding the chain's head, would wait for one who holds the clinic and wants the head.
    """
    statement = select(ClinicRecord).where(ClinicRecord.id == clinic_id).with_for_update(key_share=True)
    clinic = work.session.scalar(statement.execution_options(populate_existing=True))
    if clinic is None:
        raise NotFound("There is no such clinic.")
    return clinic


def all_clinics(work: Work) -> list[tuple[int, str]]:
    """Id and name of every clinic, in order of id."""
    return [(row.id, row.name) for row in work.session.scalars(select(ClinicRecord).order_by(ClinicRecord.id))]
