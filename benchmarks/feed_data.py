"""A clinic with feeds of several sizes, written straight into the tables, and what Radicale needs to serve the same."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import icalendar

from benchmarks.feed_peers import SECRET, fill_naive
from coordinator.domain.actor import system
from coordinator.services import feeds
from coordinator.services.feed_answers import fetch
from coordinator.store import migrate
from coordinator.store.clinics import found
from coordinator.store.enrollments import EnrollmentPatientRecord, EnrollmentRecord
from coordinator.store.feeds import raise_revisions
from coordinator.store.patients import PatientRecord
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.resources import new_resource
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.visits import VisitRecord, VisitStaffRecord

SIZES = (100, 1000, 5000)
RADICALE = "radicale"


@dataclass(frozen=True, slots=True)
class Clinic:
    """What was written: the token and the member of staff of each feed, by its number of visits."""

    id: int
    tokens: dict[int, str]
    staff: dict[int, int]


def open_database(folder: Path) -> Database:
    """The benchmark's own database."""
    return Database(f"sqlite:///{folder / 'coordinator.db'}", SECRET)


def fill(folder: Path) -> Clinic:
    """Writes the clinic, the naive feed's rows, and the ready bytes that the bare view returns."""
    now = datetime.now(UTC).replace(microsecond=0)
    database = open_database(folder)
    migrate.upgrade(database)
    with database.write() as work:
        clinic = found(work, now, "Bench Clinic", "America/Los_Angeles")
        clinic.feed_ceiling = "code"
        enrollment, room = _enrollment(work, clinic.id, now), _room(work, clinic.id)
        staff = {size: _staff(work, clinic.id, size) for size in SIZES}
        for size in SIZES:
            _visits(work, clinic.id, enrollment, room, staff[size], size, now)
        tokens = {size: feeds.add(work, system(clinic.id), now, "staff", staff[size]).token for size in SIZES}
        number = clinic.id
    for token in tokens.values():
        answer = fetch(database, token, now)
        assert answer is not None
        assert answer.body is not None
        if token == tokens[1000]:
            (folder / "feed.ics").write_bytes(answer.body)
    database.dispose()
    fill_naive(now - timedelta(days=20), 1000)
    return Clinic(number, tokens, staff)


def touch(folder: Path, clinic: Clinic, size: int) -> None:
    """Makes a feed's kept bytes worthless, as a publication does."""
    database = open_database(folder)
    with database.write() as work:
        raise_revisions(work, clinic.id, datetime.now(UTC), [("staff", clinic.staff[size])])
    database.dispose()


def install_radicale(folder: Path) -> Path:
    """A virtual environment with Radicale and the same server; the interpreter in it."""
    python = folder / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "-qq", RADICALE, "gunicorn"], check=True)
    return python


def fill_radicale(folder: Path) -> Path:
    """The same thousand visits as a calendar of Radicale's; its configuration file."""
    home = folder / "radicale" / "collection-root" / "bench" / "calendar"
    home.mkdir(parents=True)
    (home / ".Radicale.props").write_text('{"tag": "VCALENDAR"}')
    for event in icalendar.Calendar.from_ical((folder / "feed.ics").read_bytes()).walk("VEVENT"):
        one = icalendar.Calendar()
        one.add("PRODID", "-//bench//EN")
        one.add("VERSION", "2.0")
        one.add_component(event)
        (home / f"{event['UID']}.ics").write_bytes(one.to_ical())
    config = folder / "radicale.conf"
    config.write_text(
        "[auth]\ntype = none\n[rights]\ntype = authenticated\n"
        f"[storage]\nfilesystem_folder = {folder / 'radicale'}\n[logging]\nlevel = error\n"
    )
    return config


def _enrollment(work: Work, clinic_id: int, now: datetime) -> int:
    patient = PatientRecord(
        clinic_id=clinic_id, code="p01", name="Pat Lee", resource_id=new_resource(work, "patient"), created_at=now
    )
    protocol = ProtocolRecord(clinic_id=clinic_id, code="bench", name="Bench")
    work.session.add_all([patient, protocol])
    work.session.flush()
    version = ProtocolVersionRecord(clinic_id=clinic_id, protocol_id=protocol.id, number=1, body={}, published_at=now)
    work.session.add(version)
    work.session.flush()
    enrollment = EnrollmentRecord(
        clinic_id=clinic_id, code="e01", protocol_version_id=version.id, earliest=date(2027, 1, 4), created_at=now
    )
    work.session.add(enrollment)
    work.session.flush()
    pair = EnrollmentPatientRecord(clinic_id=clinic_id, enrollment_id=enrollment.id, patient_id=patient.id)
    work.session.add(pair)
    return enrollment.id


def _room(work: Work, clinic_id: int) -> int:
    resource = new_resource(work, "room")
    room = RoomRecord(clinic_id=clinic_id, code="r1", name="Therapy room", kinds=["therapy"], resource_id=resource)
    work.session.add(room)
    work.session.flush()
    return room.id


def _staff(work: Work, clinic_id: int, size: int) -> int:
    person = StaffRecord(
        clinic_id=clinic_id, code=f"s{size}", name=f"Bench {size}", roles=["therapist"],
        resource_id=new_resource(work, "person"),
    )  # fmt: skip
    work.session.add(person)
    work.session.flush()
    return person.id


def _visits(work: Work, clinic_id: int, enrollment: int, room: int, staff: int, size: int, now: datetime) -> None:
    """Inside the window, however many: 20 days back and less than 400 ahead."""
    apart = timedelta(minutes=60 * 2 if size <= 1000 else 60)
    first = now - timedelta(days=20)
    visits = [
        VisitRecord(
            clinic_id=clinic_id, enrollment_id=enrollment, code=f"{size}.{number}", kind="preparation",
            starts_at=first + apart * number, ends_at=first + apart * number + timedelta(minutes=60), room_id=room,
            changed_at=now,
        )
        for number in range(size)
    ]  # fmt: skip
    work.session.add_all(visits)
    work.session.flush()
    work.session.add_all(
        VisitStaffRecord(
            clinic_id=clinic_id, visit_id=each.id, staff_id=staff, need="lead", starts_at=each.starts_at,
            ends_at=each.ends_at, changed_at=now,
        )
        for each in visits
    )  # fmt: skip
    work.session.flush()
