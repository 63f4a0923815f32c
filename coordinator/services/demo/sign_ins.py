"""Who can sign in to the demo clinic. Passwords are made from the installation's secret: no two have the same."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest

from coordinator.domain.actor import Access


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A user of the demo clinic; `staff` is the code of the member of staff they are."""

    email: str
    name: str
    access: Access
    staff: str | None = None


USERS = (
    DemoUser("coordinator@example.org", "Iris Hollander", Access.COORDINATOR),
    DemoUser("therapist@example.org", "Maya Lindqvist", Access.CLINICIAN, "th-maya"),
    DemoUser("physician@example.org", "Grace Kowalski", Access.CLINICIAN, "dr-grace"),
    DemoUser("administrator@example.org", "Morgan Tate", Access.ADMINISTRATOR),
    DemoUser("auditor@example.org", "Quentin Marsh", Access.AUDITOR),
)


def password_of(user: DemoUser, secret_key: str) -> str:
    """The user's password, always the same in one installation: four groups of four letters and digits."""
    text = b32encode(digest(secret_key.encode(), f"demo clinic {user.email}".encode(), sha256)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))
