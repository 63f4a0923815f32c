"""Every parser against what nobody would send: a refusal in words or an answer, never a fault, within two seconds."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from cast import NOW
from example_files import plan_file, problem_file
from fuzzing import VALUE, WORD, cases
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from coordinator.calendars import replies
from coordinator.domain.errors import DomainError
from coordinator.domain.protocol_library import TEMPLATES
from coordinator.exchange.compact_protocol import read_compact
from coordinator.exchange.compact_writing import write_compact
from coordinator.exchange.hours_text import read_hours
from coordinator.exchange.plan import read_plan
from coordinator.exchange.problem import read_problem
from coordinator.services import busy_child, go_live_files
from coordinator.web.forms import Form


@st.composite
def bent(draw: st.DrawFn, sound: Any) -> Any:
    """A sound file with one to three of its values replaced, repeated or left out."""
    file = copy.deepcopy(sound)
    for _ in range(draw(st.integers(1, 3))):
        place = file
        while True:
            keys: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
                place = place[key]
                continue
            match draw(st.sampled_from(["replace", "drop", "repeat"])):
                case "replace":
                    place[key] = draw(VALUE)
                case "drop":
                    del place[key]
                case _:
                    other = draw(WORD) if isinstance(place, dict) else None
                    if other is None:
                        place.append(copy.deepcopy(place[key]))
                    else:
                        place[other] = copy.deepcopy(place[key])
            break
    return file


def refused_or_read(reader: Callable[[Any], object], given_: Any) -> None:
    """The reader answers, or refuses in words."""
    try:
        reader(given_)
    except DomainError as refusal:
        assert str(refusal)


@cases(0.2)
@given(bent(problem_file()))
def test_problem_files(file: Any) -> None:
    refused_or_read(read_problem, file)


@cases(0.15)
@given(bent(plan_file()))
def test_plan_files(file: Any) -> None:
    refused_or_read(read_plan, file)


@cases(0.15)
@given(st.sampled_from([write_compact(each.compact) for each in TEMPLATES.values()]).flatmap(bent))
def test_protocol_files(file: Any) -> None:
    refused_or_read(read_compact, file)


@cases(0.1)
@given(st.sampled_from([read_problem, read_plan, read_compact]), st.binary(max_size=300) | WORD)
def test_files_that_are_none(reader: Callable[[Any], object], content: bytes | str) -> None:
    refused_or_read(reader, content)


STAMP = st.sampled_from(
    ["20270105T090000Z", "20270105T090000", "20270105", "00010101T000000", "99991231T235959Z", "20270230", "", "2027"]
)
RULE = st.builds(
    ";".join,
    st.lists(
        st.sampled_from(
            ["FREQ=SECONDLY", "FREQ=DAILY", "FREQ=YEARLY", "FREQ=WEEKLY", "COUNT=1000000000", "COUNT=-1", "INTERVAL=0",
             "INTERVAL=999999999", "BYMONTH=2", "BYMONTHDAY=31", "BYDAY=5MO,-1FR", "UNTIL=00010101",
             "UNTIL=99991231T235959Z", "BYSETPOS=366", "BYSECOND=60", "BYEASTER=1", "WKST=XX", "RSCALE=HEBREW"]
        ),
        max_size=4,
    ),
)  # fmt: skip
LINE = (
    st.builds("DTSTART:{}".format, STAMP)
    | st.builds("DTSTART;TZID={}:{}".format, st.sampled_from(["America/New_York", "Mars/Base", "", "UTC"]), STAMP)
    | st.builds("DTEND:{}".format, STAMP)
    | st.builds("DURATION:{}".format, st.sampled_from(["PT1H", "-PT1H", "P99999999W", "PT", "P1DT"]))
    | st.builds("RRULE:{}".format, RULE)
    | st.builds("EXDATE:{}".format, STAMP)
    | st.builds("RDATE:{},{}".format, STAMP, STAMP)
    | st.builds("RECURRENCE-ID:{}".format, STAMP)
    | st.builds("FREEBUSY:{}/{}".format, STAMP, STAMP | st.just("PT1H"))
    | st.sampled_from(["BEGIN:VEVENT", "END:VEVENT", "BEGIN:VFREEBUSY", "END:VFREEBUSY", "BEGIN:VTIMEZONE", " folded"])
    | st.builds(
        "{}:{}".format, st.sampled_from(["UID", "SUMMARY", "STATUS", "TRANSP", "ATTENDEE;PARTSTAT=ACCEPTED"]), WORD
    )
)
CALENDAR = st.builds(
    lambda lines: "\r\n".join(
        ["BEGIN:VCALENDAR", "METHOD:REPLY", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"]
    ),
    st.lists(LINE, max_size=8),
)


@cases(0.12)
@given(CALENDAR | st.text(max_size=200))
def test_private_calendars(calendar: str) -> None:
    asked = {"first": NOW.isoformat(), "end": (NOW + timedelta(days=100)).isoformat(), "zone": "America/Los_Angeles"}
    answer = busy_child.answer(asked, calendar.encode(errors="surrogatepass"))
    assert answer.keys() & {"spans", "refused"}


@cases(0.1)
@given(
    CALENDAR,
    WORD,
    st.sampled_from(["text/calendar", "text/plain", "multipart/mixed; boundary=x", "text/calendar; charset=x"]),
)
def test_answers_by_mail(calendar: str, sender: str, kind: str) -> None:
    mail = f"From: {sender}\r\nContent-Type: {kind}\r\n\r\n{calendar}"
    found = replies.read(mail.encode(errors="surrogatepass"))
    assert found is None or isinstance(found.at, datetime)


def test_an_answer_with_a_date_beyond_all_is_none() -> None:
    event = "BEGIN:VEVENT\r\nFREEBUSY:99991231T235959Z/PT1H\r\nEND:VEVENT"
    calendar = f"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n{event}\r\nEND:VCALENDAR"
    mail = f"Content-Type: text/calendar\r\n\r\n{calendar}"
    assert replies.read(mail.encode()) is None


@cases(0.08)
@given(
    st.sampled_from(sorted(go_live_files.FILES)),
    st.lists(
        st.lists(WORD | st.sampled_from(["Mon-Fri 8:00-12:00", "2027-01-31", "2:30 PM", "th-1: lead"]), max_size=9),
        max_size=4,
    ),
    st.sampled_from([",", ";", "\t"]),
)
def test_spreadsheets(file: str, rows: list[list[str]], between: str) -> None:
    lines = [list(go_live_files.FILES[file]), *rows]
    text = go_live_files.decoded("\n".join(between.join(row) for row in lines).encode(errors="surrogatepass"))
    faults = go_live_files.Faults()
    for cells in go_live_files.tables({file: text}, faults)[file]:
        for column in go_live_files.FILES[file]:
            cells.text(column, 40), cells.whole(column, 0, 0, 480), cells.day(column), cells.clock(column)
            cells.weekly(column), cells.several(column)
    assert all(each.message for each in faults.found)


@cases(0.06)
@given(WORD | st.from_regex(r"[A-Za-z ,–-]{0,12} ?[0-9:,–-]{0,14}", fullmatch=True))
def test_fields_of_forms(typed: str) -> None:
    refused_or_read(read_hours, typed)
    form = Form(MultiDict({"it": typed}))
    assert isinstance(form.text("it", "It"), str)
    assert isinstance(form.whole("it", "It"), int)
    assert isinstance(form.day("it", "It"), date)
    form.clock("it", "It", otherwise=0), form.hours_or_none("it", "It", most=80), form.row_or_none("it", "It")
    form.rows("it", "It"), form.several("it", "It", required=False), form.choice("it", "It", ["a"])
    assert all(form.errors.values())
