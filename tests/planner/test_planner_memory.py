"""The compiled planner under AddressSanitizer: random clinics are planned without a stray read or write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CHECKED = """
import sys
import pytest
from coordinator.planner import native

native._FLAGS = (*native._FLAGS, "-g", "-fsanitize=address", "-fno-omit-frame-pointer")
sys.exit(pytest.main(["-p", "no:cacheprovider", "--deselect", "tests/planner/test_planner_memory.py", *sys.argv[1:]]))
"""


@pytest.mark.soak
def test_planning_reads_and_writes_only_its_own_memory() -> None:
    runtime = subprocess.run(["cc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True).stdout
    if not Path(runtime.strip()).is_absolute():
        pytest.skip("AddressSanitizer is missing. Install it with: apt-get install libasan8")
    # Python itself frees little at its end: only faults count, not leaks.
    environment = os.environ | {"LD_PRELOAD": runtime.strip(), "ASAN_OPTIONS": "detect_leaks=0"}
    command = [sys.executable, "-c", CHECKED, "tests/planner"]
    done = subprocess.run(
        command, env=environment, cwd=HERE.parents[1], capture_output=True, text=True, timeout=3600, check=False
    )
    said = done.stdout + done.stderr
    assert "AddressSanitizer" not in said, said[-4000:]
    assert done.returncode == 0, said[-4000:]
