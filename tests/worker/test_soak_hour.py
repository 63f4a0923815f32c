"""An hour of work with a restart every five minutes: nothing lost, none told twice, memory flat, the export valid.

SOAK_MINUTES and SOAK_RESTART_MINUTES make it shorter; the figures at the end say how long it was.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from booking import ledger
from cast import SECRET, Cast, seat
from mail_server import MailServer, running
from racing import more_enrollments
from served import COMMAND, Served, until
from sqlalchemy import func, select

from coordinator.services import feeds, proposals, schedule
from coordinator.store.audit import verify
from coordinator.store.notices import add_default_rules
from coordinator.store.proposals import PlanningJobRecord, ProposalRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord

MINUTES = float(os.environ.get("SOAK_MINUTES", "60"))
RESTART_MINUTES = float(os.environ.get("SOAK_RESTART_MINUTES", "5"))
ROUND_SECONDS = 5.0
VISITS = 3
STANDING = 60
"""Programs for which the small clinic has room: the oldest makes way for each one more."""


@dataclass(slots=True)
class Figures:
    """What was done and seen. `memory` is octets at the end of each life of the server."""

    published: list[int] = field(default_factory=list)
    canceled: int = 0
    fetches: Counter[int] = field(default_factory=Counter)
    memory: list[int] = field(default_factory=list)


def now() -> datetime:
    return datetime.now(UTC)


class Clinic:
    """Whoever works there while the server is restarted."""

    def __init__(self, database: Database) -> None:
        self.database, self.figures = database, Figures()
        self.cast: Cast = seat(database, now())
        with database.write() as work:
            # Of these rules, the ones about new and canceled visits have messages leave three minutes later.
            add_default_rules(work, self.cast.clinic_id)
            number = int(MINUTES * 60 / ROUND_SECONDS) + 10
            self.waiting = more_enrollments(work, self.cast.clinic_id, self.cast.protocol_version, number)
            self.feed = feeds.add(work, self.cast.ada, now(), "staff", self.cast.ben_staff).token
        self.etag = ""

    def plan_and_publish(self, log: Path) -> None:
        """One program from waiting to published; of each fifth, a visit is canceled again."""
        enrollment, _ = self.waiting.pop()
        with self.database.write() as work:
            job = proposals.request(work, self.cast.ada, now(), [enrollment])
        until(lambda: self._is_done(job), log)
        with self.database.write() as work:
            mine = select(ProposalRecord.id).where(ProposalRecord.job_id == job).order_by(ProposalRecord.id)
            schedule.publish(work, self.cast.ada, now(), work.session.scalars(mine).all()[0])
        self.figures.published.append(enrollment)
        if len(self.figures.published) % 5 == 0:
            self._cancel(enrollment, 1)
        if len(self.figures.published) > STANDING:
            self._cancel(self.figures.published[-1 - STANDING], VISITS)

    def _cancel(self, enrollment: int, most: int) -> None:
        """Cancels the last visits of a program that are still to come."""
        with self.database.write() as work:
            mine = select(VisitRecord.id).where(
                VisitRecord.enrollment_id == enrollment, VisitRecord.status == "scheduled"
            )
            for each in work.session.scalars(mine.order_by(VisitRecord.id.desc())).all()[:most]:
                schedule.cancel_visit(work, self.cast.ada, now(), each)
                self.figures.canceled += 1

    def _is_done(self, job: int) -> bool:
        with self.database.read() as work:
            found = work.session.get_one(PlanningJobRecord, job)
            assert found.status not in ("failed", "canceled"), found.failure
            return found.status == "done"

    def fetch(self, port: int) -> None:
        """A calendar program asks for the feed, as it does: with what it had last."""
        asked = Request(f"http://127.0.0.1:{port}/calendars/{self.feed}.ics", headers={"If-None-Match": self.etag})
        try:
            with urlopen(asked, timeout=20) as answer:
                self.etag, status = answer.headers["ETag"], answer.status
        except HTTPError as error:
            status = error.code
        self.figures.fetches[status] += 1


def live(clinic: Clinic, server: MailServer, folder: Path, until_then: float) -> None:
    """One life of the server, which ends in order."""
    served = Served(clinic.database.url, folder, SMTP_URL=server.url, MAIL_FROM="Clinic <clinic@example.org>")
    try:
        served.until_ready()
        while time.monotonic() < until_then:
            began = time.monotonic()
            clinic.plan_and_publish(served.log)
            clinic.fetch(served.port)
            time.sleep(max(0.0, ROUND_SECONDS - (time.monotonic() - began)))
        clinic.figures.memory.append(served.memory())
    finally:
        served.process.terminate()
        assert served.process.wait(30) == 0
    assert not served.is_anybody_left()


def check_export(database: Database, folder: Path) -> str:
    """Exports the clinic and checks the plan against the problem; what the check says."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COORDINATOR_")},
        "COORDINATOR_DATABASE_URL": database.url, "COORDINATOR_SECRET_KEY": SECRET, "COORDINATOR_DATA_DIR": str(folder),
    }  # fmt: skip
    problem, plan = str(folder / "problem.json"), str(folder / "plan.json")
    export = ["export", "--problem", problem, "--plan", plan, "--clinic", "1"]
    for arguments in (export, ["check", problem, plan]):
        done = subprocess.run([*COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.mark.soak
def test_an_hour_of_work_and_restarts_loses_nothing(sqlite: Database, tmp_path: Path) -> None:
    clinic, began = Clinic(sqlite), time.monotonic()
    end = began + 60 * MINUTES
    with running() as server:
        while time.monotonic() < end:
            live(clinic, server, tmp_path, min(end, time.monotonic() + 60 * RESTART_MINUTES))
    seen, figures = ledger(sqlite), clinic.figures
    sent = [each for each in seen if each.status == "sent"]
    with sqlite.read() as work:
        counted = select(func.count()).where(VisitRecord.status == "scheduled")
        assert work.session.scalar(counted) == VISITS * len(figures.published) - figures.canceled
        assert verify(work, clinic.cast.clinic_id) is None
    assert sent, "messages left"
    late = [each for each in seen if each.status in ("queued", "leased") and (now() - each.due_at).total_seconds() > 60]
    assert not late
    assert len(server.ids) == len(set(server.ids)) == len({each.message_id for each in sent})
    assert set(figures.fetches) <= {200, 304}
    settled = figures.memory[: max(1, len(figures.memory) // 2)]
    assert figures.memory[-1] < 1.25 * max(settled)
    minutes = (time.monotonic() - began) / 60
    print(
        f"{minutes:.1f} minutes, {len(figures.memory)} lives: {len(figures.published)} programs published, "
        f"{figures.canceled} visits canceled, {len(sent)} messages sent, feed fetched {dict(figures.fetches)}, "
        f"memory {[each // 2**20 for each in figures.memory]} MiB; {check_export(sqlite, tmp_path)}"
    )
