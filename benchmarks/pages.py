"""How fast the schedule is in Chromium with 300 visits in a day: from the key until it is drawn, and a drag's lights.

The demo clinic gets 44 people and 300 visits on each day of one week, written past the door: publishing is not what is
measured here.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from statistics import median
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

from coordinator.store import clinics
from coordinator.store.enrollments import EnrollmentPatientRecord, EnrollmentRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.protocols import ProtocolVersionRecord
from coordinator.store.resources import new_resource
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.visits import VisitRecord, VisitStaffRecord

ROOT = Path(__file__).resolve().parent.parent
COMMAND = str(Path(sys.executable).with_name("coordinator"))
SECRET = "a-secret-key-for-benchmarks-only-0123456789"
VISITS, STAFF = 300, 44
TURN = clock(16, 0)
ROUNDS = 7
DRAWN = "() => document.getElementById('schedule').dataset.drawn || ''"


def main() -> None:
    """Measures and prints."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("Chromium is missing, so pages are not measured.")
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        _served(Path(folder)) as (url, email, password, day),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(base_url=url, viewport={"width": 1440, "height": 900}, locale="en-US")
        _sign_in(page, email, password)
        _measure(page, day)
        browser.close()


def _measure(page: Page, day: date) -> None:
    page.goto(f"/schedule?date={day - timedelta(days=1)}&view=day&rows=staff")
    _drawn(page, f"{day - timedelta(days=1)} staff day")
    forth = [_timed(page, "j", f"{day} staff day") for _ in range(ROUNDS) if _back(page, day)]
    print(f"day of {VISITS} visits, drawn after the key: {_words(forth)} (aim 700)")
    sunday = day - timedelta(days=day.isoweekday() % 7)
    week = []
    for _ in range(ROUNDS):
        week.append(_timed(page, "w", f"{sunday} staff week"))
        page.keyboard.press("d")
        _drawn(page, f"{day} staff day")
    print(f"week of {VISITS * 5} visits, drawn after the key: {_words(week)} (aim 1200)")
    print(f"a drag's legality, asked and answered: {_words(_lights(page, day))} (aim 100)")


def _back(page: Page, day: date) -> bool:
    if page.evaluate(DRAWN).startswith(str(day)):
        page.keyboard.press("k")
        _drawn(page, f"{day - timedelta(days=1)} staff day")
    return True


def _timed(page: Page, key: str, drawn: str) -> float:
    """Milliseconds from a key until the view is drawn and painted."""
    began = time.perf_counter()
    page.keyboard.press(key)
    _drawn(page, drawn)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return (time.perf_counter() - began) * 1000


def _drawn(page: Page, start: str) -> None:
    until = time.monotonic() + 30
    while not page.evaluate(DRAWN).startswith(start):
        assert time.monotonic() < until, f"not drawn within 30 s: {start}"
        time.sleep(0.005)


def _lights(page: Page, day: date) -> list[float]:
    """Milliseconds of the one request that a drag asks, as the browser sees it."""
    link = page.locator(".visit-link[data-movable]").first
    query = f"enrollment={link.get_attribute('data-enrollment')}&visit={link.get_attribute('data-code')}"
    address = f"/draft/places?{query}&rows=staff&row=&first={day}&last={day}&from=8&till=18"
    ask = """async (address) => {
        const began = performance.now();
        const answer = await fetch(address, { headers: { Accept: "application/json" } });
        await answer.json();
        return [answer.status, performance.now() - began];
    }"""
    found = [page.evaluate(ask, address) for _ in range(ROUNDS + 1)]
    assert all(status == 200 for status, _ in found), found
    return [float(each) for _, each in found[1:]]


def _words(found: list[float]) -> str:
    return f"{median(found):.0f} ms in the middle, {max(found):.0f} at most, of {len(found)}"


def _sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile(r"^(?!.*sign-in).*$"))


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, str, str, date]]:
    """The demo clinic with its full week, served: address, sign-in, and the Wednesday."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    address = f"sqlite:///{folder / 'coordinator.db'}"
    environment = os.environ | {
        "COORDINATOR_DATA_DIR": str(folder),
        "COORDINATOR_DATABASE_URL": address,
        "COORDINATOR_SECRET_KEY": SECRET,
        "COORDINATOR_BASE_URL": f"http://127.0.0.1:{port}",
        "COORDINATOR_PAGES_PER_MINUTE": "0",
    }
    said = subprocess.run([COMMAND, "demo"], env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    sign_in = re.search(r"^ +coordinator +(\S+@\S+) +(\S+)$", said.stdout, re.MULTILINE)
    assert sign_in is not None
    today = datetime.now(UTC).date()
    monday = today - timedelta(days=today.weekday()) + timedelta(days=28)
    database = Database(address, SECRET)
    with database.write() as work:
        _fill(work, [monday + timedelta(days=each) for each in range(5)])
    database.dispose()
    command = [COMMAND, "serve", "--port", str(port)]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=quiet, stderr=quiet)
    try:
        _wait_for(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}", sign_in[1], sign_in[2], monday + timedelta(days=2)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def _wait_for(url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urlopen(url, timeout=5).close()
            return
        except (URLError, OSError):
            time.sleep(0.2)
    raise SystemExit(f"{url} is not ready")


def _fill(work: Work, days: list[date]) -> None:
    """300 visits on each day: about seven for each of 44 people, one after the other."""
    clinic, now = clinics.all_clinics(work)[0][0], datetime.now(UTC)
    room = work.session.scalars(select(RoomRecord).where(RoomRecord.clinic_id == clinic)).first()
    running = select(ProtocolVersionRecord).join(
        EnrollmentRecord, EnrollmentRecord.protocol_version_id == ProtocolVersionRecord.id
    )
    version = max(
        work.session.scalars(running.where(EnrollmentRecord.clinic_id == clinic)), key=lambda each: len(_plain(each))
    )
    assert room is not None
    kinds = _plain(version)
    staff = [_person(work, clinic, f"bench-{each}") for each in range(STAFF)]
    for number in range(VISITS * len(days)):
        if number % len(kinds) == 0:
            program = _program(work, clinic, f"bench-{number}", version.id, now)
        kind, at = kinds[number % len(kinds)], number % VISITS
        starts = datetime.combine(days[number // VISITS], TURN, UTC) + timedelta(minutes=75 * (at // STAFF))
        visit = VisitRecord(
            clinic_id=clinic, enrollment_id=program, code=kind["id"], kind=kind["kind"], course=kind.get("course"),
            starts_at=starts, ends_at=starts + timedelta(minutes=kind["minutes"]), changed_at=now,
            room_id=room.id if kind.get("room") else None,
        )  # fmt: skip
        work.session.add(visit)
        work.session.flush()
        work.session.add(
            VisitStaffRecord(
                clinic_id=clinic, visit_id=visit.id, staff_id=staff[at % STAFF], need=kind["needs"][0]["as"],
                starts_at=starts, ends_at=visit.ends_at, changed_at=now,
            )
        )  # fmt: skip


def _plain(version: ProtocolVersionRecord) -> list[dict[str, Any]]:
    """The visits of a protocol that need one person."""
    return [each for each in version.body["visits"] if len(each["needs"]) == 1]


def _person(work: Work, clinic: int, code: str) -> int:
    roles = ["therapist", "nutritionist", "physician"]
    person = StaffRecord(
        clinic_id=clinic, code=code, name=code, roles=roles, supervises=1, resource_id=new_resource(work, "person")
    )
    work.session.add(person)
    work.session.flush()
    return person.id


def _program(work: Work, clinic: int, code: str, version: int, now: datetime) -> int:
    patient = PatientRecord(
        clinic_id=clinic, code=code, name=code, resource_id=new_resource(work, "patient"), created_at=now
    )
    program = EnrollmentRecord(
        clinic_id=clinic, code=code, protocol_version_id=version, status="active", earliest=now.date(), created_at=now
    )
    work.session.add_all([patient, program])
    work.session.flush()
    work.session.add(EnrollmentPatientRecord(clinic_id=clinic, enrollment_id=program.id, patient_id=patient.id))
    return program.id


if __name__ == "__main__":
    main()
