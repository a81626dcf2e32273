"""What gaps between groups go with, for the country and for areas: a declared decomposition of a cohort's rows.

Every figure here is as it is, for the vault; `kansen.protection.gap_parts` decides what of it may be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kansen.cohorts.declarations import Outcome
from kansen.cohorts.decompositions import NUMBERS, PLACES, Between, DecompositionDeclaration
from kansen.geography import Areas
from kansen.measures.frames import Codes, Flags, Floats
from kansen.measures.oaxaca import Design, Parts, decompose, design
from kansen.measures.weights import link_survey
from kansen.moments.grid import Grid

RARE = 20
"""A value of a category that fewer of either group have is taken together with other such values."""

THREEFOLD_OF = "nl"
"""The level of which the threefold form is worked out, too."""


@dataclass(frozen=True)
class GapParts:
    """The parts of one gap in one area, as they are.

    groups : the ids of both groups, a first. n : people of both with the outcome. fewest : of either group, those who
    have a binary outcome or those who have it not, the fewest of these four; for other outcomes the fewest people.
    """

    declared: DecompositionDeclaration
    between: Between
    groups: tuple[str, str]
    level: str
    area: str
    n: tuple[int, int]
    fewest: int
    parts: Parts


def gap_parts(
    rows: Path,
    outcome: Outcome,
    declared: DecompositionDeclaration,
    areas: Areas,
    grid: Grid,
    survey: Path | None = None,
) -> list[GapParts]:
    """Decompose the gaps in an outcome wherever there are enough people, and the covariates let it.

    rows : the file of a cohort. grid : whose members the two groups of a pair are; a pair that it lacks is passed over.
    Rows without the outcome are left out. A number that is not known counts as the mean, and that it is not known as a
    category of the same block. Standard errors are clustered by household. survey : the file of those who answered, for
    a declaration with answers: only they are in it, with their weights, and standard errors are clustered as the sample
    was drawn. How many answered, and not for how many people they stand, decides whether there are enough.
    """
    people = _People.read(rows, outcome, declared, areas, grid, survey)
    found: list[GapParts] = []
    for between in declared.between:
        groups = _groups(grid, between)
        if groups is None:
            continue
        first, second = (people.of_group(between.dimension, id) for id in (between.a, between.b))
        for level, area, chosen in people.places(declared.levels, first, second, declared.least):
            side = first[chosen]
            y = people.y[chosen]
            covariates = people.design(chosen, side, declared, between)
            weight, cluster = people.weight[chosen], _dense(people.cluster[chosen])
            parts = decompose(covariates, y, weight, side, cluster, threefold=level == THREEFOLD_OF)
            if isinstance(parts, str):
                continue
            n = int(side.sum()), int((~side).sum())
            found.append(GapParts(declared, between, groups, level, area, n, _fewest(outcome, y, side), parts))
    return found


def _groups(grid: Grid, between: Between) -> tuple[str, str] | None:
    """The ids of both groups, whoever the parents are; None where the grid lacks one of them."""
    members = {dimension.id: {member.id for member in dimension.members} for dimension in grid.dimensions}
    everybody = next((position.id for position in grid.positions if position.everybody), None)
    wanted = {id: {between.a, between.b} if id == between.dimension else {"all"} for id in members}
    if everybody is None or not all(wanted[id] <= members[id] for id in members):
        return None
    ids = [
        [id if dimension.id == between.dimension else "all" for dimension in grid.dimensions]
        for id in (between.a, between.b)
    ]
    a, b = (f"{grid.axis}={everybody};{';'.join(one)}" for one in ids)
    return a, b


def _fewest(outcome: Outcome, y: Floats, side: Flags) -> int:
    sides = (y[side], y[~side])
    if outcome.kind != "binary":
        return min(len(one) for one in sides)
    return min(min(int((one == 1).sum()), int((one == 0).sum())) for one in sides)


def _dense(codes: Codes) -> Codes:
    """The codes (from -1) without gaps, from 0, in the same order. Without sorting: there are millions of them."""
    return (np.cumsum(np.bincount(codes + 1) > 0) - 1)[codes + 1]


@dataclass(frozen=True)
class _People:
    """Everybody with the outcome. numbers : NaN where not known; categories : codes, -1 where not known."""

    y: Floats
    weight: Floats
    cluster: Codes
    numbers: Mapping[str, Floats]
    categories: Mapping[str, Codes]
    words: Mapping[str, tuple[str, ...]]
    municipality: Codes
    areas: Areas
    grid: Grid

    @classmethod
    def read(
        cls,
        rows: Path,
        outcome: Outcome,
        declared: DecompositionDeclaration,
        areas: Areas,
        grid: Grid,
        survey: Path | None,
    ) -> _People:
        answers = declared.survey
        asked = set(answers.answers) if answers else set[str]()
        columns = {column for block in declared.blocks for column in block.columns} - asked
        compared = {dimension.column for dimension in grid.dimensions}
        categories = sorted((columns - {*NUMBERS, *PLACES}) | compared)
        numbers = sorted(columns & set(NUMBERS))
        table = pq.read_table(rows, columns=["person", "household", "municipality", outcome.id, *numbers, *categories])
        table = table.filter(pc.call_function("is_valid", [table[outcome.id]]))
        if answers and survey:
            table = link_survey(
                table, pq.read_table(survey), on="person",
                answers=[name for name in answers.columns if name != answers.weight], weight=answers.weight,
            )  # fmt: skip
        coded = {name: _coded(table[name]) for name in [*categories, *sorted(asked)]}
        municipality = _placed(table["municipality"], areas.ids("municipality"))
        places = {level: _above(municipality, areas, level) for level in sorted(columns & set(PLACES))}
        return cls(
            _floats(table[outcome.id]),
            _floats(table[answers.weight]) if answers else np.ones(len(table)),
            _coded(table[answers.cluster if answers else "household"])[0],
            {name: _floats(table[name]) for name in numbers},
            {**{name: codes for name, (codes, _) in coded.items()}, **places},
            {name: words for name, (_, words) in coded.items()},
            municipality,
            areas,
            grid,
        )

    def of_group(self, dimension: str, id: str) -> Flags:
        """Who belongs to a group of a dimension."""
        of = next(one for one in self.grid.dimensions if one.id == dimension)
        member = next(one for one in of.members if one.id == id)
        words = self.words[of.column]
        return np.isin(self.categories[of.column], [words.index(code) for code in member.of if code in words])

    def places(
        self, levels: Sequence[str], first: Flags, second: Flags, least: int
    ) -> Iterator[tuple[str, str, NDArray[np.int64]]]:
        """Every level and area in which either group has enough people, and the rows of both there."""
        for level in levels:
            ids = self.areas.ids(level)
            # The country has everybody, whether or not it is known where they lived.
            own = np.zeros(len(self.y), np.int64) if level == "nl" else _above(self.municipality, self.areas, level)
            enough = np.ones(len(ids), np.bool_)
            for side in (first, second):
                enough &= np.bincount(own[side & (own >= 0)], minlength=len(ids)) >= least
            rows = np.flatnonzero((first | second) & (own >= 0) & enough[own])
            order = rows[np.argsort(own[rows], kind="stable")]
            ends = np.searchsorted(own[order], np.arange(len(ids) + 1))
            for area in np.flatnonzero(enough).tolist():
                yield level, ids[area], order[ends[area] : ends[area + 1]]

    def design(
        self, chosen: NDArray[np.int64], side: Flags, declared: DecompositionDeclaration, between: Between
    ) -> Design:
        """The covariates of some rows: what does not vary among them, or is what they are compared by, left out."""
        compared = next(one.column for one in self.grid.dimensions if one.id == between.dimension)
        numbers: list[tuple[str, Floats]] = []
        categories: list[tuple[str, Codes]] = []
        for block in declared.blocks:
            for column in block.columns:
                if column == compared:
                    continue
                if column in self.numbers:
                    values = self.numbers[column][chosen]
                    unknown = np.isnan(values)
                    codes = unknown.astype(np.int64)
                    if unknown.any() and not unknown.all():
                        values = np.where(unknown, values[~unknown].mean(), values)
                    if not unknown.all() and float(np.ptp(values)) > 0:
                        numbers.append((block.id, values))
                else:
                    codes = self.categories[column][chosen]
                joined = together(codes, side)
                if joined.any():
                    categories.append((block.id, joined))
        return design(len(chosen), numbers, categories)


def together(codes: Codes, side: Flags, rare: int = RARE) -> Codes:
    """Codes from 0 without gaps, with values that fewer than `rare` of either group have taken together.

    Where even together these are too few, they count as the value that most have.

    >>> side = np.repeat([True, False], 50)
    >>> together(np.tile(np.repeat([4, 7, 9], [30, 19, 1]), 2), side).max()
    1
    """
    of = _dense(codes)
    of_first, of_second = (np.bincount(of[one], minlength=int(of.max(initial=0)) + 1) for one in (side, ~side))
    few = np.minimum(of_first, of_second) < rare
    if few.all():
        return np.zeros(len(of), np.int64)
    number = np.where(few, few.size, np.arange(few.size))
    if few.any() and min(of_first[few].sum(), of_second[few].sum()) < rare:
        number = np.where(few, int(np.argmax(np.where(few, 0, of_first + of_second))), number)
    return _dense(number[of])


def _coded(column: pa.ChunkedArray) -> tuple[Codes, tuple[str, ...]]:
    """Codes in the order of the words, -1 where there is none; and the words."""
    words = tuple(sorted(pc.call_function("unique", [column.drop_null()]).to_pylist()))
    return _placed(column, words), words


def _placed(column: pa.ChunkedArray, words: Sequence[object]) -> Codes:
    places = pc.call_function("index_in", [column], pc.SetLookupOptions(pa.array(words, column.type)))
    return places.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)


def _above(municipality: Codes, areas: Areas, level: str) -> Codes:
    """The place of the area of a level that each municipality lies in; -1 where not known."""
    if level == "municipality":
        return municipality
    above = areas.parent_index("municipality", level).astype(np.int64)
    return np.where(municipality < 0, -1, above[np.maximum(municipality, 0)])


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
