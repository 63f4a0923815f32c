"""Between one proof and the next: who has shown one and owes another, in the signed session cookie for five minutes."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import flask

from coordinator.services.identities import Vouched
from coordinator.services.sign_in import Attempt
from coordinator.web.context import now

KEPT, LASTS = "half-signed-in", 300


@dataclass(frozen=True, slots=True)
class Half:
    """Whose password was right a moment ago, or for whom a provider vouches."""

    user_id: int
    device_id: int | None
    vouched: Vouched | None

    @property
    def tried(self) -> Attempt:
        """What the sign-in begins with once the rest is shown."""
        return Attempt(self.user_id, None, self.device_id)


def keep(tried: Attempt, vouched: Vouched | None = None) -> None:
    """Keeps who it is, and nothing else of what the browser had."""
    flask.session.clear()
    flask.session[KEPT] = [tried.user_id, tried.device_id, int(now().timestamp()), vouched and list(astuple(vouched))]


def owing(*, password: bool) -> Half | None:
    """Who owes a password, or else a second factor; None for anybody else."""
    kept = flask.session.get(KEPT)
    if not isinstance(kept, list) or len(kept) != 4 or now().timestamp() - kept[2] > LASTS:
        return None
    vouched = Vouched(*kept[3]) if kept[3] else None
    owes_password = vouched is not None and vouched.wants_password
    return Half(kept[0], kept[1], vouched) if owes_password is password else None
