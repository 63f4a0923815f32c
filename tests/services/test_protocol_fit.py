"""Whether a protocol fits the clinic, before anybody publishes it: planned beside what stands, and nothing is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from cast import NOW, PROTOCOL, Cast
from programs import program, put
from sqlalchemy import func, select

from coordinator.domain.errors import InvalidInput, NotFound
from coordinator.domain.protocol import Protocol
from coordinator.exchange.nodes import Faults, Node
from coordinator.exchange.protocols import read_protocol
from coordinator.services import protocol_fit
from coordinator.services.planning import Runner, run_next_job
from coordinator.services.protocol_fit import FitView
from coordinator.store.proposals import ProposalRecord
from coordinator.store.unit_of_work import Database


def mini() -> Protocol:
    return read_protocol(Node(PROTOCOL, "", Faults()))


def asked(database: Database, cast: Cast, protocol: Protocol, patients: int) -> FitView:
    """The answer, once the planner has worked it out."""
    with database.write() as work:
        job_id = protocol_fit.request(work, cast.ada, NOW, protocol, patients)
    assert run_next_job(Runner(database, lambda: NOW, "planner", 60.0))
    with database.read() as work:
        return protocol_fit.answer(work, cast.ada, job_id)


def test_what_fits_is_said_with_each_patients_dates_and_nothing_is_proposed(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    found = asked(database, cast, mini(), 2)
    assert (found.status, found.planned, found.reason) == ("done", 2, "")
    assert [each.first >= date(2027, 1, 4) and each.last <= date(2027, 1, 8) for each in found.programs] == [True, True]
    assert {(each.off, each.days) for each in found.programs} == {(0, 0)}
    assert found.loads
    with database.read() as work:
        assert work.session.scalar(select(func.count()).select_from(ProposalRecord)) == 0


def test_what_does_not_fit_is_said_with_the_reason_and_the_smallest_change(database: Database, cast: Cast) -> None:
    visits = tuple(replace(each, room="pool") if each.kind == "dosing" else each for each in mini().visits)
    found = asked(database, cast, replace(mini(), visits=visits), 1)
    assert (found.status, found.planned, found.programs) == ("done", 0, ())
    assert "pool" in found.reason
    assert any("pool" in each for each in found.changes)


@pytest.mark.parametrize("patients", [0, 13])
def test_how_many_can_be_tried_is_limited(sqlite: Database, sqlite_cast: Cast, patients: int) -> None:
    with pytest.raises(InvalidInput, match="From 1 to 12"), sqlite.write() as work:
        protocol_fit.request(work, sqlite_cast.ada, NOW, mini(), patients)


def test_another_clinics_question_is_not_there(database: Database, cast: Cast) -> None:
    with database.write() as work:
        job_id = protocol_fit.request(work, cast.ada, NOW, mini(), 1)
    with pytest.raises(NotFound), database.read() as work:
        protocol_fit.answer(work, cast.cy, job_id)
    with pytest.raises(NotFound), database.write() as work:
        protocol_fit.stop(work, cast.cy, NOW, job_id)


def test_it_can_be_stopped_before_it_begins(database: Database, cast: Cast) -> None:
    with database.write() as work:
        job_id = protocol_fit.request(work, cast.ada, NOW, mini(), 1)
        protocol_fit.stop(work, cast.ada, NOW, job_id)
    with database.read() as work:
        found = protocol_fit.answer(work, cast.ada, job_id)
    assert (found.status, found.planned) == ("canceled", None)
