"""What a person knows of a visit, and how that differs from what is so now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

VIDEO = "video"
"""The `where` of a visit by video."""

PUBLISHED, CHANGED, CANCELED = CHANGES = ("visit_published", "visit_changed", "visit_canceled")
"""The kinds of differences, which are also what a rule may be about."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """When and where somebody is expected. `where` is VIDEO, a room's name, or empty: patients are told the clinic."""

    start: datetime
    end: datetime
    where: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A visit as somebody was last told, and as it is; None: not expected there. `code` is the enrollment's."""

    before: Appointment | None
    after: Appointment | None
    code: str = ""

    @property
    def what(self) -> str:
        """Which kind of difference it is."""
        if self.before is None:
            return PUBLISHED
        return CANCELED if self.after is None else CHANGED

    @property
    def useful_until(self) -> datetime:
        """Until when it helps to know: where the old or the new time, whichever is later, has begun it is too late."""
        return max(each.start for each in (self.before, self.after) if each is not None)

    @property
    def moment(self) -> datetime:
        """The time by which differences are ordered: the new one, or else the old one."""
        known = self.after or self.before
        assert known is not None
        return known.start


def difference(
    before: Appointment | None, after: Appointment | None, now: datetime, code: str = ""
) -> Difference | None:
    """The difference, or None where there is none or it is too late to matter."""
    if before == after:
        return None
    found = Difference(before, after, code)
    return found if found.useful_until > now else None
