"""The graphs of one run: each chain under each pick of people that is asked for, made once and freed together."""

from __future__ import annotations

import numpy as np

from coordinator.planner.case import Rows
from coordinator.planner.layout import Layout, Pick
from coordinator.planner.native import Packed, library, pointer

_SPARE = 64


class Graphs:
    """Makes graphs as they are needed; `rows` has what every row costs on every day, for all rows known by now."""

    def __init__(self, layout: Layout, case: Packed, days: int) -> None:
        self._layout, self._case, self._days = layout, case, days
        self._dags: dict[tuple[int, Pick], tuple[int, tuple[int, int, int]]] = {}
        self._costs = np.empty((0, days), np.int64)
        self._filled = 0
        self.rows = self._packed()

    def dag(self, key: tuple[int, Pick]) -> tuple[int, tuple[int, int, int]]:
        """(the graph of a chain, twice what the chain costs at least with no, one and two halves of the finish)."""
        if key not in self._dags:
            chain = self._layout.graph(key).chain
            if self._filled < len(self._layout.book.visits):
                self.rows = self._packed()
            made = int(library().build_dag(chain, self._case, self.rows))
            togo = tuple(int(library().togo_of(made, half)) for half in range(3))
            self._dags[key] = made, (togo[0], togo[1], togo[2])
        return self._dags[key]

    def free(self) -> None:
        """Gives the memory of all graphs back; the last thing to be done."""
        for made, _ in self._dags.values():
            library().free_dag(made)
        self._dags.clear()

    def _packed(self) -> Packed:
        """The rows of the book; those that are new are filled in."""
        book, first = self._layout.book, self._filled
        count = self._filled = len(book.visits)
        if count > len(self._costs):
            grown = np.empty((2 * count + _SPARE, self._days), np.int64)
            grown[:first] = self._costs[:first]
            self._costs = grown
        rows = Packed(Rows(count, np.array(book.visits, np.int64), book.mask_table(), self._costs))
        library().fill_rows(self._case, rows, pointer(np.array(book.same, np.int64)), first)
        return rows
