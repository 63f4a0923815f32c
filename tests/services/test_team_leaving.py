"""Who leaves can no longer sign in or be followed by a feed; a clinic keeps its last administrator."""

from __future__ import annotations

import pytest
from cast import NOW, PASSWORD_HASH, Cast
from sqlalchemy import update

from coordinator.domain.errors import Conflict, NotAllowed
from coordinator.services import feed_views, feeds, sign_in, team
from coordinator.services.sign_in import Attempt
from coordinator.store.unit_of_work import Database
from coordinator.store.users import MembershipRecord


def test_who_leaves_is_signed_out_for_good_and_their_feeds_end(database: Database, cast: Cast) -> None:
    tried = Attempt(cast.ben.user_id, PASSWORD_HASH)
    with database.write() as work:
        token = sign_in.begin(work, NOW, tried, "", "")
        feeds.add(work, cast.ada, NOW, "staff", cast.ben_staff)
        team.leave(work, cast.ada, NOW, cast.ben_staff)
    with pytest.raises(NotAllowed), database.write() as work:
        sign_in.begin(work, NOW, tried, "", "")
    with database.write() as work:
        team.come_back(work, cast.ada, NOW, cast.ben_staff)
        assert sign_in.find(work, NOW, token) is None
        assert feed_views.list_for(work, cast.ada, NOW, "staff", cast.ben_staff).feeds == ()
        assert sign_in.begin(work, NOW, tried, "", "")


def test_the_last_administrator_cannot_leave(database: Database, cast: Cast) -> None:
    with database.write() as work:
        mine = MembershipRecord.staff_id == cast.ben_staff
        work.session.execute(update(MembershipRecord).where(mine).values(access="administrator"))
    with pytest.raises(Conflict, match="nobody else administers"), database.write() as work:
        team.leave(work, cast.ada, NOW, cast.ben_staff)
