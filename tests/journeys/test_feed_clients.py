"""Real clients subscribe to the running server, and see what the clinic does: publish, move, replace, cancel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from threading import Thread

import pytest
from calendar_clients import Seen, Terminal, by_ical_js
from cast import NOW, Cast
from werkzeug.serving import make_server

from config import Settings
from coordinator.app import create_app
from coordinator.domain.clinic_time import minute_at
from coordinator.domain.schedule import PlacedVisit
from coordinator.services import feed_views, feeds
from coordinator.services.schedule import VisitChange, apply_changes, cancel_visit, move_visit
from coordinator.store.clinics import ClinicRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Database

MONDAY = date(2027, 1, 4)
LAST = datetime(2027, 1, 15, tzinfo=UTC)


@dataclass(slots=True)
class HandClock:
    """A clock that moves only when a test says so."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, hours: int) -> None:
        self.at += timedelta(hours=hours)


@dataclass(frozen=True, slots=True)
class Site:
    """A server that runs, with the clinic it serves."""

    address: str
    database: Database
    cast: Cast
    clock: HandClock

    def subscribe(self, staff_id: int, privacy: str = "code") -> str:
        """A new feed of that person at that level; its address."""
        with self.database.write() as work:
            work.session.get_one(ClinicRecord, self.cast.clinic_id).feed_ceiling = "full"
            new = feeds.add(work, self.cast.ada, self.clock(), "staff", staff_id, "Work", privacy)
        return feed_views.address(self.address, new.token)


@pytest.fixture
def site(sqlite: Database, sqlite_cast: Cast, tmp_path: Path) -> Iterator[Site]:
    """The whole site on a port of its own."""
    settings = Settings(sqlite.url, "k" * 40, None, "http://127.0.0.1", tmp_path, "Coordinator <c@localhost>", 60)
    clock = HandClock()
    server = make_server("127.0.0.1", 0, create_app(settings, sqlite, clock), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", sqlite, sqlite_cast, clock)
    server.shutdown()
    thread.join()
    server.server_close()


def utc(day: int, hour: int) -> datetime:
    """An hour in Los Angeles, so many days after Monday, January 4."""
    return datetime.combine(MONDAY + timedelta(days=day), time(hour), UTC) + timedelta(hours=8)


def placed(visit: str, day: int, hour: int, room: str | None, lead: str = "th-ben", **more: str) -> PlacedVisit:
    start = minute_at(MONDAY + timedelta(days=day), time(hour))
    return PlacedVisit("e01", visit, start, room, {"lead": lead, **more})


def program(lead: str = "th-ben") -> list[PlacedVisit]:
    return [
        placed("p1", 1, 9, "therapy-1", lead),
        placed("c1.d1", 2, 9, "dosing-1", lead, supervisor="dr-eve"),
        placed("c1.i1", 3, 9, None, lead),
    ]


def publish(site: Site, visits: list[PlacedVisit]) -> tuple[int, ...]:
    """Publishes the visits; their ids."""
    changes = [VisitChange(site.cast.first, each.visit, each) for each in visits]
    with site.database.write() as work:
        return apply_changes(work, site.cast.ada, site.clock(), changes).visits


def seen(summaries: dict[datetime, str], canceled: tuple[datetime, ...] = ()) -> list[Seen]:
    return [Seen(start, summary, start in canceled) for start, summary in summaries.items()]


BEN = {utc(1, 9): "p01 · 60 min", utc(2, 9): "p01 · 120 min", utc(3, 9): "p01 · 60 min"}


def test_clients_see_a_moved_visit_move_and_a_canceled_one_canceled(site: Site, tmp_path: Path) -> None:
    address = site.subscribe(site.cast.ben_staff)
    terminal = Terminal(tmp_path / "ben", address)
    assert by_ical_js(address) == terminal.look(NOW, LAST) == []

    preparation, dosing, integration = publish(site, program())
    assert by_ical_js(address) == terminal.look(NOW, LAST) == seen(BEN)

    site.clock.forward(hours=1)
    with site.database.write() as work:
        start = minute_at(MONDAY + timedelta(days=4), time(14))
        move_visit(work, site.cast.ada, site.clock(), integration, start, None)
    moved = {**dict(list(BEN.items())[:2]), utc(4, 14): "p01 · 60 min"}
    assert by_ical_js(address) == terminal.look(NOW, LAST) == seen(moved)

    site.clock.forward(hours=1)
    with site.database.write() as work:
        cancel_visit(work, site.cast.ada, site.clock(), integration)
    assert by_ical_js(address) == terminal.look(NOW, LAST) == seen(moved, canceled=(utc(4, 14),))
    assert preparation != dosing


def test_a_replaced_therapists_visits_are_canceled_while_the_colleagues_appear(site: Site, tmp_path: Path) -> None:
    ben, dana = site.subscribe(site.cast.ben_staff), site.subscribe(site.cast.dana_staff)
    bens, danas = Terminal(tmp_path / "ben", ben), Terminal(tmp_path / "dana", dana)
    publish(site, program())
    assert by_ical_js(ben) == bens.look(NOW, LAST) == seen(BEN)
    assert by_ical_js(dana) == danas.look(NOW, LAST) == []

    site.clock.forward(hours=1)
    publish(site, program(lead="th-dana"))
    assert by_ical_js(ben) == bens.look(NOW, LAST) == seen(BEN, canceled=tuple(BEN))
    assert by_ical_js(dana) == danas.look(NOW, LAST) == seen(BEN)


def test_a_supervisors_calendar_shows_her_parts_alone(site: Site, tmp_path: Path) -> None:
    address = site.subscribe(site.cast.eve_staff)
    terminal = Terminal(tmp_path / "eve", address)
    publish(site, program())
    parts = {utc(2, 9): "p01 · 120 min", utc(2, 10) + timedelta(minutes=30): "p01 · 120 min"}
    assert by_ical_js(address) == terminal.look(NOW, LAST) == seen(parts)


def test_clients_of_a_revoked_feed_see_nothing_new(site: Site) -> None:
    address = site.subscribe(site.cast.ben_staff)
    publish(site, program())
    with site.database.write() as work:
        (feed,) = feed_views.list_for(work, site.cast.ada, NOW, "staff", site.cast.ben_staff).feeds
        feeds.revoke(work, site.cast.ada, NOW, feed.id)
    assert by_ical_js(address) == []


@pytest.mark.parametrize(
    "name",
    [
        'Zoë "Zed" O\'Hara, Jr.; a\\b',
        "漢字 👩🏽‍⚕️ e\u0301a " + "字" * 40,
        "END:VEVENT BEGIN:VEVENT",
    ],
)
def test_clients_read_every_name_as_it_is_written(site: Site, tmp_path: Path, name: str) -> None:
    address = site.subscribe(site.cast.ben_staff, "full")
    with site.database.write() as work:
        work.session.get_one(PatientRecord, site.cast.pat).name = name
    publish(site, program()[:1])
    wanted = seen({utc(1, 9): f"Preparation · {name} (p01) · 60 min"})
    assert by_ical_js(address) == Terminal(tmp_path / "ben", address).look(NOW, LAST) == wanted
