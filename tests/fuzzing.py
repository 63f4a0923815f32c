"""What fuzz tests share: how many cases each has, and what nobody would type.

`make test` tries a few cases of each parser, `make fuzz` 100,000 in all; FUZZ_CASES sets the number.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

CASES = int(os.environ.get("FUZZ_CASES", "250"))


def cases(share: float) -> Callable[[Any], Any]:
    """A share of all cases; each has two seconds."""
    return settings(
        max_examples=max(1, int(CASES * share)),
        deadline=timedelta(seconds=2),
        derandomize="FUZZ_CASES" not in os.environ,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


ODD = st.sampled_from(
    [
        *("", "0", "-1", "9" * 400, "1e400", "NaN", "2027-02-30", "24:00", "2027-01-04T25:61", "a" * 70_000, "null"),
        *("\x00", "\ud800", "\u202e", "\u0130", "\r\nBcc: x@example.org", "=1+1", "'; DROP TABLE patients;--"),
        *("<script>", "{{7*7}}", "../../etc/passwd", "%s%n"),
    ]
)
WORD = st.text(max_size=20) | ODD
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=3),
    max_leaves=5,
)
