"""Settings: a wrong one stops the start with one clear line, and what they make is for its owner alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from config import SettingsError, load

KEY = "k" * 32


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SECRET_KEY", "k" * 31, "31 characters"),
        ("DATABASE_URL", "mysql://host/name", "mysql:"),
        ("SMTP_URL", "mail.example", "must look like smtp://"),
        ("SMTP_URL", "smtp://mail.example:many", "must look like smtp://"),
        ("BASE_URL", "clinic.example", "must start with http"),
        ("MAIL_FROM", "Clinic", "Write it like"),
        ("MAIL_FROM", "Clinic <visits@clinic.example>\nBcc: x@y.example", "Write it like"),
        ("LEASE_SECONDS", "soon", "whole number"),
        ("LEASE_SECONDS", "0", "at least 1"),
        ("COLOR", "red", "is not a setting"),
    ],
)
def test_a_wrong_value_stops_the_start_and_names_itself(tmp_path: Path, name: str, value: str, words: str) -> None:
    environment = {"COORDINATOR_DATA_DIR": str(tmp_path), "COORDINATOR_SECRET_KEY": KEY, f"COORDINATOR_{name}": value}
    with pytest.raises(SettingsError, match=words) as refused:
        load(environment)
    assert f"COORDINATOR_{name}" in str(refused.value)


def test_without_settings_everything_is_kept_in_one_folder_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    settings = load({"COORDINATOR_DATA_DIR": str(folder)})
    assert settings.database_url == f"sqlite:///{folder / 'coordinator.db'}"
    assert settings.outbox == folder / "outbox"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "secret-key").stat().st_mode) == 0o600


def test_the_secret_key_is_made_once(tmp_path: Path) -> None:
    first, second = (load({"COORDINATOR_DATA_DIR": str(tmp_path)}).secret_key for _ in range(2))
    assert first == second
    assert len(first) >= 32


def test_another_database_needs_a_secret_key_of_its_own(tmp_path: Path) -> None:
    other = {"COORDINATOR_DATA_DIR": str(tmp_path), "COORDINATOR_DATABASE_URL": "postgresql://clinic@host/clinic"}
    with pytest.raises(SettingsError, match="SECRET_KEY is required"):
        load(other)
    assert load(other | {"COORDINATOR_SECRET_KEY": KEY}).database_url == "postgresql+psycopg://clinic@host/clinic"
