"""Users: who may sign in, and what a password must be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cast import NOW, PASSWORD, Cast

from coordinator.domain.actor import Access, system
from coordinator.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from coordinator.services import passwords, sign_in, users
from coordinator.store import users as users_store
from coordinator.store.unit_of_work import Database

GOOD = "a long enough password"


def added(database: Database, cast: Cast, email: str = "Fay@Example.org", access: Access = Access.CLINICIAN) -> int:
    """Fay, added by the command."""
    with database.write() as work:
        return users.add_user(work, system(cast.clinic_id), NOW, email=email, name="Fay", access=access, password=GOOD)


def signs_in(database: Database, email: str, password: str) -> bool:
    """Whether a sign-in with these begins."""
    with database.write() as work:
        tried = sign_in.attempt(work, NOW, email)
    is_right = sign_in.proves(tried, password)
    with database.write() as work:
        tried = sign_in.settle(work, NOW, tried, is_right=is_right)
        if tried.user_id is None:
            return False
        token = sign_in.begin(work, NOW, tried, "192.0.2.1", "tests")
        return sign_in.find(work, NOW, token) is not None


def test_a_new_user_signs_in_with_the_address_in_any_case(database: Database, cast: Cast) -> None:
    added(database, cast)
    assert signs_in(database, "FAY@example.org", GOOD)
    assert not signs_in(database, "fay@example.org", GOOD + "!")


def test_passwords_are_kept_as_argon2id_and_never_twice_alike() -> None:
    assert passwords.hashed(GOOD).startswith("$argon2id$")
    assert passwords.hashed(GOOD) != passwords.hashed(GOOD)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "Use at least 15"),
        ("fourteen-chars", "Use at least 15"),
        ("x" * 1001, "Use at least 15"),
        ("aaaaaaaaaaaaaaaa", "too easy to guess"),
        ("passwordpassword", "too easy to guess"),
        ("qwertyuiopasdfgh", "too easy to guess"),
        ("fayfay@example.org", "too easy to guess"),
    ],
)
def test_a_password_that_is_short_common_or_endless_is_refused(password: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why) as refusal:
        passwords.hashed(password, about=["Fay Fay", "fay@example.org"])
    assert refusal.value.field == "password"


def test_what_a_password_is_made_of_does_not_matter_if_it_is_long() -> None:
    assert passwords.matches(passwords.hashed("correct horse battery staple"), "correct horse battery staple")
    assert passwords.hashed("tiger-moon-42x", least=passwords.LEAST_WITH_SECOND_FACTOR)


def test_nothing_proves_an_account_that_is_not_there() -> None:
    assert not passwords.matches(None, "nobody signs in with this")
    assert not passwords.matches("not a hash", PASSWORD)


@pytest.mark.parametrize("email", ["fay", "fay@", "@example.org", "fay @example.org", ""])
def test_what_is_no_address_is_refused(sqlite: Database, sqlite_cast: Cast, email: str) -> None:
    with pytest.raises(InvalidInput, match="is no e-mail address"):
        added(sqlite, sqlite_cast, email)


def test_nobody_signs_in_as_the_clockwork(sqlite: Database, sqlite_cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="cannot have the access"):
        added(sqlite, sqlite_cast, access=Access.SYSTEM)


def test_an_address_is_one_user(sqlite: Database, sqlite_cast: Cast) -> None:
    added(sqlite, sqlite_cast)
    with pytest.raises(Conflict, match="already a user"):
        added(sqlite, sqlite_cast, "fay@EXAMPLE.org")


def test_a_disabled_user_is_kept_out_at_once(database: Database, cast: Cast) -> None:
    added(database, cast)
    assert signs_in(database, "fay@example.org", GOOD)
    with database.write() as work:
        users.disable_user(work, system(cast.clinic_id), NOW, "fay@example.org")
    assert not signs_in(database, "fay@example.org", GOOD)
    with database.read() as work:
        listed = {each.email: each.is_disabled for each in users.list_users(work, system(cast.clinic_id))}
    assert listed["fay@example.org"]
    assert not listed["ada@example.org"]


def test_another_clinics_user_cannot_be_disabled(sqlite: Database, sqlite_cast: Cast) -> None:
    with pytest.raises(NotFound), sqlite.write() as work:
        users.disable_user(work, system(sqlite_cast.clinic_id), NOW, "cy@example.org")


def at_once(database: Database, tries: list[bool]) -> list[sign_in.Attempt]:
    """What becomes of tries (whether each is right) that all began before the first of them was settled."""
    found = []
    with database.write() as work:
        began = [sign_in.attempt(work, NOW, "ada@example.org") for _ in tries]
    for tried, is_right in zip(began, tries, strict=True):
        with database.write() as work:
            found.append(sign_in.settle(work, NOW, tried, is_right=is_right))
    return found


def test_guesses_at_the_same_time_are_counted_and_nobody_learns_of_a_later_one_that_it_was_right(
    database: Database, cast: Cast
) -> None:
    free = sign_in.FREE_ATTEMPTS
    found = at_once(database, [False] * (free + 3) + [True])
    assert [each.user_id for each in found] == [None] * (free + 4)
    assert [each.why for each in found] == ["wrong"] * free + ["blocked"] * 4
    with database.read() as work:
        assert users_store.known(work, cast.ada.user_id).failed_attempts == free


def test_whoever_signs_in_many_times_at_once_with_the_right_password_does_not_guess(
    database: Database, cast: Cast
) -> None:
    assert [each.user_id for each in at_once(database, [True] * 12)] == [cast.ada.user_id] * 12
    with database.read() as work:
        assert users_store.known(work, cast.ada.user_id).failed_attempts == 0


def test_a_password_that_was_changed_meanwhile_is_no_longer_right(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        tried = sign_in.attempt(work, NOW, "ada@example.org")
        users_store.known(work, sqlite_cast.ada.user_id).password_hash = "another"
    with sqlite.write() as work:
        assert sign_in.settle(work, NOW, tried, is_right=True).user_id is None


def test_a_block_never_lasts_longer_than_a_quarter_of_an_hour(sqlite: Database, sqlite_cast: Cast) -> None:
    now = NOW
    for _ in range(40):
        with sqlite.write() as work:
            sign_in.settle(work, now, sign_in.attempt(work, now, "ada@example.org"), is_right=False)
        now += sign_in.LONGEST_BLOCK
    with sqlite.write() as work:
        assert sign_in.attempt(work, now + timedelta(seconds=1), "ada@example.org").user_id is not None


def test_a_user_without_a_clinic_is_refused_like_anybody(sqlite: Database, sqlite_cast: Cast) -> None:
    with pytest.raises(NotAllowed), sqlite.write() as work:
        sign_in.begin(work, NOW, sign_in.Attempt(None, None), "192.0.2.1", "tests")
