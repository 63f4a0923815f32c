"""A coordinator's draft: edits of visits laid over what is published, judged as they stand, published at once.

Each person has one draft in each clinic. An edit remembers the visit's revision as it was seen, so that what somebody
else changed meanwhile is never overwritten unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import day_of, from_utc, to_utc
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.domain.following import following
from coordinator.domain.publication import OVERRIDABLE, Placing, broken_by
from coordinator.domain.schedule import PlacedVisit
from coordinator.domain.snapshot import EnrollmentEntry, Key, VisitEntry
from coordinator.services.desk import Desk, open_desk, read_desk
from coordinator.services.rule_words import plainly
from coordinator.services.visit_changes import Applied, Basis, Override, VisitChange, apply_changes
from coordinator.store import audit, drafts, publications
from coordinator.store.drafts import DraftEditRecord
from coordinator.store.unit_of_work import Work

NO_LEAVE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A rule that an edit breaks without leave, in words; `may_override` where a reason would give it leave."""

    rule: str
    words: str
    may_override: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit: the visit as it is published (`held`), and where it is wanted (`placed`; None: canceled).

    `overrides` are the rules that it may break, with the reasons. `overtaken` names who changed the visit since it was
    seen. `followers` counts the visits that would have to follow where it breaks a gap.
    """

    id: int
    entry: EnrollmentEntry
    code: str
    held: VisitEntry | None
    placed: PlacedVisit | None
    overrides: Mapping[str, str]
    revision_seen: int | None
    troubles: tuple[Trouble, ...] = ()
    overtaken: str | None = None
    followers: int = 0

    @property
    def key(self) -> Key:
        """The enrollment's code and the visit's."""
        return self.entry.code, self.code


@dataclass(frozen=True, slots=True)
class Draft:
    """All edits of one person, and the clinic that they were judged by."""

    desk: Desk
    edits: tuple[Edit, ...]

    @property
    def may_publish(self) -> bool:
        """Whether nothing stands in the way."""
        return bool(self.edits) and not any(each.troubles or each.overtaken for each in self.edits)

    def without(self, key: Key) -> dict[Key, PlacedVisit | None]:
        """What all edits but one visit's change."""
        return {each.key: each.placed for each in self.edits if each.key != key}


def load(work: Work, actor: Actor, now: datetime) -> Draft:
    """The actor's draft, judged by what is published now."""
    return judged(read_desk(work, actor, now))


def judged(desk: Desk) -> Draft:
    """The draft of the desk's actor, each edit with the rules that it breaks."""
    return Draft(desk, tuple(_with_troubles(desk, unjudged(desk))))


def unjudged(desk: Desk) -> list[Edit]:
    """The edits of the desk's actor. What was dropped from a protocol meanwhile is not among them."""
    return [replace(each, overtaken=_overtaker(desk, each)) for each in _read(desk)]


def wanted(desk: Desk) -> dict[Key, PlacedVisit | None]:
    """Where the draft of the desk's actor wants visits, whatever became of them meanwhile."""
    return {each.key: each.placed for each in _read(desk)}


def followers(desk: Desk, placed: PlacedVisit) -> int:
    """How many published visits of the program cannot stay, by its gaps, when one of them goes there."""
    entry = desk.snapshot.by_code[placed.enrollment]
    held = desk.snapshot.held[entry.id]
    if placed.visit not in held:
        return 0
    protocol = next(each for each in desk.snapshot.protocols if each.id == entry.enrollment.protocol)
    days = {code: day_of(each.start) for code, each in held.items()}
    begun = {code for code, each in held.items() if each.has_begun(desk.minute)}
    return len(following(protocol.gaps, days, placed.visit, day_of(placed.start), begun))


def put(
    desk: Desk,
    key: Key,
    placed: PlacedVisit | None,
    revision_seen: int | None,
    overrides: Mapping[str, str] = NO_LEAVE,
) -> None:
    """Keeps what is to become of a visit: a place, or None to cancel it; where it stands so already, nothing.

    Raises NotFound, InvalidInput for an override that nobody may give, and Conflict for a visit that has begun, belongs
    to a program that is paused or over, or was changed since it was seen.
    """
    entry, held = _changeable(desk, key, revision_seen)
    if placed is None and held is None:
        raise Conflict(f"{'/'.join(key)} holds no time, so there is nothing to cancel.")
    if any(rule not in OVERRIDABLE for rule in overrides):
        raise InvalidInput("This rule cannot be overridden. Choose another time or other people.")
    if placed is not None and held is not None and _same(placed, held.placed):
        _forget(desk, [each.id for each in unjudged(desk) if each.key == key])
        return
    rooms, staff = desk.snapshot.rooms_by_code, desk.snapshot.staff_by_code
    record = DraftEditRecord(
        clinic_id=desk.actor.clinic_id,
        user_id=_user(desk),
        enrollment_id=entry.id,
        code=key[1],
        revision_seen=revision_seen,
        starts_at=None if placed is None else to_utc(placed.start, desk.zone),
        room_id=None if placed is None or placed.room is None else rooms[placed.room].id,
        staff={} if placed is None else {need: staff[code].id for need, code in placed.staff.items()},
        overrides=dict(overrides),
        changed_at=desk.now,
    )
    kept = drafts.put(desk.work, record)
    _note(desk, "draft.change", kept.id, {"visit": "/".join(key)})


def remove(desk: Desk, edit_id: int) -> None:
    """Lets one edit go; raises NotFound."""
    if not _forget(desk, [edit_id]):
        raise NotFound("There is no such edit.")


def discard(desk: Desk) -> int:
    """Lets the whole draft go; how many edits it had."""
    return _forget(desk, [each.id for each in unjudged(desk)])


def give_leave(desk: Desk, edit_id: int, rule: str, reason: str) -> None:
    """Lets an edit break a rule, with the reason, which stays visible. Raises NotFound and InvalidInput."""
    edit = _own(desk, edit_id)
    if rule not in OVERRIDABLE:
        raise InvalidInput("This rule cannot be overridden. Choose another time or other people.")
    if not reason.strip():
        raise InvalidInput("An override needs a reason, which everybody can read later. Write one.", "reason")
    put(desk, edit.key, edit.placed, edit.revision_seen, {**edit.overrides, rule: reason.strip()})


def accept(desk: Desk, edit_id: int) -> None:
    """Keeps an edit though somebody else has changed the visit: it was looked at. Raises NotFound."""
    edit = _own(desk, edit_id)
    put(desk, edit.key, edit.placed, edit.held.revision if edit.held else None, edit.overrides)


def publish(work: Work, actor: Actor, now: datetime) -> Applied:
    """Publishes all edits at once, or none: raises Conflict where a rule stands against one, or one was overtaken."""
    draft = judged(open_desk(work, actor, now))
    if not draft.edits:
        raise Conflict("The draft is empty, so there is nothing to publish.")
    for each in draft.edits:
        label = "/".join(each.key)
        if each.overtaken:
            raise Conflict(f"{label} was changed meanwhile by {each.overtaken}. Look at it again in the draft.")
        if each.troubles:
            raise Conflict(f"{label} cannot be published. {each.troubles[0].words}")
    changes = [
        VisitChange(
            each.entry.id, each.code, each.placed, "scheduled" if each.placed else "canceled", each.revision_seen
        )
        for each in draft.edits
    ]
    applied = apply_changes(work, actor, now, changes, _overrides(draft), Basis("draft"))
    drafts.remove(work, actor.clinic_id, actor.user_id)
    _note(draft.desk, "draft.publish", applied.publication_id or 0, {"visits": len(applied.visits)})
    return applied


def _read(desk: Desk) -> list[Edit]:
    records = drafts.edits(desk.work, desk.actor.clinic_id, desk.actor.user_id)
    rooms = {each.id: each.room.id for each in desk.snapshot.rooms}
    staff = {each.id: each.person.id for each in desk.snapshot.staff}
    return [found for each in records if (found := _edit(desk, each, rooms, staff)) is not None]


def _edit(desk: Desk, record: DraftEditRecord, rooms: Mapping[int, str], staff: Mapping[int, str]) -> Edit | None:
    entry = desk.snapshot.by_id.get(record.enrollment_id)
    if entry is None or record.code not in desk.snapshot.protocol_visits[entry.enrollment.protocol]:
        return None
    held = desk.snapshot.held[entry.id].get(record.code)
    placed = None
    if record.starts_at is not None:
        room = None if record.room_id is None else rooms[record.room_id]
        people = {need: staff[person] for need, person in record.staff.items()}
        placed = PlacedVisit(entry.code, record.code, from_utc(record.starts_at, desk.zone), room, people)
    return Edit(record.id, entry, record.code, held, placed, record.overrides, record.revision_seen)


def _overtaker(desk: Desk, edit: Edit) -> str | None:
    now_at = edit.held.revision if edit.held else None
    if now_at == edit.revision_seen:
        return None
    newest = publications.newest_of_visit(desk.work, edit.entry.id, edit.code)
    return newest.maker if newest else "somebody else"


def _with_troubles(desk: Desk, edits: list[Edit]) -> Iterator[Edit]:
    placings = [Placing(each.key, each.placed) for each in edits]
    found: dict[Key, list[Trouble]] = {each.key: [] for each in edits}
    leave = {each.key: each.overrides for each in edits}
    for violation in broken_by(desk.snapshot, desk.minute, placings) if placings else ():
        touched = [key for key in violation.touches if key in found] or [edits[0].key]
        if any(violation.name in leave[key] for key in touched):
            continue
        words = plainly(violation, desk.snapshot)
        for key in touched:
            found[key].append(Trouble(violation.name, words, violation.name in OVERRIDABLE))
    for each in edits:
        troubles = tuple(dict.fromkeys(found[each.key]))
        if each.placed is not None and any(trouble.rule == "gap" for trouble in troubles):
            each = replace(each, followers=followers(desk, each.placed))
        yield replace(each, troubles=troubles)


def _changeable(desk: Desk, key: Key, revision_seen: int | None) -> tuple[EnrollmentEntry, VisitEntry | None]:
    entry = desk.snapshot.by_code.get(key[0])
    if entry is None or key[1] not in desk.snapshot.protocol_visits[entry.enrollment.protocol]:
        raise NotFound("There is no such visit.")
    held = desk.snapshot.held[entry.id].get(key[1])
    label = "/".join(key)
    if (held.revision if held else None) != revision_seen:
        raise Conflict(f"{label} was changed by somebody else meanwhile. Look at it again.")
    if not entry.is_living:
        raise Conflict(f"{entry.code} is {entry.status}, so its visits stay as they are. Resume the program first.")
    if held is not None and held.has_begun(desk.minute):
        raise Conflict(f"{label} has begun already and cannot be moved. Record what became of it.")
    return entry, held


def _same(one: PlacedVisit, other: PlacedVisit) -> bool:
    return (one.start, one.room, dict(one.staff)) == (other.start, other.room, dict(other.staff))


def _own(desk: Desk, edit_id: int) -> Edit:
    edit = next((each for each in unjudged(desk) if each.id == edit_id), None)
    if edit is None:
        raise NotFound("There is no such edit.")
    return edit


def _forget(desk: Desk, edit_ids: list[int]) -> int:
    gone = drafts.remove(desk.work, desk.actor.clinic_id, desk.actor.user_id, edit_ids)
    if gone:
        _note(desk, "draft.remove", edit_ids[0], {"edits": gone})
    return gone


def _overrides(draft: Draft) -> list[Override]:
    """Leave is given by rule: where several edits have it for one, all their reasons stay."""
    reasons: dict[str, dict[str, None]] = {}
    for each in draft.edits:
        for rule, reason in each.overrides.items():
            reasons.setdefault(rule, {})[reason] = None
    return [Override(rule, " / ".join(each)) for rule, each in reasons.items()]


def _user(desk: Desk) -> int:
    if desk.actor.user_id is None:
        raise InvalidInput("Only somebody who is signed in has a draft.")
    return desk.actor.user_id


def _note(desk: Desk, action: str, subject: int, detail: Mapping[str, object]) -> None:
    audit.append(desk.work, desk.actor, desk.now, action, "draft", subject, dict(detail))
