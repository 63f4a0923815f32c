"""What feeds are measured against, each as a WSGI application for the same server.

`bare` returns ready bytes; `naive` is a feed as one would write it first: Flask, the ORM, and the icalendar library.
Radicale is its own application, installed apart.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
from flask import Flask, Response
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

FOLDER = "FEED_BENCH_FOLDER"
SECRET = "a-secret-key-for-benchmarks-0123456789"


class Table(DeclarativeBase):
    """The naive feed's tables."""


class Row(Table):
    """A visit as the naive feed keeps it."""

    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    title: Mapped[str]
    place: Mapped[str]


def folder() -> Path:
    """Where the benchmark keeps its files."""
    return Path(os.environ[FOLDER])


def bare() -> Flask:
    """One view, ready bytes."""
    app = Flask("bare")
    body = (folder() / "feed.ics").read_bytes()

    @app.get("/calendars/<_token>.ics")
    def feed(_token: str) -> Response:
        return Response(body, mimetype="text/calendar")

    return app


def naive_engine() -> Engine:
    """The naive feed's database."""
    return create_engine(f"sqlite:///{folder() / 'naive.db'}")


def fill_naive(first: datetime, visits: int) -> None:
    """As many visits as our own feed shows, two hours apart."""
    engine = naive_engine()
    Table.metadata.create_all(engine)
    with Session(engine) as session:
        for number in range(visits):
            starts = first + timedelta(hours=2 * number)
            ends = starts + timedelta(hours=1)
            session.add(Row(starts_at=starts, ends_at=ends, title="p01 · 60 min", place="Therapy room"))
        session.commit()
    engine.dispose()


def naive() -> Flask:
    """Every answer made from the rows by the library."""
    app = Flask("naive")
    engine = naive_engine()

    @app.get("/calendars/<_token>.ics")
    def feed(_token: str) -> Response:
        with Session(engine) as session:
            return Response(_rendered(list(session.scalars(select(Row)))), mimetype="text/calendar")

    return app


def _rendered(rows: list[Row]) -> bytes:
    calendar = icalendar.Calendar()
    calendar.add("PRODID", "-//naive//EN")
    calendar.add("VERSION", "2.0")
    for row in rows:
        event = icalendar.Event()
        event.add("UID", f"visit-{row.id}@example.org")
        event.add("DTSTAMP", row.starts_at.replace(tzinfo=UTC))
        event.add("DTSTART", row.starts_at.replace(tzinfo=UTC))
        event.add("DTEND", row.ends_at.replace(tzinfo=UTC))
        event.add("SUMMARY", row.title)
        event.add("LOCATION", row.place)
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
