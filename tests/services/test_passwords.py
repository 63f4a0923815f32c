"""What makes a password, and that one is taken as it is."""

from __future__ import annotations

import re

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from coordinator.domain.errors import InvalidInput
from coordinator.services import passwords

GOOD = "violet kettle under snow"


def test_the_most_common_passwords_are_refused() -> None:
    """Of the 3,000 most common ones of 8 characters and more, each tenth, and all of the first 100."""
    common = [each for each in FREQUENCY_LISTS["passwords"] if len(each) >= passwords.LEAST_WITH_SECOND_FACTOR][:3000]
    assert len(common) == 3000
    for each in common[:100] + common[100::10]:
        with pytest.raises(InvalidInput, match="too easy"):
            passwords.hashed(each, least=passwords.LEAST_WITH_SECOND_FACTOR)


def test_a_password_is_taken_exactly_as_it_was_typed() -> None:
    kept = passwords.hashed(f" {GOOD}Ä ")
    assert passwords.matches(kept, f" {GOOD}Ä ")
    for other in (f"{GOOD}Ä", f" {GOOD}ä ", f" {GOOD.title()}Ä ", f" {GOOD}A\u0308 ", f" {GOOD}Ä  "):
        assert not passwords.matches(kept, other)


@pytest.mark.parametrize("length", [64, 200, passwords.MOST_CHARACTERS])
def test_long_passwords_are_taken_whole(length: int) -> None:
    long = (f"{GOOD} seven quiet lamps " * 60)[:length]
    kept = passwords.hashed(long)
    assert passwords.matches(kept, long)
    assert not passwords.matches(kept, long[:-1]), "the last sign counts"


@pytest.mark.parametrize("word", sorted(passwords.TOO_CLOSE))
def test_words_of_person_clinic_and_program_make_no_password(word: str) -> None:
    with pytest.raises(InvalidInput, match="too easy"):
        passwords.hashed(f"{word}-{word}-2027!", least=passwords.LEAST_WITH_SECOND_FACTOR)
    with pytest.raises(InvalidInput, match="too easy"):
        passwords.hashed("Marigold.Harbor-Clinic", about=["Ada Marigold", "Harbor Clinic"])


def test_the_cost_of_a_password_is_what_is_asked_for_today() -> None:
    """ASVS 5.0, appendix C: three passes over at least 12 MiB."""
    cost = extract_parameters(passwords.hashed(GOOD))
    assert (cost.type, cost.hash_len) == (Type.ID, 32)
    assert cost.time_cost >= 3 and cost.memory_cost >= 12_288
    salt = re.split(r"\$", passwords.hashed(GOOD))[-2]
    assert len(salt) >= 22, "16 octets"
