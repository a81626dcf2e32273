"""One figure per cell, against a plain loop over the rows."""

from __future__ import annotations

import random

import numpy as np
import pytest

from kansen.importing.labels import load_labels
from kansen.importing.rows import ROW, Groups
from kansen.importing.settle import settle

GROUPS = Groups(load_labels())


@pytest.mark.parametrize("seed", range(40))
def test_every_row_is_accounted_for(seed: int) -> None:
    rnd = random.Random(seed)
    choices = [
        GROUPS.start(axis, position) + GROUPS.step("sex", sex)
        for axis, positions in (("income", ("all", "low")), ("wealth", ("all", "low")), ("education", ("all", "hpe")))
        for position in positions
        for sex in ("all", "men")
    ]
    rows = np.zeros(rnd.choice([0, 1, 5, 60]), dtype=ROW)
    for number, row in enumerate(rows):
        row["group"], row["place"], row["row"] = rnd.choice(choices), rnd.randrange(3), number
        row["n"], row["est"] = 10, rnd.choice([0.5, 0.5, 0.5, 0.25])
        row["lwr"] = row["upr"] = rnd.choice([np.nan, 0.5])
    rnd.shuffle(order := list(range(len(rows))))
    found = settle(rows[order].copy(), GROUPS)

    cells: dict[tuple[int, int], dict[int, list[tuple[int, tuple[str, ...]]]]] = {}
    for row in rows:
        axis = int(row["group"]) // GROUPS.per_axis
        cell = (int(row["place"]), int(GROUPS.canonical(np.array([row["group"]]))[0]))
        told = tuple(str(row[name]) for name in ("n", "est", "lwr", "upr"))
        cells.setdefault(cell, {}).setdefault(axis, []).append((int(row["row"]), told))
    kept, others, conflicts, repeated, shared = {}, set(), set(), 0, 0
    for cell, by_axis in cells.items():
        if any(len({told for _, told in of}) > 1 for of in by_axis.values()):
            conflicts.add(cell)
            continue
        first = min(by_axis)
        kept[cell] = (by_axis[first][0][1], sum(1 << axis for axis in by_axis))
        repeated += sum(len(of) - 1 for of in by_axis.values())
        shared += len(by_axis) - 1
        others |= {(axis, *cell) for axis in by_axis if by_axis[axis][0][1] != by_axis[first][0][1]}
    assert {
        (int(row["place"]), int(row["group"])): (
            tuple(str(row[name]) for name in ("n", "est", "lwr", "upr")),
            int(axes),
        )
        for row, axes in zip(found.rows, found.axes, strict=True)
    } == kept
    assert (found.duplicates, found.shared, len(found.conflicts)) == (repeated, shared, len(conflicts))
    assert {
        (int(axis), int(row["place"]), int(row["group"]))
        for row, axis in zip(found.others, found.other_axes, strict=True)
    } == others
    for one, other in found.conflicts.tolist():
        pair = [rows[one], rows[other]]
        assert pair[0]["place"] == pair[1]["place"]
        assert str(pair[0]) != str(pair[1])
