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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from benchmarks import feed_data
from benchmarks.feed_peers import FOLDER, SECRET

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 6
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


@dataclass(frozen=True, slots=True)
class Question:
    """What a server is asked, so many times in a round."""

    server: Server
    path: str
    requests: int
    status: int = 200
    headers: Mapping[str, str] | None = None

    def cost(self) -> float:
        """Milliseconds of processor time per request."""
        before = self.server.cpu()
        for _ in range(self.requests):
            assert self.server.get(self.path, self.headers)[0] == self.status
        return (self.server.cpu() - before) / self.requests * 1000


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


def measure(folder: Path, clinic: feed_data.Clinic) -> dict[str, float]:
    """Every cost in milliseconds, by name: the best of some rounds, in which all are asked in turn."""
    with ExitStack() as stack:
        ours = stack.enter_context(serving(Path(sys.executable), "wsgi:create()", _settings(folder)))
        questions = _of_ours(ours, clinic) | _of_peers(stack, folder)
        rounds = [{name: question.cost() for name, question in questions.items()} for _ in range(ROUNDS)]
        found = {name: min(each[name] for each in rounds) for name in questions}
        return found | {"ours, cold": _cold(ours, folder, clinic) - found["ours, full"]}


def _settings(folder: Path) -> dict[str, str]:
    return {
        "COORDINATOR_DATA_DIR": str(folder),
        "COORDINATOR_DATABASE_URL": f"sqlite:///{folder / 'coordinator.db'}",
        "COORDINATOR_SECRET_KEY": SECRET,
    }


def _path(clinic: feed_data.Clinic, size: int) -> str:
    return f"/calendars/{clinic.tokens[size]}.ics"


def _of_ours(server: Server, clinic: feed_data.Clinic) -> dict[str, Question]:
    found = {"ours, full": Question(server, _path(clinic, 1000), 300)}
    for size in clinic.tokens:
        path = _path(clinic, size)
        tag = {"If-None-Match": server.get(path)[1]["ETag"]}
        found[f"ours, 304 of {size}"] = Question(server, path, 300, 304, tag)
    return found


def _of_peers(stack: ExitStack, folder: Path) -> dict[str, Question]:
    python, environment = Path(sys.executable), {FOLDER: str(folder)}
    bare = stack.enter_context(serving(python, "benchmarks.feed_peers:bare()", environment))
    naive = stack.enter_context(serving(python, "benchmarks.feed_peers:naive()", environment))
    config = {"RADICALE_CONFIG": str(feed_data.fill_radicale(folder))}
    radicale = stack.enter_context(serving(feed_data.install_radicale(folder), "radicale:application", config))
    basic = {"Authorization": "Basic YmVuY2g6YmVuY2g="}
    return {
        "bare Flask": Question(bare, "/calendars/x.ics", 300),
        "naive": Question(naive, "/calendars/x.ics", 5),
        "Radicale": Question(radicale, "/bench/calendar/", 5, headers=basic),
    }


def _cold(server: Server, folder: Path, clinic: feed_data.Clinic) -> float:
    """The best of many, as of the rounds; the first ones still compile statements."""
    used = []
    for _ in range(COLD_RENDERS):
        feed_data.touch(folder, clinic, 1000)
        before = server.cpu()
        assert server.get(_path(clinic, 1000))[0] == 200
        used.append(server.cpu() - before)
    return min(used) * 1000


def report(found: Mapping[str, float]) -> Iterator[str]:
    """The figures, and what they are beside the others'."""
    for name, cost in found.items():
        yield f"{name:<16} {cost:9.3f} ms of processor time"
    bare, naive, radicale = found["bare Flask"], found["naive"], found["Radicale"]
    unchanged, full, cold = found["ours, 304 of 1000"], found["ours, full"], found["ours, cold"]
    yield f"304: {bare / unchanged:.2f} x bare Flask's rate (0.65), {radicale / unchanged:.0f} x Radicale's full (150)"
    yield f"full answer: {bare / full:.2f} x bare Flask's rate (0.7), {radicale / full:.0f} x Radicale's (120)"
    yield f"cold render of 1000: {radicale / cold:.1f} x as fast as Radicale (5), {naive / cold:.1f} x the naive feed"
    yield f"304 of 5000 beside 304 of 100: {found['ours, 304 of 5000'] / found['ours, 304 of 100']:.2f}"


def main(_arguments: Sequence[str]) -> None:
    """Fills, measures and prints."""
    with tempfile.TemporaryDirectory(prefix="feed-bench-") as name:
        folder = Path(name)
        os.environ[FOLDER] = name
        clinic = feed_data.fill(folder)
        for line in report(measure(folder, clinic)):
            print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
