"""One figure per cell: exact duplicates are one figure, figures that contradict each other are nobody's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kansen.importing.rows import ROW, Groups

_VALUES = ("n", "est", "lwr", "upr")


class Spill:
    """Figures kept aside on disk by outcome, so that memory holds one outcome at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.outcomes: dict[str, int] = {}

    def add(self, outcome: str, rows: NDArray[Any]) -> None:
        """Append figures of an outcome."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + len(rows)
        with (self._folder / f"{outcome}.rows").open("ab") as handle:
            handle.write(rows.tobytes())

    def take(self, outcome: str) -> NDArray[Any]:
        """All figures of an outcome, in the order in which they came; afterwards they are gone."""
        path = self._folder / f"{outcome}.rows"
        rows = np.fromfile(path, dtype=ROW) if path.exists() else np.empty(0, dtype=ROW)
        path.unlink(missing_ok=True)
        return rows


@dataclass(frozen=True)
class Settled:
    """The figures of an outcome, one per cell.

    rows : sorted by place and group, position `all` on the first axis. duplicates : rows that said the same again.
    shared : rows of everybody that another axis has too. conflicts : the numbers of two rows of one axis, for each cell
    whose rows contradict each other. between_axes : cells of everybody of which axes tell different figures; that of
    the first axis was kept. axes : per row the axes that had the cell, one bit each.
    """

    rows: NDArray[Any]
    duplicates: int
    shared: int
    conflicts: NDArray[np.int64]
    between_axes: int
    axes: NDArray[np.int64]


def settle(rows: NDArray[Any], groups: Groups) -> Settled:
    """One row per cell (place and group), whatever order the rows came in.

    A cell whose rows contradict each other within an axis is left out, and two rows of each are given as `conflicts`,
    shape (cells, 2), as the numbers of the rows; what that means is for the caller to say.
    """
    if not len(rows):
        return Settled(rows, 0, 0, np.empty((0, 2), dtype=np.int64), 0, np.empty(0, dtype=np.int64))
    axis = groups.axis_of(rows["group"])
    cell = rows["place"].astype(np.int64) * (groups.per_axis * len(groups.axes)) + groups.canonical(rows["group"])
    order = np.lexsort((rows["row"], axis, cell))
    rows, axis, cell = rows[order], axis[order], cell[order]
    rows["group"] = groups.canonical(rows["group"])
    start = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]])
    length = np.diff(np.r_[start, len(rows)])
    axes = np.bitwise_or.reduceat(1 << axis.astype(np.int64), start)
    if (length == 1).all():
        return Settled(rows, 0, 0, np.empty((0, 2), dtype=np.int64), 0, axes)
    own = np.flatnonzero(
        np.r_[True, (cell[1:] != cell[:-1]) | (axis[1:] != axis[:-1])]
    )  # where an axis of a cell starts
    own_length = np.diff(np.r_[own, len(rows)])
    within = _differs(rows, np.repeat(own, own_length))
    between = _differs(rows, np.repeat(start, length))
    number = np.repeat(np.arange(len(start)), length)
    torn = np.zeros(len(start), dtype=bool)
    torn[number[within]] = True
    first_wrong = np.flatnonzero(within)
    _, at = np.unique(number[first_wrong], return_index=True)
    second = first_wrong[at]
    first = np.repeat(own, own_length)[second]
    between_axes = np.zeros(len(start), dtype=bool)
    between_axes[number[between]] = True
    whole = ~torn
    repeated = np.zeros(len(rows), dtype=bool)
    repeated[own] = True
    kept = np.zeros(len(rows), dtype=bool)
    kept[start] = True
    return Settled(
        rows=rows[start[whole]],
        duplicates=int((~repeated & whole[number]).sum()),
        shared=int((repeated & ~kept & whole[number]).sum()),
        conflicts=np.column_stack([rows["row"][first], rows["row"][second]]),
        between_axes=int((between_axes & whole).sum()),
        axes=axes[whole],
    )


def _differs(rows: NDArray[Any], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each row tells another figure than the row at `other`."""
    found = np.zeros(len(rows), dtype=bool)
    for name in _VALUES:
        values = rows[name]
        same = values == values[other]
        if values.dtype.kind == "f":
            same |= np.isnan(values) & np.isnan(values[other])
        found |= ~same
    return found
