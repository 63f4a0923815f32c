"""Mail without a mail server: each mail is a file, `<key>.eml`, in a folder."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from coordinator.delivery.mail import Mail, Outcome, PermanentFailure, Sent, TemporaryFailure, composed

_KEY = re.compile(r"[0-9a-zA-Z-]{1,80}")
_SHOWN = ("From", "To", "Subject", "Date", "Message-ID")


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail read back: its main headers in reading order, and its plain text."""

    headers: tuple[tuple[str, str], ...]
    text: str


class OutboxMailer:
    """Writes each mail into a folder, whole or not at all; the same mail written again is one file."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, mail: Mail) -> Outcome:
        """Writes the file."""
        try:
            content = composed(mail, self._sender).octets
            target = _file(self._folder, mail.key)
        except ValueError as error:
            return PermanentFailure(f"The address cannot be used: {error}.")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write_whole(target, content)
        except OSError as error:
            return TemporaryFailure(f"The outbox cannot be written: {error.strerror}.", server_down=True)
        return Sent("written to the outbox")

    def close(self) -> None:
        """Nothing is held."""


def _write_whole(target: Path, content: bytes) -> None:
    """Writes beside the target, then renames: a reader never sees half a mail."""
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    with partial.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(target)


def _file(folder: Path, key: str) -> Path:
    if not _KEY.fullmatch(key):
        raise ValueError("the key of a mail is letters, digits and hyphens")
    return folder / f"{key}.eml"


def read(folder: Path, key: str) -> StoredMail | None:
    """The stored mail of that key, or None."""
    try:
        content = _file(folder, key).read_bytes()
    except (OSError, ValueError):
        return None
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    return StoredMail(
        headers=tuple((name, str(message[name])) for name in _SHOWN if message[name]),
        text=body.get_content().replace("\r\n", "\n") if body else "",
    )
