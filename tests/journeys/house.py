"""A real house for journeys: its data folder, the demo clinic in it, and the server with its worker."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from coordinator.store.unit_of_work import Database

ROOT = Path(__file__).resolve().parents[2]
COMMAND = str(Path(sys.executable).with_name("coordinator"))
SECRET = "a-secret-key-for-journeys-only-0123456789"
LOADED_WITHIN = 600.0
READY_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class SignIn:
    """How somebody signs in."""

    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Site:
    """A running server. `sign_ins` is by access, the first of each; none where the demo clinic is not loaded."""

    url: str
    database_url: str
    environment: Mapping[str, str]
    sign_ins: Mapping[str, SignIn]

    def database(self) -> Database:
        """The site's database, to see what it holds afterwards; dispose of it."""
        return Database(self.database_url, SECRET)

    def command(self, *arguments: str) -> str:
        """What a command of the house prints; fails where it does."""
        return run_command(self.environment, *arguments)


def environment_of(data_dir: Path, database_url: str, port: int) -> dict[str, str]:
    """The settings of a house of its own, whatever the tester's own are."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COORDINATOR_")}
    return bare | {
        "COORDINATOR_DATA_DIR": str(data_dir),
        "COORDINATOR_DATABASE_URL": database_url,
        "COORDINATOR_SECRET_KEY": SECRET,
        "COORDINATOR_BASE_URL": f"http://127.0.0.1:{port}",
        "COORDINATOR_PAGES_PER_MINUTE": "0",
    }


def run_command(environment: Mapping[str, str], *arguments: str, timeout: float = 120) -> str:
    """Runs `coordinator …` and gives what it printed."""
    done = subprocess.run(
        [COMMAND, *arguments],
        env=dict(environment), cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"coordinator {' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done.stdout


def demo_of_the_run(shared: Path) -> Path:
    """The folder with the demo clinic, loaded once for all processes of the test run, and what loading it printed."""
    folder, done = shared / "demo", shared / "demo" / "printed"
    try:
        folder.mkdir()
    except FileExistsError:
        _wait_for(done)
        return folder
    environment = environment_of(folder, f"sqlite:///{folder / 'coordinator.db'}", 5000)
    printed = run_command(environment, "demo", timeout=LOADED_WITHIN)
    (folder / "writing").write_text(printed)
    (folder / "writing").rename(done)
    return folder


def sign_ins_in(printed: str) -> dict[str, SignIn]:
    """The sign-ins that loading the demo clinic printed."""
    found: dict[str, SignIn] = {}
    for access, email, password in re.findall(r"^ +([a-z]+) +(\S+@\S+) +(\S+)$", printed, re.MULTILINE):
        found.setdefault(access, SignIn(email, password))
    return found


def copied(demo: Path, into: Path) -> Path:
    """A copy of the demo clinic to do with as one likes."""
    shutil.copytree(demo, into)
    return into


@contextmanager
def serving(data_dir: Path, database_url: str, sign_ins: Mapping[str, SignIn]) -> Iterator[Site]:
    """The server and its worker on a free port, until the end of the block."""
    port = free_port()
    environment = environment_of(data_dir, database_url, port)
    log = (data_dir / "serve.log").open("wb")
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", str(port)],
        env=environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}", process, data_dir / "serve.log")
        yield Site(f"http://127.0.0.1:{port}", database_url, environment, sign_ins)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            with urlopen(f"{url}/readyz", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"The server is not ready after {READY_WITHIN} s: {log.read_text()[-3000:]}")


def _wait_for(file: Path) -> None:
    until = time.monotonic() + LOADED_WITHIN
    while not file.exists():
        assert time.monotonic() < until, "another process of the run did not load the demo clinic in time"
        time.sleep(0.5)
