"""Settings: a wrong one stops the start with one clear line, and what they make is for its owner alone."""

from __future__ import annotations

import stat
from ipaddress import ip_network
from pathlib import Path

import pytest

from config import Settings, SettingsError, TrustedProxies, load

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
        ("TRUSTED_PROXIES", "11", "at most 10"),
        ("TRUSTED_PROXIES", "the proxy", "their addresses like"),
        ("TRUSTED_PROXIES", "10.0.0.5/8", "their addresses like"),
        ("PAGES_PER_MINUTE", "-1", "at least 0"),
        ("CALENDAR_HOSTS", "calendar.google.com, https://x.example", "with a dot before it"),
        ("CALENDAR_HOSTS", "10.0.0.1", "with a dot before it"),
        ("CALENDAR_HOSTS", "*.example.org", "with a dot before it"),
        ("LOG_URL", "logs.example:6514", "must look like syslog"),
        ("LOG_URL", "syslog+udp://logs.example:514", "without encryption"),
        ("LOG_URL", "syslog+tls://logs.example?ca=/nowhere.pem", "which is not there"),
        ("COLOR", "red", "is not a setting"),
    ],
)
def test_a_wrong_value_stops_the_start_and_names_itself(tmp_path: Path, name: str, value: str, words: str) -> None:
    environment = {"COORDINATOR_DATA_DIR": str(tmp_path), "COORDINATOR_SECRET_KEY": KEY, f"COORDINATOR_{name}": value}
    with pytest.raises(SettingsError, match=words) as refused:
        load(environment)
    assert f"COORDINATOR_{name}" in str(refused.value)


OIDC = {
    "OIDC_ISSUER": "https://id.example.org/realms/clinic",
    "OIDC_CLIENT_ID": "coordinator",
    "OIDC_CLIENT_SECRET": "s3cret",
}


def loaded(tmp_path: Path, **values: str) -> Settings:
    own = {"DATA_DIR": str(tmp_path), "SECRET_KEY": KEY} | values
    return load({f"COORDINATOR_{name}": value for name, value in own.items()})


def test_a_sign_in_provider_is_named_by_its_server_or_as_people_call_it(tmp_path: Path) -> None:
    assert loaded(tmp_path).identities is None
    found = loaded(tmp_path, **OIDC).identities
    assert found is not None
    assert (found.issuer, found.client_id, found.name) == (OIDC["OIDC_ISSUER"], "coordinator", "id.example.org")
    assert "s3cret" not in repr(found)
    named = loaded(tmp_path, **OIDC, OIDC_NAME="Harbor ID").identities
    assert named is not None and named.name == "Harbor ID"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"OIDC_ISSUER": ""}, "OIDC_ISSUER is missing"),
        ({"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID is missing"),
        ({"OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET is missing"),
        ({"OIDC_ISSUER": "http://id.example.org"}, "starts with https://"),
        ({"OIDC_ISSUER": "https://"}, "starts with https://"),
        ({"OIDC_ISSUER": "https://id.example.org/?tenant=1"}, "starts with https://"),
        ({"OIDC_NAME": "n" * 41}, "at most 40 characters"),
        ({"OIDC_NAME": "Harbor\nID"}, "one line"),
    ],
)
def test_half_a_sign_in_provider_stops_the_start(tmp_path: Path, changed: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        loaded(tmp_path, **(OIDC | changed))


def test_a_sign_in_provider_on_this_machine_needs_no_encryption(tmp_path: Path) -> None:
    assert loaded(tmp_path, **(OIDC | {"OIDC_ISSUER": "http://127.0.0.1:8080"})).identities is not None


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
    other = {
        "COORDINATOR_DATA_DIR": str(tmp_path),
        "COORDINATOR_DATABASE_URL": "postgresql://clinic@host/clinic?sslmode=verify-full",
    }
    with pytest.raises(SettingsError, match="SECRET_KEY is required"):
        load(other)
    url = load(other | {"COORDINATOR_SECRET_KEY": KEY}).database_url
    assert url == "postgresql+psycopg://clinic@host/clinic?sslmode=verify-full"


def test_proxies_are_trusted_by_number_or_address_and_none_unless_said(tmp_path: Path) -> None:
    def trusted(**more: str) -> TrustedProxies:
        return load({"COORDINATOR_DATA_DIR": str(tmp_path), **more}).trusted_proxies

    assert trusted() == 0
    assert trusted(COORDINATOR_TRUSTED_PROXIES="2") == 2
    found = trusted(COORDINATOR_TRUSTED_PROXIES="10.0.0.5, 2001:db8::/32")
    assert found == (ip_network("10.0.0.5/32"), ip_network("2001:db8::/32"))


@pytest.mark.parametrize(
    "rest",
    [
        "host/clinic",
        "host/clinic?sslmode=require",
        "10.0.0.5:5432/clinic",
        "/clinic?host=db.example",
        "localhost/c?hostaddr=10.0.0.5",
    ],
)
def test_a_database_on_another_machine_is_reached_encrypted_and_checked(rest: str, tmp_path: Path) -> None:
    given = {"COORDINATOR_DATA_DIR": str(tmp_path), "COORDINATOR_SECRET_KEY": "x" * 40}
    url = f"postgresql://clinic@{rest}"
    with pytest.raises(SettingsError, match="sslmode=verify-full"):
        load(given | {"COORDINATOR_DATABASE_URL": url})
    safe = url.replace("?sslmode=require", "")
    safe += f"{'&' if '?' in safe else '?'}sslmode=verify-full"
    assert load(given | {"COORDINATOR_DATABASE_URL": safe}).database_url.endswith("sslmode=verify-full")


@pytest.mark.parametrize("rest", ["127.0.0.1/clinic", "[::1]:5432/clinic", "/clinic", "/clinic?host=/run/postgresql"])
def test_one_on_this_machine_needs_none(rest: str, tmp_path: Path) -> None:
    given = {"COORDINATOR_DATA_DIR": str(tmp_path), "COORDINATOR_SECRET_KEY": "x" * 40}
    assert load(given | {"COORDINATOR_DATABASE_URL": f"postgresql://clinic@{rest}"}).database_url.endswith(rest)


PG = "postgresql://serving:pw@127.0.0.1/clinic"


@pytest.mark.parametrize("owner", [PG, "sqlite:///x.db", "postgresql://127.0.0.1/clinic"])
def test_who_migrates_is_another_role_of_postgresql(tmp_path: Path, owner: str) -> None:
    with pytest.raises(SettingsError, match="must name two roles of one PostgreSQL database"):
        loaded(tmp_path, DATABASE_URL=PG, MIGRATE_DATABASE_URL=owner)
    found = loaded(tmp_path, DATABASE_URL=PG, MIGRATE_DATABASE_URL=PG.replace("serving", "owner"))
    assert (found.serving_role, found.migrate_database_url) == (
        "serving",
        "postgresql+psycopg://owner:pw@127.0.0.1/clinic",
    )
    assert loaded(tmp_path, DATABASE_URL=PG).serving_role is None
    with pytest.raises(SettingsError, match="MIGRATE_DATABASE_URL leads to another machine"):
        loaded(tmp_path, DATABASE_URL=PG, MIGRATE_DATABASE_URL="postgresql://owner@db.example/clinic")
