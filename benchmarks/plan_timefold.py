"""What the planner is measured against: Timefold, where `make bench-peers` could install it."""

from __future__ import annotations

import subprocess
import tempfile
import time
from dataclasses import replace
from json import dumps
from pathlib import Path

from coordinator.domain.schedule import Plan, Problem, Unplanned
from coordinator.exchange.plan import read_plan
from coordinator.exchange.problem import write_problem

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / "build" / "peers" / "bin" / "python"
_RUN = "import sys; sys.path.insert(0, '.'); from benchmarks.timefold_run import main; main(*sys.argv[1:])"
_START = 60.0
"""Seconds granted for starting Java and for reading the answer, beyond those for planning."""


def timefold(problem: Problem, seconds: float) -> Plan:
    """The best plan that Timefold finds in time; nothing planned where it fails."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "problem.json", Path(folder) / "plan.json"
        source.write_text(dumps(write_problem(problem)), encoding="utf-8")
        command = [str(PYTHON), "-c", _RUN, str(source), str(target), str(seconds)]
        try:
            subprocess.run(command, cwd=ROOT, capture_output=True, timeout=10 * seconds + _START, check=True)
            found = read_plan(target.read_text(encoding="utf-8"), problem)
        except (subprocess.SubprocessError, OSError):
            out = tuple(Unplanned(each.id) for each in problem.enrollments)
            found = Plan((), out, problem.weights.unplanned * len(out))
    return replace(found, seconds=time.monotonic() - began)
