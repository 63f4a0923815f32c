"""Files on disk: read whole or not at all, written whole or not at all; and weekly hours by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from coordinator.domain.errors import InvalidFile, InvalidInput
from coordinator.exchange.files import check_writable, read_bytes, write_json
from coordinator.exchange.weekly import read_weekly, write_weekly


def test_a_written_file_reads_back_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_json(path, {"clinic": "Clínica"})
    write_json(path, {"clinic": "Clínica 2"})
    assert "Clínica 2".encode() in read_bytes(path)
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_json(path, {"cost": 1})
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, {"cost": float("nan")})
    assert b'"cost": 1' in path.read_bytes()
    assert list(tmp_path.iterdir()) == [path]


def test_a_replaced_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_json(path, {})
    path.chmod(0o640)
    write_json(path, {})
    assert path.stat().st_mode & 0o777 == 0o640


def test_reading_what_is_no_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is not there"):
        read_bytes(tmp_path / "absent.json")
    with pytest.raises(InvalidInput, match="is not a file"):
        read_bytes(tmp_path)


def test_where_nothing_can_be_written_is_known_beforehand(tmp_path: Path) -> None:
    check_writable(tmp_path / "plan.json")
    with pytest.raises(InvalidInput, match="is a folder"):
        check_writable(tmp_path)
    with pytest.raises(InvalidInput, match="is not there"):
        check_writable(tmp_path / "absent" / "plan.json")


def test_weekly_hours_stand_alone() -> None:
    hours = {"mon": [["08:00", "12:00"], ["13:00", "24:00"]], "sun": [["00:00", "01:00"]]}
    assert write_weekly(read_weekly(hours)) == hours
    with pytest.raises(InvalidFile, match="overlap at 11:00"):
        read_weekly({"mon": [["08:00", "12:00"], ["11:00", "13:00"]]})
