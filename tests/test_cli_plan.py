"""`coordinator plan` and `coordinator check`, as somebody types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from coordinator.cli import cli
from coordinator.domain.expand import expand
from coordinator.domain.protocol_library import TEMPLATES
from coordinator.exchange.protocols import write_protocol

OFFICE = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def problem() -> dict[str, Any]:
    """Two infusions for one patient, in a clinic with just the people and rooms that they need."""
    return {
        "format": "kap-problem/1", "clinic": "Harbor Clinic", "timezone": "America/Los_Angeles", "slot_minutes": 15,
        "horizon": {"first": "2027-01-04", "last": "2027-03-26"},
        "staff": [
            {"id": "eve", "name": "Eve Okafor", "roles": ["physician"], "weekly": OFFICE},
            {"id": "nia", "name": "Nia Cole", "roles": ["nurse"], "weekly": OFFICE},
        ],
        "rooms": [
            {"id": "consult-1", "name": "Consulting room", "kinds": ["consult"]},
            {"id": "infusion-1", "name": "Infusion room", "kinds": ["infusion"]},
        ],
        "protocols": [write_protocol(expand(TEMPLATES["iv-series"].compact, 2))],
        "enrollments": [
            {"id": "e1", "patients": ["p1"], "protocol": "iv-series-2", "earliest": "2027-01-04"},
        ],
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the problem in it."""
    (tmp_path / "problem.json").write_text(json.dumps(problem()))
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    """The command, with the names of files in the folder."""
    return CliRunner().invoke(cli, [str(folder / each) if each.endswith(".json") else each for each in arguments])


def bend(folder: Path, name: str, **fields: Any) -> None:
    """Changes fields of a file in the folder."""
    path = folder / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_a_problem_is_planned_and_the_plan_passes_the_check(folder: Path) -> None:
    planned = run(folder, "plan", "problem.json", "-o", "plan.json", "--work", "10", "--seed", "1")
    assert planned.exit_code == 0, planned.output
    plan = json.loads((folder / "plan.json").read_text())
    assert plan["status"] == "planned" and len(plan["visits"]) == 3
    checked = run(folder, "check", "problem.json", "plan.json")
    assert checked.exit_code == 0
    assert checked.output == f"ok cost={plan['cost']} planned=1/1 bound={plan['bound']}\n"


def test_the_same_seed_and_work_give_the_same_plan(folder: Path) -> None:
    for name in ("a.json", "b.json"):
        assert run(folder, "plan", "problem.json", "-o", name, "--work", "10", "--seed", "7").exit_code == 0
    a, b = (json.loads((folder / name).read_text()) for name in ("a.json", "b.json"))
    assert a["visits"] == b["visits"] and a["cost"] == b["cost"]


def test_what_cannot_be_planned_is_written_all_the_same_with_exit_code_3(folder: Path) -> None:
    bend(folder, "problem.json", closures=[f"2027-0{month}-{day:02d}" for month in (1, 2, 3) for day in range(1, 29)])
    result = run(folder, "plan", "problem.json", "-o", "plan.json", "--work", "10")
    assert result.exit_code == 3
    assert "e1 is not planned" in result.output
    assert json.loads((folder / "plan.json").read_text())["status"] == "none"
    assert run(folder, "check", "problem.json", "plan.json").exit_code == 0


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"timezone": "Nowhere/Land"}, "/timezone: "),
        ({"extra": 1}, "/extra: "),
        ({"horizon": {"first": "2027-02-01", "last": "2027-01-01"}}, "/horizon: "),
        ({"clinic": 3, "slot_minutes": 0}, "/slot_minutes: "),
    ],
)
def test_bad_input_is_one_line_per_fault_exit_code_2_and_nothing_written(
    folder: Path, fields: dict[str, Any], line: str
) -> None:
    bend(folder, "problem.json", **fields)
    result = run(folder, "plan", "problem.json", "-o", "plan.json")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == len(fields)
    assert line in result.stderr.splitlines()[-1]
    assert not (folder / "plan.json").exists()


def test_a_fault_takes_one_line_whatever_the_file_says(folder: Path) -> None:
    bend(folder, "problem.json", **{"a\nb\x1b[31m": 1})
    result = run(folder, "check", "problem.json", "problem.json")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1 and "\x1b" not in result.stderr


@pytest.mark.parametrize("name", ["absent.json", "."])
def test_a_file_that_is_not_there_is_bad_input(folder: Path, name: str) -> None:
    result = run(folder, "plan", name, "-o", "plan.json")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_a_place_where_nothing_can_be_written_is_known_before_planning(folder: Path) -> None:
    result = CliRunner().invoke(cli, ["plan", str(folder / "problem.json"), "-o", str(folder / "absent" / "plan.json")])
    assert result.exit_code == 2
    assert "is not there" in result.stderr


def test_a_plan_that_breaks_rules_or_misstates_itself_is_told_each_and_exits_with_1(folder: Path) -> None:
    run(folder, "plan", "problem.json", "-o", "plan.json", "--work", "10")
    plan = json.loads((folder / "plan.json").read_text())
    bend(folder, "plan.json", visits=plan["visits"][:2], cost=plan["cost"] + 1, bound=0, status="partial")
    result = run(folder, "check", "problem.json", "plan.json")
    lines = result.output.splitlines()
    assert result.exit_code == 1
    assert [line.split(":")[0] for line in lines[:-1]] == ["rule 1 whole-program", "rule 0 status", "rule 0 cost"]
    assert lines[-1] == "3 violations"
