"""Real calendar clients for tests: ical.js (Thunderbird's reader), and vdirsyncer with khal (a terminal's calendar)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

FIELDS = ("calendar", "title", "start-long-full", "cancelled")
READER = Path(__file__).parent / "calendars" / "read_feed.mjs"
SYNC = """
[general]
status_path = "{home}/status/"
"""
PAIR = """
[pair {name}]
a = "{name}_remote"
b = "{name}_local"
collections = null
conflict_resolution = "a wins"
[storage {name}_remote]
type = "http"
url = "{address}"
[storage {name}_local]
type = "filesystem"
path = "{home}/{name}/"
fileext = ".ics"
"""
LOOK = """
[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%dT%H:%M
longdatetimeformat = %Y-%m-%dT%H:%M
[sqlite]
path = {home}/khal.db
[calendars]
"""
CALENDAR = """
[[{name}]]
path = {home}/{name}
type = calendar
readonly = True
"""


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """An event as a client shows it."""

    start: datetime
    summary: str
    canceled: bool


def by_ical_js(addresses: Mapping[str, str]) -> dict[str, list[Seen]]:
    """The events of each feed by its name, by ical.js under Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is missing; install it (apt-get install nodejs npm) to try the feed with ical.js")
    command = [node, str(READER), *addresses.values()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return {
        name: sorted(
            Seen(datetime.fromisoformat(each["start"]), each["summary"], each["status"] == "CANCELLED")
            for each in json.loads(line)["events"]
        )
        for name, line in zip(addresses, done.stdout.splitlines(), strict=True)
    }


class Terminal:
    """Calendars in a terminal, subscribed to addresses by vdirsyncer, shown by khal."""

    def __init__(self, home: Path, addresses: Mapping[str, str]) -> None:
        self.home, self.names = home, tuple(addresses)
        home.mkdir()
        sync, look = SYNC.format(home=home), LOOK.format(home=home)
        for name, address in addresses.items():
            (home / name).mkdir()
            sync += PAIR.format(home=home, name=name, address=address)
            look += CALENDAR.format(home=home, name=name)
        (home / "vdirsyncer.conf").write_text(sync)
        (home / "khal.conf").write_text(look)
        self._run("vdirsyncer", "-c", f"{home}/vdirsyncer.conf", "discover")

    def look(self, first: datetime, last: datetime) -> dict[str, list[Seen]]:
        """Fetches every feed and lists, by its name, what the days from `first` to `last` show."""
        self._run("vdirsyncer", "-c", f"{self.home}/vdirsyncer.conf", "sync")
        days = (f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}")
        fields = [part for name in FIELDS for part in ("--json", name)]
        listed = self._run("khal", "-c", f"{self.home}/khal.conf", "list", *fields, *days)
        found: dict[str, list[Seen]] = {name: [] for name in self.names}
        for each in [event for line in listed.splitlines() if line.startswith("[") for event in json.loads(line)]:
            seen = Seen(_utc(each["start-long-full"]), each["title"], bool(each["cancelled"].strip()))
            found[each["calendar"]].append(seen)
        return {name: sorted(events) for name, events in found.items()}

    def _run(self, program: str, *arguments: str) -> str:
        home = str(self.home)
        environment = {
            **os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home, "XDG_CACHE_HOME": home,
            "TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONWARNINGS": "ignore",
        }  # fmt: skip
        command = [str(Path(sys.executable).parent / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, input="y\n" * 50)
        assert done.returncode == 0, f"{program}: {done.stderr[-500:]}"
        return done.stdout


def _utc(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)
