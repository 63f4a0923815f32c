"""Before each page: whoever asks faster than a person reads is told to wait."""

from __future__ import annotations

from flask import Flask, request
from flask_login import current_user

from coordinator.services import pace
from coordinator.web.access import PUBLIC, RULES
from coordinator.web.context import current_actor, now, reading, signed_in, wiring, writing

OPEN = frozenset({"account", "passkeys", "identities", "sign_in", "users"})
"""Features that always answer: there one ends sign-ins, one's own and those of others."""
TELLS_NOTHING = frozenset({"schedule.revision", "proposals.progress"})
"""Asked for by pages themselves, and no patient in it."""


def install(app: Flask) -> None:
    """Makes the app count; after access has said who may."""
    app.before_request(_hold_back)


def _hold_back() -> None:
    most = wiring().pages_per_minute
    endpoint = request.endpoint or ""
    if not most or endpoint in TELLS_NOTHING or endpoint.partition(".")[0] in OPEN:
        return
    # Who asks stands in the database; whether the house is well is told without one.
    if RULES.get(endpoint, PUBLIC) is PUBLIC or not current_user.is_authenticated:
        return
    with reading() as work:
        hurry = pace.look(work, signed_in().user_id, now(), most)
    if hurry is not None:
        with writing() as work:
            pace.tell(work, current_actor(), now(), hurry)
        raise hurry.refusal()
