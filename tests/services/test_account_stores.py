"""Emergencies, passkeys, identities on both databases: what is kept, what is owed, what the database itself refuses."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from authenticator import Authenticator
from cast import NOW, Cast, add_user
from sqlalchemy import select

from coordinator.delivery.mail import Outcome, Sent, TemporaryFailure
from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from coordinator.services import emergencies, identities, passkeys, users
from coordinator.services.account_mail import AccountMail
from coordinator.services.emergency_mail import send_due
from coordinator.services.identities import Vouched
from coordinator.services.passkeys import Site
from coordinator.services.provider import Identity
from coordinator.store import audit
from coordinator.store.emergencies import EmergencyMailRecord
from coordinator.store.identities import IdentityRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.users import UserRecord

WHY = "Collapsed at the front desk"
SITE = Site("localhost", "http://localhost:5000")


def test_a_mail_of_an_emergency_is_tried_again_and_the_record_closes_by_itself(database: Database, cast: Cast) -> None:
    with database.write() as work:
        add_user(work, cast.clinic_id, "root@example.org", "Ros Root", Access.ADMINISTRATOR, NOW)
    with database.write() as work:
        opened = emergencies.open_record(work, cast.ben, NOW, "QUINN diaz", WHY)
    assert opened is not None
    answers: list[Outcome] = [TemporaryFailure("451 later"), Sent()]
    mailer = RecordingMailer(lambda _mail: answers.pop(0))
    clock = [NOW]
    means = AccountMail(database, mailer, lambda: clock[0], "http://127.0.0.1:5000")
    assert send_due(means) == 1
    assert send_due(means) == 0, "not before its time"
    clock[0] += timedelta(minutes=1)
    assert send_due(means) == 1
    clock[0] += timedelta(days=1)
    assert send_due(means) == 0
    with database.read() as work:
        owed = work.session.scalars(select(EmergencyMailRecord)).one()
        assert (owed.tries, owed.due_at) == (2, None)
    with database.write() as work:
        last = NOW + emergencies.LASTS - timedelta(seconds=1)
        assert emergencies.opened(work, cast.ben, last, opened).patient.name == "Quinn Diaz"
        with pytest.raises(NotFound):
            emergencies.opened(work, cast.ben, NOW + emergencies.LASTS, opened)
        assert audit.verify(work, cast.clinic_id) is None


def test_a_passkey_is_kept_once_and_signs_once(database: Database, cast: Cast) -> None:
    device = Authenticator()
    with database.write() as work:
        offered = passkeys.offer(work, cast.ada, NOW, SITE)
        made = device.make(json.loads(offered.options))
        assert len(passkeys.add(work, cast.ada, NOW, 0, SITE, offered, " Key ", made)) == 10
    with database.write() as work, pytest.raises(Conflict):
        passkeys.add(work, cast.ada, NOW, 0, SITE, offered, "Again", made)
    with database.write() as work, pytest.raises(InvalidInput):
        passkeys.add(work, cast.ben, NOW + passkeys.LASTS + timedelta(seconds=1), 0, SITE, offered, "Late", made)
    later = NOW + timedelta(minutes=1)
    assert cast.ada.user_id is not None
    with database.write() as work:
        asked = passkeys.question(work, later, cast.ada.user_id, SITE)
        assert asked is not None
    answer = device.sign(json.loads(asked.options))
    for is_right in (True, False):
        with database.write() as work:
            user = work.session.get_one(UserRecord, cast.ada.user_id)
            assert passkeys.proven(work, later, user, SITE, asked, answer) is is_right


def invited(database: Database, cast: Cast) -> int:
    """Nia, who has no password yet; the id."""
    with database.write() as work:
        email, access = "nia@example.org", Access.COORDINATOR
        return users.invite(work, cast.ada, NOW, email=email, name="Nia Oak", access=access)


def test_an_identity_is_linked_once_and_no_answer_works_twice(database: Database, cast: Cast) -> None:
    nia = invited(database, cast)
    who = Identity("https://id.example", "7", "nia@example.org", False)
    with database.write() as work:
        first = identities.arrive(work, NOW, "ID", who, NOW)
        assert (first.user_id, first.is_new, first.wants_password) == (nia, True, False)
        identities.link(work, NOW, first, "192.0.2.1")
    for again in (first, replace(first, subject="8"), replace(first, user_id=cast.ben.user_id or 0)):
        with database.write() as work, pytest.raises(NotAllowed):
            identities.link(work, NOW, again, "192.0.2.1")
    for other in (replace(who, subject="8"), replace(who, subject="8", email="")):
        with database.write() as work, pytest.raises(NotAllowed):
            identities.arrive(work, NOW, "ID", other, NOW)
    asked, later = NOW + timedelta(seconds=1), NOW + timedelta(seconds=2)
    with database.write() as work:
        found = identities.arrive(work, later, "ID", replace(who, email="", issuer="https://id.example"), asked)
        assert (found.user_id, found.is_new, found.email) == (nia, False, "nia@example.org")
    with database.write() as work, pytest.raises(NotAllowed):
        identities.arrive(work, later, "ID", who, asked)
    with database.write() as work, pytest.raises(NotAllowed):
        identities.arrive(work, later, "ID", Identity("https://other.example", "7", "", False), later)
    with database.read() as work:
        assert audit.verify(work, cast.clinic_id) is None


def test_of_many_who_link_one_account_at_once_one_does(database: Database, cast: Cast) -> None:
    nia = invited(database, cast)
    start = Barrier(6)

    def link(subject: int) -> bool:
        start.wait(timeout=60)
        vouched = Vouched(nia, "https://id.example", str(subject), "nia@example.org", True, False, False)
        try:
            with database.write() as work:
                identities.link(work, NOW, vouched, "192.0.2.1")
        except NotAllowed:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(link, range(6))) == [False] * 5 + [True]
    with database.read() as work:
        assert work.session.scalars(select(IdentityRecord)).one().user_id == nia


def test_an_identity_that_two_connect_at_once_opens_one_account(database: Database, cast: Cast) -> None:
    start = Barrier(2)

    def connect(actor: Actor) -> bool:
        start.wait(timeout=60)
        try:
            with database.write() as work:
                identities.connect(work, actor, NOW, 0, "ID", Identity("https://id.example", "7", "", False))
        except NotAllowed:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(connect, (cast.ada, cast.ben))) == [False, True]
    with database.read() as work:
        assert len(work.session.scalars(select(IdentityRecord)).all()) == 1
        assert audit.verify(work, cast.clinic_id) is None


def test_of_many_who_come_back_with_one_answer_at_once_one_is_let_in(database: Database, cast: Cast) -> None:
    nia = invited(database, cast)
    with database.write() as work:
        vouched = Vouched(nia, "https://id.example", "7", "nia@example.org", True, False, False)
        identities.link(work, NOW, vouched, "192.0.2.1")
    start = Barrier(6)
    asked, later = NOW + timedelta(seconds=1), NOW + timedelta(seconds=2)

    def come_back(_: int) -> bool:
        start.wait(timeout=60)
        try:
            with database.write() as work:
                identities.arrive(work, later, "ID", Identity("https://id.example", "7", "", False), asked)
        except NotAllowed:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(come_back, range(6))) == [False] * 5 + [True]
