"""The one door through which published visits are written: publish, move, cancel, outcomes and the demo all use it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import from_utc
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.domain.publication import OVERRIDABLE, Placing, broken_by
from coordinator.domain.schedule import PlacedVisit
from coordinator.domain.snapshot import EnrollmentEntry, Snapshot, VisitEntry
from coordinator.domain.violation import Violation
from coordinator.services import invitations
from coordinator.services.desk import LOOKS_BACK, Desk, open_desk
from coordinator.services.notices import owe_changes, remember
from coordinator.services.rule_words import plainly
from coordinator.services.visit_placing import announce, detail_of, place
from coordinator.store import audit, claims, clinics, holds, notices, publications, visit_writing
from coordinator.store.publications import PublicationRecord, State
from coordinator.store.unit_of_work import Work

MISSED = frozenset({"canceled", "no_show", "late_cancel"})
"""What became of an attempt that holds nothing any more and does not count."""
TOOK_PLACE = frozenset({"attended", "stopped_early"})
LOOKS_AHEAD = timedelta(days=5 * 366)
"""How far ahead a visit may be put. Every day until then is judged, so a mistyped year must not get far."""


@dataclass(frozen=True, slots=True)
class VisitChange:
    """What becomes of one visit of an enrollment.

    With `placed` it is put there: a new attempt, or a move of the one that holds a time. Without, the attempt that
    holds a time gets `status`: canceled, no_show, late_cancel (it gives its time back), attended or stopped_early.
    `revision_seen` is the visit's revision as the user saw it; None asks nothing. `restores` is a canceled attempt that
    is to stand again, in place of a new one; `as_it_stood` one that may have begun by now, missed by mistake.
    """

    enrollment_id: int
    visit: str
    placed: PlacedVisit | None = None
    status: str = "scheduled"
    revision_seen: int | None = None
    restores: int | None = None
    as_it_stood: bool = False


@dataclass(frozen=True, slots=True)
class Override:
    """Leave to break a rule by its name (see domain.publication.OVERRIDABLE), with the reason, which stays visible."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What a publication comes from: a proposal, or the publication that it undoes; `kind` None: as its visits say."""

    kind: str | None = None
    proposal_id: int | None = None
    undoes_id: int | None = None


BY_HAND = Basis()


@dataclass(frozen=True, slots=True)
class Applied:
    """What was written: visits by id, and whose calendars changed (staff and room ids).

    `publication_id` None: nothing was published, only outcomes were recorded, or nothing changed.
    """

    visits: tuple[int, ...]
    staff: frozenset[int]
    rooms: frozenset[int]
    publication_id: int | None = None


class RulesBroken(Conflict):
    """A change would break rules of the clinic; `violations` has all of them, `first` the first in words."""

    def __init__(self, violations: Sequence[Violation], snapshot: Snapshot) -> None:
        self.violations = tuple(violations)
        self.first = plainly(violations[0], snapshot, by_name=True)
        more = f" (And {len(violations) - 1} more.)" if len(violations) > 1 else ""
        super().__init__(f"{self.first}{more} Choose another time or other people.")

    @property
    def overridable(self) -> tuple[str, ...]:
        """The names of the broken rules where a reason would do for all of them, otherwise none."""
        names = sorted({each.name for each in self.violations})
        return tuple(names) if OVERRIDABLE.issuperset(names) else ()


@dataclass(frozen=True, slots=True)
class _Step:
    """A change beside what it changes; `held` None where the visit holds no time yet."""

    change: VisitChange
    entry: EnrollmentEntry
    held: VisitEntry | None

    @property
    def kind(self) -> str | None:
        """What a publication does to the visit; None for an outcome."""
        if self.change.placed is None:
            return "cancel" if self.change.status == "canceled" else None
        return "publish" if self.held is None else "move"


def apply_changes(
    work: Work,
    actor: Actor,
    now: datetime,
    changes: Sequence[VisitChange],
    overrides: Sequence[Override] = (),
    basis: Basis = BY_HAND,
) -> Applied:
    """Makes the changes, all or none, and everything that follows from them: claims, feeds, notices, audit.

    Raises NotFound; RulesBroken where a rule stands against them that is not overridden; Conflict where a visit changed
    since it was seen, or somebody else took a time; InvalidInput for an override that nobody may give.
    """
    let_go_of_holds(work, actor, now, {each.enrollment_id for each in changes if each.placed is not None})
    desk = open_desk(work, actor, now)
    steps = [step for change in changes if not _is_done(step := _step(desk, change))]
    _check_overrides(overrides)
    allowed = frozenset(each.rule for each in overrides)
    broken = _judged(desk, steps)
    refused = [each for each in broken if each.name not in allowed]
    if refused:
        raise RulesBroken(refused, desk.snapshot)
    return _write(desk, steps, _granted(desk, broken, overrides), basis)


def let_go_of_holds(work: Work, actor: Actor, now: datetime, enrollments: Collection[int]) -> None:
    """Gives back what open proposals hold for programs that get times now, or stop: it would be in their own way."""
    clinics.lock(work, actor.clinic_id)
    for proposal_id in holds.release_of(work, actor.clinic_id, enrollments):
        audit.append(work, actor, now, "proposal.release", "proposal", proposal_id)


def _step(desk: Desk, change: VisitChange) -> _Step:
    entry = desk.snapshot.by_id.get(change.enrollment_id)
    if entry is None or change.visit not in desk.snapshot.protocol_visits[entry.enrollment.protocol]:
        raise NotFound("There is no such visit.")
    held = desk.snapshot.held[entry.id].get(change.visit)
    if change.revision_seen is not None and (held is None or held.revision != change.revision_seen):
        raise Conflict(f"{entry.code}/{change.visit} was changed by somebody else meanwhile. Look at it again.")
    step = _Step(change, entry, held)
    if change.restores is not None and held is not None:
        raise Conflict(f"{entry.code}/{change.visit} was planned again meanwhile. Look at it again.")
    if change.placed is None:
        if held is None:
            raise Conflict(f"{entry.code}/{change.visit} holds no time any more. Look at it again.")
        if change.status == "canceled" and held.has_begun(desk.minute):
            raise Conflict(f"{entry.code}/{change.visit} has begun already. Record what became of it instead.")
    elif change.placed.start < from_utc(desk.now - LOOKS_BACK, desk.zone) and not _is_done(step):
        raise InvalidInput(f"{entry.code}/{change.visit} would be in the past. Choose a later time.")
    elif change.placed.start > from_utc(desk.now + LOOKS_AHEAD, desk.zone):
        raise InvalidInput(f"{entry.code}/{change.visit} would be more than five years away. Choose an earlier date.")
    elif not entry.is_living:
        raise Conflict(f"{entry.code} is {entry.status}, so its visits stay as they are. Resume the program first.")
    elif held is not None and held.has_begun(desk.minute) and not _is_done(step):
        raise Conflict(f"{entry.code}/{change.visit} has begun already and cannot be moved. Record what became of it.")
    return step


def _is_done(step: _Step) -> bool:
    """Whether the change would change nothing."""
    if step.held is None:
        return False
    wanted, has = step.change.placed, step.held.placed
    if wanted is None:
        return step.change.status == step.held.status
    return (wanted.start, wanted.room, dict(wanted.staff)) == (has.start, has.room, dict(has.staff))


def _judged(desk: Desk, steps: Sequence[_Step]) -> list[Violation]:
    """The rules that stand against the steps."""
    placings = [Placing((step.entry.code, step.change.visit), step.change.placed) for step in steps if _moves(step)]
    back = {(step.entry.code, step.change.visit) for step in steps if step.change.as_it_stood}
    broken = broken_by(desk.snapshot, desk.minute, placings)
    return [each for each in broken if each.name != "not-before" or not back.issuperset(each.touches)]


def _moves(step: _Step) -> bool:
    """Whether the change takes time, or gives it back."""
    return step.change.placed is not None or step.change.status in MISSED


def _check_overrides(overrides: Iterable[Override]) -> None:
    for each in overrides:
        if each.rule not in OVERRIDABLE:
            raise InvalidInput(f"The rule “{each.rule}” cannot be overridden. Choose another time or other people.")
        if not each.reason.strip():
            raise InvalidInput("An override needs a reason, which everybody can read later. Write one.", "reason")


def _granted(
    desk: Desk, broken: Iterable[Violation], overrides: Iterable[Override]
) -> Mapping[tuple[str, str], list[dict[str, Any]]]:
    """For each visit the overrides that it needed."""
    reasons = {each.rule: each.reason.strip() for each in overrides}
    by, at = desk.actor.name, desk.now.isoformat(timespec="seconds")
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for violation in broken:
        note = {"rule": violation.name, "reason": reasons[violation.name], "by": by, "at": at}
        for key in violation.touches:
            if note not in found.setdefault(key, []):
                found[key].append(note)
    return found


def _write(
    desk: Desk, steps: Sequence[_Step], granted: Mapping[tuple[str, str], list[dict[str, Any]]], basis: Basis
) -> Applied:
    """Writes the steps, which the rules have passed."""
    settling = [step for step in steps if step.change.placed is None]
    placing = [step for step in steps if step.change.placed is not None]
    standing = [step.held.id if step.held else step.change.restores for step in steps]
    held = [each for each in standing if each is not None]
    before, known = publications.states(desk.work, held), remember(desk.work, desk.actor.clinic_id, held)
    claims.give_back(desk.work, [step.held.id for step in steps if step.held is not None and _moves(step)])
    restored = {(step.entry.code, step.change.visit): step.change.restores for step in placing}
    ids = [*_settle(desk, settling)]
    places = [(step.entry, step.change.placed, step.held) for step in placing if step.change.placed is not None]
    ids += place(desk, places, granted, restored)
    announce(desk, ids)
    owe_changes(desk.work, desk.actor.clinic_id, desk.now, known, ids)
    invitations.owe_for(desk.work, desk.actor.clinic_id, desk.now, ids)
    kinds = {visit_id: step.kind for visit_id, step in zip(ids, (*settling, *placing), strict=True) if step.kind}
    started = [step.entry.id for step in placing if step.entry.status == "waiting"]
    made = _publication(desk, kinds, started, before, basis) if kinds else None
    return Applied(tuple(ids), frozenset(desk.touched.staff), frozenset(desk.touched.rooms), made)


def _publication(
    desk: Desk, kinds: Mapping[int, str], started: Iterable[int], before: Mapping[int, State], basis: Basis
) -> int:
    """Keeps what was done to each visit, by its id, so that it can be told and undone; gives the publication's id."""
    record = PublicationRecord(
        clinic_id=desk.actor.clinic_id,
        kind=basis.kind or (set(kinds.values()).pop() if len(set(kinds.values())) == 1 else "change"),
        made_by=desk.actor.user_id,
        maker=desk.actor.name,
        made_at=desk.now,
        proposal_id=basis.proposal_id,
        undoes_id=basis.undoes_id,
        started=sorted(set(started)),
    )
    return publications.add(desk.work, record, before, publications.states(desk.work, kinds))


def _settle(desk: Desk, steps: Sequence[_Step]) -> Iterable[int]:
    """Records what became of visits; those that are not to be any more leave the calendars and the outbox."""
    for step in steps:
        assert step.held is not None
        status = step.change.status
        leaves = status in ("canceled", "late_cancel")
        visit_writing.set_status(desk.work, desk.now, step.held.id, status, desk.touched, leaves_calendars=leaves)
        notices.withdraw_for_visit(desk.work, step.held.id, desk.now, status)
        action = "visit.cancel" if status == "canceled" else "visit.outcome"
        detail = {**detail_of(step.entry, step.held.placed), "outcome": status}
        audit.append(desk.work, desk.actor, desk.now, action, "visit", step.held.id, detail)
        yield step.held.id
