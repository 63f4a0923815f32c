"""The planning process: a warm child of the worker, of lower priority, and the only one that runs planning jobs.

`PlanningProcess` is the worker's hold on it; the child runs `coordinator.cli_planning_child`, since only the child may
load the planner.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from config import PREFIX, Settings

PAUSE_BEFORE_RESTART = 2.0
PATIENCE = 5.0
"""Seconds that the child has for giving its job back."""


class PlanningProcess:
    """Starts the child, starts it again when it dies, and ends it."""

    def __init__(self, settings: Settings) -> None:
        self._environment = {
            **os.environ,
            f"{PREFIX}DATABASE_URL": settings.database_url,
            f"{PREFIX}SECRET_KEY": settings.secret_key,
            f"{PREFIX}DATA_DIR": str(settings.data_dir),
            f"{PREFIX}LEASE_SECONDS": str(settings.lease_seconds),
        }
        self._child: subprocess.Popen[bytes] | None = None
        self._started = float("-inf")

    def keep_running(self) -> None:
        """Starts the child where there is none; one that dies at once is not started more often than it makes sense."""
        if self._child is not None and self._child.poll() is None:
            return
        if time.monotonic() - self._started < PAUSE_BEFORE_RESTART:
            return
        self._started = time.monotonic()
        command = [sys.executable, "-m", "coordinator.cli_planning_child", str(os.getpid())]
        self._child = subprocess.Popen(command, env=self._environment)  # noqa: S603

    def end(self) -> None:
        """Asks the child to give its job back and leave; after a while it is made to."""
        if self._child is None or self._child.poll() is not None:
            return
        self._child.terminate()
        try:
            self._child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
