"""Gates: where one stands, and who may open it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from coordinator.domain.gates import Gate

START = datetime(2027, 1, 6, 17, tzinfo=UTC)
GATE = Gate("clearance", "physician", 24 * 60, ("physician", "nurse"))


def test_a_shut_gate_is_overdue_once_due_and_missed_once_the_visit_was_to_start() -> None:
    times = [START - timedelta(hours=25), START - timedelta(hours=24), START - timedelta(minutes=1), START]
    assert [GATE.standing(False, START, now) for now in times] == ["shut", "overdue", "overdue", "missed"]
    assert [GATE.standing(True, START, now) for now in times] == ["open"] * 4


def test_only_the_roles_named_may_open_it() -> None:
    assert GATE.opens_for(["therapist", "nurse"])
    assert not GATE.opens_for(["therapist"])
