"""The log goes to another machine: encrypted, in order, and whoever writes it never waits for that machine."""

from __future__ import annotations

import json
import logging
import re
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Queue

import pytest
from cast import NOW, SECRET, Cast

from coordinator.delivery import log_host
from coordinator.delivery.log_host import LogHost
from coordinator.services.safekeeping import HEADS, verify_heads
from coordinator.store import audit
from coordinator.store.unit_of_work import Database

HEAD = re.compile(r"<(\d+)>1 \d{4}-\d\d-\d\dT[\d:.]+Z (\S+) coordinator \d+ - - (.*)", re.DOTALL)
PATIENCE = 20


class Listener:
    """A log host by TLS: takes messages counted in octets, as RFC 5425 has them."""

    def __init__(self, certificate: Path, port: int = 0) -> None:
        self.got: Queue[str] = Queue()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._door = socket.create_server(("127.0.0.1", port))
        self.port = int(self._door.getsockname()[1])
        self._lines: list[ssl.SSLSocket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._door.accept()
                with suppress(OSError):
                    self._lines.append(self._context.wrap_socket(line, server_side=True))
                    threading.Thread(target=self._read, args=(self._lines[-1],), daemon=True).start()

    def _read(self, line: ssl.SSLSocket) -> None:
        with suppress(OSError, ValueError), line.makefile("rb") as stream:
            while True:
                digits = b""
                while not digits.endswith(b" "):
                    digits += stream.read(1) or b"x "
                self.got.put(stream.read(int(digits)).decode())

    def close(self) -> None:
        """Goes away, with every connection."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def next(self) -> tuple[int, str]:
        """The severity and the text of the next message."""
        found = HEAD.fullmatch(self.got.get(timeout=PATIENCE))
        assert found is not None and found[2] == socket.gethostname()
        return int(found[1]), found[3]


@contextmanager
def listening(certificate: Path, port: int = 0) -> Iterator[Listener]:
    listener = Listener(certificate, port)
    try:
        yield listener
    finally:
        listener.close()


def address(port: int, certificate: Path) -> str:
    return f"syslog+tls://127.0.0.1:{port}?ca={certificate}"


def test_lines_arrive_encrypted_whole_and_in_order_with_how_bad_they_are(certificate: Path) -> None:
    with listening(certificate) as there:
        host = LogHost(address(there.port, certificate))
        assert host.try_out() is None
        host.send("info", '{"event": "zwölf"}')
        host.send("error", "x" * 100_000)
        host.send("warning", "last")
        assert [there.next() for _ in range(3)] == [(134, '{"event": "zwölf"}'), (131, "x" * 100_000), (132, "last")]
        host.close()


def test_what_is_written_while_the_log_host_is_away_is_sent_when_it_is_back(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_host, "MOST_WAITING", 5)
    with listening(certificate) as there:
        host = LogHost(address(there.port, certificate), first_pause=0.05)
        host.send("info", "before")
        assert there.next()[1] == "before"
    assert "cannot be reached" in str(host.try_out())
    for number in range(8):
        host.send("info", str(number))
    with listening(certificate, there.port) as back:
        said = [back.next()[1] for _ in range(6)]
        lost = json.loads(said[0])
        assert lost["event"] == "log.lost"
        assert said[-5:] == ["3", "4", "5", "6", "7"] and lost["lines"] == 3, "the newest stay"
        host.send("info", "after")
        assert back.next()[1] == "after"


def test_a_log_host_that_nobody_vouches_for_gets_nothing(certificate: Path) -> None:
    with listening(certificate) as there:
        host = LogHost(f"syslog+tls://127.0.0.1:{there.port}", first_pause=0.05)
        host.send("info", "secret")
        assert "certificate does not hold" in str(host.try_out())
        host.close(seconds=0.3)
        assert there.got.empty()


def test_on_this_machine_lines_may_go_by_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        door.settimeout(PATIENCE)
        LogHost(f"syslog+udp://127.0.0.1:{door.getsockname()[1]}").send("info", "hello")
        assert door.recv(2000).decode().endswith(" - - hello")


PROGRAM = """
import logging, structlog, sys
from pathlib import Path
from coordinator.services import log_lines, safekeeping
from coordinator.store.unit_of_work import Database
log_lines.configure()
logging.getLogger("gunicorn.error").propagate = False  # as gunicorn has it
log_lines.send_to(sys.argv[1])
log_lines.send_to(sys.argv[1])
log_lines.logger().warning("refused", what="password")
logging.getLogger("coordinator.store").error("the disk is full")
logging.getLogger("gunicorn.error").warning("a slow one")
from datetime import UTC, datetime
safekeeping.export_heads(Database(sys.argv[2], sys.argv[4]), Path(sys.argv[3]), datetime.now(UTC))
"""


def test_a_process_sends_what_it_logs_and_the_heads_of_the_audit_chain_and_goes_on_writing_it_here(
    certificate: Path, tmp_path: Path, sqlite: Database, sqlite_cast: Cast
) -> None:
    with sqlite.write() as work:
        audit.append(work, sqlite_cast.ada, NOW, "visit.move", "visit", 1)
    with listening(certificate) as there:
        command = [sys.executable, "-c", PROGRAM, address(there.port, certificate), sqlite.url, str(tmp_path), SECRET]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        kept = [json.loads(line) for line in (tmp_path / HEADS).read_text().splitlines()]
        found = [json.loads(there.next()[1]) for _ in range(3 + len(kept))]
    heads = found[3:]
    assert [each["event"] for each in found[:3]] == ["refused", "the disk is full", "a slow one"]
    assert sqlite_cast.clinic_id in {each["clinic"] for each in kept}
    assert [{name: head[name] for name in ("clinic", "number", "mac", "at")} for head in heads] == kept
    # What the log host has stands in for the file: its lines have further fields.
    (tmp_path / HEADS).write_text("".join(f"{json.dumps(each)}\n" for each in heads))
    with sqlite.read() as work:
        assert verify_heads(work, tmp_path, sqlite_cast.clinic_id) is None
    assert done.stderr.count("refused") == 1 and "the disk is full" in done.stderr
    assert logging.getLogger("gunicorn.error").handlers == [], "not in this process"
