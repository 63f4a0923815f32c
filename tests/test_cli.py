"""The command as people meet it: what it lists, what it does to an empty installation, and how it refuses."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coordinator.cli import COMMANDS, cli

COMMAND = Path(sys.executable).parent / "coordinator"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of its own: settings by default, the data folder here."""
    for name in [name for name in os.environ if name.startswith("COORDINATOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COORDINATOR_DATA_DIR", str(tmp_path))
    return tmp_path


def run(*arguments: str, typed: str = "") -> Result:
    """Runs the command in this process."""
    return CliRunner().invoke(cli, list(arguments), input=typed)


def make_clinic(name: str = "Hill Clinic", email: str = "ada@example.org") -> None:
    arguments = ("--name", name, "--timezone", "America/Denver", "--email", email, "--password-stdin")
    result = run("init", *arguments, typed=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output


def test_the_list_of_commands_loads_none_of_them() -> None:
    code = "import sys; from coordinator.cli import cli; cli(['--help'], standalone_mode=False); print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    listing, loaded = result.stdout.rsplit("\n", 2)[0], result.stdout.split("\n")[-2]
    assert all(f"  {name} " in listing for name in COMMANDS)
    assert not {"ortools", "sqlalchemy", "flask", "numba"} & set(loaded.split())


def test_a_new_clinic_has_its_administrator_and_the_default_rules(folder: Path) -> None:
    make_clinic()
    assert run("user", "list").output == "ada@example.org  administrator  ada@example.org\n"
    assert run("audit", "verify").output == "Clinic 1 (Hill Clinic): every entry is as it was written.\n"


def test_init_asks_for_whatever_is_left_out(folder: Path) -> None:
    result = run("init", typed=f"Hill Clinic\nAmerica/Denver\nada@example.org\n{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert "Clinic 1 is made: Hill Clinic. ada@example.org can sign in as administrator." in result.output
    assert PASSWORD not in result.output


def test_an_unknown_time_zone_makes_no_clinic(folder: Path) -> None:
    result = run("init", "--name", "X", "--timezone", "Mars/Base", "--email", "a@example.org", "--password-stdin")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "The time zone “Mars/Base” is not known. Use an IANA name such as America/Los_Angeles.\n"
    assert not (folder / "coordinator.db").exists()


def test_a_clinic_changes_its_time_zone(folder: Path) -> None:
    make_clinic()
    said = run("zone", "America/Phoenix").output
    assert "is in America/Phoenix now; it was in America/Denver" in said
    assert "Reminders that have not left go by the new clock" in said
    assert run("zone", "America/Phoenix").output == "The clinic is in America/Phoenix already.\n"


def test_users_are_added_listed_and_disabled(folder: Path) -> None:
    make_clinic()
    added = run("user", "add", "Ben@example.org", "--access", "clinician", "--name", "Ben Ito", "--password-stdin",
                typed=f"{PASSWORD}\n")  # fmt: skip
    assert added.exit_code == 0, added.output
    assert run("user", "disable", "ben@example.org").exit_code == 0
    assert "ben@example.org  clinician  Ben Ito  (disabled)" in run("user", "list").output.splitlines()


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (("user", "disable", "cy@example.org"), "", "There is no user with the address cy@example.org."),
        (("user", "add", "b@example.org", "--access", "auditor", "--password-stdin"), "short\n", "Use at least 15"),
        (("user", "add", "b@example.org", "--access", "auditor", "--password-stdin"), "", "holds no password"),
        (("user", "add", "nobody", "--access", "auditor", "--password-stdin"), f"{PASSWORD}\n", "is no e-mail address"),
        (
            ("user", "add", "b@example.org", "--access", "auditor", "--staff", "th-x", "--password-stdin"),
            f"{PASSWORD}\n",
            "Nobody of the staff has the id “th-x”.",
        ),
        (("user", "list", "--clinic", "7"), "", "There is no such clinic."),
    ],
)
def test_a_refusal_is_one_line_and_exit_code_2(folder: Path, arguments: tuple[str, ...], typed: str, said: str) -> None:
    make_clinic()
    result = run(*arguments, typed=typed)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_without_a_clinic_the_remedy_is_named(folder: Path) -> None:
    assert "Make one with coordinator init" in run("user", "list").stderr


def test_with_two_clinics_the_command_asks_which(folder: Path) -> None:
    make_clinic()
    make_clinic("Bay Clinic", "cy@example.org")
    assert "There are several clinics: 1 (Hill Clinic), 2 (Bay Clinic)." in run("user", "list").stderr
    assert run("user", "list", "--clinic", "2").output.startswith("cy@example.org")


def test_a_wrong_setting_stops_every_command_with_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COORDINATOR_DATABASE_URL", "mysql://somewhere")
    monkeypatch.setenv("COORDINATOR_SECRET_KEY", "x" * 40)
    result = run("user", "list")
    assert result.exit_code == 2
    assert result.stderr.startswith("COORDINATOR_DATABASE_URL starts with “mysql:”.")


def test_a_database_that_cannot_be_opened_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COORDINATOR_DATABASE_URL", f"sqlite:///{folder}/nowhere/at/all.db")
    monkeypatch.setenv("COORDINATOR_SECRET_KEY", "x" * 40)
    result = run("user", "list")
    assert result.exit_code == 2
    assert result.stderr.startswith("The database cannot be used: unable to open database file.")


def test_an_edited_audit_log_is_found_out(folder: Path) -> None:
    make_clinic()
    tables = sqlite3.connect(folder / "coordinator.db")
    tables.execute("UPDATE audit SET actor = 'Somebody' WHERE number = 2")
    tables.commit()
    tables.close()
    result = run("audit", "verify")
    assert result.exit_code == 1
    assert "the log breaks at entry 2: the entry was changed." in result.output


def test_the_installed_command_refuses_without_a_trace(folder: Path) -> None:
    environment = {**os.environ, "COORDINATOR_NONSENSE": "1"}
    result = subprocess.run([COMMAND, "user", "list"], capture_output=True, text=True, env=environment, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("COORDINATOR_NONSENSE is not a setting.")
    assert "Traceback" not in result.stderr
