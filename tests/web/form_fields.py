"""The fields of a page's form, as a browser would send them."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class Fields(HTMLParser):
    """The fields of a page's form, as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Any] = {}
        self._area = self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "input" and given.get("type") == "checkbox":
            if "checked" in given:
                self.found.setdefault(name, []).append(given.get("value"))
        elif tag == "input" and name:
            self.found[name] = given.get("value") or ""
        elif tag == "textarea":
            self._area, self.found[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.found):
            self.found[self._select] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "select"):
            self._area = self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[self._area] += data


def fields_of(page: str) -> dict[str, Any]:
    """What the editor's form would send."""
    reader = Fields()
    reader.feed(page[page.index('<form method="post" class="edit"') :])
    return reader.found
