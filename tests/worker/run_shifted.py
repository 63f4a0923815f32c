"""A real worker without its planning process and with a clock that is ahead: `run_shifted.py SECONDS`.

Its settings come from the environment, as a worker's do.
"""

from __future__ import annotations

import signal
import sys
import threading
from datetime import UTC, datetime, timedelta

from config import load
from coordinator import worker


def main(ahead: timedelta) -> None:
    worker.SECONDS_PER_MAIL = 4.0  # what a kill interrupts is taken up again as soon after
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    worker.run(load(), stop, lambda: datetime.now(UTC) + ahead, plans=False)


if __name__ == "__main__":
    main(timedelta(seconds=float(sys.argv[1])))
