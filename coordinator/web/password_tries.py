"""A password that somebody typed: tried without keeping a transaction open while it is checked."""

from __future__ import annotations

from coordinator.services import sign_in as service
from coordinator.services.sign_in import Attempt
from coordinator.web.context import now, writing


def tried(email: str, password: str, device: str = "") -> Attempt:
    """The try as it turned out; without a user where it is refused, for whatever reason."""
    with writing() as work:
        found = service.attempt(work, now(), email, device)
    is_right = service.proves(found, password)
    with writing() as work:
        return service.settle(work, now(), found, is_right=is_right)
