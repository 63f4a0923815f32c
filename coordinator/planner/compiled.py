"""Compiled speed: the one decorator for functions that Numba turns into machine code, and the arrays they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
"""Whole numbers; every array that crosses into compiled code is one of these."""

FAR = 1 << 40
"""No cost and no time comes near it: it stands for “cannot be” and “no limit”."""

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Compiles a function on its first call and keeps the machine code beside the module for later processes."""
    return cast(_Function, numba.njit(cache=True, nogil=True)(function))
