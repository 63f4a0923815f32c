"""The planning process itself, started by the worker as `python -m coordinator.cli_planning_child PARENT`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import UTC, datetime
from types import FrameType

import structlog

from config import load
from coordinator.cli_store import database_of
from coordinator.planner import warm
from coordinator.services import log_lines
from coordinator.services.planning import Runner, run_next_job
from coordinator.services.trouble import frames
from coordinator.store import schema  # noqa: F401 (loads every table: rows of one name rows of others)

LOWER_PRIORITY = 10
POLL_SECONDS = 0.3
"""A click must not wait for a tick: the longest time until a queued job is seen."""

PAUSE_AFTER_FAILURE = 5.0


def main(parent: int) -> None:
    """Runs planning jobs until told to stop, or until the parent is gone."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the worker too, which then asks
    os.nice(LOWER_PRIORITY)
    settings = load()
    log_lines.send_to(settings.log_url)
    runner = Runner(
        database=database_of(settings),
        now=lambda: datetime.now(UTC),
        name=f"planning-{os.getpid()}-{os.urandom(4).hex()}",
        lease_seconds=settings.lease_seconds,
        going_on=lambda: not stop.is_set() and os.getppid() == parent,
    )
    warm.main()
    while runner.going_on():
        stop.wait(_pause_after_one(runner))


def _pause_after_one(runner: Runner) -> float:
    """Runs one job, if there is one; how long to wait before looking again."""
    try:
        return 0 if run_next_job(runner) else POLL_SECONDS
    except Exception as error:
        structlog.get_logger().error("planning.failure", kind=type(error).__name__, frames=frames(error))
        return PAUSE_AFTER_FAILURE


if __name__ == "__main__":
    log_lines.configure()
    main(int(sys.argv[1]))
