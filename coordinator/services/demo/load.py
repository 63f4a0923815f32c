"""Loads the demo clinic: enrolls, plans, publishes and keeps its programs in the order in which they happened.

Each program goes through the doors of a real one, each at a moment in the past: the form, the planner, publication, and
the outcome of each visit. Nothing is written that these doors did not write, so the schedule obeys every rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.domain.actor import Access, Actor, system
from coordinator.domain.clinic_time import zone_named
from coordinator.services import clinics, feed_policy, feeds, passwords, users
from coordinator.services.clinics import NewClinic
from coordinator.services.demo.arrange import arrange
from coordinator.services.demo.care import add_care
from coordinator.services.demo.enroll import enroll
from coordinator.services.demo.furnish import Calendar, calendar_of, furnish
from coordinator.services.demo.gates import open_gates
from coordinator.services.demo.history import Planner, keep_up, publish
from coordinator.services.demo.people import STAFF
from coordinator.services.demo.programs import PROGRAMS, Program
from coordinator.services.demo.sign_ins import USERS, password_of
from coordinator.services.notices import owe_for_visits
from coordinator.store import notice_people, notices
from coordinator.store.unit_of_work import Database, Work

NAME, TIMEZONE = "Harbor Clinic", "America/Los_Angeles"
FOUNDED_DAYS = -7 * 52
PROGRAMS_BETWEEN = 4
"""After so many enrollments the outcomes of what happened meanwhile are recorded."""
FEEDS = ("th-maya", "th-tomas")
"""Whose calendars have an address from the start."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The demo clinic as it was made. `feeds` are (name, token); the tokens are known here and never again."""

    clinic_id: int
    feeds: tuple[tuple[str, str], ...]


def load(database: Database, now: datetime, secret_key: str, planner: Planner) -> Loaded:
    """Loads everything in one transaction. The same clinic date gives the same clinic, its secrets excepted."""
    hashes = {user.email: passwords.hashed(password_of(user, secret_key)) for user in USERS}
    zone = zone_named(TIMEZONE)
    today = now.astimezone(zone).date()
    calendar = calendar_of(today, zone)
    midnight = calendar.midnight((today - calendar.monday).days)
    with database.write() as work:
        founded = calendar.midnight(FOUNDED_DAYS)
        clinic_id = clinics.create(work, founded, NewClinic(NAME, TIMEZONE, is_demo=True))
        feed_policy.decide(work, system(clinic_id), founded, ["own"], True, "code")
        staff = furnish(work, clinic_id, calendar, founded)
        coordinator = _add_users(work, founded, clinic_id, hashes, staff)
        _run(work, coordinator, _Setting(calendar, staff, midnight, planner))
        add_care(work, coordinator, calendar, staff)
        open_gates(work, clinic_id, midnight)
        arrange(work, coordinator, midnight, calendar, staff)
        _remind(work, clinic_id, now)
        return Loaded(clinic_id, _feeds(work, coordinator, now, staff))


@dataclass(frozen=True, slots=True)
class _Setting:
    """What running the programs takes. `midnight` is when today began: whatever ended before it is history."""

    calendar: Calendar
    staff: Mapping[str, int]
    midnight: datetime
    planner: Planner


def _run(work: Work, actor: Actor, setting: _Setting) -> None:
    """Runs the programs in the order in which they were enrolled, keeping up with what became of their visits."""
    missed: set[tuple[int, str]] = set()
    for number, program in enumerate(PROGRAMS):
        enrolled = _enrolled_at(program, setting)
        if number % PROGRAMS_BETWEEN == 0:
            keep_up(work, actor, enrolled, setting.planner, missed)
        enrollment_id = enroll(work, actor, enrolled, program, setting.calendar, setting.staff)
        missed.update((enrollment_id, code) for code in program.missed)
        if not program.waits:
            publish(work, actor, enrolled + timedelta(hours=1), enrollment_id, setting.planner)
    keep_up(work, actor, setting.midnight, setting.planner, missed)


def _enrolled_at(program: Program, setting: _Setting) -> datetime:
    """Ten days before the program begins, or yesterday."""
    before = setting.calendar.midnight(-7 * program.weeks_ago - 10) + timedelta(hours=10)
    return min(before, setting.midnight - timedelta(hours=8))


def _add_users(work: Work, now: datetime, clinic_id: int, hashes: dict[str, str], staff: dict[str, int]) -> Actor:
    """Adds everybody who can sign in; the coordinator as an actor."""
    coordinator = system(clinic_id)
    for user in USERS:
        staff_id = staff[user.staff] if user.staff else None
        user_id = users.add_hashed(
            work, system(clinic_id), now, email=user.email, name=user.name, access=user.access,
            password_hash=hashes[user.email], staff_id=staff_id,
        )  # fmt: skip
        if user.access == Access.COORDINATOR:
            coordinator = Actor(clinic_id, user.access, user.name, user_id)
    return coordinator


def _remind(work: Work, clinic_id: int, now: datetime) -> None:
    """People are reminded of the visits to come, and of none that is past.

    What fell due since yesterday leaves at once, so that the outbox of a first run has something to show.
    """
    notices.add_default_rules(work, clinic_id)
    owe_for_visits(work, clinic_id, now - timedelta(days=1), notice_people.visits_ahead(work, clinic_id, now))


def _feeds(work: Work, actor: Actor, now: datetime, staff: dict[str, int]) -> tuple[tuple[str, str], ...]:
    made = [(code, feeds.add(work, actor, now, "staff", staff[code])) for code in FEEDS]
    names = {person.code: person.name for person in STAFF}
    return tuple((names[code], feed.token) for code, feed in made)
