"""A browser's stand-in for tests of pages: keeps cookies, and sends the forgery token as our pages do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cast import PASSWORD
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

HTMX = {"HX-Request": "true"}


class HandClock:
    """A clock that moves only when a test says so."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        """Moves on by what `timedelta` takes: minutes=5, hours=1 …"""
        self.at += timedelta(**by)


class Visitor:
    """Somebody who visits the site; `client` is Flask's own, for what these helpers do not do."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **more: Any) -> TestResponse:
        """Fetches a page."""
        return self.client.get(path, buffered=True, **more)

    def post(self, path: str, data: Mapping[str, Any] | None = None, **more: Any) -> TestResponse:
        """Sends a form with a valid token."""
        headers = {"X-CSRFToken": self.token(), **more.pop("headers", {})}
        return self.client.post(path, data=dict(data or {}), headers=headers, buffered=True, **more)

    def token(self) -> str:
        """The token that a page's form would carry."""
        with self.client.session_transaction() as cookie:
            raw = cookie.setdefault("csrf_token", "raw-token-of-this-visitor")
        return str(URLSafeTimedSerializer(self.app.secret_key or "", salt="wtf-csrf-token").dumps(raw))

    def sign_in(self, email: str, password: str = PASSWORD, **more: Any) -> TestResponse:
        """Signs in as a page would."""
        return self.post("/sign-in", {"email": email, "password": password}, **more)
