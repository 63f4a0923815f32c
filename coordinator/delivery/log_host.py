"""Sends lines of the log to another machine: syslog (RFC 5424) over TLS (RFC 5425), or over UDP on this machine.

Nobody waits for it. Lines stand in a queue in memory, which a thread empties; where the other machine does not answer,
the newest stay, and it is told afterwards how many were lost.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import ssl
import threading
import time
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

MOST_WAITING = 10_000
SECONDS = 10.0
LONGEST_PAUSE = 60.0
AT_THE_END = 2.0
"""Seconds in which a process that ends still sends what waits."""

MOST_BY_UDP = 60_000
LOCAL0 = 16
SEVERITY = {"critical": 2, "error": 3, "warning": 4, "info": 6}

Wire = ssl.SSLSocket | socket.socket


class LogHost:
    """Where lines go, by the setting's address; it is taken as checked. Each process, forked ones too, has its own
    queue and connection.
    """

    def __init__(self, url: str, first_pause: float = 1.0) -> None:
        parts = urlsplit(url)
        self.is_tls = parts.scheme == "syslog+tls"
        self.host, self.port = parts.hostname or "", parts.port or (6514 if self.is_tls else 514)
        self._authority = parse_qs(parts.query).get("ca", [None])[0]
        self._first_pause, self._name = first_pause, socket.gethostname()
        self._waiting: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._lost, self._is_sending = 0, False
        os.register_at_fork(after_in_child=self._fresh)
        atexit.register(self.close)

    def send(self, level: str, line: str) -> None:
        """Puts a line into the queue; never waits and never fails."""
        sent_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        severity = LOCAL0 * 8 + SEVERITY.get(level, 6)
        message = f"<{severity}>1 {sent_at} {self._name} coordinator {os.getpid()} - - {line.rstrip()}".encode()
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self._lost += 1
            self._waiting.append(message)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="log host", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def close(self, seconds: float = AT_THE_END) -> None:
        """Sends what waits, as far as that goes in so many seconds."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while (self._waiting or self._is_sending) and time.monotonic() < deadline:
                self._changed.wait(max(0.01, deadline - time.monotonic()))

    def try_out(self) -> str | None:
        """Why the other machine cannot be reached, None where it can; of UDP nobody can tell."""
        try:
            self._connected().close()
        except ssl.SSLCertVerificationError as error:
            return f"its certificate does not hold ({error.verify_message})"
        except ssl.SSLError as error:
            return f"it does not speak TLS ({error.reason})"
        except OSError as error:
            return f"it cannot be reached ({error.strerror or 'no answer in time'})"
        return None

    def _fresh(self) -> None:
        """In a process that was forked: what waits is its parent's to send."""
        self._waiting, self._changed, self._thread = deque(), threading.Condition(), None
        self._lost, self._is_sending = 0, False

    def _work(self) -> None:
        pause = self._first_pause
        while True:
            self._await_line()
            with suppress(OSError, ValueError), self._connected() as wire:
                pause = self._first_pause
                while True:
                    self._send_next(wire)
            time.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    def _await_line(self) -> None:
        with self._changed:
            while not self._waiting:
                self._changed.wait()

    def _send_next(self, wire: Wire) -> None:
        """Waits for a line and sends it; one that could not be sent is the next again."""
        self._await_line()
        with self._changed:
            line, lost, self._is_sending = self._waiting.popleft(), self._lost, True
        try:
            _refuse_closed(wire, is_tls=self.is_tls)
            if lost:
                self._put(wire, self._about_loss(lost, line))
                with self._changed:
                    self._lost -= lost
            self._put(wire, line)
        except OSError:
            with self._changed:
                if len(self._waiting) < MOST_WAITING:
                    self._waiting.appendleft(line)
                else:
                    self._lost += 1
            raise
        finally:
            with self._changed:
                self._is_sending = False
                self._changed.notify_all()

    def _about_loss(self, lost: int, line: bytes) -> bytes:
        head = line[: line.index(b" - - ") + 5]
        return head + json.dumps({"event": "log.lost", "lines": lost}).encode()

    def _put(self, wire: Wire, line: bytes) -> None:
        wire.sendall(b"%d %s" % (len(line), line) if self.is_tls else line[:MOST_BY_UDP])

    def _connected(self) -> Wire:
        if not self.is_tls:
            plain = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET, socket.SOCK_DGRAM)
            plain.connect((self.host, self.port))
            return plain
        line = socket.create_connection((self.host, self.port), timeout=SECONDS)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # a machine that is gone without a word is noticed
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(SECONDS * 1000))
        return ssl.create_default_context(cafile=self._authority).wrap_socket(line, server_hostname=self.host)


def _refuse_closed(wire: Wire, *, is_tls: bool) -> None:
    """Raises ConnectionError where the other end has gone: the first line after that would be taken and lost."""
    if not is_tls:
        return
    wire.settimeout(0)
    try:
        if wire.recv(1) == b"":
            raise ConnectionResetError
    except (ssl.SSLWantReadError, BlockingIOError):
        pass
    finally:
        wire.settimeout(SECONDS)
