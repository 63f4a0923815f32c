"""Words that must not stand in a message: drugs, diagnoses and programs."""

from __future__ import annotations

import re

_ANYWHERE = (
    "ketamin", "spravato", "psychedel", "psilocyb", "infusion", "troche", "lozenge", "anesthe", "anaesthe", "disorder",
    "anorexi", "bulimi", "diagnos", "depress", "trauma", "suicid", "addict", "psychiat", "psychoth", "therap", "mental",
    "recover", "nutrition", "treatment",
)  # fmt: skip
"""Refused wherever they stand, since names of clinics run words together."""

_AT_THE_START = ("keta", "mdma", "dose", "dosing", "binge", "arfid", "purg", "ptsd", "rehab", "weight")
"""Refused where a word begins so; elsewhere they are parts of harmless words."""

_WHOLE = ("kap", "ed", "anxiety")
"""Refused as a word by itself."""

_PATTERN = re.compile(
    "|".join((*_ANYWHERE, *(rf"(?<![a-z]){each}" for each in _AT_THE_START)))
    + "".join(rf"|(?<![a-z]){each}(?![a-z])" for each in _WHOLE),
    re.IGNORECASE,
)


def protected_words(text: str) -> tuple[str, ...]:
    """What a message must not hold and this text does, in lower case, each once, in the order it occurs."""
    return tuple(dict.fromkeys(found.group().lower() for found in _PATTERN.finditer(text)))


def telling_words(text: str) -> tuple[str, ...]:
    """The whole words in which something protected stands, as they are written, each once."""
    found = (re.search(rf"\w*{re.escape(each)}\w*", text, re.IGNORECASE) for each in protected_words(text))
    return tuple(dict.fromkeys(each.group() for each in found if each is not None))


def is_discreet(text: str) -> bool:
    """Whether a text may leave the clinic: no protected word, nothing that could break a line."""
    return not protected_words(text) and not re.search(r"[\x00-\x1f\x7f\u2028\u2029]", text)
