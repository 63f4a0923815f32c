"""Repairing what an event breaks: asked for here, planned by services/planning, published with what the event changes.

Others link to it by the endpoint `repairs.ask`, with the event's kind and fields as its values.
"""

from __future__ import annotations

from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import from_utc, zone_named
from coordinator.domain.errors import Conflict
from coordinator.domain.events import Event, ProtocolChange, as_json
from coordinator.domain.repairing import affected, dropped
from coordinator.services.desk import LOOKS_BACK
from coordinator.store import audit, clinics, proposal_queries, protocol_queries
from coordinator.store import snapshot as snapshots
from coordinator.store.unit_of_work import Work


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
