"""The demo clinic's cast: as many as promised, in as many roles, and nobody who could be real."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from coordinator.domain.actor import Access
from coordinator.domain.discretion import is_discreet
from coordinator.domain.protocol_library import TEMPLATES
from coordinator.services.demo.holidays import holidays
from coordinator.services.demo.load import NAME
from coordinator.services.demo.own_protocol import CODE, after_group
from coordinator.services.demo.people import ROOMS, STAFF
from coordinator.services.demo.programs import MOST_WEEKS, PROGRAMS
from coordinator.services.demo.sign_ins import USERS, password_of


def test_fourteen_people_work_in_five_roles_and_eight_rooms() -> None:
    assert len({person.code for person in STAFF}) == 14
    assert {role for person in STAFF for role in person.roles} == {
        "therapist", "physician", "nutritionist", "nurse", "facilitator",
    }  # fmt: skip
    assert len({place.code for place in ROOMS}) == 8


def test_some_work_part_time_some_in_alternate_weeks_and_some_are_away() -> None:
    assert [person for person in STAFF if len(person.weekly) < 5 and person.other_weekly is None]
    assert [person for person in STAFF if person.other_weekly]
    assert [person for person in STAFF if person.away]


def test_twenty_four_programs_run_through_at_least_five_protocols_in_every_stage() -> None:
    assert len(PROGRAMS) == 24
    assert {program.protocol for program in PROGRAMS} <= {*TEMPLATES, CODE}
    assert len({program.protocol for program in PROGRAMS}) >= 5
    assert any(len(program.people) == 5 for program in PROGRAMS), "a group cohort"
    assert any(program.waits for program in PROGRAMS)
    assert any(program.weeks_ago < 0 and not program.waits for program in PROGRAMS), "planned, not yet begun"
    assert all(MOST_WEEKS[program.protocol] for program in PROGRAMS)


def test_every_role_that_the_own_protocol_needs_is_there() -> None:
    roles = {role for person in STAFF for role in person.roles}
    assert {need.role for visit in after_group().visits for need in visit.needs} <= roles


def test_mail_addresses_are_of_the_domain_reserved_for_examples() -> None:
    assert all(person.email.endswith(".example.org") for person in STAFF)
    assert all(user.email.endswith("@example.org") for user in USERS)


def test_the_clinics_name_and_rooms_give_nothing_away() -> None:
    assert all(is_discreet(text) for text in (NAME, *(place.name for place in ROOMS)))


def test_every_access_has_a_user_and_clinicians_are_staff() -> None:
    assert {user.access for user in USERS} == set(Access) - {Access.SYSTEM}
    codes = {person.code: person.name for person in STAFF}
    assert all(codes[user.staff or ""] == user.name for user in USERS if user.access is Access.CLINICIAN)


def test_passwords_are_long_and_each_installations_own() -> None:
    here = [password_of(user, "one secret") for user in USERS]
    assert all(re.fullmatch(r"([a-z2-7]{4}-){3}[a-z2-7]{4}", password) for password in here)
    assert here == [password_of(user, "one secret") for user in USERS]
    assert not set(here) & {password_of(user, "another secret") for user in USERS}


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 11, 26), "Thanksgiving"),
        (date(2027, 9, 6), "Labor Day"),
        (date(2027, 5, 31), "Memorial Day"),
        (date(2027, 7, 4), "Independence Day"),
    ],
)
def test_holidays_fall_on_their_days(day: date, name: str) -> None:
    assert (day, name) in holidays(day - timedelta(days=400), day + timedelta(days=400))
    assert holidays(day, day) == [(day, name)]
