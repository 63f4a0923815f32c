"""The compiled part of the planner: built once from the C sources beside it, loaded when first needed.

The library's name carries a hash of its sources, so a changed source is built anew and nothing stale is ever loaded.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
"""Whole numbers; every array that crosses into compiled code is one of these."""

FAR = 1 << 40
"""No cost and no time comes near it: it stands for “cannot be” and “no limit”."""

STOP = ctypes.CFUNCTYPE(ctypes.c_int64)
"""The type of the question whether to stop."""

_SOURCES = Path(__file__).parent / "native"
_FLAGS = ("-O2", "-std=c11", "-fPIC", "-shared", "-fno-math-errno")


class NoCompiler(RuntimeError):
    """There is no C compiler to build the planner with."""


class Packed:
    """A row of numbers and arrays as compiled code reads it; holds the arrays as long as it lives."""

    def __init__(self, fields: Iterable[int | Ints]) -> None:
        self._kept = [np.ascontiguousarray(f, np.int64) if isinstance(f, np.ndarray) else f for f in fields]
        values = [f.ctypes.data if isinstance(f, np.ndarray) else int(f) for f in self._kept]
        self._row = (ctypes.c_int64 * len(values))(*values)
        self._as_parameter_ = ctypes.c_void_p(ctypes.addressof(self._row))


class Library(NamedTuple):
    """The functions of the compiled part; see the C sources for what each takes."""

    runs: Callable[..., None]
    slots_of: Callable[..., int]
    fill_rows: Callable[..., None]
    build_dag: Callable[..., int | None]
    reprice_dag: Callable[..., None]
    free_dag: Callable[..., None]
    togo_of: Callable[..., int]
    edges_of: Callable[..., int]
    explore: Callable[..., None]
    occupy: Callable[..., None]
    crowded: Callable[..., int]
    dearer: Callable[..., None]
    price_people: Callable[..., None]
    price_rooms: Callable[..., None]


@cache
def library() -> Library:
    """The compiled part, built first where it is not built yet. Raises NoCompiler."""
    loaded = ctypes.CDLL(str(_built()))
    address, number = ctypes.c_void_p, ctypes.c_int64
    signatures: dict[str, tuple[list[type], type | None]] = {
        "runs": ([address, number, number, address], None),
        "slots_of": ([address, address], number),
        "fill_rows": ([address, address, address, address, number], None),
        "build_dag": ([address, address, address, number], address),
        "reprice_dag": ([address, address, address, address], None),
        "free_dag": ([address], None),
        "togo_of": ([address, number], number),
        "edges_of": ([address], number),
        "explore": ([address, address, address, address, address, address, STOP], None),
        "occupy": ([address, address, number, number], None),
        "crowded": ([address, address, number], number),
        "dearer": ([address, number, number], None),
        "price_people": ([address, address, address, number, address, number, address, address], None),
        "price_rooms": ([address, address, number, address, number, address, address], None),
    }
    functions = {}
    for name, (arguments, result) in signatures.items():
        functions[name] = getattr(loaded, name)
        functions[name].argtypes, functions[name].restype = arguments, result
    return Library(**functions)


def pointer(array: Ints) -> object:
    """A contiguous array as an argument; it keeps the array alive for the call."""
    return array.ctypes


def _built() -> Path:
    sources = sorted(_SOURCES.glob("*.c"))
    digest = hashlib.sha256()
    for each in (*sources, *sorted(_SOURCES.glob("*.h"))):
        digest.update(each.read_bytes())
    digest.update(" ".join((*_FLAGS, os.uname().machine)).encode())
    name = f"kernel-{digest.hexdigest()[:16]}.so"
    places = (_SOURCES, Path(tempfile.gettempdir()) / f"coordinator-planner-{os.getuid()}")
    for place in places:
        if (place / name).exists() and (place / name).stat().st_uid in (0, os.getuid()):
            return place / name
    place = next(each for each in places if _writable(each))
    _compile(sources, place / name)
    return place / name


def _writable(place: Path) -> bool:
    try:
        place.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return False
    return os.access(place, os.W_OK)


def _compile(sources: list[Path], target: Path) -> None:
    """Builds into a file of its own and moves it into place, so that two processes may build at once."""
    compiler = next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)
    if compiler is None:
        raise NoCompiler("The planner needs a C compiler to be built once. Install one: apt-get install gcc libc6-dev.")
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".building", delete=False) as made:
        building = Path(made.name)
    command = [compiler, *_FLAGS, "-o", str(building), *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- the compiler, on our own sources
    if done.returncode:
        building.unlink()
        raise NoCompiler(f"The planner could not be built with {compiler}: {done.stderr.strip()[:500]}")
    building.chmod(0o755)
    building.replace(target)
