"""A broken rule: which one, by which visit, through what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One hard rule that a plan breaks.

    `rule` is the number of the hard rule in the exchange format; 0 is what a plan says of itself (cost, bound, status).
    `name` is the slug of the rule's function, `message` a sentence for people. `blocker` is what stands in the way: the
    id of a person, a room or a patient, or another visit as `enrollment/visit`. `touches` are all visits that take part
    as (enrollment, visit), and that are not kept.
    """

    rule: int
    name: str
    enrollment: str
    visit: str | None
    message: str
    blocker: str | None = None
    touches: tuple[tuple[str, str], ...] = ()
