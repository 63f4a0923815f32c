"""`make audit`: known holes in what we depend on (pip-audit, npm audit), and risky calls in our own code (bandit).

Exit 0: clean, or each finding explained here. 1: a finding that is not, or an explanation that explains nothing. 2: a
database of advisories could not be reached; the rest is clean.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
BIN = TOP / "build" / "audit" / "bin"
CLEAN, FOUND, UNREACHED = 0, 1, 2

EXPLAINED = {
    "B101": "Asserts tell the type checker what the line before has made sure; nothing is refused by one.",
    "B105 config.py": "The description of a setting, no password.",
    "B106 coordinator/services/backup.py": "A copy that is read once, as it lies; it is given no key on purpose.",
    "B106 coordinator/services/users.py": "An invited user has no password yet, and the empty hash fits none.",
    "B310 coordinator/cli_serve.py": "The address is our own, with http: written before it.",
    "B311 coordinator/planner/many.py": "Chance for the search, from a seed that must repeat; no secret.",
    "B404": "Processes of our own are started: see B603.",
    "B603": "Lists of arguments without a shell; what a user typed is in none of them.",
    "B608 coordinator/store/copying.py": "Names of tables out of a backup, which replaces the whole database anyway.",
}
"""Findings of bandit by test and file, or by test alone, and why each is none."""


def run(*command: str | Path) -> str:
    """What a command prints; that it found something is in there, too."""
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False, timeout=300).stdout


def python_packages() -> int:
    """The locked Python packages."""
    text = run(
        BIN / "pip-audit", "--require-hashes", "--disable-pip", "--format", "json", "-r", "requirements/main.lock",
        "--progress-spinner", "off",
    )  # fmt: skip
    packages = json.loads(text or '{"dependencies": []}')["dependencies"]
    looked_up = [each for each in packages if "vulns" in each]
    for each in looked_up:
        for hole in each["vulns"]:
            print(f"  {each['name']} {each['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions'])}")
    return verdict("pip-audit", len(looked_up), len(packages), any(each["vulns"] for each in looked_up))


def npm_packages() -> int:
    """The locked packages of the browser."""
    answer: dict[str, Any] = json.loads(run("npm", "audit", "--json") or "{}")
    number = answer.get("metadata", {}).get("dependencies", {}).get("total", 0)
    holes = answer.get("vulnerabilities", {})
    for name, hole in holes.items():
        print(f"  {name}: {hole['severity']}")
    return verdict("npm audit", number, number, bool(holes))


def verdict(name: str, looked_up: int, total: int, has_holes: bool) -> int:
    """Says how a look-up went."""
    if not looked_up or looked_up < total:
        missing = f"{total - looked_up} of {total} packages" if total else "any package"
        print(f"{name}: the database of advisories could not be reached for {missing}.")
        return FOUND if has_holes else UNREACHED
    print(f"{name}: {looked_up} packages, {'holes as above' if has_holes else 'no known hole'}.")
    return FOUND if has_holes else CLEAN


def own_code() -> int:
    """Our own code."""
    found = json.loads(run(BIN / "bandit", "-q", "-f", "json", "-r", "coordinator", "config.py", "wsgi.py"))["results"]
    used, unexplained = set(), 0
    for each in found:
        test, file = each["test_id"], each["filename"].removeprefix("./")
        key = next((key for key in (f"{test} {file}", test) if key in EXPLAINED), None)
        used.add(key)
        if key is None:
            unexplained += 1
            print(f"  {file}:{each['line_number']}: {test} {each['issue_text']}")
    for key in EXPLAINED.keys() - used:
        print(f"  {key} is explained but not found; take it out of {Path(__file__).name}.")
    print(f"bandit: {len(found)} findings, {unexplained} of them unexplained.")
    return FOUND if unexplained or EXPLAINED.keys() - used else CLEAN


if __name__ == "__main__":
    results = python_packages(), npm_packages(), own_code()
    sys.exit(FOUND if FOUND in results else max(results))
