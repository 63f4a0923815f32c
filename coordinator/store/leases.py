"""Named leases that one process holds at a time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, update

from coordinator.store.notices import LeaseRecord
from coordinator.store.unit_of_work import Work, insert_ignoring


def take(work: Work, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Takes or prolongs a lease; False while another holder's has not passed.

    One that would last more than twice as long as was asked for was taken before a clock went back, and is void.
    """
    table = LeaseRecord
    work.session.execute(insert_ignoring(work, table).values(name=name, holder=holder, until=until))
    taken = work.session.execute(
        update(table)
        .where(
            table.name == name, or_(table.holder == holder, table.until <= now, table.until > now + 2 * (until - now))
        )
        .values(holder=holder, until=until)
        .returning(table.name)
    )
    return taken.first() is not None


def give_back(work: Work, name: str, holder: str) -> None:
    """Ends the holder's lease, so that the next need not wait."""
    work.session.execute(delete(LeaseRecord).where(LeaseRecord.name == name, LeaseRecord.holder == holder))
