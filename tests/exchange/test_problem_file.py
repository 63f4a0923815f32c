"""Problem files: read whole or refused with every fault in its place; written so that they read back equal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from example_files import drop, problem_file, put

from coordinator.domain.clinic_time import DAY
from coordinator.domain.errors import InvalidFile
from coordinator.exchange.problem import read_problem, write_problem

OPTIONAL = [
    "/closures", "/not_before", "/previous", "/weights", "/weights/moved", "/staff/0/time_off", "/staff/0/booked",
    "/staff/0/supervising", "/staff/0/max_minutes_per_day", "/staff/0/max_minutes_per_week", "/staff/0/supervises",
    "/staff/0/turnover_minutes", "/rooms/0/weekly", "/rooms/0/booked", "/rooms/0/seats", "/rooms/0/turnover_minutes",
    "/protocols/0/gaps", "/protocols/0/continuity", "/protocols/0/max_visits_per_day", "/protocols/0/visits/0/course",
    "/protocols/0/visits/0/needs/1/shared", "/protocols/0/visits/0/needs/1/from",
    "/protocols/0/gaps/0/min_days", "/protocols/0/gaps/0/max_minutes", "/enrollments/0/latest",
    "/enrollments/0/weekly", "/enrollments/0/unavailable", "/enrollments/0/preferred", "/enrollments/0/team",
    "/enrollments/0/avoid", "/enrollments/0/kept",
]  # fmt: skip

NEEDED = [
    "/format", "/clinic", "/timezone", "/slot_minutes", "/horizon", "/horizon/last", "/staff", "/rooms", "/protocols",
    "/enrollments", "/staff/0/id", "/staff/0/name", "/staff/0/roles", "/staff/0/weekly", "/rooms/0/kinds",
    "/protocols/0/visits", "/protocols/0/visits/0/minutes", "/protocols/0/visits/1/room",
    "/protocols/0/visits/0/needs/0/role", "/protocols/0/gaps/0/to", "/protocols/0/continuity/0/hard",
    "/enrollments/0/patients", "/enrollments/0/earliest", "/enrollments/0/kept/0/staff", "/previous/0/enrollment",
]  # fmt: skip

WRONG = [
    ("/staff/0/nickname", "Annie", "/staff/0/nickname"),
    ("/weights/happiness", 3, "/weights/happiness"),
    ("/format", "kap-problem/2", "/format"),
    ("/timezone", "America/Springfield", "/timezone"),
    ("/timezone", 7, "/timezone"),
    ("/slot_minutes", 0, "/slot_minutes"),
    ("/slot_minutes", 15.0, "/slot_minutes"),
    ("/slot_minutes", True, "/slot_minutes"),
    ("/horizon/first", "2027-07-01", "/horizon"),
    ("/horizon/last", "2027-6-25", "/horizon/last"),
    ("/closures/0", "2027-02-30", "/closures/0"),
    ("/not_before", "2027-01-04T24:00", "/not_before"),
    ("/not_before", "2027-01-04 00:00", "/not_before"),
    ("/staff/1/id", "ana", "/staff/1/id"),
    ("/staff/0/id", "", "/staff/0/id"),
    ("/staff/0/name", "A\x00", "/staff/0/name"),
    ("/staff/0/roles", "therapist", "/staff/0/roles"),
    ("/staff/0/weekly/mon/0", ["12:00", "08:00"], "/staff/0/weekly/mon/0"),
    ("/staff/0/weekly/mon/0", ["08:00", "08:00"], "/staff/0/weekly/mon/0"),
    ("/staff/0/weekly/mon/0", ["08:00", "12:01"], "/staff/0/weekly/mon"),
    ("/staff/0/weekly/mon/0", ["08:00", "25:00"], "/staff/0/weekly/mon/0"),
    ("/staff/0/weekly/Monday", [], "/staff/0/weekly/Monday"),
    ("/staff/0/time_off/0", ["2027-02-05T00:00", "2027-02-01T00:00"], "/staff/0/time_off/0"),
    ("/staff/0/booked/0", ["2027-01-05T09:00"], "/staff/0/booked/0"),
    ("/staff/0/supervises", -1, "/staff/0/supervises"),
    ("/staff/0/max_minutes_per_day", None, "/staff/0/max_minutes_per_day"),
    ("/rooms/0/seats", "1", "/rooms/0/seats"),
    ("/rooms/-", {"id": "dosing-1", "name": "", "kinds": []}, "/rooms/1/id"),
    ("/protocols/0/visits", [], "/protocols/0/visits"),
    ("/protocols/0/visits/1/id", "d1", "/protocols/0/visits/1/id"),
    ("/protocols/0/visits/0/needs/1/minutes", 91, "/protocols/0/visits/0/needs/2"),
    ("/protocols/0/visits/0/needs/2/from", 120, "/protocols/0/visits/0/needs/2"),
    ("/protocols/0/visits/0/needs/2/minutes", 31, "/protocols/0/visits/0/needs/2"),
    ("/protocols/0/visits/0/needs/0/shared", 1, "/protocols/0/visits/0/needs/0/shared"),
    ("/protocols/0/gaps/0/max_days", 0, "/protocols/0/gaps/0/max_days"),
    ("/protocols/0/gaps/0/max_minutes", 59, "/protocols/0/gaps/0/max_minutes"),
    ("/protocols/0/gaps/0/from", "x", "/protocols/0/gaps/0/from"),
    ("/protocols/0/gaps/0/from", "i1", "/protocols/0/gaps/0"),
    ("/protocols/0/continuity/0/scope", "year", "/protocols/0/continuity/0/scope"),
    ("/protocols/0/continuity/0/as", "pilot", "/protocols/0/continuity/0/as"),
    ("/protocols/0/max_visits_per_day", 0, "/protocols/0/max_visits_per_day"),
    ("/enrollments/0/patients", [], "/enrollments/0/patients"),
    ("/enrollments/0/patients", ["p1", "p1"], "/enrollments/0/patients/1"),
    ("/enrollments/0/protocol", "long", "/enrollments/0/protocol"),
    ("/enrollments/0/latest", "2027-01-03", "/enrollments/0/latest"),
    ("/enrollments/0/team/pilot", "ana", "/enrollments/0/team/pilot"),
    ("/enrollments/0/team/lead", "zoe", "/enrollments/0/team/lead"),
    ("/enrollments/0/avoid/0", "zoe", "/enrollments/0/avoid/0"),
    ("/enrollments/0/kept/0/visit", "d9", "/enrollments/0/kept/0/visit"),
    ("/enrollments/0/kept/0/room", None, "/enrollments/0/kept/0/room"),
    ("/enrollments/0/kept/0/staff", {"lead": "ana"}, "/enrollments/0/kept/0/staff"),
    ("/enrollments/0/kept/0/staff/lead", "zoe", "/enrollments/0/kept/0/staff/lead"),
    ("/previous/0/room", "dosing-1", "/previous/0/room"),
    ("/previous/0/enrollment", "e9", "/previous/0/enrollment"),
    ("/weights/moved", -1, "/weights/moved"),
    ("/weights/moved", 1.5, "/weights/moved"),
]  # fmt: skip


def faults(source: Any) -> dict[str, str]:
    """The faults of a file, by their pointers."""
    with pytest.raises(InvalidFile) as refused:
        read_problem(source)
    return {fault.pointer: fault.message for fault in refused.value.faults}


def test_a_problem_that_is_written_reads_back_equal() -> None:
    problem = read_problem(problem_file())
    assert read_problem(write_problem(problem)) == problem
    assert read_problem(json.dumps(write_problem(problem)).encode()) == problem


@pytest.mark.parametrize("pointer", OPTIONAL)
def test_fields_with_a_default_may_be_left_out(pointer: str) -> None:
    problem = read_problem(drop(problem_file(), pointer))
    assert read_problem(write_problem(problem)) == problem


@pytest.mark.parametrize("pointer", NEEDED)
def test_a_missing_field_is_named_at_its_object(pointer: str) -> None:
    parent, _, name = pointer.rpartition("/")
    found = faults(drop(problem_file(), pointer))
    assert f"“{name}” is missing" in found[parent]


@pytest.mark.parametrize(("pointer", "value", "at"), WRONG)
def test_what_is_wrong_is_refused_where_it_stands(pointer: str, value: Any, at: str) -> None:
    found = faults(put(problem_file(), pointer, value))
    assert at in found
    assert found[at].endswith(".")


def test_every_fault_is_named_not_only_the_first() -> None:
    file = put(problem_file(), "/timezone", "Nowhere/Land")
    put(file, "/staff/0/weekly/mon/0", ["08:00", "13:00"])
    put(file, "/protocols/0/gaps/0/max_days", 0)
    put(file, "/extra", 1)
    assert set(faults(file)) == {"/timezone", "/staff/0/weekly/mon", "/protocols/0/gaps/0/max_days", "/extra"}


def test_a_gap_without_a_least_has_least_0() -> None:
    file = drop(put(problem_file(), "/protocols/0/gaps/0/max_days", -1), "/protocols/0/gaps/0/min_days")
    assert "/protocols/0/gaps/0/max_days" in faults(file)


def test_an_enrollment_without_latest_ends_with_the_horizon() -> None:
    file = drop(put(problem_file(), "/enrollments/0/earliest", "2027-06-26"), "/enrollments/0/latest")
    assert "/enrollments/0/earliest" in faults(file)


def test_names_with_slashes_are_escaped_in_pointers() -> None:
    assert "/staff/0/a~1b~0c" in faults(put(problem_file(), "/staff/0", {"id": "x", "a/b~c": 1}))


def test_an_empty_preference_is_none_and_one_without_hours_is_not() -> None:
    assert read_problem(put(problem_file(), "/enrollments/0/preferred", {})).enrollments[0].preferred is None
    closed = read_problem(put(problem_file(), "/enrollments/0/preferred", {"mon": []}))
    assert closed.enrollments[0].preferred is not None
    assert read_problem(write_problem(closed)) == closed


def test_2400_ends_a_day_and_an_interval_may_last_for_good() -> None:
    forever = ["0001-01-01T00:00", "9999-12-31T24:00"]
    problem = read_problem(put(problem_file(), "/staff/0/time_off/0", forever))
    assert problem.staff[0].weekly.days[0][1] == (720, DAY)
    assert read_problem(write_problem(problem)) == problem


def test_a_repeated_previous_visit_is_refused() -> None:
    file = problem_file()
    file["previous"].append(dict(file["previous"][0]))
    assert "/previous/1/visit" in faults(file)
