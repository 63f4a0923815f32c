"""Logs: one JSON line per request, with an id that the answer carries too; no secrets, names or tokens."""

from __future__ import annotations

import secrets
import time
import traceback

from flask import Flask, Response, g, request

from coordinator.services.log_lines import logger

REQUEST_ID = "X-Request-Id"


def install(app: Flask) -> None:
    """Makes the app give every request an id and write one line about it."""
    app.before_request(_begin)
    app.after_request(_end)


def failure(error: Exception) -> None:
    """Writes what went wrong and where; not the error's text, which can hold what somebody typed."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    logger().error("failure", request_id=g.get("request_id"), kind=type(error).__name__, frames=frames[-12:])


def refused(what: str, user_id: int | None, why: str = "") -> None:
    """Writes that somebody did not prove who they are: whose account, and from where; never what was typed."""
    logger().warning(
        "refused", request_id=g.get("request_id"), what=what, user=user_id, why=why, address=request.remote_addr
    )


def _asks() -> int | None:
    """The number of the user who asked, where the request had to know."""
    who = getattr(g.get("_login_user"), "who", None)
    return who.user_id if who is not None else None


def _begin() -> None:
    g.request_id = secrets.token_hex(8)
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    if "request_id" not in g:
        return response
    response.headers[REQUEST_ID] = g.request_id
    if request.endpoint not in {"static", "assets.asset", "health.healthz"}:
        # The rule, not the path: a feed's path is a secret, and a query can hold a name.
        rule = request.url_rule.rule if request.url_rule else None
        logger().info(
            "request",
            request_id=g.request_id,
            method=request.method,
            rule=rule,
            status=response.status_code,
            user=_asks(),
            milliseconds=round((time.perf_counter() - g.began) * 1000, 1),
        )
    return response
