"""Real clients subscribe to the running server, and see what the clinic does: publish, move, cancel, replace, revoke.

They are started once for each step, with all feeds together: starting them is what takes the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from threading import Thread

import pytest
from calendar_clients import Seen, Terminal, by_ical_js
from cast import NOW, Cast, add_enrollment, add_patient
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

    def subscribe(self, kind: str, owner_id: int, privacy: str = "code") -> str:
        """A new feed of that owner at that level; its address."""
        with self.database.write() as work:
            work.session.get_one(ClinicRecord, self.cast.clinic_id).feed_ceiling = "full"
            new = feeds.add(work, self.cast.ada, self.clock(), kind, owner_id, "Work", privacy)
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
    return [Seen(start, summary, start in canceled) for start, summary in sorted(summaries.items())]


FIRST, SECOND, THIRD = utc(1, 9), utc(2, 9), utc(3, 9)
BEN = {FIRST: "p01 · 60 min", SECOND: "p01 · 120 min", THIRD: "p01 · 60 min"}
EVES = {SECOND: "p01 · 120 min", SECOND + timedelta(minutes=90): "p01 · 120 min"}
PATIENTS = {FIRST: "Preparation · 60 min", SECOND: "Dosing · 120 min", THIRD: "Integration · 60 min"}


def test_clients_see_what_the_clinic_does_in_every_kind_of_feed(site: Site, tmp_path: Path) -> None:
    cast = site.cast
    addresses = {
        "ben": site.subscribe("staff", cast.ben_staff),
        "dana": site.subscribe("staff", cast.dana_staff),
        "eve": site.subscribe("staff", cast.eve_staff),
        "room": site.subscribe("room", cast.therapy_1),
        "team": site.subscribe("team", cast.first),
        "patient": site.subscribe("enrollment", cast.first, "kind"),
        "clinic": site.subscribe("clinic", cast.clinic_id, "busy"),
    }
    terminal = Terminal(tmp_path / "home", addresses)

    def shows(**wanted: list[Seen]) -> None:
        assert by_ical_js(addresses) == terminal.look(NOW, LAST) == wanted

    preparation, _dosing, integration = publish(site, program())
    busy = dict.fromkeys(BEN, "Clinic visit")
    room, patient = seen({FIRST: BEN[FIRST]}), seen(PATIENTS)
    shows(ben=seen(BEN), dana=[], eve=seen(EVES), room=room, team=seen(BEN), patient=patient, clinic=seen(busy))

    site.clock.forward(hours=1)
    with site.database.write() as work:
        start = minute_at(MONDAY + timedelta(days=4), time(14))
        move_visit(work, cast.ada, site.clock(), integration, start, None)
        cancel_visit(work, cast.ada, site.clock(), preparation)
    late = utc(4, 14)
    ben, busy = [{**{each: of[each] for each in (FIRST, SECOND)}, late: of[THIRD]} for of in (BEN, busy)]
    patient = seen({FIRST: PATIENTS[FIRST], SECOND: PATIENTS[SECOND], late: PATIENTS[THIRD]}, (FIRST,))
    room = seen({FIRST: BEN[FIRST]}, (FIRST,))
    team = seen(ben, (FIRST,))
    shows(ben=team, dana=[], eve=seen(EVES), room=room, team=team, patient=patient, clinic=seen(busy, (FIRST,)))

    site.clock.forward(hours=1)
    publish(site, [*program(lead="th-dana")[1:2], placed("c1.i1", 4, 14, None, "th-dana")])
    danas = seen({SECOND: BEN[SECOND], late: BEN[THIRD]})
    shows(
        ben=seen(ben, tuple(ben)), dana=danas, eve=seen(EVES), room=room, team=team, patient=patient,
        clinic=seen(busy, (FIRST,)),
    )  # fmt: skip

    with site.database.write() as work:
        (feed,) = feed_views.list_for(work, cast.ada, NOW, "staff", cast.ben_staff).feeds
        feeds.revoke(work, cast.ada, NOW, feed.id)
    assert by_ical_js({"ben": addresses["ben"], "dana": addresses["dana"]}) == {"ben": [], "dana": danas}


NAMES = ('Zoë "Zed" O\'Hara, Jr.; a\\b', "漢字 👩🏽‍⚕️ e\u0301a " + "字" * 40, "END:VEVENT BEGIN:VEVENT")


def test_clients_read_every_name_as_it_is_written(site: Site, tmp_path: Path) -> None:
    cast = site.cast
    with site.database.write() as work:
        third = add_patient(work, cast.clinic_id, "p03", NAMES[2], NOW)
        last = add_enrollment(work, cast.clinic_id, "e03", cast.protocol_version, [third], NOW)
        for patient, name in zip((cast.pat, cast.quinn), NAMES, strict=False):
            work.session.get_one(PatientRecord, patient).name = name
    addresses = {"clinic": site.subscribe("clinic", cast.clinic_id, "full")}
    wanted = {}
    for number, (program_id, name) in enumerate(zip((cast.first, cast.second, last), NAMES, strict=True)):
        visit = replace(placed("p1", 1, 9 + number, "therapy-1"), enrollment=f"e0{number + 1}")
        with site.database.write() as work:
            apply_changes(work, cast.ada, site.clock(), [VisitChange(program_id, "p1", visit)])
        wanted[utc(1, 9 + number)] = f"Preparation · {name} (p0{number + 1}) · 60 min"
    assert by_ical_js(addresses) == Terminal(tmp_path / "home", addresses).look(NOW, LAST) == {"clinic": seen(wanted)}
