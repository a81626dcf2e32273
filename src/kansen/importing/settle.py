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

    rows : sorted by place and group, position `all` on the first axis.
    axes : per row the axes that had the cell, one bit each.
    duplicates : rows that said the same again. shared : rows of everybody that another axis has too.
    conflicts : the numbers of two rows of one axis, for each cell whose rows contradict each other; it has no row here.
    others, other_axes : rows of everybody of which a further axis tells another figure than `rows`, and which axis.
    """

    rows: NDArray[Any]
    axes: NDArray[np.int64]
    duplicates: int
    shared: int
    conflicts: NDArray[np.int64]
    others: NDArray[Any]
    other_axes: NDArray[np.int32]


def settle(rows: NDArray[Any], groups: Groups) -> Settled:
    """One row per cell (place and group), whatever order the rows came in; conflicts are for the caller to judge."""
    axis = groups.axis_of(rows["group"])
    cell = rows["place"].astype(np.int64) * (groups.per_axis * len(groups.axes)) + groups.canonical(rows["group"])
    order = np.lexsort((rows["row"], axis, cell))
    rows, axis, cell = rows[order], axis[order], cell[order]
    rows["group"] = groups.canonical(rows["group"])
    new_cell = np.ones(len(rows), dtype=bool)
    new_cell[1:] = cell[1:] != cell[:-1]
    new_axis = new_cell.copy()
    new_axis[1:] |= axis[1:] != axis[:-1]
    first, own = np.flatnonzero(new_cell), np.flatnonzero(new_axis)
    of_cell, of_axis = np.cumsum(new_cell) - 1, np.cumsum(new_axis) - 1
    against_axis, against_cell = _differs(rows, own[of_axis]), _differs(rows, first[of_cell])
    torn = np.zeros(len(first), dtype=bool)
    torn[of_cell[against_axis]] = True
    whole = ~torn[of_cell]
    wrong = np.flatnonzero(against_axis)
    wrong = wrong[np.unique(of_cell[wrong], return_index=True)[1]]  # the first of every cell
    others = np.flatnonzero(new_axis & against_cell & whole)
    bits = 1 << axis.astype(np.int64)
    return Settled(
        rows=rows[first[~torn]],
        axes=np.bitwise_or.reduceat(bits, first)[~torn] if len(rows) else bits,
        duplicates=int((~new_axis & whole).sum()),
        shared=int((new_axis & ~new_cell & whole).sum()),
        conflicts=np.column_stack([rows["row"][own[of_axis[wrong]]], rows["row"][wrong]]),
        others=rows[others],
        other_axes=axis[others],
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
