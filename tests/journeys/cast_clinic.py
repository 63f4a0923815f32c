"""The fixed cast's clinic behind a real server in this process, with a clock that the test moves.

A day of visits is walked in seconds, at any hour of any day; the worker's part is done when the test says so.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cast import NOW, PASSWORD, SECRET, add_user, seat
from house import SignIn, Site, free_port
from playwright.sync_api import Browser
from programs import at, changes, program
from surfer import Surfer
from werkzeug.serving import make_server

from config import Settings
from coordinator.app import create_app
from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import day_of, from_utc, to_utc, zone_named
from coordinator.domain.gates import CLEARANCE, RIDE
from coordinator.domain.rules import misstatements, violations
from coordinator.domain.schedule import PlacedVisit
from coordinator.exchange.files import read_bytes, write_json
from coordinator.exchange.gates import write_visit_gates
from coordinator.exchange.plan import read_plan, write_plan
from coordinator.exchange.problem import read_problem, write_problem
from coordinator.services import gates, transfer
from coordinator.services.planning import Runner, run_next_job
from coordinator.services.schedule import apply_changes
from coordinator.services.worklist_sources import worklist
from coordinator.store.protocols import ProtocolVersionRecord
from coordinator.store.unit_of_work import Database

ZONE = zone_named("America/Los_Angeles")


class CastClinic:
    """Ben leads Pat's dosing visit on Wednesday at one, and prepares Quinn right after it; Eve supervises.

    Before a dosing visit medical clearance and a ride home are asked for; Quinn has both.
    """

    def __init__(self, database: Database, browser: Browser, folder: Path) -> None:
        self.database, self.browser, self.folder = database, browser, folder
        self.now = NOW
        self.windows: list[Surfer] = []
        self.cast = seat(database)
        self.eve = self._furnish()
        self.publish(self.cast.first, program("e01", 1, 13))
        second = [
            PlacedVisit("e02", "p1", at(2, 15, 15), "therapy-1", {"lead": "th-ben"}),
            PlacedVisit("e02", "c1.d1", at(3, 9), "dosing-1", {"lead": "th-ben", "supervisor": "dr-eve"}),
            PlacedVisit("e02", "c1.i1", at(4, 9), None, {"lead": "th-ben"}),
        ]
        _, dosing, _ = self.publish(self.cast.second, second)
        with database.write() as work:
            gates.open_gate(work, self.eve, NOW, dosing, "clearance")
            gates.open_gate(work, self.cast.ada, NOW, dosing, "ride")
        port = free_port()
        settings = Settings(
            database_url=database.url, secret_key=SECRET, smtp_url=None, base_url=f"http://127.0.0.1:{port}",
            data_dir=folder, mail_from="Coordinator <coordinator@localhost>", lease_seconds=60,
        )  # fmt: skip
        self.server = make_server("127.0.0.1", port, create_app(settings, database, lambda: self.now), threaded=True)
        self.site = Site(f"http://127.0.0.1:{self.server.port}", database.url, {}, {})

    def _furnish(self) -> Actor:
        with self.database.write() as work:
            version = work.session.get_one(ProtocolVersionRecord, self.cast.protocol_version)
            version.gates = write_visit_gates({"c1.d1": (CLEARANCE, RIDE)})
            access, staff = Access.CLINICIAN, self.cast.eve_staff
            return add_user(work, self.cast.clinic_id, "eve@example.org", "Eve Okafor", access, NOW, staff)

    def publish(self, enrollment: int, placed: list[PlacedVisit]) -> tuple[int, ...]:
        """Publishes visits past the pages; their ids."""
        with self.database.write() as work:
            return apply_changes(work, self.cast.ada, NOW, changes(enrollment, placed)).visits

    def be(self, day: int, hour: int, minute: int = 0) -> None:
        """It is so many days after Monday, at that clinic time. Who signed in on another day has closed the window."""
        earlier, self.now = self.now, to_utc(at(day, hour, minute), ZONE)
        if day_of(from_utc(earlier, ZONE)) != day_of(from_utc(self.now, ZONE)):
            for window in self.windows:
                window.go_home()

    def window(self, name: str, width: str = "desk") -> Surfer:
        """A browser window of somebody who has signed in."""
        found = Surfer(self.browser, self.site, width=width)
        self.windows.append(found)
        found.sign_in(SignIn(f"{name}@example.org", PASSWORD))
        return found

    def waits(self) -> list[str]:
        """The coordinator's whole worklist: what sort of thing waits, and about whom."""
        with self.database.read() as work:
            found = worklist(work, self.cast.ada, self.now)
        return sorted(f"{each.kind} {each.title.split(':')[0]}" for each in found)

    def plan(self) -> None:
        """The worker's part: one planning job."""
        assert run_next_job(Runner(self.database, lambda: self.now, "p1", lease_seconds=60))

    def assert_export_passes(self) -> None:
        """The clinic's files keep every rule, read as `coordinator check` reads them."""
        with self.database.read() as work:
            problem, plan = transfer.export(work, self.cast.ada, self.now)
        files = self.folder / "problem.json", self.folder / "plan.json"
        write_json(files[0], write_problem(problem))
        write_json(files[1], write_plan(plan, problem))
        problem = read_problem(read_bytes(files[0]))
        plan = read_plan(read_bytes(files[1]))
        assert violations(problem, plan) + misstatements(problem, plan) == []


@contextmanager
def at_work(database: Database, browser: Browser, folder: Path) -> Iterator[CastClinic]:
    """The clinic and its server until the end of the block; faults of a page fail the test."""
    clinic = CastClinic(database, browser, folder)
    thread = threading.Thread(target=clinic.server.serve_forever)
    thread.start()
    try:
        yield clinic
    finally:
        for window in clinic.windows:
            window.close()
        clinic.server.shutdown()
        thread.join()
        clinic.server.server_close()
    faults = [fault for window in clinic.windows for fault in window.faults]
    assert not faults, "\n".join(faults)
