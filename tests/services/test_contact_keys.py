"""How to reach people lies encrypted in the database and in backups, under keys that can be changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cast import NOW, Cast
from sqlalchemy import select, text

from coordinator.services import backup, contact_keys, contacts, patients
from coordinator.services.contacts import ContactDetails
from coordinator.store import migrate
from coordinator.store.audit import verify
from coordinator.store.contact_keys import Unreadable
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Database

SECRET = "a-secret-key-for-tests-only-0123456789"
MOTHER = ContactDetails("guardian", "Mo Lee", "555 0199", "mo@example.org", (), None)


def raw(database: Database) -> str:
    """Every contact field as it lies in the tables."""
    with database.read() as work:
        rows = [
            work.session.execute(text(f"SELECT email, phone FROM {each}")).all() for each in ("patients", "contacts")
        ]
    return str(rows)


@pytest.fixture
def keyed(database: Database, cast: Cast, tmp_path: Path) -> Iterator[Database]:
    """The fixed clinic's database with a file of keys, a guardian, and a patient with a telephone."""
    found = Database(database.url, SECRET, tmp_path / "contact-keys")
    with found.write() as work:
        patients.edit_patient(work, cast.ada, NOW, cast.pat, "Pat Lee", "Pat.Lee@example.org", "555 0100")
        contacts.add(work, cast.ada, NOW, cast.pat, MOTHER)
    yield found
    found.dispose()


def found_by(database: Database, cast: Cast, sought: str) -> list[tuple[str, str]]:
    with database.read() as work:
        found = patients.list_patients(work, cast.ada, NOW, sought)
        return [(each.email, each.phone) for each in found.patients]


PAT = [("Pat.Lee@example.org", "555 0100")]


def test_no_address_or_number_lies_open_in_the_tables_or_in_a_backup(
    keyed: Database, cast: Cast, tmp_path: Path
) -> None:
    assert "555" not in raw(keyed)
    assert "example.org" not in raw(keyed)
    backup.write(keyed, tmp_path / "b", NOW)
    backup.restore(keyed, tmp_path / "b")
    assert "example.org" not in raw(keyed)
    assert found_by(keyed, cast, "pat.lee@EXAMPLE.org ") == PAT
    assert found_by(keyed, cast, "lee@example.org") == []


def test_a_new_key_takes_all_the_old_still_reads_and_whoever_runs_follows(
    keyed: Database, cast: Cast, tmp_path: Path
) -> None:
    running = Database(keyed.url, SECRET, tmp_path / "contact-keys")
    assert found_by(running, cast, "Pat") == PAT
    backup.write(keyed, tmp_path / "before", NOW)
    before = raw(keyed)
    assert contact_keys.rotate(keyed, NOW) >= 3
    after = raw(keyed)
    newest = keyed.contact_keys.keys()[0].name
    assert keyed.contact_keys.keys()[-1].name in before
    assert keyed.contact_keys.keys()[-1].name not in after
    assert found_by(running, cast, "pat.lee@example.org") == PAT
    with running.write() as work:
        work.session.get_one(PatientRecord, cast.quinn).phone = "555 0111"
    with running.read() as work:
        assert newest in str(work.session.execute(text("SELECT phone FROM patients WHERE phone <> ''")).all())
        assert verify(work, cast.clinic_id) is None
    backup.restore(keyed, tmp_path / "before")
    assert found_by(keyed, cast, "pat.lee@example.org") == PAT
    assert (tmp_path / "contact-keys").stat().st_mode & 0o077 == 0
    running.dispose()


def test_without_its_key_a_field_is_refused_and_counted(keyed: Database, cast: Cast, tmp_path: Path) -> None:
    contact_keys.rotate(keyed, NOW)
    (tmp_path / "contact-keys").unlink()
    assert contact_keys.unreadable(keyed) >= 4
    with pytest.raises(Unreadable, match="contact-keys"):
        found_by(keyed, cast, "Pat")
    stranger = Database(keyed.url, "another secret key, of 32 characters", tmp_path / "contact-keys")
    assert contact_keys.unreadable(stranger) >= 4
    stranger.dispose()


def test_a_field_that_was_changed_in_the_database_is_refused(keyed: Database, cast: Cast) -> None:
    with keyed.write() as work:
        sealed = work.session.scalar(text("SELECT phone FROM patients WHERE phone <> ''"))
        changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
        work.session.execute(text("UPDATE patients SET phone = :it WHERE phone <> ''"), {"it": changed})
    with pytest.raises(Unreadable, match="changed"):
        found_by(keyed, cast, "Pat")


def test_the_migration_seals_what_is_there_and_gives_it_back(keyed: Database, cast: Cast) -> None:
    migrate.downgrade(keyed, "0410")
    assert "Pat.Lee@example.org" in raw(keyed)
    assert "mo@example.org" in raw(keyed)
    migrate.upgrade(keyed)
    assert "example.org" not in raw(keyed)
    with keyed.read() as work:
        assert work.session.scalars(select(PatientRecord.email).where(PatientRecord.id == cast.pat)).one() == PAT[0][0]
    assert found_by(keyed, cast, "pat.lee@example.org") == PAT
