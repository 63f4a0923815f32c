"""Throttles who guesses feed addresses, without ever keeping a subscriber from a calendar that this process has served.

Behind a proxy all clients may seem to have one address, so an address that guesses is refused only what it did not get
before: a token answered once is known, and goes on being answered.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from coordinator.services.feeds import hash_of

MOST_MISSES = 30
SPAN = timedelta(minutes=1)
MOST_KNOWN = 20_000
MOST_ADDRESSES = 5_000


class Guesses:
    """Misses by address, and the tokens that were no guess. Any thread may call it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._misses: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()

    def is_refused(self, address: str, token: str, now: datetime) -> bool:
        """Whether the address has guessed too often to be told anything of a token that is not known."""
        began, count = self._misses.get(address, (now, 0))
        return count >= MOST_MISSES and now - began < SPAN and hash_of(token) not in self._known

    def miss(self, address: str, now: datetime) -> bool:
        """Counts a token that is none; whether it is the one from which on the address is refused."""
        with self._lock:
            began, count = self._misses.pop(address, (now, 0))
            self._misses[address] = (began, count + 1) if now - began < SPAN else (now, 1)
            if len(self._misses) > MOST_ADDRESSES:
                self._misses.popitem(last=False)
            return self._misses[address][1] == MOST_MISSES

    def hit(self, token: str) -> None:
        """Notes a token that is one; only its hash is kept."""
        known = hash_of(token)
        if known not in self._known:
            with self._lock:
                self._known[known] = None
                if len(self._known) > MOST_KNOWN:
                    self._known.popitem(last=False)
