"""Keeps secret addresses (of feeds, answers, passwords) out of logs: servers like to log addresses."""

from __future__ import annotations

import logging
import re
from typing import Any

_DOORS = "calendars|answer|set-password|text-messages/[0-9]+"
_ADDRESS = re.compile(rf"(/(?:{_DOORS})/)[^\s\"'?#]+?(\.ics\b|(?=[\s\"'?#])|$)")


def redact(text: str) -> str:
    """The text without the secret of any such address in it."""
    return _ADDRESS.sub(r"\1…\2", text)


def guard_logging() -> None:
    """Makes every log record of this process, whoever writes it (gunicorn's access log, a framework's error), hold no
    secret address. Records are cleaned as they are made: a filter would miss loggers that come later.
    """
    make = logging.getLogRecordFactory()
    if isinstance(make, _Guard):
        return
    logging.setLogRecordFactory(_Guard(make))


class _Guard:
    def __init__(self, make: Any) -> None:
        self._make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record: logging.LogRecord = self._make(*args, **kwargs)
        message = record.getMessage()
        if _ADDRESS.search(message):
            record.msg, record.args = redact(message), ()
        return record
