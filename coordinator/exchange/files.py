"""Files of the exchange format on disk: read whole or not at all, written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from coordinator.domain.errors import InvalidInput

MOST_BYTES = 256 * 1024 * 1024
"""Far above any clinic's problem (57 programs take 0.2 MB); a larger file is a mistake."""


def read_bytes(path: Path) -> bytes:
    """The content of a regular file; raises InvalidInput with the reason and the remedy."""
    try:
        if not path.is_file():
            raise InvalidInput(f"{path} is {'not a file' if path.exists() else 'not there'}. Name an existing file.")
        if path.stat().st_size > MOST_BYTES:
            raise InvalidInput(f"{path} is larger than {MOST_BYTES // 1024**2} MB, so it is no file of this format.")
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from None


def check_writable(path: Path) -> None:
    """Raises InvalidInput where a file could not be written there; to be asked before long work, not after."""
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder. Name a file to write.")
    if not path.parent.is_dir():
        raise InvalidInput(f"The folder {path.parent} is not there. Make it first, or name another file.")
    if not os.access(path.parent, os.W_OK):
        raise InvalidInput(f"The folder {path.parent} does not let you write. Name a file elsewhere.")


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Writes the object in place of what was there, whole or not at all; raises InvalidInput where it cannot."""
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    try:
        _replace(path, text.encode("utf-8"))
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}.") from None


def _replace(path: Path, content: bytes) -> None:
    """A reader sees the old file or the new one: the new one is complete before it takes the name."""
    if path.exists() and not path.is_file():
        path.write_bytes(content)  # a pipe or a device, such as /dev/stdout, cannot be replaced
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(_mode(path))
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int:
    """The mode the file had, or that of any new file."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
