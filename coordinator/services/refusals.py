"""What somebody asked for and was refused: each attempt is in the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from coordinator.domain.actor import Actor
from coordinator.store import audit
from coordinator.store.unit_of_work import Work


def note(
    work: Work,
    actor: Actor,
    now: datetime,
    endpoint: str,
    method: str,
    status: int,
    asked: Mapping[str, Any],
    reason: str = "",
) -> None:
    """Notes that the actor was refused a page or an act; `asked` is what the address named, `reason` what they read."""
    feature = endpoint.split(".", maxsplit=1)[0] or "page"
    facts = {name: each if isinstance(each, int) else str(each)[:100] for name, each in asked.items()}
    subject = next((each for each in facts.values() if isinstance(each, int)), "")
    detail = {"endpoint": endpoint, "method": method, "status": int(status), "asked": facts}
    if reason:
        detail["reason"] = reason
    audit.append(work, actor, now, "access.refuse", feature, subject, detail)
