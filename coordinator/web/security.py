"""Headers and cookies that keep the browser strict, and the token that proves a form is ours."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any

from flask import Flask, Response, abort, current_app, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect, generate_csrf
from itsdangerous import Signer
from werkzeug.routing import IntegerConverter, Map

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Bootstrap's stylesheet draws its small pictures so
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
ONE_YEAR = 31_536_000
HSTS = ("Strict-Transport-Security", f"max-age={ONE_YEAR}; includeSubDomains")
FROM_OUTSIDE = "coordinator.web.contact_choices.incoming"
"""What a gateway posts: its address is a secret, and it has no cookie that could be misused."""
HOST_ONLY = "__Host-"
LARGEST_REQUEST = 4_000_000
LARGEST_ID = 2**63 - 1


class RowId(IntegerConverter):
    """A number in an address: one that no row can have is an address that is not there."""

    def __init__(self, url_map: Map, **bounds: Any) -> None:
        super().__init__(url_map, **{"max": LARGEST_ID, **bounds})


class _Cookies(SecureCookieSessionInterface):
    """Signs with HMAC-SHA-256; Flask's own choice is SHA-1."""

    digest_method = staticmethod(sha256)


def install(app: Flask, *, is_https: bool) -> None:
    """Sets cookies, the forgery check and the headers of every answer."""
    app.config.update(
        SESSION_COOKIE_NAME=f"{HOST_ONLY if is_https else ''}coordinator",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_https,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_PARTS=2000,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the sign-in: a page that is open all day must still work
        WTF_CSRF_SSL_STRICT=False,  # the Referer is not always sent; the token is what proves
    )
    app.url_map.converters["int"] = RowId
    app.before_request(_refuse_unstorable)
    app.session_interface = _Cookies()
    Signer.default_digest_method = staticmethod(sha256)  # the forms' token, too, is signed by it
    CSRFProtect(app).exempt(FROM_OUTSIDE)
    app.jinja_env.globals["csrf_token"] = forgery_token
    app.context_processor(lambda: {"csrf_token": forgery_token})
    app.after_request(_secure_https if is_https else _secure)


def cookie_name(name: str) -> str:
    """The name under which a cookie is set: where the site is https, one that no other host and no http can set."""
    return f"{HOST_ONLY}{name}" if served_by_https() else name


def served_by_https() -> bool:
    """Whether people reach the site by https, whatever a proxy speaks with us."""
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


def forgery_token() -> str:
    """What proves that a form is ours; it is bound to 256 random bits in the session cookie."""
    session.setdefault("csrf_token", secrets.token_urlsafe(32))
    return str(generate_csrf())


def _refuse_unstorable() -> None:
    """PostgreSQL keeps no NUL; nobody types one."""
    sent = [request.path, *request.args.values(), *request.form.values()]
    if any("\0" in value for value in sent):
        abort(400)


def _secure(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint in {"static", "assets.asset"} and response.status_code in {200, 304}:
        # What a stylesheet names (fonts) carries no version: a day, and then asked again.
        lasting = f"public, max-age={ONE_YEAR}, immutable" if request.args.get("v") else "public, max-age=86400"
        response.headers["Cache-Control"] = lasting
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def _secure_https(response: Response) -> Response:
    response.headers.setdefault(*HSTS)
    return _secure(response)
