"""Going live from CSV files: staff and their time off, rooms, patients, programs that run, appointments, bookings.

All or nothing: the files are read, written and judged in one transaction, which is given up where anything is wrong or
where it was only a rehearsal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import monday_of, zone_named
from coordinator.domain.errors import DomainError, InvalidInput
from coordinator.exchange.csv_tables import CsvFault
from coordinator.services import rooms, team
from coordinator.services.go_live_appointments import Appointments
from coordinator.services.go_live_bookings import write_bookings, write_time_off
from coordinator.services.go_live_files import FILES, Cells, Faults, tables
from coordinator.services.go_live_programs import Programs
from coordinator.services.rooms import RoomDetails
from coordinator.services.team import MemberDetails
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, enrollment_queries
from coordinator.store.patients import PatientRecord
from coordinator.store.resources import new_resource
from coordinator.store.unit_of_work import Work

STAFF_FIELDS = {"max_hours_per_day": "most_hours_a_day", "weekly": "hours"}
ROOM_FIELDS = {"weekly": "hours"}
MOST_FAULTS = 200


@dataclass(frozen=True, slots=True)
class Imported:
    """What the files come to. `to_plan` are the programs (ids) of which visits lack a time; `missing` is how many."""

    counts: Mapping[str, int]
    done: int
    to_come: int
    to_plan: tuple[int, ...]
    missing: int


class Rehearsed(DomainError):
    """The files can be imported as they are; nothing was written."""

    def __init__(self, would_be: Imported) -> None:
        super().__init__("Nothing is wrong with the files.")
        self.would_be = would_be


class FilesAtFault(DomainError):
    """Something is wrong with the files; nothing was written."""

    def __init__(self, faults: list[CsvFault]) -> None:
        order = list(FILES)
        self.faults = sorted(faults, key=lambda each: (order.index(each.file), each.row))
        super().__init__("The files need changes. Nothing was imported.")


def rehearse(work: Work, actor: Actor, now: datetime, texts: Mapping[str, str]) -> None:
    """Does everything, and gives it up by raising Rehearsed, or FilesAtFault with a line for each fault."""
    raise Rehearsed(import_files(work, actor, now, texts))


def import_files(work: Work, actor: Actor, now: datetime, texts: Mapping[str, str]) -> Imported:
    """Imports the files (by their names in FILES; one may be left out). Raises FilesAtFault.

    Visits that are over keep their outcome and stand as they are; those to come are judged by every rule.
    """
    clinic = clinics.lock(work, actor.clinic_id)
    faults = Faults()
    found = tables(texts, faults)
    if not any(found.values()) and not faults.found:
        raise FilesAtFault([CsvFault("staff", 1, "", "No file holds any row. Choose at least one file.")])
    _staff(work, actor, now, found["staff"])
    _rooms(work, actor, now, found["rooms"])
    _patients(work, actor, now, found["patients"])
    work.session.flush()
    write_time_off(work, actor, now, found["time_off"])
    programs = Programs(work, actor, now, faults)
    programs.write(found["programs"], {each.row["program"] for each in found["appointments"]})
    appointments = Appointments(work, actor, now, faults, zone_named(clinic.timezone))
    appointments.read(found["appointments"])
    if not faults.found:
        appointments.write()
    if not faults.found:
        write_bookings(work, actor, now, found["bookings"])
    if faults.found:
        raise FilesAtFault(faults.found[:MOST_FAULTS])
    counts = {file: len(rows) for file, rows in found.items()}
    audit.append(work, actor, now, "clinic.go_live", "clinic", actor.clinic_id, counts)
    programs.finish(now)
    missing = programs.missing()
    return Imported(counts, appointments.done, appointments.to_come, tuple(missing), sum(missing.values()))


def _staff(work: Work, actor: Actor, now: datetime, rows: list[Cells]) -> None:
    monday = monday_of(local(now, zone_named(clinics.get(work, actor.clinic_id).timezone)).date())
    for each in rows:
        weekly = each.weekly("hours")
        details = MemberDetails(
            name=each.text("name"),
            email=each.read("email", str, ""),
            roles=[role.lower() for role in each.several("roles")],
            max_minutes_per_day=each.hours_of_work("most_hours_a_day", 24),
            max_minutes_per_week=each.hours_of_work("most_hours_a_week", 168),
            supervises=each.whole("supervises", 1, 0, 60),
            turnover_minutes=each.whole("pause_minutes", 0, 0, 480),
        )
        if each.ok:
            with _refusals(each, STAFF_FIELDS):
                team.add_member(work, actor, now, details, weekly, monday)


def _rooms(work: Work, actor: Actor, now: datetime, rows: list[Cells]) -> None:
    for each in rows:
        details = RoomDetails(
            name=each.text("name", 80),
            kinds=[kind.lower() for kind in each.several("kinds")],
            seats=each.whole("seats", 1, 1, 100),
            turnover_minutes=each.whole("turnover_minutes", 0, 0, 480),
            weekly=each.weekly("hours"),
        )
        if each.ok:
            with _refusals(each, ROOM_FIELDS):
                rooms.add_room(work, actor, now, details)


def _patients(work: Work, actor: Actor, now: datetime, rows: list[Cells]) -> None:
    taken = {each.casefold() for each in enrollment_queries.patient_codes(work, actor.clinic_id)}
    for each in rows:
        code, name = each.text("code", 20), each.text("name")
        email, phone = each.read("email", _address, ""), each.text("phone", 40)
        if code.casefold() in taken:
            each.fault("code", f"“{code}” is taken. Write another code, or remove the row if it is the same person.")
        taken.add(code.casefold())
        if each.ok:
            record = PatientRecord(
                clinic_id=actor.clinic_id, code=code, name=name, email=email, phone=phone,
                resource_id=new_resource(work, "patient"), created_at=now,
            )  # fmt: skip
            work.session.add(record)
            work.session.flush()
            audit.append(work, actor, now, "patient.add", "patient", record.id, {"code": code})


def _address(typed: str) -> str:
    name, at, host = typed.partition("@")
    if not (name and at and "." in host) or any(each.isspace() for each in typed):
        raise InvalidInput(f"“{typed}” is no e-mail address. Write it as name@example.org, or leave the cell empty.")
    return typed


@contextmanager
def _refusals(cells: Cells, columns: Mapping[str, str]) -> Iterator[None]:
    """Puts what a service refuses beside its cell."""
    try:
        yield
    except InvalidInput as error:
        name = error.field or "name"
        cells.fault(columns.get(name, name), str(error))
