"""On PostgreSQL the role that serves has rows alone, and of the audit log only its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from cast import NOW, SECRET, Cast
from click.testing import CliRunner, Result
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from coordinator.cli import cli
from coordinator.services import patients
from coordinator.store import audit, migrate, roles
from coordinator.store.roles import Rights, rights
from coordinator.store.unit_of_work import Database

pytestmark = pytest.mark.postgres
SERVING, OWNER = "coordinator-serving", "coordinator-owner"


def as_role(url: str, role: str) -> str:
    return make_url(url).set(username=role).render_as_string(hide_password=False)


@pytest.fixture
def two_roles(postgres_server: Callable[[str], str]) -> Iterator[None]:
    """A role that may own tables and one that may not, neither of them a superuser."""
    with psycopg.connect(postgres_server("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        for role in (SERVING, OWNER):
            connection.execute(f'CREATE ROLE "{role}" LOGIN'.encode())
    yield
    with psycopg.connect(postgres_server("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        for role in (SERVING, OWNER):
            connection.execute(f'DROP ROLE "{role}"'.encode())


@pytest.fixture
def serving(two_roles: None, database: Database) -> Iterator[Database]:
    """The fixed clinic's database by the role that serves, of which another role keeps the tables."""
    roles.allow(database, SERVING)
    found = Database(as_role(database.url, SERVING), SECRET)
    yield found
    found.dispose()
    with database.write() as work:
        work.session.execute(text(f'DROP OWNED BY "{SERVING}"'))


REFUSED = (
    "UPDATE audit SET actor = 'Somebody'",
    "DELETE FROM audit",
    "TRUNCATE audit",
    "DELETE FROM audit_heads",
    "ALTER TABLE audit DISABLE TRIGGER ALL",
    "ALTER TABLE patients ADD COLUMN extra text",
    "DROP TABLE patients",
    "CREATE TABLE extra (id int)",
    "UPDATE alembic_version SET version_num = '0001'",
)


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_the_serving_role_works_with_rows_and_changes_neither_tables_nor_the_log(
    serving: Database, database: Database, cast: Cast
) -> None:
    with serving.write() as work:
        patients.edit_patient(work, cast.ada, NOW, cast.pat, "Pat Lee", "pat@example.org", "555 0100")
    with serving.read() as work:
        assert [each.name for each in patients.list_patients(work, cast.ada, NOW, "Pat").patients] == ["Pat Lee"]
    for statement in REFUSED:
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), serving.write() as work:
            work.session.execute(text(statement))
    with serving.read() as work:
        assert audit.verify(work, cast.clinic_id) is None
    assert (rights(serving), rights(database)) == (Rights(False, False), Rights(True, True))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def test_the_owner_brings_tables_up_to_date_and_the_serving_role_says_what_it_lacks(
    two_roles: None, empty_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(empty_postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE empty OWNER TO "{OWNER}"'.encode())
    owner = Database(as_role(empty_postgres_url, OWNER), SECRET)
    monkeypatch.setenv("COORDINATOR_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COORDINATOR_SECRET_KEY", SECRET)
    monkeypatch.setenv("COORDINATOR_DATABASE_URL", as_role(empty_postgres_url, SERVING))
    lacks = "Run coordinator migrate with COORDINATOR_MIGRATE_DATABASE_URL."
    assert lacks in run("user", "list").stderr
    monkeypatch.setenv("COORDINATOR_MIGRATE_DATABASE_URL", owner.url)
    assert lacks in run("user", "list").stderr, "whatever serves never uses the owner"
    assert f"The role {SERVING} may read and write their rows" in run("migrate").output
    named = ("--name", "Hill Clinic", "--timezone", "UTC", "--email", "a@example.org", "--administrator", "A B")
    made = CliRunner().invoke(cli, ["init", *named, "--password-stdin"], input="a long and quite uncommon phrase\n")
    assert made.exit_code == 0, made.output
    assert "ok   rights: This role may read and write rows, and only add to the audit log." in run("doctor").output

    assert run("backup", str(tmp_path / "b")).exit_code == 0
    restored = run("restore", str(tmp_path / "b"))
    assert restored.exit_code == 0, restored.output
    assert run("audit", "verify").exit_code == 0
    serving = Database(as_role(empty_postgres_url, SERVING), SECRET)
    assert rights(serving) == Rights(False, False), "of the tables that the backup made anew, too"
    migrate.downgrade(owner, "0730")
    assert lacks in run("user", "list").stderr
    assert "fix  tables: They are not of this version, and this role may not change them" in run("doctor").output
    serving.dispose()
    owner.dispose()
