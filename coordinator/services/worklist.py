"""The worklist's one interface: what needs somebody now, whichever feature found it out.

A feature adds a source function of its own, in a file of its own, and names it in `worklist_sources.SOURCES`. Items are
worked out on every look and stored nowhere, so an item vanishes with its cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from coordinator.domain.actor import Access, Actor
from coordinator.domain.snapshot import Snapshot
from coordinator.store.unit_of_work import Work

COORDINATORS = frozenset({Access.ADMINISTRATOR, Access.COORDINATOR, Access.SYSTEM, Access.AUDITOR})
"""Who sees every item; a clinician sees those that name them."""


class Urgency(IntEnum):
    """How soon somebody should see to it: the order of the worklist."""

    NOW = 0
    SOON = 1
    LATER = 2


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing to do next: a link to an endpoint with its values or, with `fields`, a form that posts them.

    `fields` {} posts nothing but the button; None is a link. Pages show it only to those who may use the endpoint.
    """

    label: str
    endpoint: str
    values: Mapping[str, int | str | Sequence[int]] = field(default_factory=dict)
    fields: Mapping[str, str] | None = None
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that needs somebody.

    `kind` names the sort of thing (visit.outcome), `key` what it is about; both together are unique. `owner` says in
    words who should see to it, `staff` are the ids of the staff whose it is, who see it too. `since` is when its cause
    began, None where nobody can tell; `due` is by when, where there is such a time. `subject` leads to its page.
    """

    kind: str
    key: str
    title: str
    detail: str
    owner: str
    since: datetime | None
    action: Action
    urgency: Urgency = Urgency.SOON
    due: datetime | None = None
    staff: frozenset[int] = frozenset()
    subject: Action | None = None

    def is_seen_by(self, actor: Actor) -> bool:
        """Whether the actor's worklist has it."""
        return actor.access in COORDINATORS or (actor.staff_id is not None and actor.staff_id in self.staff)


Source = Callable[[Work, Actor, datetime, Snapshot | None], Iterable[Item]]
"""Finds a feature's items. The snapshot is the clinic's, for those who plan; None for others.

A source answers with everything that concerns the actor's clinic: what the actor may see is sifted in one place. Names
of patients come from `visit_cards.who`, which knows what the actor may read.
"""


def sifted(items: Iterable[Item], actor: Actor) -> tuple[Item, ...]:
    """The items that the actor sees, the most urgent first; of equal ones the one due first, then the oldest."""
    return tuple(sorted((each for each in items if each.is_seen_by(actor)), key=_order))


def _order(item: Item) -> tuple[int, float, float, str]:
    return (
        item.urgency,
        item.due.timestamp() if item.due else float("inf"),
        item.since.timestamp() if item.since else float("inf"),
        f"{item.kind} {item.key}",
    )
