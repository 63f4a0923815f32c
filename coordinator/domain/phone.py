"""Telephone numbers as people write them, and as a gateway dials them."""

from __future__ import annotations

import phonenumbers

REGION = "US"
"""Numbers without a country code are dialed as in the United States."""


def dialed(written: str) -> str | None:
    """The number in full, such as +12065550126; None for what cannot be a number."""
    try:
        number = phonenumbers.parse(written, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
