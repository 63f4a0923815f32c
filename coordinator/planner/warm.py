"""Builds the compiled part ahead of the first plan: `python -m coordinator.planner.warm`."""

from __future__ import annotations

import sys

from coordinator.planner.native import NoCompiler, library


def main() -> int:
    """Builds and loads it; 1 with a line on standard error where it cannot be built."""
    try:
        library()
    except NoCompiler as error:
        print(error, file=sys.stderr)  # noqa: T201 -- a command
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
