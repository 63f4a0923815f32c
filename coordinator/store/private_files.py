"""Small files of secrets: their owner's alone, and there whole or as they were."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def replace(file: Path, text: str) -> None:
    """Puts the text in place of what the file held."""
    unfinished = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(file)
