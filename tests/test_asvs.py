"""docs/asvs.md is complete, names what is there, and counts right; docs/inventories.md lists what is really logged."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from coordinator.services.passwords import TOO_CLOSE
from coordinator.services.sign_in_policy import IDLE_CHOICES

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
SECTIONS = {
    1: (2, 9, 11, 3, 2), 2: (3, 3, 4, 1), 3: (0, 2, 4, 6, 5, 0, 2), 4: (3, 1, 2, 4), 5: (1, 3, 2, 3),
    6: (3, 12, 4, 4, 5, 3, 0, 4), 7: (3, 4, 2, 5, 2, 2), 8: (2, 3, 1, 1), 9: (3, 4), 10: (2, 2, 4, 11, 5, 2, 3),
    11: (2, 3, 3, 4, 1, 1), 12: (3, 2, 4), 13: (1, 5, 2, 5), 14: (2, 4, 3), 15: (3, 3, 7), 16: (1, 5, 4, 3, 3),
    17: (1, 4, 2),
}  # fmt: skip
"""Requirements of levels 1 and 2 in each section of ASVS 5.0.0; in each, they come before those of level 3."""
DOCUMENTED = {"2.1", "5.1", "6.1", "7.1", "8.1", "11.1", "13.1", "14.1", "15.1", "16.1"}
"""Sections that ask for documentation: there a document may stand for a test."""
STATUSES = ("met", "not applicable", "not met")
ROW = re.compile(r"^\| ([0-9]+\.[0-9]+\.[0-9]+) \| (.+?) \| (met|not applicable|not met) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
LINK = re.compile(r"\]\(([^)#]+)(?:#([^)]+))?\)")


def chapter(number: int) -> Path:
    return DOCS / "asvs" / f"v{number:02}.md"


def rows(number: int) -> list[tuple[str, str, str, str]]:
    """Number, words, status and evidence of each requirement of a chapter."""
    return ROW.findall(chapter(number).read_text())


def anchors(page: Path) -> set[str]:
    """The headings of a document as links name them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in heads}


def test_every_requirement_stands_once_in_its_chapter() -> None:
    assert sum(map(sum, SECTIONS.values())) == 253
    for number, sizes in SECTIONS.items():
        wanted = [f"{number}.{part}.{n}" for part, size in enumerate(sizes, 1) for n in range(1, size + 1)]
        assert [each for each, *_ in rows(number)] == wanted
        lines = [line for line in chapter(number).read_text().splitlines() if re.match(r"\| \d", line)]
        assert len(lines) == len(wanted), f"a row of chapter {number} cannot be read"


def test_each_test_and_document_that_is_named_is_there() -> None:
    for number in SECTIONS:
        for requirement, _, _, evidence in rows(number):
            for file, name in NAMED.findall(evidence):
                path = ROOT / file
                assert path.is_file(), f"{requirement} names {file}, which is not there"
                found = not name or re.search(rf"^def {name}\(", path.read_text(), re.MULTILINE)
                assert found, f"{requirement} names {file}::{name}, which is not there"
            for target, heading in LINK.findall(evidence):
                page = (chapter(number).parent / target).resolve()
                assert page.is_file(), f"{requirement} names {target}, which is not there"
                assert not heading or heading in anchors(page), f"{requirement}: {target} has no heading {heading}"


def test_what_is_met_is_shown() -> None:
    for number in SECTIONS:
        for requirement, words, status, evidence in rows(number):
            assert len(words) < 140 and len(evidence) > 10, requirement
            section = requirement.rpartition(".")[0]
            if status == "met":
                by_document = section in DOCUMENTED and "](../" in evidence
                assert by_document or NAMED.search(evidence), f"{requirement} is said to be met, and by what?"


def test_the_counts_are_right() -> None:
    summary = (DOCS / "asvs.md").read_text()
    total: Counter[str] = Counter()
    for number in SECTIONS:
        count = Counter(status for _, _, status, _ in rows(number))
        total += count
        link = rf"\[{number}\. [^|]+\]\(asvs/v{number:02}\.md\)"
        line = re.search(rf"^\| {link} \| (\d+) \| (\d+) \| (\d+) \|$", summary, re.MULTILINE)
        assert line is not None, f"docs/asvs.md does not count chapter {number}"
        assert [int(each) for each in line.groups()] == [count[each] for each in STATUSES], f"chapter {number}"
    sums = " | ".join(str(total[each]) for each in STATUSES)
    assert f"| **all** | {sums} |" in summary
    said = f"{total['met']} are met, {total['not applicable']} do not apply, {total['not met']} are not met"
    assert said in " ".join((DOCS / "security.md").read_text().split()), "docs/security.md counts otherwise"


def test_what_is_not_met_stands_in_the_summary_too() -> None:
    open_ones = [each for number in SECTIONS for each, _, status, _ in rows(number) if status == "not met"]
    assert re.findall(r"^\| (\d+\.\d+\.\d+) \|", (DOCS / "asvs.md").read_text(), re.MULTILINE) == open_ones


def logged() -> dict[str, set[str]]:
    """Each event that the program logs, with the fields that it has."""
    found: dict[str, set[str]] = {}
    for file in sorted((ROOT / "coordinator").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                continue
            receiver, first = ast.unparse(node.func.value), node.args[0]
            is_logger = re.fullmatch(r"_?log(ger)?(\(\))?|structlog\.get_logger\(.*\)", receiver)
            if is_logger and isinstance(first, ast.Constant) and node.func.attr in {"info", "warning", "error"}:
                fields = {each.arg for each in node.keywords if each.arg}
                found.setdefault(str(first.value), set()).update(fields)
    return found


def test_the_inventory_of_the_log_is_what_is_logged() -> None:
    text = (DOCS / "inventories.md").read_text()
    table = re.findall(r"^\| `([\w.]+)` \| ([^|]+) \| [^|]+ \|$", text[text.index("## Logs") :], re.MULTILINE)
    in_words = {each for each in logged() if " " in each}
    assert len(in_words) == 1, "the acts that wait while the disk is full"
    listed = {event: set(re.findall(r"`(\w+)`", fields)) for event, fields in table}
    assert listed == {event: fields for event, fields in logged().items() if event not in in_words}
    writers = {file.name for file in (ROOT / "coordinator").rglob("*.py") if "FileHandler" in file.read_text()}
    assert not writers, "the log goes to standard error and the log host, into no file"


def test_the_inventory_of_signing_in_is_what_holds() -> None:
    text = (DOCS / "inventories.md").read_text()
    listed = re.search(r"Words too close to be a password.*?: ([\w,\s]+)\.", text)
    assert listed is not None
    assert set(re.findall(r"\w+", listed[1])) == TOO_CLOSE
    assert IDLE_CHOICES == (15, 30, 60, 240, 720), "docs/inventories.md names the times"
