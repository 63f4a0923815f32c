"""Words that must not stand in a message: drugs, diagnoses and programs."""

from __future__ import annotations

import re

_PROTECTED = (
    "ketamin", "esketamin", "spravato", "psychedeli", "psilocybin", "mdma", "dosing", "dose", "infusion", "troche",
    "kap", "lozenge", "anesthe", "anaesthe", "eating disorder", "anorexi", "bulimi", "binge", "arfid", "purging",
    "disorder", "diagnos", "depress", "trauma", "ptsd", "suicid", "addict", "psychiatr", "psychotherap", "therap",
    "mental", "rehab", "recovery", "weight", "nutrition", "treatment",
)  # fmt: skip
"""Beginnings of words, in lower case. Each matches at the start of a word."""

_PATTERN = re.compile(r"(?<![a-z])(?:" + "|".join(re.escape(each) for each in _PROTECTED) + ")", re.IGNORECASE)


def protected_words(text: str) -> tuple[str, ...]:
    """The protected beginnings of words found in a text, in lower case, each once, in the order they occur."""
    return tuple(dict.fromkeys(found.group().lower() for found in _PATTERN.finditer(text)))


def is_discreet(text: str) -> bool:
    """Whether a text may leave the clinic: no protected word, nothing that could break a line."""
    return not protected_words(text) and not re.search(r"[\x00-\x1f\x7f\u2028\u2029]", text)
