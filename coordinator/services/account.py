"""One's own account: where one is signed in, and one's password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.services import passwords
from coordinator.services.visit_cards import local
from coordinator.store import accounts, audit, passkeys, users
from coordinator.store.unit_of_work import Work
from coordinator.store.users import UserRecord

BROWSERS = ("Firefox", "Edg", "OPR", "Chrome", "Safari")
"""In this order: each also names those after it."""
SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Mac OS X", "Linux")
SPOKEN = {"Edg": "Edge", "OPR": "Opera", "Mac OS X": "Mac"}


@dataclass(frozen=True, slots=True)
class SignInView:
    """A place where the person is signed in; times are naive clinic time."""

    id: int
    device: str
    address: str
    since: datetime
    seen: datetime
    is_this: bool


def sign_ins(work: Work, actor: Actor, zone: ZoneInfo, this: int) -> list[SignInView]:
    """Where the actor is signed in; `this` is the sign-in that asks."""
    assert actor.user_id is not None
    return [
        SignInView(
            each.id, device_of(each.agent), each.address, local(each.created_at, zone), local(each.seen_at, zone),
            each.id == this,
        )
        for each in users.open_sign_ins(work, actor.user_id)
    ]  # fmt: skip


def end_others(work: Work, actor: Actor, now: datetime, this: int) -> int:
    """Ends the actor's sign-ins everywhere else; how many there were."""
    assert actor.user_id is not None
    ended = users.end_sign_ins(work, now, actor.user_id, but=this)
    audit.append(work, actor, now, "user.sign_out_elsewhere", "user", actor.user_id, {"ended": ended})
    return ended


def password_hash(work: Work, actor: Actor) -> str:
    """The hash that the current password must match, to be checked outside of any transaction."""
    return users.known(work, actor.user_id).password_hash


def least_characters(work: Work, actor: Actor) -> int:
    """How long the actor's password must be: with a second factor, less will do."""
    return least_of(work, users.known(work, actor.user_id))


def least_of(work: Work, user: UserRecord) -> int:
    """How long that user's password must be."""
    has_factor = passkeys.has_factor(work, user)
    return passwords.LEAST_WITH_SECOND_FACTOR if has_factor else passwords.LEAST_CHARACTERS


def change_password(work: Work, actor: Actor, now: datetime, this: int, new_hash: str) -> None:
    """Keeps the new password; everywhere else one is signed out, and no device is known any more."""
    user = users.known(work, actor.user_id)
    user.password_hash = new_hash
    ended = users.end_sign_ins(work, now, user.id, but=this)
    accounts.forget_devices(work, user.id)
    accounts.void_links(work, now, user.id)
    audit.append(work, actor, now, "user.password", "user", user.id, {"sign_ins_ended": ended})


def device_of(agent: str) -> str:
    """A browser's own name for itself in a few words."""
    browser = next((each for each in BROWSERS if each in agent), None)
    system = next((each for each in SYSTEMS if each in agent), None)
    if browser is None:
        return "An unknown program"
    return SPOKEN.get(browser, browser) + (f" on {SPOKEN.get(system, system)}" if system else "")
