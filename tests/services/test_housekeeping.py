"""What the worker that holds the clock does for all."""

from __future__ import annotations

from datetime import timedelta

from cast import NOW, Cast
from sqlalchemy import select

from coordinator.services.housekeeping import PROPOSALS_LIVE, keep_house
from coordinator.store.proposals import ProposalRecord
from coordinator.store.unit_of_work import Database


def test_only_open_proposals_that_are_too_old_are_closed(database: Database, cast: Cast) -> None:
    too_old, fresh = NOW - PROPOSALS_LIVE - timedelta(seconds=1), NOW - PROPOSALS_LIVE + timedelta(seconds=1)
    with database.write() as work:
        for status, made in (("open", too_old), ("open", fresh), ("published", too_old)):
            work.session.add(
                ProposalRecord(
                    clinic_id=cast.clinic_id,
                    status=status,
                    enrollments=[cast.first],
                    plan={},
                    clinic_revision=0,
                    created_at=made,
                )
            )
    keep_house(database, NOW)
    with database.read() as work:
        found = work.session.scalars(select(ProposalRecord.status).order_by(ProposalRecord.id)).all()
    assert list(found) == ["expired", "open", "published"]
