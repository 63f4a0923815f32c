"""A real SMTP server for tests, which answers as it is told and keeps what it takes."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailServer:
    """`on_recipient` and `on_data` give the reply to each; `hang_on_data` takes the content and never answers.

    `hangs_on` is a recipient that is never answered.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.on_recipient: Callable[[str], str] = lambda _address: "250 OK"
        self.on_data: Callable[[], str] = lambda: "250 OK"
        self.hang_on_data = False
        self.hangs_on = ""
        self.encrypted: list[bool] = []
        self.connections = 0
        self.url = ""
        self._lock = threading.Lock()

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of what was taken, in order."""
        with self._lock:
            return [str(message["Message-ID"]) for message in self.messages]

    async def handle_RCPT(  # noqa: N802 (the library's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == self.hangs_on:
            await asyncio.sleep(60)
        reply = self.on_recipient(address)
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        reply = self.on_data()
        if reply.startswith("250"):
            message = message_from_bytes(bytes(envelope.content or b""), policy=default)
            assert isinstance(message, EmailMessage)
            with self._lock:
                self.messages.append(message)
                self.encrypted.append(session.ssl is not None)
        if self.hang_on_data:
            await asyncio.sleep(60)
        return reply


class _Counting(Controller):
    """A controller that counts connections."""

    def factory(self) -> SMTP:
        self.handler.connections += 1
        made: SMTP = super().factory()
        return made


@contextmanager
def running(context: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    """A server on a free port, with STARTTLS where a context is given."""
    server = MailServer()
    controller = _Counting(server, hostname="127.0.0.1", port=0, tls_context=context, require_starttls=False)
    controller.port = free_port()
    controller.start()
    server.url = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield server
    finally:
        controller.stop()


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
