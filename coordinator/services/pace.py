"""Holding back whoever asks for more pages than a person reads: a program, perhaps with a stolen sign-in.

What is counted are requests that have left something in the audit log, of one user, in the database: it is the same for
every process, and pages that ask by themselves for what tells nothing cost nobody anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import TooOften
from coordinator.domain.snapshot import Snapshot
from coordinator.services.worklist import Action, Item, Urgency
from coordinator.store import audit, pace, users
from coordinator.store.unit_of_work import Work

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MINUTES_OF_AN_HOUR = 10
"""How many minutes' worth of pages an hour has: nobody keeps up their fastest minute."""
SHOWN_FOR = timedelta(days=1)
SEEN_BY = frozenset({Access.ADMINISTRATOR, Access.AUDITOR})


@dataclass(frozen=True, slots=True)
class Hurry:
    """More than was allowed: `most` in `span`, and the whole `seconds` until there is room again."""

    most: int
    span: timedelta
    seconds: int

    def refusal(self) -> TooOften:
        """What the person is told."""
        span, wait = ("a minute", f"{self.seconds} seconds") if self.span == MINUTE else ("an hour", self._minutes())
        return TooOften(
            f"Your account has asked for {self.most:,} pages in {span}, which is more than a person reads. Wait {wait}"
            " and go on; if it was not you, end your other sign-ins under Your account.",
            self.seconds,
        )

    def _minutes(self) -> str:
        minutes = -(-self.seconds // 60)
        return f"{minutes} minutes" if minutes > 1 else "a minute"


def look(work: Work, user_id: int, now: datetime, most: int) -> Hurry | None:
    """Whether the user has had `most` pages in the last minute, or ten times as many in the last hour."""
    limits = ((HOUR, most * MINUTES_OF_AN_HOUR), (MINUTE, most))
    counts = pace.asked_since(work, user_id, [now - span for span, _ in limits], now)
    for (span, allowed), count in zip(limits, counts, strict=True):
        if count >= allowed:
            freed = pace.time_of(work, user_id, now, allowed)
            left = (freed + span - now) if freed else span
            return Hurry(allowed, span, max(1, -(-left // timedelta(seconds=1))))
    return None


def tell(work: Work, actor: Actor, now: datetime, hurry: Hurry) -> None:
    """Puts it into the log and on the administrators' worklist: once, however often it is tried again."""
    assert actor.user_id is not None
    user = users.locked(work, actor.user_id)
    if user.hurried_at is not None and now - hurry.span < user.hurried_at <= now:
        return
    user.hurried_at = now
    detail = {"pages": hurry.most, "minutes": hurry.span // MINUTE}
    audit.append(work, actor, now, "access.hold_back", "user", user.id, detail)


def hurried_users(work: Work, actor: Actor, now: datetime, _snapshot: Snapshot | None) -> Iterable[Item]:
    """On the worklist for a day: who was held back at any clinic, since it is the same account."""
    if actor.access not in SEEN_BY:
        return
    for each in pace.hurried(work, actor.clinic_id, now - SHOWN_FOR):
        yield Item(
            kind="user.hurried",
            key=str(each.id),
            title=f"{each.name} was held back: more pages were asked for than a person reads",
            detail="Ask whether it was them; if not, sign them out under Users",
            owner="Administrator",
            since=each.hurried_at,
            action=Action("Look at what they saw", "audit_log.page", {"user": each.id}),
            urgency=Urgency.NOW,
        )
