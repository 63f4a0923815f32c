"""Protocols edited visit by visit: versions, two who edit at once, copies, comparisons and the compact form."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cast import NOW, Cast
from sqlalchemy import select

from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.domain.expand import expand, gates_of
from coordinator.domain.gates import CONSENT, LABS, RIDE
from coordinator.domain.protocol import Gap, Protocol
from coordinator.domain.protocol_library import TEMPLATES
from coordinator.services import protocol_library, protocol_versions, protocol_visits
from coordinator.services.protocol_visits import VisitsEditing
from coordinator.store import audit, protocol_queries
from coordinator.store.audit import AuditRecord
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.unit_of_work import Database, Work


def mini(work: Work) -> int:
    return work.session.scalars(select(ProtocolRecord.id).where(ProtocolRecord.code == "mini")).one()


def opened(database: Database, cast: Cast) -> VisitsEditing:
    with database.read() as work:
        return protocol_visits.editing(work, cast.ada, mini(work))


def weekly(protocol: Protocol) -> Protocol:
    """The protocol with a call a week after its last visit."""
    call = replace(protocol.visits[-1], id="call", kind="review", course=None)
    return replace(protocol, visits=(*protocol.visits, call), gaps=(*protocol.gaps, Gap("c1.i1", "call", 6, 9, 7)))


def brought_in(database: Database, cast: Cast, code: str) -> tuple[int, Protocol]:
    """A protocol of the library as if a file had brought its visits; its id and itself."""
    compact = replace(TEMPLATES[code].compact, id="ours")
    with database.write() as work:
        record = ProtocolRecord(source="A file.")
        protocol_library.add(work, cast.ada, NOW, expand(compact), record, gates_of(compact))
        return record.id, expand(compact)


def test_a_change_is_a_version_beside_which_programs_keep_theirs(database: Database, cast: Cast) -> None:
    found = opened(database, cast)
    assert (found.code, found.number, len(found.protocol.visits)) == ("mini", 1, 3)
    with database.write() as work:
        gates = {"c1.d1": (CONSENT, RIDE), "gone": (LABS,), "p1": ()}
        changed = replace(weekly(found.protocol), name="One dose, and a call")
        assert protocol_visits.publish(work, cast.ada, NOW, found.id, changed, gates, 1) == 2
    with database.read() as work:
        first, second = reversed(protocol_queries.versions_of(work, cast.clinic_id, found.id))
        assert [each["id"] for each in second.body["visits"]] == ["p1", "c1.d1", "c1.i1", "call"]
        assert second.body["gaps"][-1] == {
            "from": "c1.i1", "to": "call", "min_days": 6, "max_days": 9, "ideal_days": 7,
        }  # fmt: skip
        assert {visit: [gate["kind"] for gate in gates] for visit, gates in second.gates.items()} == {
            "c1.d1": ["consent", "ride"]
        }
        assert (second.body["id"], second.compact, first.number) == ("mini", None, 1)
        assert work.session.get_one(ProtocolRecord, found.id).name == "One dose, and a call"
        assert work.session.get_one(EnrollmentRecord, cast.first).protocol_version_id == first.id
        newest = work.session.scalars(select(AuditRecord).where(AuditRecord.action == "protocol.publish")).all()[-1]
        assert newest.detail == {"code": "mini", "version": 2}
        assert audit.verify(work, cast.clinic_id) is None


def test_whoever_publishes_second_is_told_and_overwrites_nothing(database: Database, cast: Cast) -> None:
    found = opened(database, cast)
    with database.write() as work:
        protocol_visits.publish(work, cast.ada, NOW, found.id, weekly(found.protocol), {}, found.number)
    mine = replace(found.protocol, max_visits_per_day=1)
    with pytest.raises(Conflict, match="Version 2 was published meanwhile"), database.write() as work:
        protocol_visits.publish(work, cast.ada, NOW, found.id, mine, {}, found.number)
    with pytest.raises(Conflict, match="Version 2 was published meanwhile"), database.write() as work:
        protocol_visits.convert(work, cast.ada, NOW, found.id, found.number)
    assert opened(database, cast).protocol.max_visits_per_day == 2


def test_what_is_not_different_is_not_published(database: Database, cast: Cast) -> None:
    found = opened(database, cast)
    with pytest.raises(Conflict, match="Nothing is different"), database.write() as work:
        protocol_visits.publish(work, cast.ada, NOW, found.id, found.protocol, found.gates, 1)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (lambda p: replace(p, visits=(), gaps=()), "no visit at all"),
        (lambda p: replace(p, visits=(*p.visits, p.visits[0])), "“p1” stands twice"),
        (lambda p: replace(p, gaps=(Gap("p1", "x"),)), "no visit “x”"),
        (lambda p: replace(p, gaps=(*p.gaps, Gap("c1.i1", "p1"))), "cannot all be kept: .*c1.i1 to p1"),
        (lambda p: replace(p, visits=(replace(p.visits[0], minutes=30), *p.visits[1:])), "does not fit into the 30"),
    ],
)
def test_what_is_no_program_is_refused(sqlite: Database, sqlite_cast: Cast, changed: object, said: str) -> None:
    found = opened(sqlite, sqlite_cast)
    assert callable(changed)
    with pytest.raises(InvalidInput, match=said), sqlite.write() as work:
        protocol_visits.publish(work, sqlite_cast.ada, NOW, found.id, changed(found.protocol), {}, 1)


def test_a_comparison_names_the_visits_that_differ(database: Database, cast: Cast) -> None:
    found = opened(database, cast)
    first, *gaps = found.protocol.gaps
    other = replace(weekly(found.protocol), gaps=(replace(first, max_days=5), *gaps, Gap("c1.i1", "call", 6, 9, 7)))
    with database.write() as work:
        protocol_visits.publish(work, cast.ada, NOW, found.id, other, {"p1": (CONSENT,)}, 1)
    with database.read() as work:
        compared = protocol_versions.compare(work, cast.ada, found.id, 1, 2)
    assert compared.gone == (
        "p1: preparation, 60 minutes, therapy room; lead: therapist",
        "p1 to c1.d1: 1 to 7 days",
    )
    assert compared.new == (
        "p1: preparation, 60 minutes, therapy room; lead: therapist; asks for consent",
        "call: review, 60 minutes, by video; lead: therapist",
        "p1 to c1.d1: 1 to 5 days",
        "c1.i1 to call: 6 to 9 days, ideally 7",
    )


def test_a_copy_has_the_same_visits_under_another_name(database: Database, cast: Cast) -> None:
    found = opened(database, cast)
    with database.write() as work:
        own = protocol_versions.copy(work, cast.ada, NOW, found.id, "Ours")
    with database.read() as work:
        copied = protocol_visits.editing(work, cast.ada, own)
    assert (copied.code, copied.protocol.name) == ("ours", "Ours")
    assert copied.protocol.visits == found.protocol.visits and copied.protocol.gaps == found.protocol.gaps


def test_the_same_program_in_compact_form_is_a_version(database: Database, cast: Cast) -> None:
    protocol_id, protocol = brought_in(database, cast, "kap-3x6")
    with database.read() as work:
        found = protocol_visits.compact_form(work, cast.ada, protocol_id)
        assert found is not None and (found.courses, found.sessions.standard) == (3, 6)
        assert not protocol_versions.is_compact(work, cast.ada, protocol_id)
    with database.write() as work:
        assert protocol_visits.convert(work, cast.ada, NOW, protocol_id, 1) == 2
    with database.read() as work:
        compact = protocol_versions.editing(work, cast.ada, protocol_id).compact
        assert compact.id == "ours" and expand(compact).visits == protocol.visits
        compared = protocol_versions.compare(work, cast.ada, protocol_id, 1, 2)
        assert (compared.gone, compared.new) == ((), ())
        assert protocol_visits.compact_form(work, cast.ada, protocol_id) is None
        query = select(ProtocolVersionRecord).where(ProtocolVersionRecord.protocol_id == protocol_id)
        before, after = work.session.scalars(query.order_by(ProtocolVersionRecord.number)).all()
        assert after.gates.keys() == before.gates.keys() and after.compact is not None and before.compact is None
        done = work.session.scalars(select(AuditRecord).where(AuditRecord.action == "protocol.convert")).one()
        assert done.detail == {"code": "ours", "version": 2}
    with pytest.raises(Conflict, match="courses and sessions"), database.write() as work:
        protocol_visits.publish(work, cast.ada, NOW, protocol_id, protocol, {}, 2)


def test_what_the_compact_form_cannot_say_stays_visit_by_visit(sqlite: Database, sqlite_cast: Cast) -> None:
    found = opened(sqlite, sqlite_cast)
    assert found.compact is None, "its visits' names are none of the compact form's"
    with pytest.raises(Conflict, match="cannot say exactly"), sqlite.write() as work:
        protocol_visits.convert(work, sqlite_cast.ada, NOW, found.id, 1)


def test_another_clinic_finds_nothing(database: Database, cast: Cast) -> None:
    found = opened(database, cast)
    with database.read() as work, pytest.raises(NotFound):
        protocol_visits.editing(work, cast.cy, found.id)
    with pytest.raises(NotFound), database.write() as work:
        protocol_visits.publish(work, cast.cy, NOW, found.id, weekly(found.protocol), {}, 1)
    with pytest.raises(NotFound), database.write() as work:
        protocol_visits.convert(work, cast.cy, NOW, found.id, 1)
