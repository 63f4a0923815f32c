"""`coordinator serve` and `coordinator worker`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from urllib.error import URLError
from urllib.request import urlopen

import click

from config import PREFIX, Settings, SettingsError
from coordinator import worker as clockwork
from coordinator.cli_database import opened
from coordinator.services import log_lines
from coordinator.services.secret_keys import refuse_waiting

READY_WITHIN = 60.0
PATIENCE = 20.0
"""Seconds that the web and the worker have for ending what is under way."""

PAUSE_BEFORE_RESTART = 1.0


@click.command()
@click.option("--follow", type=int, hidden=True, help="Stop when this parent process is gone.")
def worker(follow: int | None) -> None:
    """Run a worker alone: planning, reminders, the clock."""
    log_lines.configure()
    stop = _stop_on_signals()
    if follow is not None:
        threading.Thread(target=_watch_parent, args=(follow, stop), daemon=True).start()
    settings = _prepared()
    log_lines.send_to(settings.log_url)
    clockwork.run(settings, stop)


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True, help="Where to listen.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 is all.")
def serve(port: int, host: str) -> None:
    """Serve the web pages and run the worker."""
    _refuse_taken(host, port)
    stop = _stop_on_signals()
    environment = {f"{PREFIX}BASE_URL": f"http://127.0.0.1:{port}", **os.environ}
    _prepared()
    web = subprocess.Popen(_web_command(host, port), env=environment)  # noqa: S603
    working = _Kept(lambda: subprocess.Popen(_worker_command(), env=environment))  # noqa: S603
    threading.Thread(target=_announce, args=(port, stop), daemon=True).start()
    while not stop.wait(0.2) and web.poll() is None:
        working.keep_running()
    died = not stop.is_set()
    stop.set()
    _end(web, working.process)
    if died:
        raise SettingsError("The web server stopped by itself. Its last lines above say why.")


class _Kept:
    """A child process that is started again when it dies."""

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._start = start
        self._started = time.monotonic()
        self.process = start()

    def keep_running(self) -> None:
        if self.process.poll() is not None and time.monotonic() - self._started > PAUSE_BEFORE_RESTART:
            self._started = time.monotonic()
            self.process = self._start()


def _prepared() -> Settings:
    """The settings, once the database is known to be there, its tables are up to date and its log fits the key."""
    with opened() as house:
        refuse_waiting(house.database)
        return house.settings


def _web_command(host: str, port: int) -> list[str]:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [sys.executable, "-m", "gunicorn", "--config", "python:coordinator.cli_gunicorn", "--bind", address]


def _worker_command() -> list[str]:
    call = "from coordinator.cli import main; main()"
    return [sys.executable, "-c", call, "worker", "--follow", str(os.getpid())]


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


def _watch_parent(parent: int, stop: threading.Event) -> None:
    """A worker whose `serve` was killed outright must not go on by itself, unseen."""
    while not stop.wait(1):
        if os.getppid() != parent:
            stop.set()


def _refuse_taken(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"Port {port} of {host} cannot be used: {error.strerror}. Choose another with --port."
            ) from error


def _announce(port: int, stop: threading.Event) -> None:
    """Prints the address once the web answers there."""
    address, deadline = f"http://127.0.0.1:{port}", time.monotonic() + READY_WITHIN
    while not stop.wait(0.2) and time.monotonic() < deadline:
        try:
            with urlopen(f"{address}/healthz", timeout=1):  # noqa: S310 (our own address)
                click.echo(f"Coordinator is ready at {address} (Ctrl+C stops it)")
                return
        except (URLError, OSError):
            continue


def _end(*processes: subprocess.Popen[bytes]) -> None:
    """Asks all to end, waits for each, and makes those end that do not."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
