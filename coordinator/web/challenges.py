"""What a passkey is to sign, kept in the signed session cookie between the page and its answer."""

from __future__ import annotations

from datetime import UTC, datetime

import flask

from coordinator.services import passkeys
from coordinator.services.passkeys import Challenge, Site
from coordinator.web.context import wiring

KEPT = "passkey-challenge"


def site() -> Site:
    """This site as passkeys know it: by its settings, whatever the Host header says."""
    return passkeys.site_of(wiring().base_url)


def keep(challenge: Challenge) -> str:
    """Keeps the challenge in place of the one before; the options for the page."""
    flask.session[KEPT] = [challenge.value, challenge.made_at.timestamp()]
    return challenge.options


def take() -> Challenge | None:
    """The challenge that was kept, which is then gone; None where there was none."""
    kept = flask.session.pop(KEPT, None)
    return Challenge(kept[0], datetime.fromtimestamp(kept[1], UTC)) if kept else None
