"""How a line of the log looks, whoever writes it: JSON on standard error, with its time in UTC."""

from __future__ import annotations

import sys
from typing import cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor

INFO = 20


def logger() -> FilteringBoundLogger:
    """A logger for whoever needs no configuration of the whole process."""
    bound = structlog.make_filtering_bound_logger(INFO)
    line = structlog.wrap_logger(structlog.PrintLogger(sys.stderr), processors=_processors(), wrapper_class=bound)
    return cast(FilteringBoundLogger, line)


def configure() -> None:
    """Makes every logger of this process write such lines; the worker's processes call it as they begin."""
    structlog.configure(
        processors=_processors(),
        wrapper_class=structlog.make_filtering_bound_logger(INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _processors() -> list[Processor]:
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(),
    ]
