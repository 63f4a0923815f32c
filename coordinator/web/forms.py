"""Forms: reading what was typed, keeping it, and putting each refusal beside its field.

A view makes a `Form`, reads every field (each reader notes what is wrong and goes on), calls its service where
`form.ok`, and hands the form back to the template, whose macros show value and error:

    form = Form(request.form)
    name, seats = form.text("name", "Name"), form.whole("seats", "Seats", least=1, most=40)
    if form.ok:
        with form.refusals(), writing() as work:
            rooms.add(work, current_actor(), now(), name, seats)
    if form.ok:
        return redirect(…)
    return render_template("rooms/edit.html", form=form), form.status
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, time

from werkzeug.datastructures import MultiDict

from coordinator.domain.errors import Conflict, DomainError, InvalidForm, InvalidInput
from coordinator.web.errors import status_of
from coordinator.web.numbers import day_of

MOST_ID = 999_999_999
WHOLE_FORM = ""
"""Under this name stand refusals that belong to no field."""


class Form:
    """What was sent, or what the form starts with; `errors` is a sentence by the field's name."""

    def __init__(self, sent: MultiDict[str, str] | None = None, start: Mapping[str, object] | None = None) -> None:
        self._sent = sent
        self._start = start or {}
        self.errors: dict[str, str] = {}
        self.status = 200 if sent is None else 422

    @property
    def ok(self) -> bool:
        """Whether nothing was refused so far."""
        return not self.errors

    @property
    def is_sent(self) -> bool:
        """Whether somebody sent it, rather than opened it."""
        return self._sent is not None

    @property
    def sent(self) -> MultiDict[str, str] | None:
        """What was sent; None where it was opened."""
        return self._sent

    def again(self) -> Form:
        """The same fields, with nothing refused yet."""
        return Form(self._sent, self._start)

    def has(self, name: str) -> bool:
        """Whether there is such a field, empty or not."""
        return name in (self._start if self._sent is None else self._sent)

    def value(self, name: str) -> str:
        """What the field shows: as it was typed, or what it starts with."""
        if self._sent is not None:
            return self._sent.get(name, "")
        start = self._start.get(name)
        return "" if start is None else str(start)

    def values(self, name: str) -> list[str]:
        """What is chosen in a field of several choices."""
        if self._sent is not None:
            return self._sent.getlist(name)
        start = self._start.get(name, ())
        return [str(each) for each in start] if isinstance(start, Collection) and not isinstance(start, str) else []

    def error(self, name: str) -> str | None:
        """What is wrong with the field."""
        return self.errors.get(name)

    def refuse(self, name: str, message: str) -> None:
        """Notes what is wrong with a field; the first refusal stays."""
        self.errors.setdefault(name, message)

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Catches what a service refuses as wrong or overtaken, and puts it beside its field."""
        try:
            yield
        except (InvalidInput, InvalidForm, Conflict) as error:
            self._take(error)

    def _take(self, error: DomainError) -> None:
        self.status = int(status_of(error))
        if isinstance(error, InvalidForm):
            for name, message in error.fields.items():
                self.refuse(name, message)
        else:
            self.refuse((error.field if isinstance(error, InvalidInput) else None) or WHOLE_FORM, str(error))

    def text(self, name: str, label: str, *, required: bool = True, most: int = 200) -> str:
        """One line of text without control characters; spaces around it are dropped."""
        kept = "".join(each for each in self.value(name) if unicodedata.category(each) != "Cc").strip()
        if required and not kept:
            self.refuse(name, f"{label} is missing. Fill it in.")
        if len(kept) > most:
            self.refuse(name, f"{label} is longer than {most} characters. Shorten it.")
        return kept

    def whole(self, name: str, label: str, *, least: int = 0, most: int = 10_000) -> int:
        """A whole number; `least` where it is refused."""
        return self._whole(name, label, self.value(name).strip(), least, most)

    def whole_or_none(self, name: str, label: str, *, least: int = 0, most: int = 10_000) -> int | None:
        """A whole number, or None for an empty field."""
        typed = self.value(name).strip()
        return self._whole(name, label, typed, least, most) if typed else None

    def _whole(self, name: str, label: str, typed: str, least: int, most: int) -> int:
        if typed.isascii() and typed.isdecimal() and len(typed) < 10 and least <= int(typed) <= most:
            return int(typed)
        self.refuse(name, f"{label} must be a whole number from {least} to {most:,}.")
        return least

    def day(self, name: str, label: str) -> date:
        """A date; the first of the calendar where it is refused."""
        return self.day_or_none(name, label, required=True) or date.min

    def day_or_none(self, name: str, label: str, *, required: bool = False) -> date | None:
        """A date, or None for an empty field; years from 2000 to 2200, which no clinic leaves."""
        typed = self.value(name).strip()
        if not typed and not required:
            return None
        try:
            return day_of(typed)
        except ValueError:
            self.refuse(name, f"{label} must be a date, such as 2027-01-31.")
            return None

    def clock(self, name: str, label: str, *, otherwise: int | None = None) -> int:
        """A time of day in minutes after midnight; `otherwise` for an empty field, where one is given."""
        typed = self.value(name).strip()
        if not typed and otherwise is not None:
            return otherwise
        try:
            at = time.fromisoformat(typed)
        except ValueError:
            self.refuse(name, f"{label} must be a time, such as 09:30.")
            return 0
        return at.hour * 60 + at.minute

    def hours_or_none(self, name: str, label: str, *, most: int) -> int | None:
        """Hours such as 7.5 as minutes, or None for an empty field."""
        typed = self.value(name).strip()
        if not typed:
            return None
        if re.fullmatch(r"\d{1,3}(\.\d{1,2})?", typed, re.ASCII) and 0 < float(typed) <= most:
            return round(float(typed) * 60)
        self.refuse(name, f"{label} must be hours from 0.25 to {most}, such as 7.5, or empty for no limit.")
        return None

    def choice(self, name: str, label: str, options: Collection[str]) -> str:
        """One of the options; empty where it is refused."""
        if self.value(name) in options:
            return self.value(name)
        self.refuse(name, f"{label} is missing. Choose one.")
        return ""

    def row_or_none(self, name: str, label: str) -> int | None:
        """The id of what was chosen from a list of ours, or None for no choice."""
        typed = self.value(name).strip()
        return self._whole(name, label, typed, 1, MOST_ID) if typed else None

    def rows(self, name: str, label: str) -> list[int]:
        """The ids of what was chosen, each once."""
        return [self._whole(name, label, typed, 1, MOST_ID) for typed in self.several(name, label, required=False)]

    def several(self, name: str, label: str, *, required: bool = True) -> list[str]:
        """What is chosen, each once, in the order given."""
        chosen = list(dict.fromkeys(each.strip() for each in self.values(name) if each.strip()))
        if required and not chosen:
            self.refuse(name, f"{label} is missing. Choose at least one.")
        return chosen
