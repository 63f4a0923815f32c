"""What changed on the schedule since it was drawn: asked often, so it is one small question."""

from __future__ import annotations

from dataclasses import dataclass

from coordinator.domain.actor import Actor
from coordinator.store import clinics, publications
from coordinator.store.unit_of_work import Work

WORDS = {
    "publish": "published",
    "move": "moved",
    "cancel": "canceled",
    "undo": "put back",
    "pause": "canceled",
    "end": "canceled",
}


@dataclass(frozen=True, slots=True)
class News:
    """What there is to see: `revision` differs after each change of visits.

    `said` is who published what last, and `is_mine` whether the reader did.
    """

    revision: str
    said: str
    is_mine: bool


def newest(work: Work, actor: Actor) -> News:
    """The newest publication of the clinic."""
    found = publications.newest(work, actor.clinic_id)
    changes = clinics.get(work, actor.clinic_id).revision
    if found is None:
        return News(str(changes), "", is_mine=True)
    said = f"{found.maker} {WORDS.get(found.kind, 'changed')} visits just now."
    return News(f"{changes}-{found.id}", said, found.made_by is not None and found.made_by == actor.user_id)
