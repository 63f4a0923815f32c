"""The process that fetches and reads somebody's calendar: it can be killed, and has little time and memory.

It takes one line of JSON on standard input, then the file's bytes if there is one, and answers in JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import datetime
from typing import Any

from coordinator.calendars.busy import read
from coordinator.delivery.guarded import Guard, fetch
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import InvalidInput

MOST_CPU_SECONDS = 4
MOST_MEMORY = 256 * 1024 * 1024


def answer(asked: dict[str, Any], content: bytes | None) -> dict[str, Any]:
    """The busy times, or why there are none to be had."""
    try:
        etag = ""
        if asked.get("address"):
            fetched = fetch(asked["address"], asked.get("etag", ""), Guard(hosts=asked["hosts"]))
            content, etag = fetched.content, fetched.etag
            if content is None:
                return {"unchanged": True}
        first, end = datetime.fromisoformat(asked["first"]), datetime.fromisoformat(asked["end"])
        spans = read(content or b"", zone_named(asked["zone"]), first, end)
    except InvalidInput as refusal:
        return {"refused": str(refusal)}
    except (MemoryError, RecursionError):
        return {"refused": "Reading this calendar takes too much memory. Export less of it."}
    except (ArithmeticError, ValueError, TypeError, KeyError, AttributeError, LookupError):
        return {"refused": "The calendar has dates that cannot be read. Export it anew, or less of it."}
    return {"spans": [[start.isoformat(), last.isoformat()] for start, last in spans], "etag": etag}


def main() -> None:
    """Answers one question."""
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.loads(sys.stdin.buffer.readline())
    content = None if asked.get("address") else sys.stdin.buffer.read()
    json.dump(answer(asked, content), sys.stdout)


if __name__ == "__main__":
    main()
