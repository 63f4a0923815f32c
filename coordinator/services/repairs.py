"""Repairing what an event breaks: asked for here, planned by services/planning, published with what the event changes.

Others link to it by the endpoint `repairs.ask`, with the event's kind and fields as its values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import from_utc, zone_named
from coordinator.domain.errors import Conflict, NotFound
from coordinator.domain.events import Event, ProtocolChange, as_json, from_json
from coordinator.domain.repairing import affected, dropped
from coordinator.services import proposals
from coordinator.services.desk import LOOKS_BACK
from coordinator.services.protocol_choices import read_body
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, enrollment_queries, proposal_queries, protocol_queries, timeline_queries
from coordinator.store import snapshot as snapshots
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class EventChoices:
    """What the form offers: (id, label), and for `needs` (name, label); `today` is the clinic's date."""

    today: date
    programs: tuple[tuple[int, str], ...]
    staff: tuple[tuple[int, str], ...]
    rooms: tuple[tuple[int, str], ...]
    needs: tuple[tuple[str, str], ...]


def event_choices(work: Work, actor: Actor, now: datetime) -> EventChoices:
    """What the form offers: programs that run, and the team and rooms."""
    running = enrollment_queries.listed(work, actor.clinic_id, status="active")
    names = proposals.program_names(work, actor, {each.enrollment.id for each in running})
    needs = {need for each in running for visit in read_body(each.version).visits for need in visit.need_names()}
    audit.append(work, actor, now, "patient.list", "clinic", actor.clinic_id)
    return EventChoices(
        today=local(now, zone_named(clinics.get(work, actor.clinic_id).timezone)).date(),
        programs=tuple((each.id, f"{each.who} ({each.code})") for each in names.values()),
        staff=tuple((each.id, each.name) for each in timeline_queries.staff(work, actor.clinic_id)),
        rooms=tuple((each.id, each.name) for each in timeline_queries.rooms(work, actor.clinic_id)),
        needs=tuple((need, need.replace("_", " ").capitalize()) for need in sorted(needs)),
    )


def request(work: Work, actor: Actor, now: datetime, event: Event) -> int:
    """Queues the repair of everything that an event touches and gives the job's id; one under way for it is kept.

    It leads to a proposal that changes the fewest visits, shows before and after, and is published like any other.
    Raises NotFound, InvalidInput for an event that cannot be, and Conflict where there is nothing to repair.
    """
    clinic = clinics.lock(work, actor.clinic_id)
    minute = from_utc(now, zone_named(clinic.timezone))
    snapshot = snapshots.load(work, clinic.id, since=now - LOOKS_BACK)
    if isinstance(event, ProtocolChange):
        protocol = protocol_queries.domain_protocol(work, clinic.id, event.version_id)
        dropped(snapshot, minute, snapshot.by_id[affected(snapshot, minute, event)[0]], protocol)
    enrollments = affected(snapshot, minute, event)
    if not enrollments:
        raise Conflict("No visit to come is touched by this, so there is nothing to repair.")
    written = as_json(event)
    for job in proposal_queries.open_jobs(work, clinic.id):
        if job.request.get("event") == written and not job.cancel_requested:
            return job.id
    job = proposal_queries.add_job(work, clinic.id, now, enrollments, actor.user_id, event=written)
    detail = {"enrollments": enrollments, "event": written["kind"]}
    audit.append(work, actor, now, "repair.request", "planning_job", job.id, detail)
    return job.id


def again(work: Work, actor: Actor, now: datetime, job_id: int) -> int:
    """Asks once more for what a job was asked for, a repair or a plan; gives the new job's id. Raises NotFound."""
    record = proposal_queries.job(work, actor.clinic_id, job_id)
    if record is None:
        raise NotFound("There is no such planning job.")
    if "event" in record.request:
        return request(work, actor, now, from_json(record.request["event"]))
    return proposals.request(work, actor, now, record.request["enrollments"])
