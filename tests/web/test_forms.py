"""Forms: every reader notes what is wrong and goes on; weekly hours are read leniently and shown exactly."""

from __future__ import annotations

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from coordinator.domain.errors import Conflict, InvalidForm, InvalidInput, NotFound
from coordinator.web import weeks
from coordinator.web.forms import WHOLE_FORM, Form


def form(**fields: str) -> Form:
    """A form that was sent with these fields."""
    return Form(MultiDict(fields))


def test_each_field_keeps_what_was_typed_and_its_own_refusal() -> None:
    sent = form(seats="many", day="soon", name="  ")
    sent.whole("seats", "Seats")
    sent.day("day", "The day")
    sent.text("name", "The name")
    assert set(sent.errors) == {"seats", "day", "name"}
    assert (sent.value("seats"), sent.status, sent.ok) == ("many", 422, False)


def test_a_form_that_was_not_sent_shows_what_it_starts_with() -> None:
    start = Form(start={"seats": 4, "roles": ("nurse", "physician"), "note": None})
    assert (start.value("seats"), start.values("roles"), start.value("note")) == ("4", ["nurse", "physician"], "")
    assert (start.ok, start.status) == (True, 200)


@pytest.mark.parametrize("typed", ["-1", "1.5", "١٢", "1e3", "", "99999999999999999999", "101", "0x10"])
def test_only_whole_numbers_within_bounds_are_whole_numbers(typed: str) -> None:
    sent = form(seats=typed)
    assert sent.whole("seats", "Seats", least=1, most=100) == 1
    assert sent.error("seats") == "Seats must be a whole number from 1 to 100."


@pytest.mark.parametrize(("typed", "minutes"), [("7.5", 450), ("0.25", 15), ("24", 1440), ("", None)])
def test_hours_are_kept_as_minutes(typed: str, minutes: int | None) -> None:
    sent = form(most=typed)
    assert sent.hours_or_none("most", "Most", most=24) == minutes
    assert sent.ok


@pytest.mark.parametrize("typed", ["0", "24.5", "-1", "nan", "1e1", "7,5"])
def test_what_are_no_hours_is_refused(typed: str) -> None:
    sent = form(most=typed)
    assert sent.hours_or_none("most", "Most", most=24) is None
    assert not sent.ok


@pytest.mark.parametrize("typed", ["0001-01-01", "9999-12-31", "2027-02-30", "tomorrow", "2027-1-1"])
def test_dates_that_no_clinic_plans_for_are_refused(typed: str) -> None:
    sent = form(day=typed)
    sent.day("day", "The day")
    assert not sent.ok
    assert form(day="2027-01-31").day("day", "The day") == date(2027, 1, 31)


def test_text_loses_control_signs_and_ends() -> None:
    assert form(name=" Ann\x00a\r\n ").text("name", "The name") == "Anna"
    long = form(name="x" * 201)
    long.text("name", "The name")
    assert long.error("name") == "The name is longer than 200 characters. Shorten it."


@pytest.mark.parametrize(
    ("error", "field", "status"),
    [
        (InvalidInput("No.", "seats"), "seats", 422),
        (InvalidInput("No."), WHOLE_FORM, 422),
        (InvalidForm({"seats": "No."}), "seats", 422),
        (Conflict("No."), WHOLE_FORM, 409),
    ],
)
def test_what_a_service_refuses_stands_beside_its_field(error: Exception, field: str, status: int) -> None:
    sent = form(seats="1")
    with sent.refusals():
        raise error
    assert (sent.error(field), sent.status) == ("No.", status)


def test_what_is_missing_is_no_refusal_of_the_form() -> None:
    with pytest.raises(NotFound), form().refusals():
        raise NotFound("There is no such room.")


@pytest.mark.parametrize("typed", ["8-12, 13:00–17:30", "8:00 — 12:00;13-17:30", "08:00-12:00,1300-1730"])
def test_hours_are_read_as_people_write_them(typed: str) -> None:
    assert weeks.sent({"w-mon": typed}, "w") == {"mon": [["08:00", "12:00"], ["13:00", "17:30"]]}


@pytest.mark.parametrize("typed", ["8am-12pm, 1-5 PM", "8 AM–12 PM, 1:00 p.m. to 5 p.m.", "8-12pm, 13:00-17:00"])
def test_hours_are_read_with_am_and_pm(typed: str) -> None:
    assert weeks.sent({"w-mon": typed}, "w") == {"mon": [["08:00", "12:00"], ["13:00", "17:00"]]}


def test_a_half_of_the_day_is_meant_for_both_ends_where_it_can_be() -> None:
    typed = {"w-mon": "9–5 PM", "w-tue": "12am-12pm", "w-wed": "13-15 PM"}
    assert weeks.sent(typed, "w") == {
        "mon": [["09:00", "17:00"]],
        "tue": [["00:00", "12:00"]],
        "wed": [["13", "15 PM"]],
    }


def test_hours_that_are_none_are_left_as_typed_for_the_reader_to_refuse() -> None:
    assert weeks.sent({"w-mon": "morning", "w-tue": "8-9-10"}, "w") == {
        "mon": [["morning"]],
        "tue": [["08:00", "09:00", "10:00"]],
    }


def test_a_week_comes_back_as_it_was_sent() -> None:
    weekly = {"mon": [["08:00", "12:00"], ["13:15", "24:00"]], "sun": [["00:00", "01:00"]]}
    fields = weeks.start(weekly, "w")
    assert (fields["w-mon"], fields["w-sun"]) == ("8 AM–12 PM, 1:15 PM–12 AM", "12 AM–1 AM")
    assert weeks.sent(fields, "w") == weekly


def test_a_drawing_of_hours_reaches_as_far_as_they_do() -> None:
    assert (weeks.first_hour({}), weeks.last_hour({})) == (7, 19)
    late = {"fri": [["05:30", "20:15"]]}
    assert (weeks.first_hour(late), weeks.last_hour(late)) == (5, 21)
    assert weeks.week_words(late) == "Friday 5:30 AM to 8:15 PM"


@pytest.mark.parametrize(("minutes", "words"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (450, "7 h 30 min")])
def test_durations_in_words(minutes: int, words: str) -> None:
    assert weeks.duration(minutes) == words
