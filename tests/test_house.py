"""The rules of the house, checked by machine. Each failure says which rule, where, and what to do."""

from __future__ import annotations

import ast
import re
import statistics
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "coordinator"
MOST_LINES_PER_FILE = 350
MOST_LINES_PER_FUNCTION = 50

MAY_IMPORT = {
    "domain": set(),
    "planner": {"domain"},
    "exchange": {"domain"},
    "calendars": {"domain"},
    "delivery": {"domain"},
    "store": {"domain"},
    "services": {"domain", "planner", "exchange", "calendars", "delivery", "store"},
    "web": {"services", "domain"},
}
ONLY_IN = {"sqlalchemy": "store", "alembic": "store", "flask": "web", "numpy": "planner"}
ROOTS = {"app", "cli", "worker"}


def is_composition_root(module: str) -> bool:
    """app.py, worker.py, and the command with its siblings cli_*.py."""
    name = module.split(".")[1] if "." in module else ""
    return name in ROOTS or name.startswith("cli_")


def python_files() -> list[Path]:
    """Every Python file of the package, its tests and benchmarks."""
    folders = [PACKAGE, ROOT / "tests", ROOT / "benchmarks"]
    return sorted([ROOT / "config.py", ROOT / "wsgi.py", *(file for each in folders for file in each.rglob("*.py"))])


def module_name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(file: Path) -> Iterator[str]:
    """The modules that a file names in its imports, each as precisely as the file says it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


PACKAGE_IMPORTS = {module_name(file): set(imports_of(file)) for file in sorted(PACKAGE.rglob("*.py"))}


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "coordinator" and parts[1] in MAY_IMPORT else None


def test_rooms_import_only_what_lies_below_them() -> None:
    wrong = [
        f"{module} imports {name}: {room} may import only {sorted(MAY_IMPORT[room]) or 'the standard library'}"
        for module, names in PACKAGE_IMPORTS.items()
        if (room := room_of(module))
        for name in names
        if (other := room_of(name)) and other != room and other not in MAY_IMPORT[room]
    ]
    assert not wrong, "\n".join(wrong)


def test_no_room_imports_a_composition_root_or_settings() -> None:
    wrong = [
        f"{module} imports {name}: pass what it needs as an argument"
        for module, names in PACKAGE_IMPORTS.items()
        if room_of(module)
        for name in names
        if is_composition_root(name) or name.split(".")[0] == "config"
    ]
    assert not wrong, "\n".join(wrong)


def test_each_library_stays_in_its_room() -> None:
    wrong = [
        f"{module} imports {name}: {library} belongs in {ONLY_IN[library]} only"
        for module, names in PACKAGE_IMPORTS.items()
        for name in names
        if (library := name.split(".")[0]) in ONLY_IN
        and room_of(module) != ONLY_IN[library]
        and not is_composition_root(module)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_domain_uses_the_standard_library_alone() -> None:
    outside = {"flask", "sqlalchemy", "numpy", "icalendar", "structlog", "click", "apscheduler"}
    wrong = [
        f"{module} imports {name}"
        for module, names in PACKAGE_IMPORTS.items()
        if room_of(module) == "domain"
        for name in names
        if name.split(".")[0] in outside
    ]
    assert not wrong, "\n".join(wrong)


def reachable(start: str) -> set[str]:
    """All modules of the package that importing `start` loads."""
    seen, waiting = set(), [start]
    while waiting:
        module = waiting.pop()
        if module in seen or module not in PACKAGE_IMPORTS:
            continue
        seen.add(module)
        waiting.extend(PACKAGE_IMPORTS[module])
    return seen


def test_a_web_process_never_loads_the_planner() -> None:
    loaded = {module for module in reachable("coordinator.app") if room_of(module) == "planner"}
    assert not loaded, f"coordinator.app reaches {sorted(loaded)}; only services/planning may import the planner"


def test_only_the_planning_service_imports_the_planner() -> None:
    wrong = [
        module
        for module, names in PACKAGE_IMPORTS.items()
        if room_of(module) == "services" and not module.startswith("coordinator.services.planning")
        if any(room_of(name) == "planner" for name in names)
    ]
    assert not wrong, f"{wrong} import the planner; move that to services/planning"


def test_no_import_inside_a_function() -> None:
    wrong = []
    for file in PACKAGE.rglob("*.py"):
        for function in ast.walk(ast.parse(file.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
                wrong += [f"{file.relative_to(ROOT)}:{node.lineno}: move the import to the top" for node in inner]
    assert not wrong, "\n".join(wrong)


def test_no_import_cycle() -> None:
    def on_a_cycle(module: str) -> bool:
        nexts = [name for name in PACKAGE_IMPORTS[module] if name in PACKAGE_IMPORTS and name != module]
        return any(module in reachable(name) for name in nexts)

    wrong = [module for module in PACKAGE_IMPORTS if on_a_cycle(module)]
    assert not wrong, f"these modules import each other in a circle: {wrong}"


def function_lengths(file: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield f"{file.relative_to(ROOT)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def test_files_and_functions_are_short_enough_to_hold_in_the_head(capsys: pytest.CaptureFixture[str]) -> None:
    written = [file for each in ("templates", "static") for file in (ROOT / each).rglob("*.*") if file.is_file()]
    text_files = [file for file in written if file.suffix in {".html", ".css", ".js"}]
    files = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in [*python_files(), *text_files]}
    functions = dict(pair for file in python_files() for pair in function_lengths(file))
    with capsys.disabled():
        print(f"\nhouse: {len(files)} files, median {statistics.median(files.values()):.0f} lines", end="; ")
        print(f"{len(functions)} functions, median {statistics.median(functions.values()):.0f} lines")
    long = [f"{name} has {lines} lines; split it" for name, lines in files.items() if lines > MOST_LINES_PER_FILE]
    long += [f"{name} has {n} lines; split it" for name, n in functions.items() if n > MOST_LINES_PER_FUNCTION]
    assert not long, "\n".join(long)


def test_no_two_files_of_tests_have_the_same_name() -> None:
    helpers = ("conftest.py", "__init__.py")
    names = Counter(file.name for file in (ROOT / "tests").rglob("*.py") if file.name not in helpers)
    wrong = [name for name, number in names.items() if number > 1]
    assert not wrong, (
        f"all folders of tests are on one path, so one of these hides the other; rename all but one: {wrong}"
    )


def test_every_module_says_what_it_is_for() -> None:
    wrong = [
        str(file.relative_to(ROOT))
        for file in python_files()
        if file.stat().st_size and not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert not wrong, f"these modules have no docstring: {wrong}"


def test_lock_files_hold_hashes_and_no_download_address() -> None:
    for file in (ROOT / "requirements").glob("*.lock"):
        text = file.read_text()
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|--index-url", text), (
            f"{file.name} holds an address; write it anew with make lock"
        )
    npm = (ROOT / "package-lock.json").read_text()
    assert '"integrity"' in npm
    assert '"resolved"' not in npm, "package-lock.json holds addresses; .npmrc must set omit-lockfile-registry-resolved"


def test_pages_hold_no_inline_script_or_style() -> None:
    forbidden = re.compile(
        r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE
    )
    wrong = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for file in (ROOT / "templates").rglob("*.html")
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if forbidden.search(line)
    ]
    assert not wrong, "the content policy refuses inline script and style:\n" + "\n".join(wrong)
