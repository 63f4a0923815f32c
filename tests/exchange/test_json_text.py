"""JSON that a lenient parser would let through, and JSON that would hurt one."""

from __future__ import annotations

import pytest

from coordinator.domain.errors import InvalidFile
from coordinator.exchange.json_text import parse
from coordinator.exchange.problem import read_problem


def refusal(source: str | bytes) -> tuple[str, str]:
    with pytest.raises(InvalidFile) as refused:
        parse(source)
    [fault] = refused.value.faults
    return fault.pointer, fault.message


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "not JSON"),
        ("{", "line 1, column 2"),
        ("{'a': 1}", "not JSON"),
        (b"\xff{}", "not UTF-8 (byte 0)"),
        ("\ufeff{}", "BOM"),
        ('{"cost": NaN}', "NaN"),
        ('{"cost": -Infinity}', "Infinity"),
        ("[" * 100_000, "deeper"),
        ('{"a":' * 100_000, "deeper"),
        ("9" * 10_000, "not usable"),
    ],
    ids=["nothing", "half", "quotes", "bytes", "mark", "NaN", "infinity", "lists", "objects", "digits"],
)
def test_what_is_no_json_is_refused_in_one_sentence(source: str | bytes, says: str) -> None:
    pointer, message = refusal(source)
    assert pointer == ""
    assert says in message and "\n" not in message


def test_a_name_that_stands_twice_is_named_where_it_does() -> None:
    assert refusal('{"a": [{"b": 1}, {"b/c": 1, "b/c": 2}]}')[0] == "/a/1/b~1c"


def test_bytes_and_text_give_the_same() -> None:
    assert parse('{"clinic": "Clínica"}') == parse('{"clinic": "Clínica"}'.encode()) == {"clinic": "Clínica"}


@pytest.mark.parametrize("source", ["[]", "3", "null", '"text"'])
def test_a_file_that_holds_no_object_is_refused(source: str) -> None:
    with pytest.raises(InvalidFile, match="not an object"):
        read_problem(source)
