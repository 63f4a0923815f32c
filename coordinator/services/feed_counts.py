"""How often feeds are fetched: counted in memory, and written down each minute, not at each of thousands of polls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from threading import Event, Lock, Thread

from coordinator.calendars.subscribing import client_of
from coordinator.domain.actor import system
from coordinator.services.feed_answers import FeedAnswer
from coordinator.store import audit, feeds
from coordinator.store.unit_of_work import Database

EVERY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Fetches:
    """A feed's fetches since the last flush; the rest is the newest one's."""

    clinic_id: int
    day: date
    count: int
    at: datetime
    client: str


class FetchCounter:
    """Counts the fetches that one process answers. Any thread may call it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[int, Fetches] = {}

    def count(self, answer: FeedAnswer, now: datetime, agent: str) -> None:
        """Counts a fetch. Of the `agent` header only the client's name is kept."""
        client = client_of(agent)
        with self._lock:
            before = self._waiting.get(answer.feed_id)
            count = before.count + 1 if before else 1
            self._waiting[answer.feed_id] = Fetches(answer.clinic_id, answer.day, count, now, client)

    def flush(self, database: Database, now: datetime) -> int:
        """Writes the counts, with one audit entry per feed and clinic date; how many fetches were written.

        Where that fails, nothing is lost: they are counted again at the next flush.
        """
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        try:
            if waiting:
                _write(database, now, waiting)
        except BaseException:
            self._put_back(waiting)
            raise
        return sum(fetches.count for fetches in waiting.values())

    def _put_back(self, waiting: dict[int, Fetches]) -> None:
        with self._lock:
            for feed_id, old in waiting.items():
                new = self._waiting.get(feed_id, old)
                count = old.count + new.count if new is not old else old.count
                self._waiting[feed_id] = Fetches(new.clinic_id, new.day, count, new.at, new.client)


def _write(database: Database, now: datetime, waiting: dict[int, Fetches]) -> None:
    with database.write() as work:
        for feed_id, fetches in sorted(waiting.items()):
            feeds.count_fetches(work, feed_id, fetches.count, fetches.at, fetches.client)
            if feeds.first_fetch_of_day(work, feed_id, fetches.day):
                detail = {"day": fetches.day.isoformat(), "client": fetches.client}
                audit.append(work, system(fetches.clinic_id), now, "feed.fetch", "feed", feed_id, detail)


def flush_every(
    counter: FetchCounter,
    database: Database,
    clock: Callable[[], datetime],
    on_failure: Callable[[Exception], None],
    seconds: float = EVERY_SECONDS,
) -> Callable[[], None]:
    """Flushes in a thread of its own until the function returned is called, which flushes once more.

    A composition root calls it, in the process that answers: after a server has forked, not before.
    """
    stop = Event()

    def flush() -> None:
        try:
            counter.flush(database, clock())
        except Exception as error:  # a database that is away for a minute must not end the counting
            on_failure(error)

    def run() -> None:
        while not stop.wait(seconds):
            flush()

    thread = Thread(target=run, name="feed-counts", daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(timeout=5)
        flush()

    return end
