"""The doctor says what is well, and what to do about what is not."""

from __future__ import annotations

import socket
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from cast import Cast

from coordinator.delivery.provider import Provider
from coordinator.services.doctor import Installation, examine
from coordinator.store import migrate
from coordinator.store.inspection import is_wal_trap, look
from coordinator.store.unit_of_work import Database

SECRET = "a-secret-key-for-tests-only-0123456789"


@pytest.fixture
def installation(database: Database, tmp_path: Path) -> Installation:
    here = "http://127.0.0.1:5000"
    return Installation(
        database, None, "Coordinator <c@example.org>", here, tmp_path, tls_trouble=lambda _host, _port: None
    )


def trouble(installation: Installation) -> dict[str, str]:
    """What is not well, by subject."""
    return {each.subject: each.text for each in examine(installation) if not each.is_well}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_sound_installation_has_no_trouble(installation: Installation) -> None:
    assert trouble(installation) == {}


def test_where_outside_calendars_come_from_is_said(installation: Installation) -> None:
    def said(*hosts: str) -> str:
        listed = replace(installation, calendar_hosts=hosts)
        return next(each.text for each in examine(listed) if each.subject == "outside calendars")

    assert "any public address" in said() and "COORDINATOR_CALENDAR_HOSTS" in said()
    assert said("calendar.google.com") == "They are read from calendar.google.com and nowhere else."


def test_a_log_host_that_is_not_there_is_named_with_the_remedy(installation: Installation) -> None:
    port = free_port()
    found = trouble(replace(installation, log_url=f"syslog+tls://127.0.0.1:{port}"))
    assert found == {
        "log host": f"127.0.0.1, port {port}: it cannot be reached (Connection refused). Check COORDINATOR_LOG_URL."
    }


def test_a_mail_server_that_answers_is_well(installation: Installation) -> None:
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        assert trouble(replace(installation, smtp_url=f"smtp://127.0.0.1:{controller.port}")) == {}
    finally:
        controller.stop()


def test_a_mail_server_that_is_not_there_is_named_with_the_remedy(installation: Installation) -> None:
    found = trouble(replace(installation, smtp_url=f"smtp://127.0.0.1:{free_port()}"))
    assert found == {
        "mail server": "The mail server cannot be reached: Connection refused. Check COORDINATOR_SMTP_URL."
    }


def test_a_public_address_without_encryption_is_trouble(installation: Installation) -> None:
    assert "Use https" in trouble(replace(installation, base_url="http://clinic.example.org"))["address"]
    asked: list[tuple[str, int]] = []

    def look(host: str, port: int) -> str | None:
        asked.append((host, port))
        return "it also takes TLS 1.0 or 1.1" if port == 8443 else None

    public = replace(installation, base_url="https://clinic.example.org", trusts_proxies=True, tls_trouble=look)
    assert trouble(public) == {}
    old = trouble(replace(public, base_url="https://clinic.example.org:8443"))["address"]
    assert old.endswith("it also takes TLS 1.0 or 1.1. Set the proxy to TLS 1.2 and 1.3.")
    assert asked == [("clinic.example.org", 443), ("clinic.example.org", 8443)]


def test_https_without_a_trusted_proxy_is_trouble(installation: Installation) -> None:
    found = trouble(replace(installation, base_url="https://clinic.example.org"))
    assert list(found) == ["proxy"] and "COORDINATOR_TRUSTED_PROXIES" in found["proxy"]


def test_a_data_folder_that_is_missing_is_trouble(installation: Installation, tmp_path: Path) -> None:
    found = trouble(replace(installation, data_dir=tmp_path / "gone"))
    assert "cannot be written: No such file or directory." in found["data folder"]


def test_a_secret_key_that_others_can_read_is_trouble(installation: Installation) -> None:
    for name in ("secret-key", "old-secret-keys"):
        key = installation.data_dir / name
        key.write_text(SECRET)
        key.chmod(0o644)
        assert f"Run chmod 600 {key}." in trouble(installation)["secret key"]
        key.chmod(0o600)
        assert trouble(installation) == {}


@pytest.mark.parametrize(
    ("old_keys", "words"), [((SECRET,), "Run coordinator keys exchange."), ((), "under no secret key at hand")]
)
def test_a_secret_key_that_is_not_the_logs_is_trouble(
    installation: Installation, cast: Cast, old_keys: tuple[str, ...], words: str
) -> None:
    other = Database(installation.database.url, "another secret key, of 32 characters", None, old_keys)
    assert words in trouble(replace(installation, database=other))["audit log"]
    other.dispose()


def test_a_database_that_is_not_there_is_one_line_and_the_rest_is_examined(installation: Installation) -> None:
    lost = Database("postgresql+psycopg://nobody@127.0.0.1:1/none", SECRET)
    found = list(examine(replace(installation, database=lost)))
    assert [each.subject for each in found if not each.is_well] == ["database"]
    assert "time zones" in [each.subject for each in found]
    lost.dispose()


def test_an_empty_database_is_no_trouble_and_stays_empty(empty_database: Database, installation: Installation) -> None:
    found = {each.subject: each for each in examine(replace(installation, database=empty_database))}
    assert found["tables"].is_well
    assert "There are none yet" in found["tables"].text
    assert migrate.revision(empty_database) is None


def test_tables_of_a_newer_version_are_trouble(sqlite: Database, installation: Installation) -> None:
    file = sqlite.url.removeprefix("sqlite:///")
    tables = sqlite3.connect(file)
    tables.execute("UPDATE alembic_version SET version_num = '9999'")
    tables.commit()
    tables.close()
    assert "made by a newer Coordinator" in trouble(replace(installation, database=sqlite))["tables"]


@pytest.mark.parametrize(
    ("server", "journal", "is_trap"),
    [
        ("SQLite 3.40.1", "wal", True),
        ("SQLite 3.51.2", "wal", True),
        ("SQLite 3.51.3", "wal", False),
        ("SQLite 3.40.1", "truncate", False),
    ],
)
def test_the_versions_that_corrupt_in_wal_mode_are_known(server: str, journal: str, is_trap: bool) -> None:
    assert is_wal_trap(server, journal) is is_trap


def test_sqlite_is_never_run_in_wal_mode(sqlite: Database) -> None:
    assert look(sqlite).journal == "truncate"


def test_a_sign_in_provider_that_does_not_answer_is_named_with_the_remedy(installation: Installation) -> None:
    nobody = Provider(f"http://127.0.0.1:{free_port()}", "coordinator", "secret", "Harbor ID", "https://a.example")
    said = trouble(replace(installation, provider=nobody))["sign-in provider"]
    assert said.startswith(nobody.issuer) and said.endswith("Check COORDINATOR_OIDC_ISSUER.")
