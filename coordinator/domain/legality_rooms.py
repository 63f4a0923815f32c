"""Which room a visit could have at a time, and what refuses the others."""

from __future__ import annotations

from coordinator.domain.board import Board, Row
from coordinator.domain.clinic import Room
from coordinator.domain.clinic_time import Minute
from coordinator.domain.errors import InvalidInput
from coordinator.domain.protocol import ProtocolVisit
from coordinator.domain.schedule import Enrollment
from coordinator.domain.violation import Violation


class RoomFinder:
    """Finds a room for one visit on the board of all others; what it found for a start it knows."""

    def __init__(self, board: Board, enrollment: Enrollment, visit: ProtocolVisit, asked: str | None) -> None:
        if asked is not None and asked not in board.rooms:
            raise InvalidInput(f"There is no room “{asked}”.", "room")
        self._board = board
        self._seats = len(enrollment.patients)
        self._kind = visit.room
        rooms = board.problem.rooms if asked is None else (board.rooms[asked],)
        self._found: dict[Minute, tuple[str | None, Violation | None]] = {}
        self._candidates = [] if visit.room is None else [each for each in rooms if asked or visit.room in each.kinds]

    def find(self, row: Row) -> tuple[str | None, Violation | None]:
        """A room for the visit, or what refuses the last room tried; no room and no refusal is video."""
        if row.start not in self._found:
            self._found[row.start] = self._search(row)
        return self._found[row.start]

    def _search(self, row: Row) -> tuple[str | None, Violation | None]:
        if self._kind is None:
            return None, None
        refusal = self._broken(row, "room-kind", f"needs a room for {self._kind}; there is none.", None)
        for room in self._candidates:
            found = self._refusal(row, room)
            if found is None:
                return room.id, None
            refusal = found
        return None, refusal

    def _refusal(self, row: Row, room: Room) -> Violation | None:
        if self._kind not in room.kinds:
            return self._broken(row, "room-kind", f"needs a room for {self._kind}; {room.name} is none.", room.id)
        if room.seats < self._seats:
            message = f"needs {self._seats} seats; {room.name} has {room.seats}."
            return self._broken(row, "room-seats", message, room.id)
        if room.weekly is not None and not room.weekly.contains(row.start, row.end):
            return self._broken(row, "room-hours", f"is outside the hours of {room.name}.", room.id)
        if self._board.room_booked[room.id].meeting(row.start, row.end) is not None:
            return self._broken(row, "room-booked", f"finds {room.name} booked.", room.id)
        return self._taken(row, room)

    def _taken(self, row: Row, room: Room) -> Violation | None:
        for other in self._board.rows_of_room.get(room.id, ()):
            if other.start < row.end and row.start < other.end:
                return self._broken(row, "room-overlap", f"overlaps {other.label} in {room.name}.", other.name)
            if other.start < row.end + room.turnover_minutes and row.start < other.end + room.turnover_minutes:
                message = f"leaves {room.name} no {room.turnover_minutes} minutes from {other.label}."
                return self._broken(row, "room-turnover", message, other.name)
        return None

    @staticmethod
    def _broken(row: Row, name: str, message: str, blocker: str | None) -> Violation:
        return Violation(6, name, *row.key, f"{row.label} {message}", blocker, (row.key,))
