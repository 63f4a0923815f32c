"""Mail that came back: the report of a mail server that could not deliver one of ours (RFC 3464)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser

MOST_OCTETS = 256 * 1024
_KEY = re.compile(r"<([0-9a-f]{32})@[^<>\s]+>")
_STATUS = re.compile(r"5\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True, slots=True)
class Bounce:
    """One mail that will never arrive: `key` is the left part of its Message-ID, `status` the code of the reason."""

    key: str
    status: str


def read(content: bytes) -> Bounce | None:
    """What a report says; None for any other mail, and for a delay that may pass."""
    if len(content) > MOST_OCTETS:
        return None
    try:
        message = BytesParser(policy=policy.default).parsebytes(content)
        assert isinstance(message, EmailMessage)
        if message.get_content_type() != "multipart/report":
            return None
        status = next((found for part in message.walk() if (found := _failure(part))), None)
        key = next((found for part in message.walk() if (found := _original(part))), None)
        return Bounce(key, status) if key and status else None
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError):
        return None  # whatever somebody sends us, it is a mail like any other that we cannot read


def _failure(part: Message) -> str | None:
    """The code of a failure for good, in the part for machines: a block of fields for each recipient."""
    if part.get_content_type() != "message/delivery-status":
        return None
    for block in part.get_payload():
        if isinstance(block, Message) and str(block.get("Action", "")).strip().lower() == "failed":
            found = _STATUS.match(str(block.get("Status", "")).strip())
            if found:
                return found[0]
    return None


def _original(part: Message) -> str | None:
    """The key of our mail, in the copy that the report brings: the whole of it, or its headers alone."""
    kind = part.get_content_type()
    if kind == "message/rfc822":
        inner = part.get_payload(0)
        found = _KEY.fullmatch(str(inner.get("Message-ID", "")).strip()) if isinstance(inner, Message) else None
    elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
        payload = part.get_payload(decode=True)
        text = payload.decode("ascii", "replace") if isinstance(payload, bytes) else str(part.get_payload())
        line = re.search(r"^Message-ID:\s*(\S+)", text, re.IGNORECASE | re.MULTILINE)
        found = _KEY.fullmatch(line[1]) if line else None
    else:
        return None
    return found[1] if found else None
