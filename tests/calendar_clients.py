"""Real calendar clients for tests: ical.js (Thunderbird's reader), and vdirsyncer with khal (a terminal's calendar)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

READER = Path(__file__).parent / "calendars" / "read_feed.mjs"
SYNC = """
[general]
status_path = "{home}/status/"
[pair feed]
a = "remote"
b = "local"
collections = null
conflict_resolution = "a wins"
[storage remote]
type = "http"
url = "{address}"
[storage local]
type = "filesystem"
path = "{home}/items/"
fileext = ".ics"
"""
LOOK = """
[calendars]
[[feed]]
path = {home}/items
type = calendar
readonly = True
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
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """An event as a client shows it."""

    start: datetime
    summary: str
    canceled: bool


def by_ical_js(address: str) -> list[Seen]:
    """The feed's events, by ical.js under Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is missing; install it (apt-get install nodejs npm) to try the feed with ical.js")
    done = subprocess.run([node, str(READER), address], capture_output=True, text=True, timeout=60, check=True)
    return [
        Seen(datetime.fromisoformat(each["start"]), each["summary"], each["status"] == "CANCELLED")
        for each in json.loads(done.stdout)["events"]
    ]


class Terminal:
    """A person's calendar in a terminal, subscribed to an address by vdirsyncer, shown by khal."""

    def __init__(self, home: Path, address: str) -> None:
        self.home = home
        (home / "items").mkdir(parents=True)
        (home / "vdirsyncer.conf").write_text(SYNC.format(home=home, address=address))
        (home / "khal.conf").write_text(LOOK.format(home=home))
        self._run("vdirsyncer", "-c", f"{home}/vdirsyncer.conf", "discover")

    def look(self, first: datetime, last: datetime) -> list[Seen]:
        """Fetches the feed and lists what the days from `first` to `last` show."""
        self._run("vdirsyncer", "-c", f"{self.home}/vdirsyncer.conf", "sync")
        days = (f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}")
        fields = ("--json", "title", "--json", "start-long-full", "--json", "cancelled")
        listed = self._run("khal", "-c", f"{self.home}/khal.conf", "list", *fields, *days)
        events = [event for line in listed.splitlines() if line.startswith("[") for event in json.loads(line)]
        return [Seen(_utc(each["start-long-full"]), each["title"], bool(each["cancelled"].strip())) for each in events]

    def _run(self, program: str, *arguments: str) -> str:
        home = str(self.home)
        environment = {
            **os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home, "XDG_CACHE_HOME": home,
            "TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONWARNINGS": "ignore",
        }  # fmt: skip
        command = [str(Path(sys.executable).parent / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, input="y\ny\n")
        assert done.returncode == 0, f"{program}: {done.stderr[-500:]}"
        return done.stdout


def _utc(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)
