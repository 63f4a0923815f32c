"""What one worker does for all from time to time."""

from __future__ import annotations

from datetime import datetime, timedelta

from coordinator.services.erasure import erase_due
from coordinator.services.holds import end_over
from coordinator.services.no_go import note_no_gos
from coordinator.services.waiting import refresh_due
from coordinator.store import planning_jobs
from coordinator.store.unit_of_work import Database

PROPOSALS_LIVE = timedelta(days=14)
"""A proposal that nobody published within this time is closed: its people and rooms are long taken."""


def keep_house(database: Database, now: datetime) -> None:
    """Closes proposals that are too old, gives back what was held until now, notes visits that became a no-go, and has
    the starts that waiting programs could have worked out where that is due. Erases whom no rule keeps any longer."""
    with database.write() as work:
        planning_jobs.expire_proposals(work, now - PROPOSALS_LIVE)
        end_over(work, now)
    note_no_gos(database, now)
    erase_due(database, now)
    refresh_due(database, now)
