"""SEQUENCE and DTSTAMP: they follow what a feed shows, never fall, and stay where nothing shown has changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from coordinator.calendars.feed import FeedEvent
from coordinator.calendars.memory import KEPT, settle

AT = datetime(2027, 1, 4, 15, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=2)
EVENT = FeedEvent("visit-1@x.coordinator", 0, AT, AT + timedelta(days=1), AT + timedelta(days=1, hours=1), "p01")


def test_an_event_never_seen_keeps_what_its_row_says() -> None:
    event = EVENT._replace(sequence=4)
    assert settle({}, [event], LATER).events == (event,)


def test_a_change_that_is_not_shown_changes_nothing() -> None:
    known = settle({}, [EVENT], AT).memory
    hidden = EVENT._replace(sequence=9, changed_at=LATER)
    again = settle(known, [hidden], LATER)
    assert again.events == (EVENT,)
    assert again.memory == known


def test_a_shown_change_raises_both() -> None:
    known = settle({}, [EVENT], AT).memory
    moved = EVENT._replace(starts=EVENT.starts + timedelta(minutes=30), sequence=1, changed_at=LATER)
    (event,) = settle(known, [moved], LATER + timedelta(hours=1)).events
    assert (event.sequence, event.changed_at) == (1, LATER)


def test_a_change_that_the_row_does_not_know_of_takes_the_owners_time() -> None:
    known = settle({}, [EVENT], AT).memory
    (event,) = settle(known, [EVENT._replace(location="New name")], LATER).events
    assert (event.sequence, event.changed_at) == (1, LATER)


def test_two_changes_within_a_second_still_differ() -> None:
    known = settle({}, [EVENT], AT).memory
    (event,) = settle(known, [EVENT._replace(summary="p02")], AT).events
    assert event.changed_at == AT + timedelta(seconds=1)


def test_an_event_that_was_away_comes_back_with_a_higher_sequence() -> None:
    once = settle({}, [EVENT._replace(sequence=7)], AT).memory
    away = settle(once, [], LATER).memory
    (event,) = settle(away, [EVENT._replace(sequence=0, summary="p02")], LATER).events
    assert event.sequence == 8


def test_what_was_not_shown_for_two_years_is_forgotten() -> None:
    known = settle({}, [EVENT], AT).memory
    assert settle(known, [], AT + KEPT - timedelta(days=1)).memory
    assert not settle(known, [], AT + KEPT + timedelta(days=1)).memory


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=2, max_size=12))
def test_whatever_happens_sequence_never_falls_and_every_shown_change_raises_both(steps: list[tuple[int, int]]) -> None:
    memory: dict[str, list[object]] = {}
    before: FeedEvent | None = None
    for hour, (shift, row_sequence) in enumerate(steps):
        at = AT + timedelta(hours=hour)
        moved = EVENT._replace(starts=EVENT.starts + timedelta(minutes=shift), sequence=row_sequence, changed_at=at)
        settled = settle(memory, [moved], at)
        (event,), memory = settled.events, settled.memory
        if before is not None and event.starts == before.starts:
            assert event == before
        elif before is not None:
            assert event.sequence > before.sequence
            assert event.changed_at > before.changed_at
        before = event
