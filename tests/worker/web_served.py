"""Only the pages, as `coordinator serve` has gunicorn serve them, and somebody who uses them over HTTP."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.cookies import SimpleCookie
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cast import NOW, PASSWORD
from served import PATIENCE, free_port
from workers import SECRET

from coordinator.domain.clinic_time import zone_named

ZONE = zone_named("America/Los_Angeles")
HELD = 300.0
"""Seconds that contenders wait for each other, and for an answer: on a busy machine they stand in a long line."""
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(slots=True)
class Surfing:
    """A session over HTTP, without a browser: cookies and the token of forms."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def ask(self, method: str, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        """(status, page). Raises OSError and HTTPException where the server goes away."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HELD)
        headers = {"Cookie": self.cookie_header()}
        body = None
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
            body = urlencode({**form, "csrf_token": self.token})
        try:
            client.request(method, path, body, headers)
            answer = client.getresponse()
            text = answer.read().decode()
            for line in answer.headers.get_all("Set-Cookie") or ():
                self.cookies |= {name: each.value for name, each in SimpleCookie(line).items()}
            return answer.status, text
        finally:
            client.close()

    def cookie_header(self) -> str:
        """The cookies as a browser sends them."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def sign_in(self, email: str) -> None:
        """Signs in through the form, and keeps the token for the next ones."""
        self.take_token("/sign-in")
        status, _ = self.ask("POST", "/sign-in", {"email": email, "password": PASSWORD})
        assert status == 302
        self.take_token("/account")

    def take_token(self, path: str) -> None:
        """Keeps the token of a page's forms."""
        found = _TOKEN.search(self.ask("GET", path)[1])
        assert found is not None
        self.token = found[1]


class Begun:
    """A form that is sent but for its body, when the server has begun to read it: `end` sends the rest."""

    def __init__(self, mine: Surfing, path: str, form: Mapping[str, str]) -> None:
        self._body = urlencode({**form, "csrf_token": mine.token}).encode()
        self._wire = socket.create_connection(("127.0.0.1", mine.port), timeout=60)
        head = (
            f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{mine.port}", f"Cookie: {mine.cookie_header()}",
            "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(self._body)}",
            "Expect: 100-continue", "Connection: close", "", "",
        )  # fmt: skip
        self._wire.sendall("\r\n".join(head).encode())
        said = b""
        while not said.endswith(b"\r\n\r\n"):
            said += self._wire.recv(1)
        assert said.startswith(b"HTTP/1.1 100 Continue")

    def end(self) -> tuple[int, str]:
        """(status, page); raises HTTPException where less comes than was announced."""
        with self._wire:
            self._wire.sendall(self._body)
            answer = http.client.HTTPResponse(self._wire, method="POST")
            answer.begin()
            assert answer.length is not None
            return answer.status, answer.read().decode()


@dataclass(slots=True)
class Web:
    """gunicorn with its two processes."""

    port: int
    process: subprocess.Popen[bytes]

    def kill_processes(self) -> int:
        """SIGKILL to each process that answers requests; how many there were. gunicorn makes new ones."""
        found = [int(each) for each in self._children()]
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        return len(found)

    def _children(self) -> list[str]:
        return Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()

    def until_ready(self) -> None:
        """Waits until pages answer."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if Surfing(self.port).ask("GET", "/readyz")[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            assert time.monotonic() < deadline, "the pages do not answer"
            time.sleep(0.05)


@contextmanager
def pages_of(url: str, folder: Path, *, preloaded: bool = False) -> Iterator[Web]:
    """The pages on a free port until the end of the block; `preloaded`, a process that dies is replaced at once."""
    port = free_port()
    settings = {
        "DATABASE_URL": url,
        "SECRET_KEY": SECRET,
        "DATA_DIR": str(folder),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "PAGES_PER_MINUTE": "0",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COORDINATOR_")}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:coordinator.cli_gunicorn", "-b", f"127.0.0.1:{port}"]
    if preloaded:
        command += ["--preload"]
    with (folder / "pages.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            env=kept | {f"COORDINATOR_{name}": value for name, value in settings.items()},
            stdout=log,
            stderr=log,
        )
    web = Web(port, process)
    try:
        web.until_ready()
        yield web
    finally:
        process.terminate()
        process.wait(30)


def weekday(weeks: int, day: int = 1) -> date:
    """A day (Monday is 0) so many weeks from now, or from when the fixed clinic begins."""
    today = max(datetime.now(UTC).astimezone(ZONE).date(), NOW.date())
    return today - timedelta(days=today.weekday()) + timedelta(weeks=weeks, days=day)


def moves(mine: Surfing, visits: Sequence[tuple[int, int]], gun: Barrier, results: Any) -> None:
    """One process: waits for the gun, and moves one visit after the other (id, revision) to one slot."""
    gun.wait(HELD)
    day = str(weekday(3))
    for visit_id, revision in visits:
        form = {"day": day, "at": "09:00", "room": "therapy-1", "staff-lead": "th-ben", "revision": str(revision)}
        results.put((visit_id, mine.ask("POST", f"/visits/{visit_id}/move", form)[0]))


def books(mine: Surfing, tries: Sequence[tuple[int, int]], gun: Barrier, results: Any) -> None:
    """One process: waits for the gun, and books one hour of a room and a person (their ids) each time."""
    gun.wait(HELD)
    for number, (room, person) in enumerate(tries):
        form = {"purpose": "meeting", "title": "Meeting", "staff": str(person), "room": str(room), "patient": ""}
        form |= {"day": str(weekday(3)), "starts": "09:00", "ends": "10:00", "every": "0", "until": ""}
        results.put((number, mine.ask("POST", "/bookings/new", form)[0]))
