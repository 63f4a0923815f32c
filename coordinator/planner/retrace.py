"""Back from the best label to visits: walks up its parents and chooses each day's block once more."""

from __future__ import annotations

import numpy as np

from coordinator.planner.block import block_cost, choices
from coordinator.planner.case import Case, Rows
from coordinator.planner.compiled import FAR, Ints, compiled
from coordinator.planner.forest import DAY, MEMBERS, PARENT


@compiled
def retrace(case: Case, rows: Rows, labels: Ints, best: int, width: int, tracked: Ints, most: int) -> Ints:
    """One line a visit: its number, its start, its room (a place, -1 by video), and who fills each name."""
    names = case.slot_mask.shape[1]
    out = np.full((len(case.shape), 3 + names), -1, np.int64)
    scratch = choices(most, 3000 if most < 5 else 500, names)
    used = np.zeros(len(case.staff_turn), np.int64)
    n, at = 0, best
    while at >= 0:
        label = labels[at]
        members, day = label[MEMBERS], label[DAY]
        parent = label[PARENT]
        for i in range(len(tracked)):
            used[tracked[i]] = 0
            if parent >= 0 and case.week_of_day[labels[parent, DAY]] == case.week_of_day[day]:
                used[tracked[i]] = labels[parent, width - len(tracked) + i]
        here, starts = label[width : width + most], label[width + most : width + 2 * most]
        block_cost(case, rows, scratch, day, here, starts, members, used, FAR)
        for i in range(members):
            pick = scratch.best[i]
            out[n, 0], out[n, 1], out[n, 2] = rows.visit[here[i]], scratch.t[i, pick], scratch.best_rooms[i]
            out[n, 3:] = scratch.who[i, pick]
            n += 1
        at = parent
    return out[:n]
