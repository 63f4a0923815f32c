"""The graphs of one run: each chain under each pick of people that is asked for, made once while memory lasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coordinator.planner.case import Rows
from coordinator.planner.layout import Layout, Pick
from coordinator.planner.native import Ints, Packed, library, pointer

_SPARE_ROWS = 64
_EDGES_OF_ONE, _EDGES_OF_ALL = 3_000_000, 6_000_000
"""An edge takes 48 bytes."""

Key = tuple[int, Pick]


class TooLargeGraph(Exception):
    """A chain remembers so much that its graph would not fit."""


@dataclass(frozen=True, slots=True)
class Dag:
    """A graph: where it lies, and twice what the chain costs at least with no, one and two halves of the finish."""

    address: int
    edges: int
    togo: tuple[int, int, int]


class Graphs:
    """Makes graphs as they are needed; `rows` has what the rows of those graphs cost on every day."""

    def __init__(self, layout: Layout, case: Packed, days: int) -> None:
        self._layout, self._case, self._days = layout, case, days
        self._dags: dict[Key, Dag] = {}
        self._old: dict[Key, Dag] = {}
        self._costs = np.empty((0, days), np.int64)
        self._filled = np.zeros(0, np.bool_)
        self._same = np.empty(0, np.int64)
        self._edges = 0
        self.rows = self._packed()

    def dags(self, keys: tuple[Key, ...]) -> list[Dag]:
        """The graphs of several chains, which are all there until the next call. Raises TooLargeGraph."""
        found = []
        for key in keys:
            dag = self._dags.pop(key, None) or self._repriced(key) or self._made(key)
            self._dags[key] = dag  # now the last to be given up
            found.append(dag)
        while self._edges > _EDGES_OF_ALL and len(self._dags) + len(self._old) > len(keys):
            self._drop(self._old or self._dags)
        return found

    def rest(self, edges: int) -> None:
        """Keeps graphs of so many edges at most, those used last, until the same case comes again at other prices."""
        self._old, self._dags = {**self._old, **self._dags}, {}
        self._filled[:] = False
        while self._edges > edges:
            self._drop(self._old)

    def __del__(self) -> None:
        self.rest(0)

    def _drop(self, dags: dict[Key, Dag]) -> None:
        """Gives back the memory of the graph that was used least lately."""
        dag = dags.pop(next(iter(dags)))
        self._edges -= dag.edges
        library().free_dag(dag.address)

    def _made(self, key: Key) -> Dag:
        graph = self._layout.graph(key)
        self._fill(graph.rows)
        made = library().build_dag(graph.chain, self._case, self.rows, _EDGES_OF_ONE)
        if made is None:
            raise TooLargeGraph
        edges = int(library().edges_of(made))
        self._edges += edges
        return _dag_at(made, edges)

    def _repriced(self, key: Key) -> Dag | None:
        """A graph of an earlier search, if it is still there."""
        old = self._old.pop(key, None)
        if old is None:
            return None
        graph = self._layout.graph(key)
        self._fill(graph.rows)
        library().reprice_dag(old.address, graph.chain, self._case, self.rows)
        return _dag_at(old.address, old.edges)

    def _fill(self, wanted: Ints) -> None:
        """Works out the costs of rows that are not yet known."""
        if len(self._same) < len(self._layout.book.visits):
            self.rows = self._packed()
        missing = wanted[~self._filled[wanted]]
        library().fill_rows(self._case, self.rows, pointer(self._same), pointer(missing), len(missing))
        self._filled[missing] = True

    def _packed(self) -> Packed:
        """All rows of the book by now."""
        book, known = self._layout.book, len(self._same)
        count = len(book.visits)
        if count > len(self._costs):
            grown = np.empty((2 * count + _SPARE_ROWS, self._days), np.int64)
            grown[:known] = self._costs[:known]
            self._costs = grown
        self._filled = np.concatenate([self._filled, np.zeros(count - known, np.bool_)])
        self._same = np.array(book.same, np.int64)
        return Packed(Rows(count, np.array(book.visits, np.int64), book.mask_table(), self._costs))


def _dag_at(address: int, edges: int) -> Dag:
    togo = [int(library().togo_of(address, half)) for half in range(3)]
    return Dag(address, edges, (togo[0], togo[1], togo[2]))
