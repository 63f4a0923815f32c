"""Reading a calendar in a process of its own, which is ended when it takes too long."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from coordinator.domain.errors import InvalidInput

SECONDS_FOR_FILE = 4.5
SECONDS_FOR_ADDRESS = 20.0
ROOT = Path(__file__).resolve().parent.parent.parent
PASSED = frozenset({"PATH", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV"})
TOO_MUCH = "Reading this calendar takes too long: it repeats too often, or has too many events. Export less of it."

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be read: an address (with the tag of what was fetched last), or a file's bytes; for which time.

    `hosts` are the only ones that it may be fetched from; none named is any.
    """

    zone: str
    first: datetime
    end: datetime
    address: str = ""
    etag: str = ""
    content: bytes = b""
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The busy times; `spans` None: the calendar is as it was."""

    spans: tuple[Span, ...] | None
    etag: str = ""


def ask(question: Question, seconds: float | None = None) -> Found:
    """Reads it; raises InvalidInput with a sentence for its owner. `seconds` None are the usual ones."""
    seconds = seconds or (SECONDS_FOR_ADDRESS if question.address else SECONDS_FOR_FILE)
    head = {
        "zone": question.zone, "first": question.first.isoformat(), "end": question.end.isoformat(),
        "address": question.address, "etag": question.etag, "hosts": question.hosts,
    }  # fmt: skip
    command = [sys.executable, "-m", "coordinator.services.busy_child"]
    try:
        done = subprocess.run(  # noqa: S603 (our own module, by our own interpreter)
            command, input=json.dumps(head).encode() + b"\n" + question.content, capture_output=True, timeout=seconds,
            check=False, cwd=ROOT, env=_environment(),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise InvalidInput(TOO_MUCH, _field(question)) from None
    if done.returncode != 0:
        raise InvalidInput(TOO_MUCH, _field(question))
    return _understood(json.loads(done.stdout), _field(question))


def _environment() -> dict[str, str]:
    """What the process may know of ours: none of our secrets."""
    return {name: value for name, value in os.environ.items() if name in PASSED or name.startswith("SSL_CERT_")}


def _understood(answer: dict[str, Any], field: str) -> Found:
    if "refused" in answer:
        raise InvalidInput(answer["refused"], field)
    if answer.get("unchanged"):
        return Found(None)
    spans = tuple((datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in answer["spans"])
    return Found(spans, answer["etag"])


def _field(question: Question) -> str:
    return "address" if question.address else "file"
