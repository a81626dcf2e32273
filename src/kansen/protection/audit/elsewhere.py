"""Numbers that an attacker has from elsewhere: a csv with areas, groups and how many children there are."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kansen.errors import TableError
from kansen.protection.audit.lattice import DIMENSIONS, Ints, Lattice
from kansen.protection.audit.regions import Regions

_PARTS = ("axis", "position", *DIMENSIONS)
_COLUMNS = ("area", "group", *_PARTS, "cohort", "n")


@dataclass(frozen=True)
class Elsewhere:
    """Known cells (area * groups + group) and their numbers of children; of one cohort, or of all when it is None."""

    cohort: str | None
    cell: Ints
    n: Ints


def read_elsewhere(path: Path, lattice: Lattice, regions: Regions, cohorts: Sequence[str]) -> list[Elsewhere]:
    """Read a file of `--known`.

    UTF-8 with a header: `area`, `n`, and either `group` (a group id) or any of axis, position, sex, origin, household
    (what is left out is everybody); `cohort` may be added. Raises `TableError` for anything else, with column and row.
    """
    rows = _rows(path)
    found: dict[str | None, dict[int, int]] = {}
    groups = _groups(lattice)
    for number, row in enumerate(rows, start=2):
        cohort = row.get("cohort") or None
        if cohort is not None and cohort not in cohorts:
            raise TableError("Unknown cohort", where=path, column="cohort", row=number, found=cohort,
                             expected=", ".join(cohorts))  # fmt: skip
        area = _area(row["area"], regions, path, number)
        group = _group(row, lattice, groups, path, number)
        text = row["n"]
        if not text.isascii() or not text.isdigit():
            raise TableError("Not a number of children", where=path, column="n", row=number, found=text or "nothing",
                             expected="a whole number from 0")  # fmt: skip
        cell, n = area * lattice.size + group, int(text)
        if found.setdefault(cohort, {}).setdefault(cell, n) != n:
            raise TableError("Two rows contradict each other", where=path, column="n", row=number, found=n,
                             expected=f"{found[cohort][cell]}, as before", todo="keep one of the two")  # fmt: skip
    return [
        Elsewhere(cohort, np.array(list(cells), dtype=np.int64), np.array(list(cells.values()), dtype=np.int64))
        for cohort, cells in found.items()
    ]


def _rows(path: Path) -> list[dict[str, str]]:
    expected = f"a csv with the columns area, n, and group or any of {', '.join(_PARTS)}"
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle, restkey="", restval="")
            columns = list(reader.fieldnames or ())
            unknown = [name for name in columns if name not in _COLUMNS]
            if unknown or "area" not in columns or "n" not in columns or len(set(columns)) != len(columns):
                raise TableError("Known numbers have other columns", where=path, column=unknown[0] if unknown else None,
                                 found=", ".join(columns) or "an empty file", expected=expected)  # fmt: skip
            if "group" in columns and set(columns) & set(_PARTS):
                raise TableError("Known numbers name their groups twice", where=path, column="group",
                                 found=", ".join(columns), expected=expected)  # fmt: skip
            rows = []
            for number, row in enumerate(reader, start=2):
                if "" in row:
                    raise TableError("A row has more values than there are columns", where=path, row=number,
                                     found=", ".join(map(str, row[""])), expected=f"{len(columns)} values")  # fmt: skip
                rows.append({name: value.strip() for name, value in row.items()})
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError("Known numbers cannot be read", where=path, found=error, expected=expected) from error
    if not rows:
        raise TableError("Known numbers have no rows", where=path, expected="at least one area with its n")
    return rows


def _area(id: str, regions: Regions, path: Path, row: int) -> int:
    for level in regions.levels:
        number = regions.number(level, id)
        if number >= 0:
            return number
    raise TableError("Unknown area", where=path, column="area", row=row, found=id or "nothing",
                     expected="an area of the levels that have figures: " + ", ".join(regions.levels))  # fmt: skip


def _groups(lattice: Lattice) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    for cube, number in zip(lattice.cubes, lattice.number, strict=True):
        for place, words in enumerate(np.ndindex(*cube.shape)):
            found[(cube.axis, *(cube.members[d][m] for d, m in enumerate(words)))] = int(number[place])
    return found


def _group(row: dict[str, str], lattice: Lattice, groups: dict[tuple[str, ...], int], path: Path, number: int) -> int:
    if "group" in row:
        axis, _, rest = row["group"].partition("=")
        words = (axis, *rest.split(";"))
        if words in groups:
            return groups[words]
        raise TableError("Unknown group", where=path, column="group", row=number, found=row["group"] or "nothing",
                         expected="a group id such as " + _example(lattice))  # fmt: skip
    cube = next((cube for cube in lattice.cubes if cube.axis == row.get("axis")), lattice.cubes[0])
    if row.get("axis") and cube.axis != row["axis"]:
        raise TableError("Unknown axis", where=path, column="axis", row=number, found=row["axis"],
                         expected=", ".join(cube.axis for cube in lattice.cubes))  # fmt: skip
    words = [cube.axis]
    for name, members in zip(_PARTS[1:], cube.members, strict=True):
        value = row.get(name) or members[0]
        if value not in members:
            raise TableError(f"Unknown {name}", where=path, column=name, row=number, found=value,
                             expected=", ".join(members))  # fmt: skip
        words.append(value)
    return groups[tuple(words)]


def _example(lattice: Lattice) -> str:
    cube = lattice.cubes[0]
    return f"{cube.axis}={';'.join(members[0] for members in cube.members)}"
