"""Plan files in and out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from example_files import drop, plan_file, problem_file, put

from coordinator.domain.errors import InvalidFile
from coordinator.domain.schedule import PatchOperation
from coordinator.exchange.plan import read_plan, write_plan
from coordinator.exchange.problem import read_problem

PROBLEM = read_problem(problem_file())

WRONG = [
    ("/format", "kap-plan/2", "/format"),
    ("/status", "done", "/status"),
    ("/cost", -1, "/cost"),
    ("/cost", 1840.5, "/cost"),
    ("/cost", "1840", "/cost"),
    ("/bound", None, "/bound"),
    ("/seconds", -0.1, "/seconds"),
    ("/extra", 1, "/extra"),
    ("/visits/0/start", "2027-01-12T24:00", "/visits/0/start"),
    ("/visits/0/staff", ["ana"], "/visits/0/staff"),
    ("/visits/0/room", "", "/visits/0/room"),
    ("/unplanned/0/because", "x", "/unplanned/0/because"),
    ("/unplanned/0/relaxations/0/patch", [], "/unplanned/0/relaxations/0/patch"),
    ("/unplanned/0/relaxations/0/patch/0/op", "move", "/unplanned/0/relaxations/0/patch/0/op"),
]


def faults(source: Any, *known: Any) -> set[str]:
    with pytest.raises(InvalidFile) as refused:
        read_plan(source, *known)
    return {fault.pointer for fault in refused.value.faults}


def test_a_plan_that_is_written_reads_back_equal_but_for_its_status_which_is_worked_out() -> None:
    plan = read_plan(plan_file())
    written = write_plan(plan, PROBLEM)
    assert written["status"] == "none", "the problem has one enrollment, and it is unplanned"
    assert read_plan(json.dumps(written)) == replace(plan, stated_status="none")


def test_relaxations_come_with_their_patch() -> None:
    relaxations = read_plan(plan_file()).unplanned[0].relaxations
    assert relaxations[0].patch == (PatchOperation("replace", "/protocols/0/gaps/0/max_days", 21),)
    assert relaxations[1].patch == (PatchOperation("remove", "/enrollments/0/team/lead"),)


@pytest.mark.parametrize("pointer", ["/seconds", "/unplanned/0/reason", "/unplanned/0/relaxations"])
def test_some_fields_may_be_left_out(pointer: str) -> None:
    plan = read_plan(drop(plan_file(), pointer))
    assert replace(read_plan(write_plan(plan, PROBLEM)), stated_status="partial") == plan


@pytest.mark.parametrize(("pointer", "value", "at"), WRONG)
def test_what_is_wrong_is_refused_where_it_stands(pointer: str, value: Any, at: str) -> None:
    assert at in faults(put(plan_file(), pointer, value))


@pytest.mark.parametrize(
    ("pointer", "value", "at"),
    [
        ("/visits/0/enrollment", "e9", "/visits/0/enrollment"),
        ("/visits/0/visit", "d9", "/visits/0/visit"),
        ("/visits/0/room", "attic", "/visits/0/room"),
        ("/visits/0/staff/lead", "zoe", "/visits/0/staff"),
        ("/unplanned/0/enrollment", "e9", "/unplanned/0/enrollment"),
    ],
)
def test_with_its_problem_at_hand_names_that_stand_for_nothing_are_refused(pointer: str, value: Any, at: str) -> None:
    bent = put(plan_file(), pointer, value)
    assert faults(bent, PROBLEM) == {at}
    assert read_plan(bent), "alone it is well formed, and the rules judge it"
    assert read_plan(plan_file(), PROBLEM)


def test_a_whole_cost_may_be_written_as_a_decimal() -> None:
    assert read_plan(put(plan_file(), "/cost", 1840.0)).cost == 1840
