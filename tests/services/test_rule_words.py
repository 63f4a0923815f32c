"""What a rule refuses is said with titles, codes of patients, days and lengths; never with ids and stamps."""

from __future__ import annotations

import pytest
from cast import NOW, Cast
from programs import program, put, visit_row

from coordinator.domain.errors import Conflict
from coordinator.domain.violation import Violation
from coordinator.services.rule_words import plainly
from coordinator.services.visits import TypedMove, move
from coordinator.store import snapshot as snapshots
from coordinator.store.unit_of_work import Database

OWN = "e01/c1.d1 at 2027-01-06 09:00"


@pytest.fixture
def planned(sqlite: Database, sqlite_cast: Cast) -> Cast:
    """Pat's program: dosing on Wednesday at nine, integration on Thursday."""
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    return sqlite_cast


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (f"{OWN} is outside the hours of Ben Ito.", "It is outside the hours of Ben Ito."),
        (f"{OWN} starts before 2027-01-07 09:30.", "It starts before Thu, Jan 7, 9:30 AM."),
        (
            f"{OWN} meets the time off of Ben Ito, 2027-01-06 13:00 to 2027-01-06 24:00.",
            "It meets the time off of Ben Ito, Wed, Jan 6, 1:00 PM to Wed, Jan 6, midnight.",
        ),
        (
            "Ben Ito would work 510 minutes on 2027-01-06; at most 420 minutes are allowed.",
            "Ben Ito would work 8 h 30 min on Wed, Jan 6; at most 7 h are allowed.",
        ),
        (
            f"Ben Ito is needed by {OWN} and by e02/c1.d1 at 2027-01-06 10:00 at the same time.",
            "Ben Ito is needed by Dosing 1 (course 1) and by p02: Dosing 1 (course 1) at the same time.",
        ),
    ],
)
def test_a_violation_is_said_in_words(sqlite: Database, planned: Cast, message: str, words: str) -> None:
    with sqlite.read() as work:
        snapshot = snapshots.load(work, planned.clinic_id)
    assert plainly(Violation(4, "rule", "e01", "c1.d1", message, None, ()), snapshot) == words


@pytest.mark.parametrize(
    ("code", "day", "at", "said"),
    [
        ("c1.d1", "2027-01-06", "07:00", "p01: Dosing 1 (course 1) is outside the hours of"),
        ("c1.i1", "2027-01-05", "15:00", "must follow it by at least 1 day, and would come 1 day before it."),
        ("c1.i1", "2027-01-12", "15:00", "must follow it within 3 days, and would come 6 days after it."),
    ],
)
def test_a_refused_move_names_the_visit_as_people_do(
    sqlite: Database, planned: Cast, code: str, day: str, at: str, said: str
) -> None:
    visit = visit_row(sqlite, planned.first, code)
    is_dosing = code == "c1.d1"
    staff = {"lead": "th-ben", "supervisor": "dr-eve"} if is_dosing else {"lead": "th-ben"}
    typed = TypedMove(day=day, at=at, room="dosing-1" if is_dosing else "", staff=staff, revision=1)
    with pytest.raises(Conflict) as refused, sqlite.write() as work:
        move(work, planned.ada, NOW, visit.id, typed)
    assert said in str(refused.value)
    assert "e01/" not in str(refused.value)
