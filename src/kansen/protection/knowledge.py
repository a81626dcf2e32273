"""What a reader of a release knows: published numbers, and the equations that everybody knows they obey.

Everything here is made from public material: the figures, the groups and the areas of a release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kansen.geography import Areas

UNKNOWN = -1
DIMENSIONS = ("sex", "origin", "household")

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class GroupCube:
    """The groups of one axis as a cube: position, sex, origin, household, in the order of `groups.json`.

    `whole` says which positions hold everybody; `categories` the codes of the others, unless they are bands of a rank.
    """

    axis: str
    members: tuple[tuple[str, ...], ...]
    codes: tuple[tuple[frozenset[str], ...], ...]
    whole: tuple[bool, ...]
    categories: tuple[frozenset[str], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of positions, sexes, origins and households."""
        return tuple(len(of) for of in self.members)

    @property
    def size(self) -> int:
        """Number of groups."""
        return int(np.prod(self.shape))

    def everybody(self) -> NDArray[np.bool_]:
        """Which groups are of the position that holds everybody, bool [groups]."""
        return np.repeat(np.array(self.whole), self.size // len(self.whole))


def read_cube(groups: Mapping[str, Any], axis: str) -> GroupCube:
    """The cube of one axis, from the content of `groups.json`."""
    of = next(item for item in groups["axes"] if item["id"] == axis)
    positions = of["positions"]
    return GroupCube(
        axis=axis,
        members=(tuple(p["id"] for p in positions), *(tuple(m["id"] for m in groups[d]) for d in DIMENSIONS)),
        codes=tuple(tuple(frozenset(m["of"]) for m in groups[d]) for d in DIMENSIONS),
        whole=tuple(not p["range"] and not p.get("of") for p in positions),
        categories=tuple(frozenset(p.get("of") or ()) for p in positions),
    )


@dataclass(frozen=True)
class Equations:
    """Sums among the groups of one area: group `whole[e]` holds the disjoint groups part[start[e]:start[e + 1]].

    Where `exact[e]`, it holds nobody else, so that one unknown follows from the others; otherwise it may, and only an
    empty rest tells something.
    """

    whole: Ints
    start: Ints
    part: Ints
    exact: NDArray[np.bool_]


def equations(cube: GroupCube) -> Equations:
    """Every declared sum: along sex, origin and household, and the bands of rank or the categories within everybody.

    Categories of the parents are taken to hold everybody together, as they do in every cohort that has them.

    >>> from kansen.moments import load_grid
    >>> cube = read_cube(load_grid().public(), "income")
    >>> int(equations(cube).exact.sum())      # 144 of men and women, 162 of origins
    306
    """
    parts_of_all = [position for position, whole in enumerate(cube.whole) if not whole]
    single = tuple(position for position in parts_of_all if len(cube.categories[position]) == 1)
    found: list[tuple[int, int, tuple[int, ...], bool]] = []
    for everybody, whole in enumerate(cube.whole):
        if whole and single:
            found.append((0, everybody, single, True))
        elif whole:
            found += [(0, everybody, (band,), False) for band in parts_of_all]
    for number, codes in enumerate(cube.codes, start=1):
        found += [(number, whole, parts, exact) for whole, parts, exact in _sums(codes)]
    flat = np.arange(cube.size).reshape(cube.shape)
    wholes, parts, exacts = [], [], []
    for dimension, whole, members, exact in found:
        lines = np.moveaxis(flat, dimension, -1).reshape(-1, cube.shape[dimension])
        wholes.append(lines[:, whole])
        parts += list(lines[:, list(members)])
        exacts.append(np.full(len(lines), exact))
    return Equations(
        whole=np.concatenate(wholes),
        start=np.cumsum([0, *(len(of) for of in parts)]).astype(np.int64),
        part=np.concatenate(parts),
        exact=np.concatenate(exacts),
    )


def _sums(codes: Sequence[frozenset[str]]) -> list[tuple[int, tuple[int, ...], bool]]:
    """Which members are sums of others: of all single codes within them, and of two members that make them up."""
    single = {next(iter(of)): member for member, of in enumerate(codes) if len(of) == 1}
    found = []
    for whole, of in enumerate(codes):
        inside = tuple(sorted(single[code] for code in of if code in single))
        if len(of) > 1 and inside:
            found.append((whole, inside, len(inside) == len(of)))
        for one, other in combinations(range(len(codes)), 2):
            if (
                len(codes[one]) + len(codes[other]) == len(of)
                and codes[one] | codes[other] == of
                and {
                    one,
                    other,
                }
                != set(inside)
            ):
                found.append((whole, (one, other), True))
    return found


@dataclass(frozen=True)
class Nesting:
    """Areas of `child` that make up areas of `parent`: parent p has the children child_area[start[p]:start[p + 1]]."""

    child: str
    parent: str
    start: Ints
    child_area: Ints


def nestings(areas: Areas, levels: Sequence[str]) -> list[Nesting]:
    """Every pair of released levels of which one lies in the other, the nearest ones first."""
    found = []
    for child in reversed(levels):
        for parent in areas.info(child).within:
            if parent in levels:
                of = areas.parent_index(child, parent)
                known = np.flatnonzero(of >= 0)
                order = known[np.argsort(of[known], kind="stable")]
                counts = np.bincount(of[known], minlength=len(areas.ids(parent)))
                found.append(Nesting(child, parent, np.concatenate([[0], np.cumsum(counts)]), order))
    return found


@dataclass(frozen=True)
class Published:
    """The published numbers of one outcome: per level an array [areas, groups], UNKNOWN where nothing is published.

    `shown` says where there is a figure; `n` holds children, `ones` children who have a binary outcome (where the share
    is printed with enough digits to tell), both only where they can be read.
    """

    shown: dict[str, NDArray[np.bool_]]
    n: dict[str, Ints]
    ones: dict[str, Ints]


def read_published(table: pa.Table, cube: GroupCube, areas: Areas, binary: bool, decimals: int) -> Published:
    """Arrange the figures of one outcome (`estimates/outcome=OUTCOME.parquet`) by level, area and group.

    decimals : digits after the point of a printed share. The position `all` is one cell that every axis shares, under
    whichever axis it is stored. Figures that carry noise count as not published: nothing exact follows from them.
    """
    group, usable = _group_numbers(table, cube)
    usable &= _plain(table.column("noise_sd")) == 0
    level_words, level_code = _coded(table.column("level"))
    area_words, area_code = _coded(table.column("area"))
    n = table.column("n").to_numpy(zero_copy_only=False)
    n = np.where(np.isnan(n), UNKNOWN, n).astype(np.int64) if n.dtype.kind == "f" else n.astype(np.int64)
    est = _plain(table.column("est"))
    everybody = cube.everybody()
    error = 0.5 * 10.0**-decimals
    found = Published({}, {}, {})
    for number, level in enumerate(level_words):
        rows = np.flatnonzero(usable & (level_code == number))
        index = areas.index(level)
        place = np.array([index.get(word, -1) for word in area_words], dtype=np.int64)[area_code[rows]]
        at = (place, group[rows])
        size = (len(areas.ids(level)), cube.size)
        shown, count, ones = np.zeros(size, bool), np.full(size, UNKNOWN), np.full(size, UNKNOWN)
        shown[at], count[at] = True, n[rows]
        if binary:
            told = everybody[group[rows]] & (n[rows] >= 0) & (n[rows] * error < 0.5)
            ones[at] = np.where(told, np.round(n[rows] * est[rows]), UNKNOWN)
        found.shown[level], found.n[level], found.ones[level] = shown, count, ones
    return found


def decimals_of(values: NDArray[np.float64], most: int = 9) -> int:
    """With how many digits after the point numbers were printed.

    >>> decimals_of(np.array([0.25, 0.125]))
    3
    """
    for decimals in range(most):
        if np.all(np.abs(np.round(values, decimals) - values) <= 1e-12 * np.maximum(np.abs(values), 1)):
            return decimals
    return most


def _group_numbers(table: pa.Table, cube: GroupCube) -> tuple[Ints, NDArray[np.bool_]]:
    axis_words, axis = _coded(table.column("axis"))
    number = np.zeros(table.num_rows, dtype=np.int64)
    known = np.ones(table.num_rows, dtype=bool)
    for name, members in zip(("position", *DIMENSIONS), cube.members, strict=True):
        words, code = _coded(table.column(name))
        place = np.array([members.index(word) if word in members else -1 for word in words], dtype=np.int64)[code]
        known &= place >= 0
        if name == "position":
            own = np.array([word == cube.axis for word in axis_words])[axis]
            known &= own | np.array(cube.whole)[place]
        number = number * len(members) + place
    return number, known


def _coded(column: pa.ChunkedArray) -> tuple[list[str], Ints]:
    whole = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    joined = whole.combine_chunks()
    joined = joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined
    return joined.dictionary.to_pylist(), joined.indices.to_numpy().astype(np.int64)


def _plain(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return column.to_numpy(zero_copy_only=False)
