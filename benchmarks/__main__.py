"""`python -m benchmarks [FOLDER]`: every benchmark in turn; FOLDER holds kap-problem/1 files to plan as well."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOT_RUN = {"__init__", "__main__"}


def main() -> None:
    """Runs each module here that has a `main`, as a program of its own, with the same arguments."""
    for file in sorted(HERE.glob("*.py")):
        if file.stem not in NOT_RUN and "__main__" in file.read_text():
            print(f"\n== {file.stem}", flush=True)
            sys.argv[0] = str(file)
            runpy.run_module(f"benchmarks.{file.stem}", run_name="__main__")


if __name__ == "__main__":
    main()
