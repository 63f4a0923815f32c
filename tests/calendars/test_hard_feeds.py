"""Feeds that are hard to read, as files that a person reviewed and that thirteen clients read alike.

`UPDATE_GOLDEN=1 pytest tests/calendars/test_hard_feeds.py` writes the files anew; look at what changed.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
from hard_feeds import FORBIDDEN, NASTY, ROUND, ZONES, all_feeds, event
from strict_reader import events_of, read

from coordinator.calendars.feed import Feed, compose
from coordinator.calendars.privacy import up_to
from coordinator.calendars.text import clean, clean_line
from coordinator.domain.clinic_time import zone_named

GOLDEN = Path(__file__).parent.parent / "golden" / "feeds"
FEEDS = all_feeds()


@pytest.mark.parametrize("name", FEEDS)
def test_a_hard_feed_is_as_it_was_reviewed(name: str) -> None:
    file = GOLDEN / f"{name}.ics"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(FEEDS[name])
    assert FEEDS[name] == file.read_bytes()


@pytest.mark.parametrize("name", FEEDS)
def test_two_readers_agree_on_it(name: str) -> None:
    ours, theirs = events_of(FEEDS[name]), icalendar.Calendar.from_ical(FEEDS[name]).events
    assert [each["UID"] for each in ours] == [str(each["UID"]) for each in theirs]
    assert [each["SUMMARY"] for each in ours] == [str(each["SUMMARY"]) for each in theirs]
    assert [each["DTSTART"] for each in ours] == [f"{each['DTSTART'].dt:%Y%m%dT%H%M%SZ}" for each in theirs]


def test_no_golden_file_is_left_of_a_feed_that_is_gone() -> None:
    assert {file.stem for file in GOLDEN.glob("*.ics")} == set(FEEDS)


def test_wide_characters_stay_whole_wherever_a_line_is_folded() -> None:
    seen = [each["SUMMARY"].lstrip("x") for each in events_of(FEEDS["fold-offsets"])]
    assert set(seen) == {wide * 3 for wide in ROUND}


def test_nasty_names_are_read_as_they_were_cleaned() -> None:
    seen = events_of(FEEDS["nasty-names"])
    assert [each["DESCRIPTION"] for each in seen] == [clean(text) for text in NASTY]
    assert [each["SUMMARY"] for each in seen] == [clean_line(text) for text in NASTY]
    assert read(FEEDS["nasty-names"]).values["X-WR-CALNAME"] == 'Harbor; Clinic, "North" \\ South'


def test_around_every_clock_change_the_wall_clock_says_the_same() -> None:
    seen = events_of(FEEDS["clock-changes"])
    assert len(seen) == 4 * 4 * 3
    for each in seen:
        zone = each["SUMMARY"].split()[0]
        start = datetime.strptime(each["DTSTART"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        assert f"{start.astimezone(zone_named(zone)):%H:%M}" == "09:30"
    assert {each["SUMMARY"].split()[0] for each in seen} == set(ZONES)


@pytest.mark.parametrize("name", [f"level-{level}" for level in up_to("initials", "staff")])
def test_no_level_below_full_shows_what_is_forbidden(name: str) -> None:
    shown = re.sub("\r\n ", "", FEEDS[name].decode())
    assert not [word for word in FORBIDDEN if word.lower() in shown.lower()]


def test_full_shows_the_name_and_still_no_drug() -> None:
    shown = re.sub("\r\n ", "", FEEDS["level-full"].decode())
    assert "Ximena Qvarnström" in shown
    assert "ketamine" not in shown.lower()


def test_moved_moved_back_canceled_and_added_again_never_falls_back() -> None:
    steps = [events_of(FEEDS[f"sequence-{number}"]) for number in range(5)]
    moved, stayed = [each[0] for each in steps], [each[1] for each in steps]
    assert [each["SEQUENCE"] for each in moved] == ["0", "1", "2", "3", "4"]
    assert [each["STATUS"] for each in moved] == ["CONFIRMED"] * 3 + ["CANCELLED", "CONFIRMED"]
    assert len({each["DTSTAMP"] for each in moved}) == 5
    assert all(each == stayed[0] for each in stayed)


def test_an_alarm_has_its_words_and_a_canceled_visit_has_no_alarm() -> None:
    rings, quiet = read(FEEDS["alarms"]).parts
    (alarm,) = rings.parts
    assert alarm.values == {"ACTION": "DISPLAY", "DESCRIPTION": "p01 · 60 min", "TRIGGER": "-PT10M"}
    assert quiet.parts == []


def test_five_thousand_visits_are_read_whole() -> None:
    content = compose(Feed("Many", tuple(event(number) for number in range(5000))))
    seen = events_of(content)
    assert len({each["UID"] for each in seen}) == 5000
    assert datetime.strptime(seen[-1]["DTSTART"], "%Y%m%dT%H%M%SZ") == datetime(2027, 1, 4, 15) + timedelta(days=4999)
