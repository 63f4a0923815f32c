"""Contenders in processes of their own, for tests of races: each waits for the gun, then tries one thing after another.

Spawned by a fork server that has loaded this module once, so that sixteen real processes start quickly.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

from cast import NOW, add_enrollment, add_patient
from programs import changes, program

from coordinator.domain.actor import Actor, system
from coordinator.domain.errors import DomainError
from coordinator.services import swaps, time_off
from coordinator.services.schedule import apply_changes
from coordinator.store.claims import Claim, Part, take
from coordinator.store.unit_of_work import Database, Work

PROCESSES = 16
PATIENCE = 120


@dataclass(frozen=True, slots=True)
class Publishes:
    """A contender that publishes one program at nine on Tuesday, led by Ben."""

    clinic_id: int
    enrollment_id: int
    code: str

    def __call__(self, work: Work) -> None:
        apply_changes(work, system(self.clinic_id), NOW, changes(self.enrollment_id, program(self.code, 1, 9)))


@dataclass(frozen=True, slots=True)
class Takes:
    """A contender that takes a resource for an hour, past every rule and lock: only the database can refuse it."""

    clinic_id: int
    resource_id: int
    shared: bool
    offset: int

    def __call__(self, work: Work) -> None:
        starts = NOW + timedelta(minutes=self.offset)
        part = Part.SHARED if self.shared else Part.WHOLE
        take(work, self.clinic_id, [Claim(self.resource_id, part, starts, starts + timedelta(hours=1), places=2)])


@dataclass(frozen=True, slots=True)
class Accepts:
    """A colleague who says yes to an offer."""

    actor: Actor
    swap_id: int

    def __call__(self, work: Work) -> None:
        swaps.accept(work, self.actor, NOW, self.swap_id)


@dataclass(frozen=True, slots=True)
class Approves:
    """A coordinator who approves time off that was shown to touch no visit."""

    actor: Actor
    time_off_id: int

    def __call__(self, work: Work) -> None:
        time_off.decide(work, self.actor, NOW, self.time_off_id, "approved", seen=())


Contender = Publishes | Takes | Accepts | Approves


def more_enrollments(work: Work, clinic_id: int, version: int, number: int) -> list[tuple[int, str]]:
    """So many enrollments more, of one patient each: ids and codes."""
    found = []
    for index in range(number):
        patient = add_patient(work, clinic_id, f"r{index:03d}", f"Patient {index}", NOW)
        code = f"r{index:03d}"
        found.append((add_enrollment(work, clinic_id, code, version, [patient], NOW), code))
    return found


def race(url: str, secret: str, contenders: Sequence[Contender], processes: int = PROCESSES) -> list[str]:
    """What came of each contender: `won`, or the kind and text of its refusal."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["racing"])
    gun, results = context.Barrier(processes), context.Queue()
    running = [
        context.Process(target=_contend, args=(url, secret, contenders[each::processes], gun, results))
        for each in range(processes)
    ]
    for process in running:
        process.start()
    found = [results.get(timeout=PATIENCE) for _ in contenders]
    for process in running:
        process.join(PATIENCE)
    assert [process.exitcode for process in running] == [0] * processes
    results.close()
    return found


def _contend(url: str, secret: str, contenders: Sequence[Contender], gun: Barrier, results: Any) -> None:
    database = Database(url, secret)
    with database.read():
        gun.wait(PATIENCE)
    for contender in contenders:
        try:
            with database.write() as work:
                contender(work)
        except DomainError as refusal:
            results.put(f"{type(refusal).__name__}: {refusal}")
        except Exception as fault:
            results.put(f"FAULT {type(fault).__name__}: {fault}")
        else:
            results.put("won")
    database.dispose()
