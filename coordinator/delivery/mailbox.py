"""A mailbox that is read over IMAP: what is new, a little at a time, and never a mail that is too large."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Callable
from typing import Protocol
from urllib.parse import unquote, urlsplit

from coordinator.delivery.encrypted import is_here

PORTS = {"imap": 143, "imaps": 993}
MOST_AT_ONCE = 50
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxError(Exception):
    """The mailbox cannot be read now; the message says why, without a password."""


class Mailbox(Protocol):
    """A way of reading mail."""

    def read_new(self, take: Callable[[bytes], None], largest: int) -> int:
        """Hands each new mail of at most `largest` octets to `take`; how many there were."""


class ImapMailbox:
    """`url` is imaps://user:password@host:port/folder, or imap://… with STARTTLS, which only this machine may lack."""

    def __init__(self, url: str, seconds: float = 20, verify: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        self._implicit_tls = parts.scheme == "imaps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._folder = unquote(parts.path.strip("/")) or "INBOX"
        self._seconds = seconds
        self._context = verify or ssl.create_default_context()

    def read_new(self, take: Callable[[bytes], None], largest: int) -> int:
        """Hands each unread mail to `take` and marks it as read once that is done; how many there were.

        One of more than `largest` octets is marked without being fetched. Raises MailboxError, and whatever `take`
        raises: that mail stays unread.
        """
        try:
            client = self._connected()
        except (OSError, imaplib.IMAP4.error) as error:
            raise MailboxError(f"The mailbox cannot be opened: {_words(error)}.") from error
        try:
            return self._read(client, take, largest)
        except (OSError, imaplib.IMAP4.error) as error:
            raise MailboxError(f"The mailbox cannot be read: {_words(error)}.") from error
        finally:
            _leave(client)

    def _connected(self) -> imaplib.IMAP4:
        client: imaplib.IMAP4
        if self._implicit_tls:
            client = imaplib.IMAP4_SSL(self._host, self._port, ssl_context=self._context, timeout=self._seconds)
        else:
            client = imaplib.IMAP4(self._host, self._port, timeout=self._seconds)
        try:
            if not self._implicit_tls and "STARTTLS" in client.capabilities:
                client.starttls(self._context)
            elif not self._implicit_tls and not is_here(self._host):
                raise imaplib.IMAP4.error("it offers no encryption (STARTTLS), which only one on this machine may lack")
            client.login(self._user, self._password)
        except BaseException:
            client.shutdown()
            raise
        return client

    def _read(self, client: imaplib.IMAP4, take: Callable[[bytes], None], largest: int) -> int:
        status, _ = client.select(f'"{self._folder}"')
        if status != "OK":
            raise imaplib.IMAP4.error(f"there is no folder “{self._folder}”")
        found = client.uid("SEARCH", "UNSEEN")[1][0]
        numbers = (found or b"").split()[:MOST_AT_ONCE]
        for number in numbers:
            name = number.decode("ascii")
            if _size(client, name) <= largest:
                take(_content(client, name))
            client.uid("STORE", name, "+FLAGS.SILENT", r"(\Seen)")
        return len(numbers)


def _size(client: imaplib.IMAP4, number: str) -> int:
    answer = client.uid("FETCH", number, "(RFC822.SIZE)")[1]
    found = _SIZE.search(b" ".join(each if isinstance(each, bytes) else each[0] for each in answer if each))
    return int(found[1]) if found else 0


def _content(client: imaplib.IMAP4, number: str) -> bytes:
    answer = client.uid("FETCH", number, "(BODY.PEEK[])")[1]
    return next((each[1] for each in answer if isinstance(each, tuple)), b"")


def _leave(client: imaplib.IMAP4) -> None:
    try:
        client.logout()
    except (OSError, imaplib.IMAP4.error):
        client.shutdown()


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())[:120] or type(error).__name__
