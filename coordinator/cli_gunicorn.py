"""How gunicorn serves the pages; `coordinator serve` hands it this module as its configuration."""

from __future__ import annotations

import os
import signal
import threading
import time

from gunicorn.arbiter import Arbiter

wsgi_app = "wsgi:create()"
workers = 2
worker_class = "gthread"
threads = 4
timeout = 60
graceful_timeout = 15
"""Seconds for what is under way at SIGTERM; `coordinator serve` waits for five more."""
loglevel = "warning"
control_socket_disable = True
forwarded_allow_ips = ""
"""By itself gunicorn believes headers from this machine, where a proxy passes on what anybody wrote. What the settings
trust is read by `coordinator.web.forwarded` alone."""


def when_ready(_server: Arbiter) -> None:
    """Called by gunicorn's first process: it leaves when whoever started it is gone, so that the port is free again."""
    threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
