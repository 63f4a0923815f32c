"""How a line of the log looks, whoever writes it: JSON on standard error and to the log host, its time in UTC."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor

from coordinator.delivery.log_host import LogHost

INFO = 20

_away: list[LogHost] = []
"""Where this process's lines also go: nowhere, or one log host."""


def logger() -> FilteringBoundLogger:
    """A logger for whoever needs no configuration of the whole process."""
    bound = structlog.make_filtering_bound_logger(INFO)
    return cast(FilteringBoundLogger, structlog.wrap_logger(_Lines(), processors=_processors(), wrapper_class=bound))


def configure() -> None:
    """Makes every logger of this process write such lines; the worker's processes call it as they begin."""
    structlog.configure(
        processors=_processors(),
        wrapper_class=structlog.make_filtering_bound_logger(INFO),
        logger_factory=_Lines,
    )


def send_to(url: str | None) -> None:
    """Sends each line of this process to the log host, too, with warnings of the server and of libraries; once."""
    if url is None or _away:
        return
    _away.append(LogHost(url))
    forward = _Forward(logging.WARNING)
    # Whoever adds a handler takes away the one that Python uses where there is none: it goes on writing.
    for each in filter(None, (logging.lastResort, forward)):
        logging.getLogger().addHandler(each)
    server = logging.getLogger("gunicorn.error")
    if not server.propagate:
        server.addHandler(forward)


class _Lines:
    """Writes lines to standard error, and hands them over to the log host where there is one."""

    def __init__(self, *_names: Any) -> None:
        self._here = structlog.PrintLogger(sys.stderr)

    def info(self, line: str) -> None:
        self._write("info", line)

    def warning(self, line: str) -> None:
        self._write("warning", line)

    def error(self, line: str) -> None:
        self._write("error", line)

    def critical(self, line: str) -> None:
        self._write("critical", line)

    def _write(self, level: str, line: str) -> None:
        self._here.msg(line)
        for host in _away:
            host.send(level, line)


class _Forward(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname.lower()
        now = datetime.now(UTC).isoformat()
        line = {"event": record.getMessage(), "logger": record.name, "level": level, "timestamp": now}
        for host in _away:
            host.send(level, json.dumps(line))


def _processors() -> list[Processor]:
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(),
    ]
