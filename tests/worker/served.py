"""`coordinator serve` in a process group of its own, for tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mail_server import free_port
from workers import SECRET

PATIENCE = 90.0
"""Seconds that a busy machine may need for starting, and for compiling the planner where that was not done before."""

COMMAND = [sys.executable, "-c", "from coordinator.cli import main; main()"]


class Served:
    """A running `serve` in a process group of its own."""

    def __init__(self, url: str, folder: Path, **more: str) -> None:
        self.port = free_port()
        self.log = folder / "serve.log"
        settings = {"DATABASE_URL": url, "SECRET_KEY": SECRET, "DATA_DIR": str(folder), "LEASE_SECONDS": "2"}
        settings |= {"PAGES_PER_MINUTE": "0"} | more  # one user of a test does the work of many
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COORDINATOR_")}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "serve", "--port", str(self.port)],
                env=kept | {f"COORDINATOR_{name}": value for name, value in settings.items()},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def until_ready(self) -> None:
        until(lambda: "Coordinator is ready at" in self.log.read_text(), self.log)

    def is_anybody_left(self) -> bool:
        """Whether any process of the group lives."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def memory(self) -> int:
        """Octets that the processes of the group hold."""
        return sum(_resident(pid) for pid in _processes() if _group(pid) == self.process.pid)

    def children(self, name: str) -> list[int]:
        """The processes of the group whose command line holds a word, as the kernel says (`ps` may cut its lines)."""
        return [pid for pid in _processes() if name in _command_line(pid) and _group(pid) == self.process.pid]


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:  # it has ended meanwhile
        return ""


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def until(done: Callable[[], object], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.1)
