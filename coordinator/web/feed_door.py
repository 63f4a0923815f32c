"""The fast lane for feeds: living ones are answered before the application begins a request.

Calendars poll, thousands of times an hour, and nearly all that a request begins with (sign-in cookie, forgery check,
routing, a line in the log) is not for them. Whatever is not a plain fetch of a living feed goes on to the application,
whose page `feeds.calendar` stays the rule: so do dead addresses, and every failure.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from coordinator.web.context import Wiring
from coordinator.web.feed_http import Answered, Asked, answer
from coordinator.web.health import Figures

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ENDPOINT = "feeds.calendar"
_PATH = re.compile(r"/calendars/([A-Za-z0-9_-]{43})\.ics")
_STATUS = {200: "200 OK", 304: "304 NOT MODIFIED", 429: "429 TOO MANY REQUESTS"}


class FeedDoor:
    """A WSGI application before another."""

    def __init__(self, inner: WSGIApplication, wires: Wiring, figures: Figures) -> None:
        self.inner = inner
        self.wires = wires
        self.figures = figures

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        found = self._answered(environ)
        if found is None:
            return self.inner(environ, start_response)
        headers = list(found.headers)
        if found.status != 304:
            headers.append(("Content-Length", str(len(found.body))))
        start_response(_STATUS[found.status], headers)
        return [found.body] if environ["REQUEST_METHOD"] == "GET" else []

    def _answered(self, environ: WSGIEnvironment) -> Answered | None:
        path = _PATH.fullmatch(environ.get("PATH_INFO", ""))
        if path is None or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        began = time.perf_counter()
        get = environ.get
        asked = Asked(
            tags=get("HTTP_IF_NONE_MATCH", ""),
            since=get("HTTP_IF_MODIFIED_SINCE", ""),
            encodings=get("HTTP_ACCEPT_ENCODING", ""),
            agent=get("HTTP_USER_AGENT", ""),
            address=get("REMOTE_ADDR", ""),
        )
        try:
            found = answer(self.wires, path[1], self.wires.clock(), asked)
        except Exception:  # the application meets it again, and has the log and the page for it
            return None
        if found is not None:
            method = environ["REQUEST_METHOD"]
            self.figures.count(method, ENDPOINT, found.status, time.perf_counter() - began)
        return found
