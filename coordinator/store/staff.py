"""Staff, their hours, their time off, and what else they are booked for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow


class StaffRecord(ClinicRow, Base):
    """A member of staff (or scarce equipment). `code` is the id in the exchange format; limits are minutes.

    `by_invitation`: visits reach this person's calendar by mail, not by a feed.
    """

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("clinic_id", "code"),)

    code: Mapped[str]
    name: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    roles: Mapped[list[Any]]
    max_minutes_per_day: Mapped[int | None]
    max_minutes_per_week: Mapped[int | None]
    supervises: Mapped[int] = mapped_column(default=1)
    turnover_minutes: Mapped[int] = mapped_column(default=0)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resources.id"))
    left_at: Mapped[datetime | None]
    by_invitation: Mapped[bool] = mapped_column(default=False, server_default=false())


class StaffHoursRecord(ClinicRow, Base):
    """A weekly pattern, from `valid_from` until the next pattern of the same week cycle begins, or `valid_to`.

    `every` weeks, counted from the Monday of `valid_from`: 1 is each week, 2 is alternate weeks. `weekly` is as in the
    exchange format: {"mon": [["08:00", "12:00"]], …}.
    """

    __tablename__ = "staff_hours"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    every: Mapped[int] = mapped_column(default=1)
    weekly: Mapped[dict[str, Any]]


class ExtraHoursRecord(ClinicRow, Base):
    """Hours on one date besides the weekly pattern."""

    __tablename__ = "extra_hours"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class TimeOffRecord(ClinicRow, Base):
    """Time away. `status` is requested, approved, declined or withdrawn; only approved time off keeps visits away.

    `cause` is off, or sick for a sick call. `job_id` is the newest planning job that repairs what it touches.
    """

    __tablename__ = "time_off"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="approved")
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    cause: Mapped[str] = mapped_column(default="off")
    job_id: Mapped[int | None] = mapped_column(ForeignKey("planning_jobs.id"))


class BookingSeriesRecord(ClinicRow, Base):
    """What was booked together: one or more people, a room and a patient, once or every so many weeks until a date.

    `staff` is ids, `starts` and `ends` are minutes after midnight, `every` is weeks (0: once), `left_out` is the dates,
    as YYYY-MM-DD, that the rhythm has and the series has not. Its bookings are one per date and resource.
    """

    __tablename__ = "booking_series"

    purpose: Mapped[str]
    title: Mapped[str]
    staff: Mapped[list[Any]]
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patients.id"))
    first_day: Mapped[date]
    starts: Mapped[int]
    ends: Mapped[int]
    every: Mapped[int] = mapped_column(default=0)
    until: Mapped[date | None]
    left_out: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]


class BookingRecord(ClinicRow, Base):
    """Other work that takes a person or a room: a meeting, maintenance, a patient outside every program.

    `kind` is `booked`, or `supervising` where it takes one place of the person's supervision capacity. A patient's is
    always part of a series; so is all that was booked here, and not by a file.
    """

    __tablename__ = "bookings"

    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"), index=True)
    kind: Mapped[str] = mapped_column(default="booked")
    title: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    series_id: Mapped[int | None] = mapped_column(ForeignKey("booking_series.id"), index=True)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patients.id"), index=True)
