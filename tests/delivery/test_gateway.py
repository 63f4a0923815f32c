"""Text messages through Apprise, to a gateway that stands on this machine."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from coordinator.delivery.gateway import Gateway
from coordinator.delivery.mail import PermanentFailure, Sent, TemporaryFailure


class TextServer(ThreadingHTTPServer):
    """Keeps (path, text) of what is posted, and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.taken = 200, list[tuple[str, str]]()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/{{to}}"


class _Handler(BaseHTTPRequestHandler):
    server: TextServer

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.taken.append((self.path, content["message"]))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[TextServer]:
    found = TextServer()
    Thread(target=found.serve_forever, daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


def test_a_text_message_reaches_the_gateway_with_its_number(server: TextServer) -> None:
    assert isinstance(Gateway(server.address).carry("+12065550126", "Reminder: today at 10:00 AM."), Sent)
    assert server.taken == [("/+12065550126", "Reminder: today at 10:00 AM.")]


def test_what_the_gateway_refuses_is_tried_later_and_nothing_is_logged(
    server: TextServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.status = 500
    with caplog.at_level(logging.INFO):
        assert isinstance(Gateway(server.address).carry("+12065550126", "Hello"), TemporaryFailure)
    assert caplog.text == ""


def test_a_gateway_that_is_gone_is_tried_later(server: TextServer) -> None:
    gone = Gateway(server.address)
    server.shutdown()
    server.server_close()
    assert isinstance(gone.carry("+12065550126", "Hello"), TemporaryFailure)


def test_an_address_that_leads_nowhere_is_a_failure_for_good() -> None:
    assert isinstance(Gateway("pigeon://{to}").carry("+12065550126", "Hello"), PermanentFailure)


def test_a_number_cannot_lead_elsewhere(server: TextServer) -> None:
    Gateway(server.address).carry("x@evil.example/?to=y", "Hello")
    assert [path.split("?")[0].count("/") for path, _ in server.taken] == [1]
