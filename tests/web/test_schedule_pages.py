"""Today, the schedule's data and a visit's page over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cast import NOW, Cast, add_enrollment, add_patient, add_user
from programs import program, put, visit_row
from query_count import counted
from visitor import HTMX, HandClock, Visitor

from coordinator.domain.actor import Access
from coordinator.store.unit_of_work import Database

WEDNESDAY = "first=2027-01-06&last=2027-01-06"


@pytest.fixture
def dosing(sqlite: Database, sqlite_cast: Cast) -> int:
    """Pat's dosing visit, Wednesday at nine, with Ben; Quinn's is at one, without him."""
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    put(sqlite, sqlite_cast, sqlite_cast.second, program("e02", 1, 13, "dosing-2", "th-dana"))
    return visit_row(sqlite, sqlite_cast.first, "c1.d1").id


def sent_move(**changes: str) -> dict[str, str]:
    form = {"day": "2027-01-06", "at": "10:00", "room": "dosing-1", "revision": "1"}
    return form | {"staff-lead": "th-ben", "staff-supervisor": "dr-eve"} | changes


def test_the_schedules_data_is_json_in_clinic_time(ada: Visitor, dosing: int) -> None:
    found = ada.get(f"/schedule/data?{WEDNESDAY}&rows=rooms").get_json()
    mine = next(visit for visit in found["visits"] if visit["id"] == dosing)
    assert (mine["start"], mine["time"], mine["room"]) == ("2027-01-06T09:00:00", "9:00–11:00 AM", "Dosing room 1")
    assert (mine["who"], mine["title"], mine["stage"]) == ("p01 Pat Lee", "Dosing 1, course 1", "upcoming")
    assert mine["url"] == f"/visits/{dosing}"
    assert (found["opens"], found["closes"], found["offset"]) == (8, 18, "-08:00")


def test_a_clinician_gets_others_visits_as_bare_busy_times(ben: Visitor, dosing: int) -> None:
    visits = ben.get(f"/schedule/data?{WEDNESDAY}").get_json()["visits"]
    busy = [visit for visit in visits if visit.get("busy")]
    assert [set(visit) for visit in busy] == [{"rows", "start", "end", "busy"}]
    assert [visit["id"] for visit in visits if "id" in visit] == [dosing]


def test_another_clinic_gets_nothing(cy: Visitor, dosing: int) -> None:
    found = cy.get(f"/schedule/data?{WEDNESDAY}").get_json()
    assert (found["rows"], found["visits"], found["shades"]) == ([], [], [])


@pytest.mark.parametrize(
    "query",
    [
        *("", "first=x&last=y", "first=2027-01-06&last=2028-01-06", f"{WEDNESDAY}&rows=patients"),
        *("first=0001-01-01&last=0001-01-01", "first=9999-12-31&last=9999-12-31"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(ada: Visitor, query: str) -> None:
    answer = ada.get(f"/schedule/data?{query}", headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.get_json()["error"]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"enrollment": "9" * 19}, 404), ({"start": "0001-01-01T09:00"}, 422), ({"start": "9999-12-31T09:00"}, 422)],
)
def test_a_drop_that_no_schedule_holds_is_refused(
    ada: Visitor, sqlite_cast: Cast, dosing: int, wrong: dict[str, str], status: int
) -> None:
    drop = {"enrollment": str(sqlite_cast.first), "visit": "c1.d1", "rows": "staff", "to": "th-ben"}
    answer = ada.post(
        "/draft/drop", drop | {"start": "2027-01-06T10:00"} | wrong, headers={"Accept": "application/json"}
    )
    assert answer.status_code == status
    assert answer.get_json()["error"]


@pytest.mark.parametrize("path", ["/visits/{}/starts?day=9999-12-31", "/bookings/{}/edit/0001-01-01"])
def test_a_day_that_no_calendar_reaches_is_refused(ada: Visitor, dosing: int, path: str) -> None:
    assert 400 <= ada.get(path.format(dosing)).status_code < 500


def test_the_log_of_messages_leaves_out_a_day_that_no_calendar_reaches(ada: Visitor, dosing: int) -> None:
    assert ada.get("/notices?day=9999-12-31").status_code == 200


def test_today_shows_rooms_to_a_coordinator_and_the_own_day_to_a_clinician(
    visitor: Callable[[str | None], Visitor], dosing: int, clock: HandClock
) -> None:
    clock.forward(days=2, hours=5)
    board = visitor("ada@example.org").get("/").text
    own = visitor("ben@example.org").get("/", follow_redirects=True).text
    assert "Dosing room 1" in board
    assert "Outcome missing" in board
    assert "My day" in own
    assert "Quinn Diaz" in board
    assert "Quinn Diaz" not in own


def test_a_new_clinic_is_told_where_to_begin_though_a_question_waits(
    visitor: Callable[[str | None], Visitor], sqlite: Database, sqlite_cast: Cast
) -> None:
    with sqlite.write() as work:
        add_user(work, sqlite_cast.cy.clinic_id, "ann@example.org", "Ann Berg", Access.ADMINISTRATOR, NOW)
    page = visitor("ann@example.org").get("/").text
    assert "Begin with the team and the rooms" in page
    assert "Who hosts your staff" in page


def test_a_worklist_that_is_too_long_says_how_much_there_is_beyond_it(
    ada: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    cast = sqlite_cast
    with sqlite.write() as work:
        for number in range(70):
            patient = add_patient(work, cast.clinic_id, f"x{number}", f"Somebody {number}", NOW)
            add_enrollment(work, cast.clinic_id, f"ex{number}", cast.protocol_version, [patient], NOW)
    page = ada.get("/").text
    assert page.count('<li class="work-line') == 60
    assert "62 more things" in page
    assert "12 things beyond these come up as these are done." in page


def test_a_visit_is_moved_by_its_form(ada: Visitor, sqlite: Database, sqlite_cast: Cast, dosing: int) -> None:
    assert ada.post(f"/visits/{dosing}/move", sent_move()).location == f"/visits/{dosing}"
    assert visit_row(sqlite, sqlite_cast.first, "c1.d1").starts_at.hour == 18
    assert "moved the visit" in ada.get(f"/visits/{dosing}").text


def test_a_refused_move_comes_back_with_the_reason_and_what_was_typed(ada: Visitor, dosing: int) -> None:
    answer = ada.post(f"/visits/{dosing}/move", sent_move(at="11:00"))
    assert answer.status_code == 409
    assert "outside the hours of Ben Ito" in answer.text
    assert 'value="11:00"' in answer.text


def test_a_move_of_what_somebody_else_changed_is_refused(ada: Visitor, dosing: int) -> None:
    ada.post(f"/visits/{dosing}/move", sent_move())
    answer = ada.post(f"/visits/{dosing}/move", sent_move(at="09:30"))
    assert answer.status_code == 409
    assert "changed by somebody else" in answer.text


def test_free_starts_and_reasons_come_as_a_part_of_the_page(ada: Visitor, dosing: int) -> None:
    part = ada.get(f"/visits/{dosing}/starts?day=2027-01-06", headers=HTMX).text
    assert 'data-start="08:00"' in part
    assert "Why not at other times" in part
    assert "It is outside the hours" in part
    assert ada.get(f"/visits/{dosing}/starts?day=soon", headers=HTMX).status_code == 422


def test_canceling_frees_the_visit_and_says_so(ada: Visitor, sqlite: Database, sqlite_cast: Cast, dosing: int) -> None:
    ada.post(f"/visits/{dosing}/cancel", {"revision": "1"})
    assert visit_row(sqlite, sqlite_cast.first, "c1.d1").status == "canceled"
    assert "Canceled" in ada.get(f"/visits/{dosing}").text


def test_the_own_clinician_records_the_outcome_once_it_has_begun(
    visitor: Callable[[str | None], Visitor], sqlite: Database, sqlite_cast: Cast, dosing: int, clock: HandClock
) -> None:
    early = visitor("ben@example.org")
    assert early.post(f"/visits/{dosing}/outcome", {"outcome": "attended"}).status_code == 409
    clock.forward(days=2, hours=3)
    ben = visitor("ben@example.org")
    assert ben.post(f"/visits/{dosing}/outcome", {"outcome": "attended"}).status_code == 302
    assert visit_row(sqlite, sqlite_cast.first, "c1.d1").status == "attended"


def test_a_clinician_records_no_outcome_of_a_visit_of_others(
    visitor: Callable[[str | None], Visitor], sqlite: Database, sqlite_cast: Cast, dosing: int, clock: HandClock
) -> None:
    other = visit_row(sqlite, sqlite_cast.second, "c1.d1").id
    clock.forward(days=3)
    ben = visitor("ben@example.org")
    assert ben.post(f"/visits/{other}/outcome", {"outcome": "attended"}).status_code == 404
    assert ben.get(f"/visits/{other}").status_code == 404


def test_another_clinics_visit_answers_like_a_missing_one(cy: Visitor, dosing: int) -> None:
    assert (cy.get(f"/visits/{dosing}").status_code, cy.get(f"/visits/{dosing}").text) == (
        404,
        cy.get("/visits/99999").text,
    )
    for act, form in (("move", sent_move()), ("cancel", {}), ("outcome", {"outcome": "attended"})):
        assert cy.post(f"/visits/{dosing}/{act}", form).status_code == 404


def test_pages_ask_the_database_little(ada: Visitor, sqlite: Database, dosing: int) -> None:
    assert NOW.year == 2027
    for path, most in (("/", 84), (f"/schedule/data?{WEDNESDAY}", 22), (f"/visits/{dosing}", 48)):
        with counted(sqlite) as sent:
            assert ada.get(path).status_code == 200
        assert len(sent) <= most, (path, len(sent))


def test_the_schedule_and_the_draft_ask_the_database_little(
    ada: Visitor, sqlite: Database, sqlite_cast: Cast, dosing: int
) -> None:
    carried = f"enrollment={sqlite_cast.first}&visit=c1.d1&rows=staff&row=&first=2027-01-06&last=2027-01-06"
    budgets = (
        ("/schedule", 7),
        ("/schedule/revision", 4),
        ("/schedule/days?first=2027-01-04&last=2027-01-31&view=month", 13),
        (f"/draft/places?{carried}", 24),
        ("/draft/panel", 22),
        ("/draft", 22),
        (f"/enrollments/{sqlite_cast.first}/itinerary", 14),
    )
    for path, most in budgets:
        with counted(sqlite) as sent:
            assert ada.get(path).status_code == 200, path
        assert len(sent) <= most, (path, len(sent))
    with counted(sqlite) as sent:
        assert ada.post("/search", {"sought": "pat"}).status_code == 200
    assert len(sent) <= 20, len(sent)
