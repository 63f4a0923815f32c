"""A person at a browser: goes to pages, signs in, looks for faults that a person or a screen reader would meet."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from house import ROOT, SignIn, Site
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

SHOTS = ROOT / "build" / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {"desk": (1440, 900), "phone": (390, 844), "zoomed": (720, 450)}
"""A desk's window of 1440 by 900 that is zoomed to 200 % has room for half of it."""
SETTLED_WITHIN = 20.0
QUIET_LOOKS = 2
Theme = Literal["light", "dark"]


class Surfer:
    """One browser window of one person; `faults` is what the page complained about."""

    def __init__(
        self,
        browser: Browser,
        site: Site,
        theme: Theme = "light",
        width: str = "desk",
        zone: str = "America/New_York",
    ) -> None:
        wide, high = WIDTHS[width]
        self.site = site
        self.context = browser.new_context(
            base_url=site.url, viewport={"width": wide, "height": high}, locale="en-US", reduced_motion="reduce",
            timezone_id=zone,
        )  # fmt: skip
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.faults: list[str] = []
        self.loading: set[Request] = set()
        self.presses = 0
        self.is_signed_in = False
        self.context.expose_binding("surferPressed", lambda _source: self._pressed())
        self.context.add_init_script("document.addEventListener('pointerdown', () => window.surferPressed(), true)")
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._asked)
        self.page.on("requestfinished", self._answered)
        self.page.on("requestfailed", self._answered)
        self.paint(theme)

    def _pressed(self) -> None:
        self.presses += 1

    @contextmanager
    def within(self, most: int, job: str) -> Iterator[None]:
        """Holds a job to so many presses of the pointer: clicks and drags, but not typing."""
        before = self.presses
        yield
        took = self.presses - before
        assert 0 < took <= most, f"{job} took {took} presses, at most {most} are allowed"

    def _heard(self, message: ConsoleMessage) -> None:
        # A refused form answers 422 or 409, which browsers log as if a file were missing.
        if message.type == "error" and not re.search(r"status of (422|409)", message.text):
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if request.resource_type != "eventsource":
            self.loading.add(request)
        if not request.url.startswith((self.site.url, "data:", "blob:")):
            self.faults.append(f"a request to another host: {request.url}")

    def _answered(self, request: Request) -> None:
        self.loading.discard(request)

    def paint(self, theme: Theme) -> None:
        """Chooses light or dark."""
        self.context.add_cookies([{"name": "theme", "value": theme, "url": self.site.url}])

    def repaint(self, theme: Theme) -> None:
        """Turns the open page light or dark, as the switch on it does, without loading it again."""
        self.page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)

    def resize(self, width: str) -> None:
        """Goes on at a desk or on a phone."""
        wide, high = WIDTHS[width]
        self.page.set_viewport_size({"width": wide, "height": high})

    def sign_in(self, who: SignIn) -> None:
        """Signs in through the form."""
        self.page.goto("/sign-in")
        self.page.get_by_label("E-mail").fill(who.email)
        self.page.get_by_label("Password").fill(who.password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(re.compile(r"^(?!.*sign-in).*$"))
        self.is_signed_in = True

    def go_home(self) -> None:
        """Closes the window of whoever signed in: one left open would ask for news until its sign-in had ended."""
        if self.is_signed_in:
            self.close()

    def go(self, path: str) -> None:
        """Opens a page and waits until it is drawn."""
        self.page.goto(path)
        self.settle()

    def settle(self) -> None:
        """Waits until nothing loads any more, and has not for a tenth of a second."""
        self.page.wait_for_load_state("load")
        quiet, until = 0, time.monotonic() + SETTLED_WITHIN
        while quiet < QUIET_LOOKS:
            assert time.monotonic() < until, f"still loading: {[each.url for each in self.loading]}"
            self.page.wait_for_timeout(50)
            quiet = 0 if self.loading else quiet + 1

    def shoot(self, name: str, folder: Path = SHOTS, *, full_page: bool = True) -> Path:
        """Keeps a picture of the page under build/screenshots."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{name}.png"
        self.page.screenshot(path=file, full_page=full_page)
        return file

    def accessibility_faults(self, rules: tuple[str, ...] = ()) -> list[str]:
        """What axe-core finds wrong with the page as it is now, by all its rules or by the ones named."""
        if self.page.evaluate("() => typeof axe === 'undefined'"):
            self.page.evaluate(AXE.read_text())
        found: dict[str, Any] = self.page.evaluate(
            """rules => axe.run(document, {
                resultTypes: ['violations'], ...(rules.length ? { runOnly: { type: 'rule', values: rules } } : {}),
            })""",
            list(rules),
        )
        return [
            f"{each['id']} ({each['impact']}): {node['html'][:160]}"
            for each in found["violations"]
            for node in each["nodes"]
        ]

    def is_wider_than_its_window(self) -> bool:
        """Whether the page as a whole has to be scrolled sideways."""
        widths = self.page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")
        return bool(widths[0] > widths[1])

    def close(self) -> None:
        """Closes the window."""
        self.context.close()
