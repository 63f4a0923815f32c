"""The things of the audit log as a reader knows them: “patient P-1012” instead of the number that the log keeps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from coordinator.services.audit_words import SHOWN
from coordinator.services.visit_cards import visit_title
from coordinator.store import audit_things
from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Work

Things = Mapping[tuple[str, int], str]
KINDS = {"enrollment": "program", "booking_series": "", "staff": "", "user": "", "visit": ""}
"""What stands before a name in place of the log's own word; nothing before people, visits and what has a title."""
NUMBERED = ("enrollment", "patient", "room", "staff", "user", "visit")
"""Details that hold the number of a thing of that kind."""


def things_of(work: Work, clinic_id: int, entries: Sequence[AuditRecord]) -> Things:
    """The names of all that these entries speak of, by kind and number; one query for each kind."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        if entry.subject_id.isdecimal():
            wanted[entry.subject_kind].add(int(entry.subject_id))
        wanted["patient"].update(_patients(entry.detail)[: SHOWN + 1])
        for kind, id in (_owner(entry.detail), *_numbered(entry.detail)):
            wanted[kind].add(id)
    found = {("clinic", clinic_id): "the clinic", ("audit", clinic_id): "the audit log"}
    for kind, ids in wanted.items():
        if not ids:
            continue
        named = _visits(work, clinic_id, ids) if kind == "visit" else audit_things.names(work, clinic_id, kind, ids)
        found.update({(kind, id): f"{KINDS.get(kind, kind)} {name}".strip() for id, name in named.items()})
    return found


def subject_words(entry: AuditRecord, things: Things) -> str:
    """What an entry is about; by its number where it is gone or has no name."""
    id = int(entry.subject_id) if entry.subject_id.isdecimal() else 0
    return things.get((entry.subject_kind, id)) or f"{entry.subject_kind.replace('_', ' ')} {entry.subject_id}"


def named_detail(entry: AuditRecord, things: Things) -> Mapping[str, Any]:
    """An entry's detail with things by name; the visit that the entry is about is not named twice."""
    detail = entry.detail
    said = dict(detail) | {kind: _name(things, kind, id) for kind, id in _numbered(detail)}
    if entry.subject_kind == "visit" and subject_words(entry, things) != f"visit {entry.subject_id}":
        said.pop("visit", None)
    if patients := _patients(detail):
        said["patients"] = [_name(things, "patient", id) for id in patients]
    owner = things.get(_owner(detail), "")
    if owner:
        said = {"of": owner} | {name: value for name, value in said.items() if name not in ("owner_kind", "owner_id")}
    return said


def _name(things: Things, kind: str, id: int) -> str:
    """Without the word for the kind, which the detail's own name says."""
    return things.get((kind, id), str(id)).removeprefix(f"{KINDS.get(kind, kind)} ")


def _visits(work: Work, clinic_id: int, ids: set[int]) -> dict[int, str]:
    found = audit_things.visits(work, clinic_id, ids)
    return {id: f"{visit_title(kind, code, course)}, {program}" for id, (program, kind, code, course) in found.items()}


def _patients(detail: Mapping[str, Any]) -> list[int]:
    named = detail.get("patients")
    return [each for each in named if isinstance(each, int)] if isinstance(named, list) else []


def _numbered(detail: Mapping[str, Any]) -> list[tuple[str, int]]:
    return [(kind, detail[kind]) for kind in NUMBERED if type(detail.get(kind)) is int]


def _owner(detail: Mapping[str, Any]) -> tuple[str, int]:
    kind, id = detail.get("owner_kind"), detail.get("owner_id")
    return (kind, id) if isinstance(kind, str) and isinstance(id, int) else ("", 0)
