"""Plans of one job side by side: what each is best at, in words, and where its visits lie on one roadmap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from coordinator.domain.protocol import Protocol
from coordinator.services.visit_cards import visit_title
from coordinator.store.proposals import ProposalRecord

NAMES = {
    "balanced": "Best overall",
    "soonest": "Soonest",
    "same-faces": "Same faces",
    "preferred-hours": "Preferred hours",
}


@dataclass(frozen=True, slots=True)
class ChoiceDot:
    """A visit on the roadmap: its day, its course (None: outside all), and what it is."""

    day: date
    course: int | None
    kind: str
    title: str
    is_video: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the plans. `words` says what it gives and costs beside the others; `outside` None: any hours will do."""

    id: int
    names: tuple[str, ...]
    words: str
    ends: date
    people: int
    outside: int | None
    off: int
    cost: int
    dots: tuple[ChoiceDot, ...]
    is_held: bool
    is_this: bool


def choices(records: list[ProposalRecord], this: int, protocols: Mapping[str, Protocol]) -> tuple[Choice, ...]:
    """The plans that one may choose from; none where there is only one. `protocols` are by enrollment code."""
    found = [each for each in records if "alternative" in each.detail]
    return tuple(_choice(each, this, protocols) for each in found) if len(found) > 1 else ()


def _choice(record: ProposalRecord, this: int, protocols: Mapping[str, Protocol]) -> Choice:
    about: dict[str, Any] = record.detail["alternative"]
    return Choice(
        id=record.id,
        names=_names(about),
        words=about["words"],
        ends=date.fromisoformat(about["ends"]),
        people=about["changes"],
        outside=about["outside"],
        off=about["off"],
        cost=sum(each["cost"] for each in record.reasons),
        dots=tuple(_dots(record, protocols)),
        is_held=record.held_until is not None,
        is_this=record.id == this,
    )


def _names(about: Mapping[str, Any]) -> tuple[str, ...]:
    """What it is best at. Where any hours will do, to be best at the preferred ones says nothing."""
    kinds = [each for each in about["kinds"] if each != "preferred-hours" or about["outside"] is not None]
    return tuple(NAMES[each] for each in kinds or about["kinds"])


def _dots(record: ProposalRecord, protocols: Mapping[str, Protocol]) -> list[ChoiceDot]:
    placed = [each for each in record.plan["visits"] if each["enrollment"] in protocols]
    return [
        ChoiceDot(
            datetime.fromisoformat(each["start"]).date(),
            visit.course,
            visit.kind,
            visit_title(visit.kind, visit.id, visit.course),
            visit.room is None,
        )
        for each in placed
        for visit in [protocols[each["enrollment"]].visit(each["visit"])]
    ]
