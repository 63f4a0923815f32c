"""Codes: what stands for a thing in files and addresses, made from its name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection


def free_code(name: str, taken: Collection[str], *, otherwise: str) -> str:
    """A code of lower-case letters, figures and hyphens that nobody has: dosing-room-2, dosing-room-2-2 …"""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or otherwise
    code, number = stem, 2
    while code in taken:
        code, number = f"{stem}-{number}", number + 1
    return code
