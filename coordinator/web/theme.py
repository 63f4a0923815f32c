"""Light, dark, or as the device says: kept in a cookie, so that the first paint is right."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from coordinator.web.security import cookie_name, served_by_https
from coordinator.web.sign_in import safe_next

blueprint = Blueprint("theme", __name__)
COOKIE = "theme"
THEMES = ("light", "dark", "auto")
ONE_YEAR = 31_536_000


@blueprint.post("/theme")
def choose() -> Response:
    """Keeps the choice and goes back to the page."""
    theme = request.form.get("theme", "")
    if theme not in THEMES:
        abort(400)
    answer = redirect(safe_next(request.form.get("next")))
    answer.set_cookie(
        cookie_name(COOKIE), theme, max_age=ONE_YEAR, secure=served_by_https(), httponly=True, samesite="Lax"
    )
    return answer


def current_theme() -> str:
    """What the reader chose; `auto` until then."""
    theme = request.cookies.get(cookie_name(COOKIE), "auto")
    return theme if theme in THEMES else "auto"
