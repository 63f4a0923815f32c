"""What a feed costs: processor time per request on the server, beside others under the same server and in one run.

Each server is gunicorn with one process; its processor time is read from the system before and after the requests.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from benchmarks import feed_data
from benchmarks.feed_peers import FOLDER, SECRET

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
COLD_RENDERS = 25


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: its port and the process that answers."""

    port: int
    pid: int

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, str], bytes]:
        """One request on a connection of its own; status, headers and body."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def cpu(self) -> float:
        """Seconds of processor time that the process has used, by the scheduler: its ticks of 10 ms are too coarse."""
        threads = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((each / "schedstat").read_text().split()[0]) for each in threads) / 1e9

    def cost(self, path: str, requests: int, status: int, headers: Mapping[str, str] | None = None) -> float:
        """Milliseconds of processor time per request, the best of some rounds."""
        best = float("inf")
        for _ in range(ROUNDS):
            before = self.cpu()
            for _ in range(requests):
                assert self.get(path, headers)[0] == status
            best = min(best, (self.cpu() - before) / requests * 1000)
        return best


@contextmanager
def serving(python: Path, application: str, environment: Mapping[str, str]) -> Iterator[Server]:
    """A server of that application, until the end of the block."""
    port = _free_port()
    command = [str(python), "-m", "gunicorn", "-w", "1", "-b", f"127.0.0.1:{port}", "--log-level", "error", application]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _wait_for(port)
        yield Server(port, _child_of(process.pid))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(1.5)
                return
        time.sleep(0.1)
    raise SystemExit(f"nothing listens on port {port}")


def _child_of(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0])


def measure_ours(folder: Path, clinic: feed_data.Clinic) -> dict[str, float]:
    """Our own costs in milliseconds, by name."""
    environment = {
        "COORDINATOR_DATA_DIR": str(folder),
        "COORDINATOR_DATABASE_URL": f"sqlite:///{folder / 'coordinator.db'}",
        "COORDINATOR_SECRET_KEY": SECRET,
    }
    paths = {size: f"/calendars/{token}.ics" for size, token in clinic.tokens.items()}
    with serving(Path(sys.executable), "wsgi:create()", environment) as server:
        tags = {size: server.get(path)[1]["ETag"] for size, path in paths.items()}
        found = {
            f"304 of {size}": server.cost(path, 600, 304, {"If-None-Match": tags[size]}) for size, path in paths.items()
        }
        found["full"] = server.cost(paths[1000], 600, 200)
        found["cold"] = _cold(server, folder, clinic, paths[1000]) - found["full"]
    return found


def _cold(server: Server, folder: Path, clinic: feed_data.Clinic, path: str) -> float:
    """The best of many, as of the rounds that the others are asked for; the first ones still compile statements."""
    used = []
    for _ in range(COLD_RENDERS):
        feed_data.touch(folder, clinic, 1000)
        before = server.cpu()
        assert server.get(path)[0] == 200
        used.append(server.cpu() - before)
    return min(used) * 1000


def measure_peers(folder: Path) -> dict[str, float]:
    """What the others need for a full answer, in milliseconds."""
    environment = {FOLDER: str(folder)}
    python = Path(sys.executable)
    found = {}
    with serving(python, "benchmarks.feed_peers:bare()", environment) as server:
        found["bare Flask"] = server.cost("/calendars/x.ics", 600, 200)
    with serving(python, "benchmarks.feed_peers:naive()", environment) as server:
        found["naive"] = server.cost("/calendars/x.ics", 5, 200)
    config = feed_data.fill_radicale(folder)
    interpreter = feed_data.install_radicale(folder)
    with serving(interpreter, "radicale:application", {"RADICALE_CONFIG": str(config)}) as server:
        basic = {"Authorization": "Basic YmVuY2g6YmVuY2g="}
        found["Radicale"] = server.cost("/bench/calendar/", 5, 200, basic)
    return found


def report(ours: Mapping[str, float], peers: Mapping[str, float]) -> Iterator[str]:
    """The figures, and what they are beside the others'."""
    for name, cost in [*((f"ours, {name}", cost) for name, cost in ours.items()), *peers.items()]:
        yield f"{name:<16} {cost:9.3f} ms of processor time"
    bare, naive, radicale = peers["bare Flask"], peers["naive"], peers["Radicale"]
    unchanged, full, cold = ours["304 of 1000"], ours["full"], ours["cold"]
    yield f"304: {bare / unchanged:.2f} x bare Flask's rate (0.65), {radicale / unchanged:.0f} x Radicale's full (150)"
    yield f"full answer: {bare / full:.2f} x bare Flask's rate (0.7), {radicale / full:.0f} x Radicale's (120)"
    yield f"cold render of 1000: {radicale / cold:.1f} x as fast as Radicale (5), {naive / cold:.1f} x the naive feed"
    yield f"304 of 5000 beside 304 of 100: {ours['304 of 5000'] / ours['304 of 100']:.2f}"


def main(_arguments: Sequence[str]) -> None:
    """Fills, measures and prints."""
    with tempfile.TemporaryDirectory(prefix="feed-bench-") as name:
        folder = Path(name)
        os.environ[FOLDER] = name
        clinic = feed_data.fill(folder)
        for line in report(measure_ours(folder, clinic), measure_peers(folder)):
            print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
