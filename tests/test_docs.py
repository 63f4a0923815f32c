"""The documentation says what is so: commands, options and settings are compared with the real ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

import config
from coordinator.cli import cli

DOCS = Path(__file__).resolve().parent.parent / "docs"


def leaves(command: click.Command, path: str = "coordinator") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its full name."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from leaves(found, f"{path} {name}")


def usages() -> list[str]:
    """The first column of the table of commands."""
    return re.findall(r"^\| `(coordinator [^`]+)` \|", (DOCS / "commands.md").read_text(), re.MULTILINE)


def signature(command: click.Command) -> set[str]:
    """Options by their longest name, and arguments in capitals."""
    return {
        max(each.opts, key=len) if isinstance(each, click.Option) else each.make_metavar(click.Context(command))
        for each in command.params
        if not (isinstance(each, click.Option) and each.hidden)
    }


def documented(usage: str, path: str) -> set[str]:
    """What a usage line names besides the command: options without their values, and arguments."""
    rest = re.sub(r"(-{1,2}[a-z-]+) [A-Z]+", r"\1", usage.removeprefix(path)).replace("[", " ").replace("]", " ")
    return set(rest.split())


def test_every_command_is_documented_with_its_options_and_no_other() -> None:
    real = {path: signature(command) for path, command in leaves(cli)}
    table = {}
    for usage in usages():
        path = max((each for each in real if f"{usage} ".startswith(f"{each} ")), key=len, default=usage)
        table[path] = {"--output" if each == "-o" else each for each in documented(usage, path)}
    assert table == real


def test_every_setting_is_documented_with_its_meaning() -> None:
    rows = re.findall(r"^\| `COORDINATOR_([A-Z_]+)` \| (.+?) \|", (DOCS / "running.md").read_text(), re.MULTILINE)
    assert dict(rows) == config.SETTINGS


def test_the_service_keeps_out_of_what_it_does_not_need() -> None:
    unit = (DOCS / "running.md").read_text().split("```ini")[1].split("```")[0]
    assert "User=coordinator" in unit, "not as root"
    for line in ("ProtectSystem=strict", "NoNewPrivileges=yes", "InaccessiblePaths=-/srv/coordinator/.git"):
        assert line in unit.splitlines()
    assert re.findall(r"ReadWritePaths=(.+)", unit) == ["/srv/coordinator/instance"]


def test_links_between_the_documents_lead_somewhere() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in DOCS.rglob("*.md")
        for target in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert not broken


def test_each_test_that_the_security_page_names_is_there() -> None:
    text = (DOCS / "security.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert len(named) > 12
    for file, name in named:
        path = DOCS.parent / file
        assert path.is_file(), f"docs/security.md names {file}, which is not there"
        assert not name or f"def {name}(" in path.read_text(), (
            f"docs/security.md names {file}::{name}, which is not there"
        )
