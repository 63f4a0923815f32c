"""A real worker without its planning process and with a clock that is ahead: `run_shifted.py SECONDS`.

Its settings come from the environment, as a worker's do. `run_shifted.py SECONDS crew` forks one for each line that it
reads and answers with its process's number: what takes a second to start is loaded once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta

from config import load
from coordinator import worker

KILLED = -signal.SIGKILL


def main(ahead: timedelta) -> None:
    worker.SECONDS_PER_MAIL = 4.0  # what a kill interrupts is taken up again as soon after
    worker.BATCH = 10  # several have notices in hand at the same time, and a kill leaves few to wait for their leases
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    worker.run(load(), stop, lambda: datetime.now(UTC) + ahead, plans=False)


def crew(ahead: timedelta) -> int:
    """Forks workers until its input ends; then how many of them neither ended in order nor were killed."""
    started = []
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.dup2(2, 1)  # what a worker logs is no answer
            main(ahead)
            os._exit(0)
        started.append(pid)
        print(pid, flush=True)
    ends = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in started]
    return sum(each not in (0, KILLED) for each in ends)


if __name__ == "__main__":
    clock = timedelta(seconds=float(sys.argv[1]))
    if "crew" in sys.argv:
        sys.exit(crew(clock))
    main(clock)
