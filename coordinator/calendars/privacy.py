"""Privacy levels: how much of a visit a calendar may show, and which names must not be shown at all.

Whoever hosts a calendar reads it. A name with an appointment is protected health information, and so is a code with a
date and a clinician: hence the lowest level until the clinic has decided otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from coordinator.calendars.text import clean_line

LEVELS = ("busy", "code", "kind", "initials", "full")
"""From least to most; each shows what the one before it shows, and more."""

SAYS = {
    "busy": "“Clinic visit” and its time, no place",
    "code": "the patient's code, the length and the room",
    "kind": "the kind of visit, the patient's code, the length and the room",
    "initials": "the kind of visit, the patient's initials and code, the length and the room",
    "full": "the kind of visit, the patient's name and code, the length and the room",
}
"""What each level shows, for the person who chooses."""

SAYS_TO_PATIENT = {
    "busy": "“Clinic visit” and its time, no place",
    "code": "“Clinic visit”, the length and the room",
    "kind": "the kind of visit, the length and the room",
}
"""The same in a patient's own feed, which names nobody: whose calendar it is, is known there."""

_TELLING = re.compile(
    r"ketamin|spravato|psilocybin|psyche|\bmdma\b|\bkap\b|opioid|methadon|suboxon"
    r"|eating\s*disorder|anorex|bulimi|\barfid\b|\bbinge\b|purging|\bobes"
    r"|psychi|psycho|\bmental|depress|anxiety|\bptsd\b|trauma|\bocd\b|bipolar|schizo|suicid|self.?harm"
    r"|addict|\brehab|\bdetox|\brecovery|substance|alcohol|oncolog|cancer|\bhiv\b|fertility|abortion",
    re.IGNORECASE,
)


def lesser(one: str, other: str) -> str:
    """The level of the two that shows less."""
    return min(one, other, key=LEVELS.index)


def up_to(ceiling: str, owner_kind: str) -> tuple[str, ...]:
    """The levels that show no more than `ceiling`, of those that a feed of such an owner may have."""
    known = says(owner_kind)
    return tuple(level for level in LEVELS[: LEVELS.index(ceiling) + 1] if level in known)


def says(owner_kind: str) -> dict[str, str]:
    """What each level shows in a feed of such an owner."""
    if owner_kind == "enrollment":
        return SAYS_TO_PATIENT
    if owner_kind == "team":
        return {level: text if level == "busy" else f"{text}, and who is there" for level, text in SAYS.items()}
    return SAYS


@lru_cache(maxsize=1024)
def telling_word(name: str) -> str | None:
    """What in a name gives a condition, a drug or a kind of care away, as it stands there; None for a quiet name."""
    found = _TELLING.search(name)
    if found is None:
        return None
    before, after = re.search(r"\w*$", name[: found.start()]), re.match(r"\w*", name[found.end() :])
    return f"{before[0] if before else ''}{found[0]}{after[0] if after else ''}"


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What could be shown of a visit. `patients` pairs each one's code with the name; `room` None is by video.

    `for_patient`: in the patient's own calendar, where nobody's code or name is needed.
    """

    kind: str
    minutes: int
    enrollment: str
    patients: tuple[tuple[str, str], ...]
    room: str | None
    for_patient: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What a level shows of a visit."""

    summary: str
    location: str = ""


def shown(level: str, facts: VisitFacts) -> Shown:
    """What the level shows of the visit: nothing that is not listed here can reach a calendar."""
    if level == "busy":
        return Shown("Clinic visit")
    if facts.for_patient:
        what = "Clinic visit" if level == "code" else _kind(facts.kind)
        return Shown(f"{what} · {facts.minutes} min", _place(facts.room))
    who = _who(level, facts)
    parts = [who, f"{facts.minutes} min"] if level == "code" else [_kind(facts.kind), who, f"{facts.minutes} min"]
    return Shown(" · ".join(parts), _place(facts.room))


def shown_booking(level: str, title: str, room: str | None) -> Shown:
    """What the level shows of a meeting or another booking, whose title names no patient."""
    if level == "busy":
        return Shown("Clinic booking")
    quiet = title if title and not telling_word(title) else "Clinic booking"
    return Shown(quiet, _place(room) if room else "")


def _who(level: str, facts: VisitFacts) -> str:
    """The patient by code, initials or name; a cohort by its code and size at every level."""
    if len(facts.patients) != 1:
        return f"{facts.enrollment} ({len(facts.patients)} patients)"
    code, name = facts.patients[0]
    if level == "full":
        return f"{name} ({code})"
    return f"{initials(name)} ({code})" if level == "initials" else code


def initials(name: str) -> str:
    """The first letter of each word of a name, with the marks that belong to it: `A. L.` for Ada Lovelace."""
    return " ".join(f"{_first_letter(word)}." for word in clean_line(name).split(" ") if word)


def _first_letter(word: str) -> str:
    letter = re.match(r".[\u0300-\u036f\u200d\ufe0f\U0001f3fb-\U0001f3ff]*", word)
    return letter[0].upper() if letter else ""


def _kind(kind: str) -> str:
    return kind.replace("-", " ").replace("_", " ").capitalize()


def _place(room: str | None) -> str:
    """Where: a room whose name gives away what is done there is only a room."""
    if room is None:
        return "Video"
    return "Room" if telling_word(room) else room
