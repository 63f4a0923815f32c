"""The rows of the editor of visits: added, removed, duplicated and put in order by buttons, without a script too.

A row's fields are named LIST-KEY-FIELD; its key stays while its place changes. The field LIST holds the keys in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from werkzeug.datastructures import MultiDict

from coordinator.services.protocol_visits import MOST_GAPS, MOST_VISITS
from coordinator.web.forms import Form

FIELDS = {
    "visit": ("code", "was", "like", "kind", "minutes", "room", "course", "people", "gates"),
    "gap": ("from", "to", "least", "ideal", "most", "least_minutes", "most_minutes"),
    "stay": ("name", "scope", "how"),
}
MOST = {"visit": MOST_VISITS, "gap": MOST_GAPS, "stay": 30}
WORDS = {"visit": "visits", "gap": "gaps", "stay": "rules"}
LOOK = "look"
"""The act of pressing Check, or Enter in a field: nothing changes."""
_ACT = re.compile(r"(visit|gap|stay)-(?:(add)|(\d{1,6})-(up|down|copy|remove))", re.ASCII)


@dataclass(frozen=True, slots=True)
class Acted:
    """The form after a button: what a screen reader is told, and the id of what has the focus."""

    form: Form
    said: str = ""
    focus: str = ""


def keys(form: Form, which: str) -> list[int]:
    """The keys of a list's rows, in order."""
    return _keys(form.value(which), which)


def renamed(form: Form) -> dict[str, str]:
    """The visits whose code was typed anew since the page was drawn: the codes that they have now, by the old ones."""
    pairs = [(form.value(f"visit-{key}-was"), form.value(f"visit-{key}-code").strip()) for key in keys(form, "visit")]
    codes = {code for _, code in pairs}
    return {was: code for was, code in pairs if was and code and was not in codes}


def acted(sent: MultiDict[str, str], act: str) -> Acted:
    """What the form is after a button of that value; one that is none changes nothing."""
    rows = _Rows(MultiDict(sent))
    rows.take_names_along()
    found = _ACT.fullmatch(act)
    which, key = (found[1], int(found[3] or -1)) if found else ("", -1)
    if found and found[2]:
        return rows.add(which)
    if found is None or key not in rows.keys(which):
        return Acted(Form(rows.sent))
    if found[4] in ("up", "down"):
        return rows.move(which, key, -1 if found[4] == "up" else 1)
    return rows.copy(which, key) if found[4] == "copy" else rows.remove(which, key)


@dataclass(slots=True)
class _Rows:
    """What was sent, to be changed."""

    sent: MultiDict[str, str]

    def keys(self, which: str) -> list[int]:
        """The keys of a list's rows, in order."""
        return _keys(self.sent.get(which, ""), which)

    def take_names_along(self) -> None:
        """Gives gaps the visits' codes as they are typed now."""
        names = renamed(Form(self.sent))
        for key in self.keys("gap"):
            for end in ("from", "to"):
                typed = self._of("gap", key, end)
                self.sent[f"gap-{key}-{end}"] = names.get(typed, typed)
        for key in self.keys("visit"):
            self.sent[f"visit-{key}-was"] = self._of("visit", key, "code")

    def move(self, which: str, key: int, by: int) -> Acted:
        """One place up or down."""
        order = self.keys(which)
        at = order.index(key)
        if 0 <= at + by < len(order):
            order[at], order[at + by] = order[at + by], order[at]
            self._keep(which, order)
        place = order.index(key)
        way = "down" if place == 0 else "up" if place == len(order) - 1 else "up" if by < 0 else "down"
        said = f"{self._named(which, key)} is {place + 1} of {len(order)} now."
        return Acted(Form(self.sent), said, f"{which}-{key}-{way}")

    def remove(self, which: str, key: int) -> Acted:
        """Away with a row, and with a visit's gaps."""
        order, name = self.keys(which), self._named(which, key)
        at = order.index(key)
        lost = self._gaps_of(self._of(which, key, "code")) if which == "visit" else []
        for each in lost:
            self._drop("gap", each)
        self._drop(which, key)
        left = self.keys(which)
        beside = f"{which}-{left[min(at, len(left) - 1)]}-remove" if left else f"{which}-add"
        gaps = f" and {len(lost)} {'gap' if len(lost) == 1 else 'gaps'} are" if lost else " is"
        return Acted(Form(self.sent), f"{name}{gaps} removed.", beside)

    def copy(self, which: str, key: int) -> Acted:
        """A row like this one below it; a visit's copy follows it as it follows another."""
        name = self._named(which, key)
        new = self._new(which, self.keys(which).index(key) + 1)
        if new is None:
            return self._full(which)
        for field in FIELDS[which]:
            self.sent.setlist(f"{which}-{new}-{field}", self.sent.getlist(f"{which}-{key}-{field}"))
        said = f"A copy stands below {name}."
        if which == "visit":
            code = self._of("visit", key, "code")
            self.sent[f"visit-{new}-code"] = self.sent[f"visit-{new}-was"] = self._free(code)
            said += self._follow(code, self._of("visit", new, "code"))
        return Acted(Form(self.sent), said, f"{which}-{new}-{'code' if which == 'visit' else 'to'}")

    def add(self, which: str) -> Acted:
        """A new row at the end."""
        new = self._new(which, len(self.keys(which)))
        if new is None:
            return self._full(which)
        if which == "visit":
            self.sent[f"visit-{new}-minutes"] = "60"
        if which == "gap":
            self.sent[f"gap-{new}-from"], self.sent[f"gap-{new}-to"] = self._loose_pair()
        first = {"visit": "code", "gap": "from", "stay": "name"}[which]
        return Acted(Form(self.sent), f"A line is added to the {WORDS[which]}.", f"{which}-{new}-{first}")

    def _follow(self, code: str, copy: str) -> str:
        """Gives a visit's copy the gap from it that leads to it."""
        leading = [key for key in self.keys("gap") if code and self._of("gap", key, "to") == code]
        new = self._new("gap", self.keys("gap").index(leading[0]) + 1) if leading else None
        if new is None:
            return ""
        for field in FIELDS["gap"]:
            self.sent[f"gap-{new}-{field}"] = self._of("gap", leading[0], field)
        self.sent[f"gap-{new}-from"], self.sent[f"gap-{new}-to"] = code, copy
        return f" A gap leads from {code} to {copy}."

    def _loose_pair(self) -> tuple[str, str]:
        """The first visit, but for the very first, that no gap leads to, and the one listed before it."""
        codes = [self._of("visit", key, "code") for key in self.keys("visit")]
        led_to = {self._of("gap", key, "to") for key in self.keys("gap")}
        return next(((before, after) for before, after in pairwise(codes) if after and after not in led_to), ("", ""))

    def _new(self, which: str, at: int) -> int | None:
        """The key of a new row at a place; None where the list is full."""
        order = self.keys(which)
        if len(order) >= MOST[which]:
            return None
        key = max(order, default=-1) + 1
        self._keep(which, [*order[:at], key, *order[at:]])
        return key

    def _full(self, which: str) -> Acted:
        return Acted(Form(self.sent), f"There are at most {MOST[which]} {WORDS[which]}.", f"{which}-add")

    def _drop(self, which: str, key: int) -> None:
        for field in FIELDS[which]:
            self.sent.poplist(f"{which}-{key}-{field}")
        self._keep(which, [each for each in self.keys(which) if each != key])

    def _keep(self, which: str, order: Iterable[int]) -> None:
        self.sent[which] = written(order)

    def _gaps_of(self, code: str) -> list[int]:
        ends = {key: (self._of("gap", key, "from"), self._of("gap", key, "to")) for key in self.keys("gap")}
        return [key for key, those in ends.items() if code and code in those]

    def _free(self, code: str) -> str:
        """The next code like this one: d2 or d3 after d1."""
        taken = {self._of("visit", key, "code") for key in self.keys("visit")}
        return next((each for each in _next_codes(code) if each not in taken), "")

    def _named(self, which: str, key: int) -> str:
        if which == "gap":
            return f"The gap from {self._of('gap', key, 'from')} to {self._of('gap', key, 'to')}"
        return self._of(which, key, "code" if which == "visit" else "name") or "The line"

    def _of(self, which: str, key: int, field: str) -> str:
        return self.sent.get(f"{which}-{key}-{field}", "").strip()


def written(order: Iterable[int]) -> str:
    """Keys as the list's field holds them."""
    return " ".join(str(each) for each in order)


def _keys(value: str, which: str) -> list[int]:
    found = (int(each) for each in value.split() if each.isascii() and each.isdecimal() and len(each) < 7)
    return list(dict.fromkeys(found))[: MOST[which]]


def _next_codes(code: str) -> Iterator[str]:
    found = re.fullmatch(r"(.*?)(\d{1,4})", code, re.ASCII)
    if not code:
        return
    stem, number = (found[1], int(found[2])) if found else (f"{code}-", 1)
    for _ in range(MOST_VISITS + 1):
        number += 1
        yield f"{stem}{number}"
