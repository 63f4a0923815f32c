"""Backups: one file with every row, consistent though others write on, and its own hash, so that damage shows.

The file is gzip over lines of JSON: a header with the tables, one line for each row, and a last line with the number of
rows and the SHA-256 of all lines before it. It goes from SQLite to PostgreSQL and back. The secret key is not in it:
without the same key the audit chain cannot be verified.
"""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from coordinator.domain.errors import Conflict, InvalidInput
from coordinator.store import copying, migrate
from coordinator.store.copying import Kinds
from coordinator.store.unit_of_work import Database

FORMAT = "coordinator-backup/1"


@dataclass(frozen=True, slots=True)
class Content:
    """What a backup says of itself."""

    at: datetime
    revision: str
    rows: int


def write(database: Database, file: Path, now: datetime) -> Content:
    """Writes a backup; the file is there whole or not at all, and readable by its owner alone.

    Raises Conflict for a database whose tables are not of this version.
    """
    revision = migrate.revision(database)
    if revision is None or revision != migrate.newest():
        raise Conflict("The tables are not of this version of Coordinator. Start it once, which migrates them.")
    with tempfile.TemporaryDirectory(dir=file.absolute().parent) as folder:
        unfinished = Path(folder) / "unfinished"
        with _still(database, Path(folder)) as still, unfinished.open("wb") as stream:
            unfinished.chmod(0o600)
            number = _write(still, stream, now, revision)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(file)
    return Content(now, revision, number)


def restore(database: Database, file: Path) -> Content:
    """Puts a backup in place of everything that is in the database, in one transaction.

    Raises InvalidInput for a file that is damaged or no backup: nothing is changed then.
    """
    content, tables = _verified(file)
    copying.replace_all(database, content.revision, tables, _rows(file))
    return content


@contextmanager
def _still(database: Database, folder: Path) -> Iterator[Database]:
    """The database, or of an SQLite file a copy: reading the file itself for long would keep writers waiting."""
    if not database.is_sqlite:
        yield database
        return
    copying.copy_file(database, folder / "copy.db")
    copy = Database(f"sqlite:///{folder / 'copy.db'}", secret_key="")
    try:
        yield copy
    finally:
        copy.dispose()


def _write(database: Database, stream: BinaryIO, now: datetime, revision: str) -> int:
    """Writes header, rows and hash; the number of rows."""
    header = {"format": FORMAT, "at": now.isoformat(), "revision": revision, "tables": copying.kinds()}
    hashed, number = sha256(), 0
    with gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as out, database.read() as work:
        hashed.update(_put(out, header))
        for row in copying.rows(work):
            hashed.update(_put(out, row))
            number += 1
        _put(out, {"rows": number, "sha256": hashed.hexdigest()})
    return number


def _put(out: gzip.GzipFile, value: Any) -> bytes:
    line = json.dumps(value, separators=(",", ":")).encode() + b"\n"
    out.write(line)
    return line


def _verified(file: Path) -> tuple[Content, Kinds]:
    """Reads the whole file once, and believes nothing of it before its hash has proven right."""
    hashed, number, header, last = sha256(), 0, b"", b""
    try:
        with gzip.open(file, "rb") as lines:
            header = last = lines.readline()
            for line in lines:
                hashed.update(last)
                last, number = line, number + 1
        said, about = json.loads(last), json.loads(header)
        sound = said == {"rows": number - 1, "sha256": hashed.hexdigest()} and about["format"] == FORMAT
    except FileNotFoundError:
        raise InvalidInput(f"There is no file {file}. Name a backup.") from None
    except (OSError, EOFError, zlib.error, ValueError, TypeError, KeyError):
        sound = False
    if not sound:
        raise InvalidInput(f"{file} is damaged, or no backup of Coordinator. Nothing was changed; use another backup.")
    return Content(datetime.fromisoformat(about["at"]), about["revision"], number - 1), about["tables"]


def _rows(file: Path) -> Iterator[tuple[str, list[Any]]]:
    with gzip.open(file, "rb") as lines:
        next(lines)
        for line in lines:
            row = json.loads(line)
            if isinstance(row, list):
                yield row[0], row[1]
