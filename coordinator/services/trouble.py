"""What a log may say of a fault: where it happened, not its text, which can hold what somebody typed."""

from __future__ import annotations

import traceback

MOST_FRAMES = 12


def frames(error: BaseException) -> list[str]:
    """The innermost places that an error passed through, each as `file:line function`."""
    passed = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in passed]
