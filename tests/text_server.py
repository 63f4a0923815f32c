"""A gateway for text messages that stands on this machine, as Apprise's json:// speaks to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class TextServer(ThreadingHTTPServer):
    """Keeps (path, text) of what is posted, and answers with `status` and, where there is one, `location`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.location, self.taken = 200, "", list[tuple[str, str]]()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/{{to}}"


class _Handler(BaseHTTPRequestHandler):
    server: TextServer

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.taken.append((self.path, content["message"]))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def texting() -> Iterator[TextServer]:
    """One that serves until the end of the block."""
    found = TextServer()
    Thread(target=lambda: found.serve_forever(poll_interval=0.02), daemon=True).start()
    try:
        yield found
    finally:
        found.shutdown()
        found.server_close()
