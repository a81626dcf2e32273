"""What a reader of a release has in hand: the published numbers of every outcome, over all levels, groups and grids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kansen.protection.audit.lattice import DIMENSIONS, Bools, Ints, Lattice
from kansen.protection.audit.regions import Regions

Floats = NDArray[np.float64]

SHARP = 1_000
"""Up to this n, a printed share tells whether it is one of n children."""

OFF = 0.02
"""So large a share of figures that are not, and n is of other children."""


@dataclass(frozen=True)
class Figures:
    """The figures of one outcome as columns, one entry per figure: area and group (numbers), n (-1 unknown), est, lwr,
    upr, noise_sd (0 where exact).
    """

    id: str
    binary: bool
    decimals: int
    area: Ints
    group: Ints
    n: Ints
    est: Floats
    lwr: Floats
    upr: Floats
    noise_sd: Floats

    def __len__(self) -> int:
        return len(self.area)

    @property
    def exact(self) -> Bools:
        """Which figures carry no noise."""
        return self.noise_sd == 0

    def rows(self, which: Ints) -> Figures:
        """Some of them."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: of[which] for name, of in own.items() if isinstance(of, np.ndarray)})

    def ones(self, means: Bools) -> Ints:
        """Children who have a binary outcome, -1 where the printed figure does not tell them.

        means : which groups have a mean, not a prediction. Where n is of other children than the share, n times the
        share is no whole number, but for rounding; then nothing is told.
        """
        if not self.binary:
            return np.full(len(self), -1, dtype=np.int64)
        told = means[self.group] & (self.n >= 0) & (self.n * 0.5 * 10.0**-self.decimals < 0.5) & self.exact
        product = self.n * self.est
        sharp = told & (self.n <= SHARP)
        if sharp.any():
            off = np.abs(product - np.round(product)) > self.n * 0.5 * 10.0**-self.decimals + 1e-6
            if off[sharp].mean() > OFF:
                told = np.zeros(len(self), dtype=bool)
        return np.where(told, np.round(product), -1).astype(np.int64)


@dataclass(frozen=True)
class Outcome:
    """What `outcomes.json` says of an outcome: id, whether it is binary, and of which children it is told."""

    id: str
    binary: bool
    kind: str
    basis: str
    children: str


def read_outcome(content: Mapping[str, Any]) -> Outcome:
    """An entry of `outcomes.json`. Children are those of a cohort, by the basis of their area."""
    kind = str(content["kind"])
    basis = str(content.get("basis", "home"))
    return Outcome(str(content["id"]), kind == "binary", kind, basis, f"{content.get('cohort', '')} {basis}")


@dataclass(frozen=True)
class Material:
    """Everything that the attacks start from. `figures` reads the figures of an outcome."""

    outcomes: tuple[Outcome, ...]
    lattice: Lattice
    regions: Regions
    parameters: Mapping[str, Any]
    figures: Callable[[Outcome], Figures]

    @property
    def cohorts(self) -> tuple[str, ...]:
        """The cohorts of the outcomes."""
        return tuple(dict.fromkeys(outcome.children.partition(" ")[0] for outcome in self.outcomes))

    @property
    def is_primary(self) -> bool:
        """Whether everything that passes the primary rule is told, so that an absent figure has failed it."""
        return str(self.parameters.get("exact", "passing")) == "passing" and "min_n" in self.parameters

    @property
    def has_group_n(self) -> bool:
        """Whether the profile says that n is of the children of the group, the same for all outcomes."""
        return str(self.parameters.get("n", "outcome")) == "group" or self.parameters.get("counted") == "rows"


def read_figures(
    table: pa.Table, outcome: Outcome, lattice: Lattice, regions: Regions, decimals: Mapping[str, int]
) -> Figures:
    """The figures of one outcome (`estimates/outcome=OUTCOME.parquet`) in numbers.

    decimals : digits after the point per kind, as the profile tells; those that are seen otherwise.
    """
    group = _group_numbers(table, lattice)
    level_words, level = coded(table.column("level"))
    area_words, area = coded(table.column("area"))
    index = np.full((len(level_words), len(area_words)), -1, dtype=np.int64)
    for row, word in enumerate(level_words):
        index[row] = [regions.number(word, name) for name in area_words]
    place = index[level, area]
    n = plain(table.column("n"))
    n = np.where(np.isfinite(n), n, -1).astype(np.int64)
    keep = np.flatnonzero((group >= 0) & (place >= 0))
    floats = {name: plain(table.column(name))[keep] for name in ("est", "lwr", "upr", "noise_sd")}
    told = decimals.get(outcome.kind)
    return Figures(
        id=outcome.id,
        binary=outcome.binary,
        decimals=decimals_of(floats["est"]) if told is None else int(told),
        area=place[keep],
        group=group[keep],
        n=n[keep],
        **floats,
    )


def _group_numbers(table: pa.Table, lattice: Lattice) -> Ints:
    axis_words, axis = coded(table.column("axis"))
    columns = [coded(table.column(name)) for name in ("position", *DIMENSIONS)]
    found = np.full(table.num_rows, -1, dtype=np.int64)
    for cube, number in zip(lattice.cubes, lattice.number, strict=True):
        rows = np.flatnonzero(np.array([word == cube.axis for word in axis_words], dtype=bool)[axis])
        if not len(rows):
            continue
        place = np.zeros(len(rows), dtype=np.int64)
        known = np.ones(len(rows), dtype=bool)
        for (words, code), members in zip(columns, cube.members, strict=True):
            at = np.array([members.index(word) if word in members else -1 for word in words], dtype=np.int64)[
                code[rows]
            ]
            known &= at >= 0
            place = place * len(members) + np.maximum(at, 0)
        found[rows] = np.where(known, number[place], -1)
    return found


def decimals_of(values: Floats, most: int = 9) -> int:
    """With how many digits after the point numbers were printed.

    >>> decimals_of(np.array([0.25, 0.125]))
    3
    """
    for decimals in range(most):
        if np.all(np.abs(np.round(values, decimals) - values) <= 1e-12 * np.maximum(np.abs(values), 1)):
            return decimals
    return most


def coded(column: pa.ChunkedArray) -> tuple[list[Any], Ints]:
    """The words of a text column and the place of each value among them."""
    whole = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    joined = whole.combine_chunks()
    joined = joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined
    return joined.dictionary.to_pylist(), joined.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def plain(column: pa.ChunkedArray) -> Floats:
    """A number column as floats, NaN where null."""
    return column.to_numpy(zero_copy_only=False).astype(np.float64)
