"""Refusals and failures as pages: what a DomainError becomes in HTTP, and nothing that helps an attacker."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, g, jsonify, make_response, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from coordinator.domain.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound, TooOften, Unavailable
from coordinator.services import refusals
from coordinator.web import logs
from coordinator.web.context import current_actor, is_htmx, now, writing

STATUS: dict[type[DomainError], HTTPStatus] = {
    InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.FORBIDDEN,
    Conflict: HTTPStatus.CONFLICT,
    TooOften: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
TITLES = {
    400: "This request could not be read",
    403: "This is not yours to do",
    404: "There is nothing here",
    405: "This cannot be done here",
    409: "Somebody else was first",
    413: "This is too large",
    422: "Something needs a change",
    429: "This was too fast",
    500: "Something went wrong on our side",
    503: "Not possible at this moment",
}
TEXTS = {
    400: "The server could not read what was sent. Go back, load the page again, and try once more.",
    404: "The address is wrong, or the thing is not there any more. Check the address, or start from today.",
    405: "This address does not take this kind of request. Start from today.",
    413: "What was sent is larger than the server takes. Send less at once.",
    500: "Nothing was changed. Try again; if it happens again, tell your administrator the number below.",
}


def install(app: Flask) -> None:
    """Makes every error of the app a styled page, a fragment for htmx, or JSON for who asks for it."""
    app.register_error_handler(DomainError, _refusal)
    app.register_error_handler(CSRFError, _forgery)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(ParseException, _unreadable)
    app.register_error_handler(Exception, _failure)


def status_of(error: DomainError) -> HTTPStatus:
    """The HTTP status that a refusal answers with."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), HTTPStatus.UNPROCESSABLE_ENTITY)


def _refusal(error: DomainError) -> Response:
    # A missing thing and another clinic's answer with the same bytes, so the sentence is not the error's own.
    status = status_of(error)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        logs.failure(error)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN) and current_user.is_authenticated:
        _note_refusal(status, str(error))
    answer = _answer(status, TEXTS[404] if status == HTTPStatus.NOT_FOUND else str(error))
    if isinstance(error, TooOften):
        answer.headers["Retry-After"] = str(error.seconds)
    return answer


def _note_refusal(status: HTTPStatus, reason: str) -> None:
    """Who asks for what is not theirs leaves a trace, though nothing of what they asked for was done."""
    with writing() as work:
        refusals.note(
            work,
            current_actor(),
            now(),
            request.endpoint or "",
            request.method,
            status,
            request.view_args or {},
            reason,
        )


def _forgery(_error: CSRFError) -> Response:
    logs.refused("forged form", current_user.who.user_id if current_user.is_authenticated else None)
    return _answer(
        HTTPStatus.BAD_REQUEST,
        "This page was open too long or was not ours. Load it again, and try once more.",
    )


def _unreadable(_error: ParseException) -> Response:
    """A body that the server cannot tell the end of: the sender's fault, and none of ours."""
    return _answer(HTTPStatus.BAD_REQUEST, TEXTS[400])


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return Response(status=error.code or 500, headers=error.get_headers())
    return _answer(HTTPStatus(error.code), TEXTS.get(error.code, TEXTS[400]))


def _failure(error: Exception) -> Response:
    logs.failure(error)
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, TEXTS[500], error_id=g.get("request_id", ""))


def _answer(status: HTTPStatus, text: str, error_id: str | None = None) -> Response:
    title = TITLES.get(status, status.phrase)
    if is_htmx():
        body = render_template("errors/fragment.html", title=title, text=text, error_id=error_id)
        return make_response(body, status, {"HX-Retarget": "#flashes", "HX-Reswap": "innerHTML"})
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return make_response(jsonify(error=text, error_id=error_id), status)
    page = render_template("errors/page.html", status=int(status), title=title, text=text, error_id=error_id)
    return make_response(page, status)
