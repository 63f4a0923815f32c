"""The commands that carry a clinic: import and export, backup and restore, feeds, and the demo clinic's guard."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config import load
from coordinator.cli import cli
from coordinator.services.clinics import NewClinic, create
from coordinator.services.secret_keys import renew
from coordinator.store import migrate
from coordinator.store.unit_of_work import Database

WEEK = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
PROBLEM: dict[str, Any] = {
    "format": "kap-problem/1",
    "clinic": "Hill Clinic",
    "timezone": "America/Denver",
    "slot_minutes": 15,
    "horizon": {"first": "2035-01-01", "last": "2035-02-28"},
    "staff": [{"id": "th-ana", "name": "Ana Ruiz", "roles": ["therapist"], "weekly": WEEK}],
    "rooms": [{"id": "r1", "name": "Room 1", "kinds": ["therapy"]}],
    "protocols": [
        {
            "id": "two",
            "name": "Two visits",
            "visits": [
                {
                    "id": each, "kind": "integration", "minutes": 60, "room": "therapy",
                    "needs": [{"as": "lead", "role": "therapist"}],
                }
                for each in ("v1", "v2")
            ],
            "gaps": [{"from": "v1", "to": "v2", "min_days": 1, "max_days": 3, "ideal_days": 1}],
        }
    ],
    "enrollments": [{"id": "e01", "patients": ["p01"], "protocol": "two", "earliest": "2035-01-01"}],
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of its own, in the folder `data`, beside a problem and its plan."""
    monkeypatch.setenv("COORDINATOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "problem.json").write_text(json.dumps(PROBLEM))
    assert run("plan", "problem.json", "-o", "plan.json").exit_code == 0
    return tmp_path


def run(*arguments: str) -> Result:
    """Runs the command in this process."""
    return CliRunner().invoke(cli, list(arguments))


def stated(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def test_a_clinic_comes_in_and_goes_out_as_it_was(folder: Path) -> None:
    assert run("import", "problem.json", "--plan", "plan.json").exit_code == 0
    result = run("export", "--problem", "out.json", "--plan", "out-plan.json")
    assert result.exit_code == 0, result.output
    assert run("check", "out.json", "out-plan.json").output.startswith("ok ")
    assert stated(folder / "out-plan.json")["visits"] == stated(folder / "plan.json")["visits"]
    assert [each["id"] for each in stated(folder / "out.json")["staff"]] == ["th-ana"]


def test_a_faulty_problem_makes_no_clinic(folder: Path) -> None:
    (folder / "wrong.json").write_text(json.dumps({**PROBLEM, "timezone": "Mars/Base", "colour": "red"}))
    result = run("import", "wrong.json")
    assert result.exit_code == 2
    assert sorted(line.split(":")[0] for line in result.stderr.splitlines()) == ["/colour", "/timezone"]
    assert not (folder / "data" / "coordinator.db").exists()


def test_a_plan_that_breaks_a_rule_is_not_imported(folder: Path) -> None:
    plan = stated(folder / "plan.json")
    plan["visits"][1]["start"] = "2035-02-20T09:00"
    (folder / "plan.json").write_text(json.dumps(plan))
    result = run("import", "problem.json", "--plan", "plan.json")
    assert result.exit_code == 2
    assert "The plan breaks a rule of the problem" in result.stderr
    assert "There is no clinic yet" in run("user", "list").stderr


def test_an_export_into_a_folder_that_is_missing_says_so(folder: Path) -> None:
    run("import", "problem.json")
    result = run("export", "--problem", "gone/out.json", "--plan", "plan-2.json")
    assert (result.exit_code, result.stderr) == (
        2,
        "The folder gone is not there. Make it first, or name another file.\n",
    )


def test_a_backup_brings_back_what_was_there(folder: Path) -> None:
    run("import", "problem.json", "--plan", "plan.json")
    assert run("backup", "kept").exit_code == 0
    run("import", "problem.json")
    assert "There are several clinics" in run("user", "list").stderr
    result = run("restore", "kept")
    assert result.exit_code == 0, result.output
    assert run("user", "list").exit_code == 0
    assert run("audit", "verify").output == "Clinic 1 (Hill Clinic): every entry is as it was written.\n"


def test_a_damaged_backup_changes_nothing(folder: Path) -> None:
    run("import", "problem.json")
    run("backup", "kept")
    content = (folder / "kept").read_bytes()
    (folder / "kept").write_bytes(content[: len(content) // 2])
    result = run("restore", "kept")
    assert result.exit_code == 2
    assert result.stderr.startswith("kept is damaged")
    assert run("user", "list").exit_code == 0


def test_a_feeds_address_is_printed_once_and_dies_when_revoked(folder: Path) -> None:
    run("import", "problem.json", "--plan", "plan.json")
    added = run("feed", "add", "--staff", "th-ana", "--privacy", "busy")
    assert added.exit_code == 0, added.output
    assert re.search(r"^http://127\.0\.0\.1:5000/calendars/[\w-]{40,}\.ics$", added.output, re.MULTILINE)
    listed = run("feed", "list").output
    assert listed.startswith("1  Ana Ruiz  busy")
    assert "/calendars/" not in listed
    assert run("feed", "revoke", "1").exit_code == 0
    assert run("feed", "list").output == ""
    assert run("feed", "revoke", "1").exit_code == 2


def test_a_feed_shows_no_more_than_the_clinic_allows(folder: Path) -> None:
    run("import", "problem.json")
    result = run("feed", "add", "--staff", "th-ana", "--privacy", "full")
    assert result.exit_code == 2
    assert "This clinic's feeds may show “busy” at most" in result.stderr


def test_the_demo_clinic_stays_out_of_a_database_that_holds_a_real_one(folder: Path) -> None:
    run("import", "problem.json")
    refused = run("demo")
    assert (refused.exit_code, refused.stderr) == (
        2,
        "The database holds Hill Clinic already. Load the demo clinic into an empty one.\n",
    )
    left_alone = run("demo", "--if-empty")
    assert (left_alone.exit_code, left_alone.output) == (0, "")


def test_the_demo_clinics_sign_ins_are_printed_again(folder: Path) -> None:
    settings = load()
    database = Database(settings.database_url, settings.secret_key)
    migrate.upgrade(database)
    with database.write() as work:
        create(work, datetime(2026, 1, 1, tzinfo=UTC), NewClinic("Harbor Clinic", "America/Los_Angeles", is_demo=True))
    database.dispose()
    printed = run("demo", "--if-empty").output
    assert printed == run("demo", "--if-empty").output
    assert re.search(r"^  coordinator +coordinator@example\.org +([a-z2-7]{4}-){3}[a-z2-7]{4}$", printed, re.MULTILINE)


def test_the_doctor_names_each_thing_it_looked_at(folder: Path) -> None:
    result = run("doctor")
    assert result.exit_code == 0, result.output
    assert [line.split(":")[0] for line in result.output.splitlines()] == [
        f"ok   {subject}"
        for subject in (
            "settings", "data folder", "secret key", "database", "tables", "time zones", "address", "mail server",
            "log host", "outside calendars",
        )
    ]  # fmt: skip


def test_the_doctor_exits_1_where_something_is_to_be_done(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COORDINATOR_SMTP_URL", "smtp://127.0.0.1:1")
    result = run("doctor")
    assert result.exit_code == 1
    assert "fix  mail server: The mail server cannot be reached" in result.output


def test_the_secret_key_is_exchanged_and_what_was_cut_short_is_finished(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("import", "problem.json")
    first = load()
    assert run("keys", "exchange").exit_code == 0
    second = load()
    assert (second.old_secret_keys, second.secret_key == first.secret_key) == ((first.secret_key,), False)
    assert [each.stat().st_mode & 0o077 for each in (second.secret_file, second.old_secrets_file)] == [0, 0]
    assert run("audit", "verify").exit_code == 0

    renew(second.secret_file, second.old_secrets_file)
    assert load().old_secret_keys == (second.secret_key, first.secret_key)
    assert "Run coordinator keys exchange" in run("zone", "America/Chicago").stderr
    assert "Run coordinator keys exchange" in run("serve", "--port", "50999").stderr
    assert run("audit", "verify").exit_code == 1
    third = load().secret_key
    assert "go on under the new key: 1" in run("keys", "exchange").output
    assert load().secret_key == third
    assert run("audit", "verify").exit_code == 0

    monkeypatch.setenv("COORDINATOR_SECRET_KEY", third)
    assert "set COORDINATOR_SECRET_KEY to a new one" in run("keys", "exchange").stderr
