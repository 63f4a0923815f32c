"""How fast notices leave: many that are due at the same minute, ledger included, beside a bare loop of smtplib.

The loop composes a mail by Python's email library, sends it over one connection, and notes nothing. Both send mails of
the same size to the same server, which is a process of its own and takes everything. They take turns in short rounds,
and what counts is the median of the rounds' ratios: whatever else the machine does then meets both alike.

NOTICES=1000 sends fewer; TMPDIR=/dev/shm puts the database in memory.
"""

from __future__ import annotations

import os
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update

from coordinator.delivery.mail import Mail, compose
from coordinator.delivery.mail_process import MailProcess
from coordinator.delivery.smtp import SmtpMailer
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.services.notices import owe_for_visits
from coordinator.store import clinics
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.notices import NoticeRecord
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.visits import VisitRecord

ROOT = Path(__file__).resolve().parent.parent
COMMAND = str(Path(sys.executable).with_name("coordinator"))
SECRET = "a-secret-key-for-benchmarks-only-0123456789"
SENDER = "Coordinator <coordinator@clinic.example>"
NOTICES = 10_000
ROUNDS = 10
LEASED = 100
"""As many as a worker takes in hand at once."""
SERVER = """
import asyncio, sys
from aiosmtpd.smtp import SMTP

class Takes:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"

async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Takes()), "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()

asyncio.run(main())
"""


def main() -> None:
    """Measures and prints."""
    number = int(os.environ.get("NOTICES", NOTICES))
    with tempfile.TemporaryDirectory() as folder, _server() as port:
        database = _clinic(Path(folder))
        with database.write() as work:
            now = _owe(work, number)
        bare, ours = _rounds(database, port, now, number // ROUNDS)
    ratios = sorted(loop / own for loop, own in zip(bare, ours, strict=True))
    together = sum(bare) / sum(ours)
    rate, loop_rate = 1 / statistics.median(ours), 1 / statistics.median(bare)
    print(f"{number:,} notices due at once: {rate:.0f} a second; a bare loop of smtplib {loop_rate:.0f}")
    print(f"  at {statistics.median(ratios):.2f} of the bare loop's rate, the median of {ROUNDS} rounds (aim 0.8)")
    print(f"  rounds from {ratios[0]:.2f} to {ratios[-1]:.2f}; all together {together:.2f}")


def _rounds(database: Database, port: int, now: datetime, size: int) -> tuple[list[float], list[float]]:
    """Seconds per mail of the bare loop and of ours in each round: ours between two halves of the loop."""
    given = (f"smtp://127.0.0.1:{port}", SENDER, 10.0)
    many = MailProcess(*given)
    courier = Courier(database, SmtpMailer(*given), lambda: now, "bench", 600, many=many)
    bare, ours = list[float](), list[float]()
    for _ in range(ROUNDS):
        before = _bare(port, size // 2)
        ours.append(_ours(courier, size) / size)
        bare.append((before + _bare(port, size // 2)) / (2 * (size // 2)))
    many.stop()
    with database.read() as work:
        sent = work.session.scalars(select(NoticeRecord.id).where(NoticeRecord.status == "sent")).all()
    assert len(sent) == ROUNDS * size, len(sent)
    return bare, ours


@contextmanager
def _server() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(port)])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(10)


def _clinic(folder: Path) -> Database:
    """The demo clinic, with nothing owed."""
    address = f"sqlite:///{folder / 'coordinator.db'}"
    environment = os.environ | {
        "COORDINATOR_DATA_DIR": str(folder),
        "COORDINATOR_DATABASE_URL": address,
        "COORDINATOR_SECRET_KEY": SECRET,
    }
    subprocess.run([COMMAND, "demo"], env=environment, cwd=ROOT, capture_output=True, check=True)
    return Database(address, SECRET)


def _owe(work: Work, number: int) -> datetime:
    """So many reminders due at one minute: visits of one running program, with its patient and its people."""
    work.session.execute(update(NoticeRecord).values(status="withdrawn"))
    clinic, now = clinics.all_clinics(work)[0][0], datetime.now(UTC)
    start = (now + timedelta(days=30)).replace(minute=0, second=0, microsecond=0)
    model = work.session.scalars(
        select(VisitRecord).where(VisitRecord.clinic_id == clinic, VisitRecord.status == "scheduled")
    ).first()
    assert model is not None
    program = work.session.get_one(EnrollmentRecord, model.enrollment_id)
    ids: list[int] = []
    while len(ids) < number:
        visit = VisitRecord(
            clinic_id=clinic, enrollment_id=program.id, code=f"bench-{len(ids)}", kind=model.kind, starts_at=start,
            ends_at=start + timedelta(hours=1), changed_at=now,
        )  # fmt: skip
        work.session.add(visit)
        work.session.flush()
        ids.append(visit.id)
    for each in range(0, len(ids), 500):
        owe_for_visits(work, clinic, now, ids[each : each + 500])
    due = work.session.scalars(
        select(NoticeRecord.due_at).where(NoticeRecord.status == "queued").order_by(NoticeRecord.due_at).limit(1)
    ).one()
    work.session.execute(
        update(NoticeRecord)
        .where(NoticeRecord.status == "queued", NoticeRecord.due_at > due)
        .values(status="withdrawn")
    )
    return due


def _bare(port: int, number: int) -> float:
    """Seconds of a loop that sends as many mails of the same size and notes nothing."""
    now = datetime.now(UTC)
    text = "Hello,\n\nThis is a reminder of your visit.\n\nWhen:  Tuesday, January 5, 2027\n" * 3
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as client:
        for each in range(number):
            mail = Mail(f"bare-{each}", "pat@example.org", "Reminder: your visit", text, now)
            client.send_message(compose(mail, SENDER))
    return time.perf_counter() - began


def _ours(courier: Courier, number: int) -> float:
    """Seconds in which a worker delivers so many."""
    began = time.perf_counter()
    left = number
    while left and (taken := deliver_due(courier, min(left, LEASED))):
        left -= taken
    assert not left, left
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
