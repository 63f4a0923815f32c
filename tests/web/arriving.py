"""What tests of signing in by a provider share: coming back from it, and what the site then says."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from cast import PASSWORD
from sqlalchemy import select
from visitor import Visitor
from werkzeug.test import TestResponse

from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Database

Ask = Callable[..., str]


def is_in(visitor: Visitor) -> bool:
    """Whether the visitor is signed in."""
    return visitor.get("/account").status_code == 200


def said(someone: Visitor, answer: TestResponse) -> str:
    """The sentence of the sign-in page that the answer leads to; nobody is signed in."""
    assert answer.status_code == 302 and answer.location.startswith("/sign-in"), answer.location
    assert not is_in(someone)
    page = someone.get(answer.location).text
    assert "Traceback" not in page and "<h1>Sign in</h1>" in page
    return page.partition("flash-danger")[2].partition("<p>")[2].partition("</p>")[0]


def changed(path: str, **values: str) -> str:
    """The address with other values for some of its parameters."""
    parts = urlsplit(path)
    return f"{parts.path}?{urlencode(dict(parse_qsl(parts.query)) | values)}"


def entries(database: Database) -> list[str]:
    """The acts in the audit log, in order."""
    with database.read() as work:
        return [each.action for each in work.session.scalars(select(AuditRecord).order_by(AuditRecord.id))]


def connect(someone: Visitor, ask: Ask, email: str) -> TestResponse:
    """Signs in by the provider for the first time, with the password of the account."""
    assert someone.get(ask(someone, email)).location.startswith("/sign-in/provider/connect")
    return someone.post("/sign-in/provider/connect", {"password": PASSWORD, "next": "/account"})
