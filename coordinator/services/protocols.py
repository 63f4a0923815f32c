"""Protocols to read: the clinic's own and the library's, with source, evidence and what is a clinic default."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.domain.errors import NotFound
from coordinator.domain.expand import expand
from coordinator.domain.protocol import Protocol
from coordinator.domain.protocol_library import TEMPLATES
from coordinator.domain.protocol_templates.template import Template
from coordinator.domain.roadmap import ideal_days
from coordinator.services import protocol_library
from coordinator.services.protocol_choices import read_body
from coordinator.services.protocol_words import GapLine, MeetingLine, continuity_words, gap_lines, meeting_lines
from coordinator.services.visit_cards import local, visit_title
from coordinator.store import clinics, enrollment_queries, protocol_queries
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class ProtocolLine:
    """A protocol in a list. `id` is None for a template that the clinic has not adopted; `programs` is by status."""

    id: int | None
    code: str
    name: str
    population: str
    source: str
    visits: int
    courses: int
    weeks: int
    programs: dict[str, int]

    @property
    def in_use(self) -> int:
        """How many programs run it or wait for a plan."""
        return sum(self.programs.get(each, 0) for each in ("waiting", "active", "paused"))


@dataclass(frozen=True, slots=True)
class Dot:
    """A visit on the roadmap: its day from the first, and its lane (the index of `Roadmap.lanes`)."""

    code: str
    title: str
    kind: str
    day: int
    lane: int
    is_video: bool


@dataclass(frozen=True, slots=True)
class Roadmap:
    """A protocol drawn: lanes by course, dots by ideal day, and gaps as pairs of indices of dots."""

    lanes: tuple[str, ...]
    dots: tuple[Dot, ...]
    gaps: tuple[tuple[int, int], ...]
    days: int


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a protocol; naive clinic time. `programs` are (id, code, status) of all that were ever enrolled."""

    number: int
    published: datetime | None
    programs: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything there is to read of a protocol. `sessions` is what may be chosen on adoption, where it may."""

    line: ProtocolLine
    evidence: str
    reported: str
    clinic_defaults: tuple[str, ...]
    roadmap: Roadmap
    meetings: tuple[MeetingLine, ...]
    gaps: tuple[GapLine, ...]
    continuity: tuple[str, ...]
    max_visits_per_day: int | None
    versions: tuple[Version, ...]
    sessions: tuple[int, int, int] | None


def list_protocols(work: Work, actor: Actor) -> tuple[list[ProtocolLine], list[ProtocolLine]]:
    """The clinic's protocols by name, and the library's templates that it has not adopted."""
    programs = protocol_queries.programs_by_protocol(work, actor.clinic_id)
    own, adopted = [], set()
    for record, version in enrollment_queries.published_protocols(work, actor.clinic_id):
        template = TEMPLATES.get(record.template or "")
        adopted.add(record.template)
        own.append(
            _line(read_body(version), template, record.id, record.source, programs.get(record.id, {}), record.code)
        )
    # A template whose number of sessions is chosen can be adopted again with another number.
    others = [
        _line(expand(each.compact), each, None, each.source, {}, each.code)
        for each in TEMPLATES.values()
        if each.code not in adopted or each.compact.sessions.is_chosen()
    ]
    return own, others


def sheet(work: Work, actor: Actor, protocol_id: int) -> Sheet:
    """One of the clinic's protocols in its newest published version; raises NotFound."""
    record = protocol_queries.one(work, actor.clinic_id, protocol_id)
    versions = protocol_queries.versions_of(work, actor.clinic_id, protocol_id)
    newest = next((each for each in versions if each.published_at is not None), None)
    if newest is None:
        raise NotFound("There is no such protocol.")
    programs = protocol_queries.programs_by_protocol(work, actor.clinic_id).get(record.id, {})
    zone = ZoneInfo(clinics.get(work, actor.clinic_id).timezone)
    template, protocol = TEMPLATES.get(record.template or ""), read_body(newest)
    line = _line(protocol, template, record.id, record.source, programs, record.code)
    enrolled = protocol_queries.programs_by_version(work, actor.clinic_id, protocol_id)
    dated = tuple(
        Version(
            each.number, local(each.published_at, zone) if each.published_at else None, tuple(enrolled.get(each.id, ()))
        )
        for each in versions
    )
    return _sheet(line, protocol, template, record.evidence, dated)


def template_sheet(code: str, sessions: int | None = None) -> Sheet:
    """A template of the library; raises NotFound, and InvalidInput for a number of sessions that it does not allow."""
    template = TEMPLATES.get(code)
    if template is None:
        raise NotFound("There is no such protocol.")
    protocol = expand(template.compact, sessions)
    line = _line(protocol, template, None, template.source, {}, code)
    return _sheet(line, protocol, template, template.evidence, ())


def adopt(work: Work, actor: Actor, now: datetime, code: str, sessions: int | None = None) -> int:
    """Makes a template the clinic's own and gives the protocol's id; raises NotFound and InvalidInput."""
    version = protocol_library.adopt(work, actor, now, code, sessions)
    pairs = enrollment_queries.published_protocols(work, actor.clinic_id)
    return next(record.id for record, each in pairs if each.id == version)


def _line(
    protocol: Protocol,
    template: Template | None,
    protocol_id: int | None,
    source: str,
    programs: dict[str, int],
    code: str,
) -> ProtocolLine:
    return ProtocolLine(
        id=protocol_id,
        code=code,
        name=protocol.name,
        population=template.population if template else "",
        source=source,
        visits=len(protocol.visits),
        courses=len({visit.course for visit in protocol.visits if visit.course is not None}),
        weeks=max(ideal_days(protocol).values(), default=0) // 7 + 1,
        programs=programs,
    )


def _sheet(
    line: ProtocolLine, protocol: Protocol, template: Template | None, evidence: str, versions: tuple[Version, ...]
) -> Sheet:
    count = template.compact.sessions if template else None
    return Sheet(
        line=line,
        evidence=evidence,
        reported=template.reported if template else "",
        clinic_defaults=template.clinic_defaults if template else (),
        roadmap=roadmap(protocol),
        meetings=meeting_lines(protocol),
        gaps=gap_lines(protocol),
        continuity=continuity_words(protocol),
        max_visits_per_day=protocol.max_visits_per_day,
        versions=versions,
        sessions=(count.least, count.standard, count.most) if count and count.is_chosen() else None,
    )


def roadmap(protocol: Protocol) -> Roadmap:
    """The protocol as dots on lanes: one lane for each course, and one for what is in no course."""
    days = ideal_days(protocol)
    courses = sorted({visit.course for visit in protocol.visits if visit.course is not None})
    lane_of: dict[int | None, int] = {course: number for number, course in enumerate(courses)}
    lanes = [f"Course {course}" for course in courses]
    if any(visit.course is None for visit in protocol.visits):
        lane_of[None] = len(lanes)
        lanes.append("Around" if courses else "Program")
    dots = tuple(
        Dot(
            code=visit.id,
            title=visit_title(visit.kind, visit.id, visit.course),
            kind=visit.kind,
            day=days[visit.id],
            lane=lane_of[visit.course],
            is_video=visit.room is None,
        )
        for visit in protocol.visits
    )
    index = {visit.id: number for number, visit in enumerate(protocol.visits)}
    gaps = tuple((index[gap.before], index[gap.after]) for gap in protocol.gaps)
    return Roadmap(tuple(lanes), dots, gaps, max(days.values(), default=0))
