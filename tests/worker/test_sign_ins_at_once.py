"""Many who sign in to one account at once, over HTTP with two server processes: knowing the password is no guessing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cast import PASSWORD, Cast
from web_served import Surfing, pages_of

from coordinator.services.sign_in import FREE_ATTEMPTS
from coordinator.store.unit_of_work import Database
from coordinator.store.users import known

TOGETHER = 12


def answers(port: int, password: str, together: int = TOGETHER) -> list[int]:
    """The statuses of sign-ins that are sent at once, each from a browser of its own."""
    browsers = [Surfing(port) for _ in range(together)]
    for each in browsers:
        each.take_token("/sign-in")
    form = {"email": "ada@example.org", "password": password}
    with ThreadPoolExecutor(together) as at_once:
        return list(at_once.map(lambda each: each.ask("POST", "/sign-in", form)[0], browsers))


def test_twelve_who_know_the_password_get_in_and_twelve_who_guess_are_counted(
    database: Database, cast: Cast, tmp_path: Path
) -> None:
    with pages_of(database.engine.url.render_as_string(hide_password=False), tmp_path) as web:
        assert answers(web.port, PASSWORD) == [302] * TOGETHER
        assert answers(web.port, "wrong") == [422] * TOGETHER
        with database.read() as work:
            assert known(work, cast.ada.user_id).failed_attempts == FREE_ATTEMPTS
        assert answers(web.port, PASSWORD, 1) == [422], "blocked, for the right password too"
