"""A feed as HTTP wants it: conditions, compression and headers (RFC 9110), apart from any framework.

Two ask here: the page `feeds.calendar`, and the fast lane before the application.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from werkzeug.datastructures import Accept
from werkzeug.http import http_date, parse_accept_header, parse_date, parse_etags

from coordinator.services import feed_answers
from coordinator.web.context import Wiring
from coordinator.web.security import HSTS

GZIP = "-gzip"
"""Ends the tag of the compressed form: the same strong tag for other bytes would be a lie (RFC 9110 8.8.3)."""

HEADERS = (
    ("Cache-Control", "private, no-cache"),
    ("Vary", "Accept-Encoding"),
    ("Content-Disposition", 'inline; filename="calendar.ics"'),
    ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex"),
)
SLOWER = b"Too many addresses that are none. Try again in a minute.\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """What matters of a request: If-None-Match, If-Modified-Since, Accept-Encoding, User-Agent, and who asks."""

    tags: str = ""
    since: str = ""
    encodings: str = ""
    agent: str = ""
    address: str = ""

    @property
    def wants_gzip(self) -> bool:
        """Whether it asked for gzip; a client that says nothing gets the plain form."""
        return bool(self.encodings) and parse_accept_header(self.encodings, Accept).quality("gzip") > 0

    def has(self, etag: str, modified_at: datetime) -> bool:
        """Whether it says that it has this content, in either form; the tag goes before the date."""
        if self.tags:
            tags = parse_etags(self.tags)
            return tags.contains_weak(etag) or tags.contains_weak(etag + GZIP)
        since = parse_date(self.since) if self.since else None
        return since is not None and modified_at.replace(microsecond=0) <= since


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as bytes and headers; 200 or 304, and 429 for who guesses."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def answer(wires: Wiring, token: str, at: datetime, asked: Asked) -> Answered | None:
    """The feed of that token, counted as fetched; None for a dead and an unknown token alike."""
    always = [*HEADERS, HSTS] if wires.base_url.startswith("https://") else [*HEADERS]
    if wires.guesses.is_refused(asked.address, token, at):
        return Answered(429, [("Retry-After", "60"), ("Content-Type", "text/plain; charset=utf-8"), *always], SLOWER)
    found = feed_answers.fetch(wires.database, token, at, asked.has, wires.base_url)
    if found is None:
        return None
    wires.guesses.hit(token)
    wires.fetches.count(found, at, asked.agent)
    zipped = asked.wants_gzip
    tag = ("ETag", f'"{found.etag}{GZIP if zipped else ""}"')
    if found.body is None:
        return Answered(304, [tag, *always], b"")
    headers = [tag, *always, ("Last-Modified", http_date(found.modified_at))]
    headers.append(("Content-Type", "text/calendar; charset=utf-8"))
    if zipped:
        headers.append(("Content-Encoding", "gzip"))
    return Answered(200, headers, _zipped(found.etag, found.body) if zipped else found.body)


@lru_cache(maxsize=64)
def _zipped(_etag: str, body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=5, mtime=0)
