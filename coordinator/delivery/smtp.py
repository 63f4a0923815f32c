"""Mail by SMTP, with every failure sorted into: later, never, or nobody knows."""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from coordinator.delivery.encrypted import is_here
from coordinator.delivery.mail import (
    Composed,
    Mail,
    Outcome,
    PermanentFailure,
    Sent,
    TemporaryFailure,
    Uncertain,
    composed,
)

_T = TypeVar("_T")

PORTS = {"smtp": 25, "smtps": 465}
_ADDRESS = re.compile(r"[^\s<>\[\]():;,\"']+@[^\s<>():;,\"']+")


class _Open(smtplib.SMTPException):
    """The server would have mail cross the network for everybody to read."""


class _Refused(Exception):
    """The server answered a command with a failure."""

    def __init__(self, step: str, code: int, reply: bytes | str) -> None:
        super().__init__(f"{step}: {code} {_quiet(reply)}")
        self.step = step
        self.code = code


class SmtpMailer:
    """Sends over one connection that is kept between mails.

    `url` is smtp://user:password@host:port (with STARTTLS, which only a server on this machine may lack) or smtps://….
    `seconds` bounds a whole mail, connecting included, so that a server that hangs or drips delays the others by no
    more than that.
    """

    def __init__(self, url: str, sender: str, seconds: float = 10, verify: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        self._implicit_tls = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or PORTS[parts.scheme]
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._sender = sender
        self._seconds = seconds
        self._context = verify or ssl.create_default_context()
        self._client: smtplib.SMTP | None = None

    def send(self, mail: Mail) -> Outcome:
        """Sends one mail. A connection that went stale between two mails is made anew, once."""
        try:
            message = composed(mail, self._sender)
        except ValueError as error:
            return PermanentFailure(f"The address cannot be used: {error}.")
        return self.send_composed(message)

    def send_composed(self, message: Composed) -> Outcome:
        """As `send`, for one that is composed already."""
        deadline = time.monotonic() + self._seconds
        stale = self._client is not None
        outcome = self._try(message, deadline)
        if stale and isinstance(outcome, TemporaryFailure) and outcome.server_down:
            outcome = self._try(message, deadline)
        return outcome

    def try_out(self) -> str | None:
        """Connects, signs in where a user is given, and says goodbye: why that fails, as a sentence, or None."""
        try:
            self._connected(time.monotonic() + self._seconds)
        except smtplib.SMTPAuthenticationError as error:
            self._drop()
            return f"The mail server refuses the sign-in: {error.smtp_code}."
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return f"The mail server cannot be reached: {_words(error)}."
        self.close()
        return None

    def close(self) -> None:
        """Says goodbye, if connected."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            if client.sock is not None:
                client.sock.settimeout(1)
            client.quit()
        except (OSError, smtplib.SMTPException):
            client.close()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _try(self, message: Composed, deadline: float) -> Outcome:
        try:
            client = self._connected(deadline)
            self._envelope(client, message, deadline)
        except _Refused as error:
            return self._refusal(error)
        except smtplib.SMTPAuthenticationError as error:
            self._drop()
            return TemporaryFailure(f"The mail server refuses the sign-in: {error.smtp_code}.", server_down=True)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return TemporaryFailure(f"The mail server cannot be reached: {_words(error)}.", server_down=True)
        return self._content(client, message, deadline)

    def _connected(self, deadline: float) -> smtplib.SMTP:
        if self._client is not None:
            return self._client
        wait = _left(deadline)
        client: smtplib.SMTP
        if self._implicit_tls:
            client = smtplib.SMTP_SSL(self._host, self._port, timeout=wait, context=self._context)
        else:
            client = smtplib.SMTP(self._host, self._port, timeout=wait)
        self._client = client
        _within(client, deadline, client.ehlo_or_helo_if_needed)
        if not self._implicit_tls and client.has_extn("starttls"):
            _within(client, deadline, lambda: client.starttls(context=self._context))
            _within(client, deadline, client.ehlo)
        elif not self._implicit_tls and not is_here(self._host):
            raise _Open
        if self._user:
            _within(client, deadline, lambda: client.login(self._user, self._password))
        return client

    def _envelope(self, client: smtplib.SMTP, message: Composed, deadline: float) -> None:
        """Sender and recipient; nothing is sent yet, so any failure here leaves the mail unsent for sure."""
        code, reply = _within(client, deadline, lambda: client.mail(message.sender))
        if code != 250:
            raise _Refused("sender", code, reply)
        code, reply = _within(client, deadline, lambda: client.rcpt(message.recipient))
        if code not in (250, 251):
            raise _Refused("recipient", code, reply)

    def _content(self, client: smtplib.SMTP, message: Composed, deadline: float) -> Outcome:
        try:
            code, reply = _within(client, deadline, lambda: client.data(message.octets))
        except smtplib.SMTPDataError as error:
            return self._refusal(_Refused("content", error.smtp_code, error.smtp_error))
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Uncertain(f"The mail server took the mail and did not answer: {_words(error)}.")
        if code != 250:
            return self._refusal(_Refused("content", code, reply))
        return Sent(_quiet(reply))

    def _refusal(self, error: _Refused) -> Outcome:
        """421 and a refused sender concern every mail; other 4xx this mail for now, 5xx this mail for good."""
        try:
            if self._client is not None:
                self._client.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()
        if error.code == 421:
            self._drop()
            return TemporaryFailure(f"The mail server is closing: {error}.", server_down=True)
        if error.step == "sender":
            return TemporaryFailure(f"The mail server refuses our sender ({error}).", server_down=True)
        if 400 <= error.code < 500:
            return TemporaryFailure(f"The mail server asks to try later ({error}).")
        return PermanentFailure(f"The mail server refuses the mail ({error}).")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


def _within(client: smtplib.SMTP, deadline: float, step: Callable[[], _T]) -> _T:
    """Runs one step of the conversation with what is left of the mail's time."""
    left = _left(deadline)
    if client.sock is not None:
        client.sock.settimeout(left)
    return step()


def _quiet(reply: bytes | str) -> str:
    """A server's reply on one line, without addresses: servers repeat the recipient's, and auditors read the log."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return _ADDRESS.sub("…", " ".join(text.split()))[:200]


def _words(error: Exception) -> str:
    """The reason without addresses: an error text of the server's could repeat the recipient's."""
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason})"
    if isinstance(error, _Open):
        return "it offers no encryption (STARTTLS), which only one on this machine may lack"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "it closed the connection"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
