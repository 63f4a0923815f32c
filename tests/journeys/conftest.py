"""Journeys: a real browser against the real server with its worker, on data of their own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cast_clinic import CastClinic, at_work
from house import Site, copied, demo_of_the_run, serving, sign_ins_in
from playwright.sync_api import Browser, expect, sync_playwright
from surfer import Surfer

from coordinator.store.unit_of_work import Database

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.skip("Chromium is missing. Install it with: apt-get install chromium")
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The demo clinic, loaded once in a test run however many processes it has."""
    base = tmp_path_factory.getbasetemp()
    return demo_of_the_run(base if worker_id == "master" else base.parent)


@pytest.fixture(scope="session")
def site(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server with the demo clinic on SQLite; journeys of one process share it, each leaves its own traces."""
    data = copied(demo_folder, tmp_path_factory.mktemp("journeys") / "data")
    sign_ins = sign_ins_in((data / "printed").read_text())
    with serving(data, f"sqlite:///{data / 'coordinator.db'}", sign_ins) as running:
        yield running


@pytest.fixture
def surfer(browser: Browser, site: Site) -> Iterator[Callable[..., Surfer]]:
    """Opens windows: `surfer("coordinator")` is signed in, `surfer(None)` is nobody. Faults of a page fail the test."""
    opened: list[Surfer] = []

    def open_window(access: str | None, **more: str) -> Surfer:
        window = Surfer(browser, site, **more)  # type: ignore[arg-type]
        opened.append(window)
        if access is not None:
            window.sign_in(site.sign_ins[access])
        return window

    yield open_window
    faults = [fault for window in opened for fault in window.faults]
    for window in opened:
        window.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def clinic(sqlite: Database, browser: Browser, tmp_path: Path) -> Iterator[CastClinic]:
    """The clinic of the fixed cast behind a server, Monday morning."""
    with at_work(sqlite, browser, tmp_path) as found:
        yield found
