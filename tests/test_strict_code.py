"""What the code never does, checked by machine: for requirements that no single page can show."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = sorted([ROOT / "config.py", ROOT / "wsgi.py", *(ROOT / "coordinator").rglob("*.py")])
SCRIPTS = {str(file.relative_to(ROOT)): file.read_text() for file in sorted((ROOT / "static").rglob("*.js"))}
TEMPLATES = {str(file.relative_to(ROOT)): file.read_text() for file in sorted((ROOT / "templates").rglob("*.html"))}

DANGEROUS = {
    "pickle", "marshal", "shelve", "yaml", "xml", "lxml", "ldap", "ldap3", "memcache", "pymemcache", "telnetlib",
    "ftplib", "zipfile", "tarfile", "bz2", "lzma",
}  # fmt: skip
"""Readers that make more than data of what they read, or that unpack without end; and what ASVS asks about by name."""
SPEAKING = {
    "apprise": {"coordinator/delivery/gateway.py", "coordinator/delivery/own_gateway.py"},
    "authlib": {"coordinator/delivery/id_tokens.py", "coordinator/delivery/provider.py"},
    "http.client": {"coordinator/delivery/guarded.py"},
    "imaplib": {"coordinator/delivery/mailbox.py"},
    "requests": {"coordinator/delivery/provider.py"},
    "smtplib": {"coordinator/delivery/smtp.py"},
    "socket": {
        "coordinator/delivery/guarded.py",
        "coordinator/delivery/log_host.py",
        "coordinator/delivery/tls_look.py",
        "coordinator/cli_serve.py",
        "coordinator/worker.py",
    },
    "urllib.request": {"coordinator/cli_serve.py"},
}
"""Who speaks with other machines. tls_look asks the site's own address, cli_serve its own web process, and worker its
machine's name."""
CHANCE = {"coordinator/planner/bidding.py", "coordinator/planner/many.py", "coordinator/planner/market.py"}
"""Searches that must repeat from a seed; nothing secret comes of them."""
MAKES_MARKUP = {"static/enrollments/enroll.js", "static/schedule/schedule.js", "static/schedule/carry.js"}
"""Put in parts of pages that our server has made and escaped."""


@cache
def trees() -> dict[str, ast.Module]:
    """Every file of ours, read once, and not before a test asks."""
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text()) for file in CODE}


@cache
def calls(tree: ast.AST) -> list[tuple[str, ast.Call]]:
    """Every call with the last part of what is called."""
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    found = [(node.func.id, node) for node in named if isinstance(node.func, ast.Name)]
    return found + [(node.func.attr, node) for node in named if isinstance(node.func, ast.Attribute)]


@cache
def imported(tree: ast.AST) -> set[str]:
    """The modules that a file imports, as it names them."""
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}


def importers(name: str) -> set[str]:
    """The files that import a package or a part of it."""
    return {
        file
        for file, tree in trees().items()
        if any(each == name or each.startswith(f"{name}.") for each in imported(tree))
    }


def test_nothing_is_run_that_was_put_together() -> None:
    found = {(file, each) for each in DANGEROUS for file in importers(each)}
    for file, tree in trees().items():
        for name, call in calls(tree):
            is_plain = isinstance(call.func, ast.Name)
            if is_plain and name in {"eval", "exec", "compile", "__import__"}:
                found.add((file, name))
            if name in {"system", "popen"} and ast.unparse(call.func).startswith("os."):
                found.add((file, name))
            if any(each.arg == "shell" for each in call.keywords):
                found.add((file, "shell"))
    assert not found


def test_sql_is_never_put_together_from_text() -> None:
    mixed = (ast.JoinedStr, ast.BinOp)
    found = {
        file
        for file, tree in trees().items()
        for name, call in calls(tree)
        if file.startswith("coordinator/store/")
        and name in {"text", "exec_driver_sql"}
        and call.args
        and isinstance(call.args[0], mixed)
    }
    assert found == {"coordinator/store/copying.py"}, "names of our own tables, where a backup is restored"


def test_regular_expressions_are_ours() -> None:
    """What is filled into a pattern is a constant of ours, or escaped."""
    for file, tree in trees().items():
        for name, call in calls(tree):
            if name not in {"compile", "search", "match", "fullmatch", "sub", "finditer", "findall", "split"}:
                continue
            for part in ast.walk(call.args[0]) if call.args and isinstance(call.args[0], ast.JoinedStr) else ():
                if isinstance(part, ast.FormattedValue):
                    inside = ast.unparse(part.value)
                    assert inside.startswith("re.escape(") or inside.isupper(), f"{file}: {inside}"


def test_format_strings_are_ours() -> None:
    """`.format` is called on what our own code has written, never on what somebody typed."""
    ours = {"pointer", "subject", "text", "MANY[first.action]"}
    found = {
        (file, ast.unparse(call.func.value))
        for file, tree in trees().items()
        for name, call in calls(tree)
        if name in {"format", "format_map"} and isinstance(call.func, ast.Attribute)
    }
    assert {what for _, what in found if not what.startswith(("'", '"')) and not what.isupper()} <= ours


def test_templates_escape_everything_but_our_own_drawings() -> None:
    unescaped = {found for text in TEMPLATES.values() for found in re.findall(r"\{\{[^}]*\|\s*safe\b[^}]*\}\}", text)}
    assert unescaped == {"{{ qr | safe }}", "{{ setup.qr | safe }}"}
    assert not [name for name, text in TEMPLATES.items() if "autoescape" in text]
    for file, tree in trees().items():
        names = {name for name, _ in calls(tree)}
        assert not names & {"render_template_string", "from_string", "Markup"}, file


def test_few_modules_speak_with_other_machines() -> None:
    assert {name: importers(name) for name in SPEAKING} == SPEAKING
    assert not {file for each in ("httpx", "aiohttp", "urllib3", "paramiko") for file in importers(each)}


def test_chance_comes_from_the_system() -> None:
    assert importers("random") == CHANCE
    for file, tree in trees().items():
        for name, call in calls(tree):
            if name in {"token_bytes", "token_urlsafe"}:
                most = call.args[0] if call.args else ast.Constant(32)
                assert not isinstance(most, ast.Constant) or int(str(most.value)) >= 16, f"{file}: {ast.unparse(call)}"


def test_cryptography_is_that_of_known_libraries() -> None:
    weak = re.compile(r"\b(md5|sha1|MD5|SHA1|ECB|DES|RC4|ARC4|Blowfish|PKCS1v15)\b")
    assert not [file for file in trees() if weak.search((ROOT / file).read_text())]
    assert importers("cryptography") == {"coordinator/store/contact_keys.py", "coordinator/store/sealing.py"}
    assert importers("argon2") == {"coordinator/services/passwords.py"}
    assert importers("pyotp") == {"coordinator/services/second_factor.py"}
    assert not {file for each in ("Crypto", "nacl", "rsa", "ecdsa") for file in importers(each)}


def test_forms_are_read_field_by_field() -> None:
    """No field of a request becomes an attribute or argument by its own name; address and form are never mixed."""
    for file, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "values" and ast.unparse(node) == "request.values":
                raise AssertionError(f"{file} mixes fields of the address and of the form")
            if isinstance(node, ast.keyword) and node.arg is None and ast.unparse(node.value).startswith("request."):
                raise AssertionError(f"{file} hands on fields by the names they were sent with")
        if file.startswith("coordinator/web/"):
            assert "setattr" not in {name for name, _ in calls(tree)}, file


def test_password_fields_hide_and_let_managers_fill() -> None:
    fields = [each for text in TEMPLATES.values() for each in re.findall(r"<input[^>]*>", text)]
    secret = [each for each in fields if re.search(r'name="(current|password)"', each)]
    assert len(secret) >= 6
    for each in secret:
        assert 'type="password"' in each
        assert re.search(r'autocomplete="(current|new)-password"', each)
        assert "maxlength" not in each and "readonly" not in each
    assert not [each for each in fields if re.search(r'name="(hint|question)"', each)]


def test_scripts_make_no_markup_of_what_somebody_typed() -> None:
    """Text goes in as text; the few parts of pages that are put in whole come from our server."""
    markup = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment")
    assert {name for name, text in SCRIPTS.items() if markup.search(text)} == MAKES_MARKUP
    never = re.compile(r"\beval\(|new Function|postMessage|document\.cookie|sessionStorage|indexedDB|\"paste\"|onpaste")
    assert not [name for name, text in SCRIPTS.items() if never.search(text)]
    kept = {each for text in SCRIPTS.values() for each in re.findall(r"localStorage\.\w+\(([^),]*)", text)}
    assert kept == {'"coordinator-seen"'}, "a time, and nothing of anybody's"
    plugins = re.compile(r"<(object|embed|applet|iframe)\b")
    assert not [name for name, text in TEMPLATES.items() if plugins.search(text)]


def test_scripts_compare_strictly() -> None:
    loose = re.compile(r"[^=!<>]==[^=]|[^!]!=[^=]|__proto__|\.prototype\.|for \((const|let|var) \w+ in ")
    assert not [name for name, text in SCRIPTS.items() if loose.search(text)]
