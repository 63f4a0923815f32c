"""Programs from a sheet: who runs through which protocol since when, with whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.services.go_live_files import Cells, Faults
from coordinator.services.protocol_choices import ProtocolChoice, choices
from coordinator.services.visit_changes import TOOK_PLACE
from coordinator.store import audit, enrollment_queries, enrollments, timeline_queries
from coordinator.store import snapshot as snapshots
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work


class Programs:
    """Reads and writes the sheet `programs`."""

    def __init__(self, work: Work, actor: Actor, now: datetime, faults: Faults) -> None:
        self.work, self.actor, self.now, self.faults = work, actor, now, faults
        self.staff = timeline_queries.staff(work, actor.clinic_id)
        self.protocols = {each.code: each for each in choices(work, actor.clinic_id, self.staff)}
        self.patients = {each.code.casefold(): each.id for each in enrollment_queries.patients(work, actor.clinic_id)}
        self.taken = {each.enrollment.code.casefold() for each in enrollment_queries.listed(work, actor.clinic_id)}
        self.written: list[int] = []

    def write(self, rows: Iterable[Cells], with_appointments: Collection[str]) -> None:
        """Writes what is right; a program with appointments runs, one without waits for its plan."""
        for each in rows:
            self._one(each, with_appointments)

    def missing(self) -> dict[int, int]:
        """Of each program that was written how many visits lack a time, where any does."""
        snapshot = snapshots.load(self.work, self.actor.clinic_id)
        found = {each: len(snapshot.missing(snapshot.by_id[each])) for each in self.written}
        return {each: number for each, number in found.items() if number}

    def finish(self, now: datetime) -> None:
        """Notes the programs of which every visit took place as finished."""
        snapshot = snapshots.load(self.work, self.actor.clinic_id)
        for entry in (snapshot.by_id[each] for each in self.written):
            if snapshot.is_whole(entry) and all(v.status in TOOK_PLACE for v in snapshot.held[entry.id].values()):
                enrollments.set_status(self.work, self.actor.clinic_id, entry.id, "finished", now)

    def _one(self, cells: Cells, with_appointments: Collection[str]) -> None:
        code = cells.text("program", 20)
        if code.casefold() in self.taken:
            cells.fault("program", f"“{code}” is taken. Write another code, or remove the row.")
        self.taken.add(code.casefold())
        patients = [self._patient(cells, each) for each in cells.several("patients")]
        protocol = self._protocol(cells)
        started, latest = cells.day("started"), cells.day("latest")
        if started is not None and latest is not None and latest < started:
            cells.fault("latest", "This is before the start. Write a later date, or leave the cell empty.")
        team = self._team(cells, protocol)
        avoid = [person.code for name in cells.several("avoid") if (person := self._person(cells, "avoid", name))]
        if not cells.ok or protocol is None or started is None:
            return
        record = EnrollmentRecord(
            clinic_id=self.actor.clinic_id,
            code=code,
            protocol_version_id=protocol.version_id,
            status="active" if code in with_appointments else "waiting",
            earliest=started,
            latest=latest,
            avoid=avoid,
            created_at=self.now,
        )
        found = list(dict.fromkeys(each for each in patients if each is not None))
        self.written.append(enrollment_queries.add(self.work, record, found, team))
        detail = {"code": code, "protocol": protocol.code, "patients": found}
        audit.append(self.work, self.actor, self.now, "enrollment.add", "enrollment", record.id, detail)

    def _patient(self, cells: Cells, code: str) -> int | None:
        found = self.patients.get(code.casefold())
        if found is None:
            cells.fault("patients", f"There is no patient with the code “{code}”. Add a row to patients.")
        return found

    def _protocol(self, cells: Cells) -> ProtocolChoice | None:
        code = cells.text("protocol")
        found = self.protocols.get(code)
        if code and found is None:
            cells.fault("protocol", f"The clinic has no protocol “{code}”. It has {', '.join(sorted(self.protocols))}.")
        return found

    def _team(self, cells: Cells, protocol: ProtocolChoice | None) -> dict[str, int]:
        needs = {each.name: each for each in protocol.needs} if protocol else {}
        team: dict[str, int] = {}
        for need, name in cells.pairs("team").items():
            person = self._person(cells, "team", name)
            if protocol is not None and need not in needs:
                cells.fault("team", f"{protocol.code} needs no “{need}”. It needs {', '.join(needs)}.")
            elif person is not None and need in needs:
                if person.id not in {staff_id for staff_id, _ in needs[need].people}:
                    roles = " and ".join(needs[need].roles)
                    cells.fault("team", f"{person.name} does not work as {roles}. Write somebody who does.")
                team[need] = person.id
        return team

    def _person(self, cells: Cells, column: str, name: str) -> StaffRecord | None:
        return person_named(self.staff, cells, column, name)


def person_named(staff: Iterable[StaffRecord], cells: Cells, column: str, name: str) -> StaffRecord | None:
    """The member of staff of that name or code; a fault where there is none."""
    wanted = name.casefold()
    found = next((each for each in staff if wanted in (each.name.casefold(), each.code)), None)
    if found is None:
        cells.fault(column, f"Nobody in the team is called “{name}”. Add a row to staff, or correct the name.")
    return found
