"""How much a clinic's feeds may show: nothing but times, until its administrator has said who hosts the calendars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coordinator.calendars.privacy import LEVELS, SAYS, telling_word
from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import InvalidInput, NotAllowed
from coordinator.store import audit, clinics
from coordinator.store.unit_of_work import Work

HOSTS = {
    "google": "Google Calendar",
    "microsoft": "Microsoft 365 or Outlook.com",
    "apple": "Apple iCloud",
    "own": "A server of the clinic's own",
    "devices": "Apps on their own devices only",
    "other": "Another host",
}
_SETTING = "feed_hosts"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the clinic decided. `hosts` are keys of HOSTS; `telling` is a word of the clinic's name that tells too much,
    for which calendars are then not named after the clinic. `is_undecided`: nobody has answered yet.
    """

    ceiling: str
    hosts: tuple[str, ...]
    telling: str | None
    is_undecided: bool


def policy(work: Work, actor: Actor) -> Policy:
    """The clinic's decision."""
    clinic = clinics.get(work, actor.clinic_id)
    hosts = clinic.settings.get(_SETTING)
    undecided = hosts is None and clinic.feed_ceiling == "busy"
    return Policy(clinic.feed_ceiling, tuple(hosts or ()), telling_word(clinic.name), undecided)


def levels() -> list[tuple[str, str]]:
    """Every privacy level with what it shows, from least to most."""
    return [(level, SAYS[level]) for level in LEVELS]


def decide(work: Work, actor: Actor, now: datetime, hosts: Sequence[str], agreed: bool, ceiling: str) -> None:
    """Sets the highest level of the clinic's feeds; those above it show less at once.

    Anything above `busy` needs the hosts named and `agreed`: that the clinic's agreements cover them. Raises
    NotAllowed for anybody but an administrator, and InvalidInput beside a field.
    """
    if actor.access not in (Access.ADMINISTRATOR, Access.SYSTEM):
        raise NotAllowed("Only an administrator decides what feeds may show. Ask one of your clinic.")
    if ceiling not in LEVELS:
        raise InvalidInput("Choose the highest level that feeds may have.", "ceiling")
    unknown = [host for host in hosts if host not in HOSTS]
    if unknown:
        raise InvalidInput("Choose the calendar hosts from the list.", "hosts")
    if ceiling != "busy" and not hosts:
        raise InvalidInput("Say which hosts keep your staff's calendars, or allow no more than “busy”.", "hosts")
    if ceiling != "busy" and not agreed:
        raise InvalidInput(
            "Above “busy”, feeds hold protected health information. Confirm that your agreements cover these hosts,"
            " or allow no more than “busy”.",
            "agreed",
        )
    clinic = clinics.lock(work, actor.clinic_id)
    clinic.feed_ceiling = ceiling
    clinic.settings = {**clinic.settings, _SETTING: list(dict.fromkeys(hosts))}
    detail = {"ceiling": ceiling, "hosts": list(hosts)}
    audit.append(work, actor, now, "feed.policy", "clinic", clinic.id, detail)
