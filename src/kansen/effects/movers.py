"""Exposure effects: what every year of childhood in a place is worth, from children who moved.

After Chetty and Hendren (2018), "The impacts of neighborhoods on intergenerational mobility I: childhood exposure
effects", Quarterly Journal of Economics 133. Families choose where they go, but within an origin the age at which a
child moved says how long it lived in the new place. For a child that moved from o to d at age m, with D the difference
between what permanent residents of d and of o reach with parents of the same rank,

    y = a(o, parental position, birth year) + c(m) + chosen * D + per_year * (until - m) * D + error

`per_year` is the share of the difference between two places that a year makes. Errors are clustered by origin and
destination. D is measured on other households (leave one out) and shrunk to what is known of the region, so that its
own noise does not make the effect look smaller.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kansen.effects.regress import Estimate, Fit, codes, fit, numbers, table_of
from kansen.errors import InputError
from kansen.precision import shrink

Floats = NDArray[np.float64]
Wholes = NDArray[np.int64]

FEWEST = 10
"""Movers behind any figure that is told."""

FEWEST_MOVERS = 200
FEWEST_CLUSTERS = 20

_COLUMNS = {
    "household": "whole",
    "birth_year": "whole",
    "income_rank": "number",
    "origin": "text",
    "destination": "text",
    "age_at_move": "number",
}


@dataclass(frozen=True)
class Exposure:
    """What moving tells.

    Attributes
    ----------
    per_year : share of the difference between two places that a year makes; `chosen` : that part of it that does not
        depend on age, which is who moves where.
    by_age : share of the difference that children have who moved at that age, ages with fewer than ten movers left out.
    placebos : what must be about 0: `late` (the slope over ages from `until` on) and `other_cohort` (years in a place
        that was better for the cohort five years apart only); and what must be about `per_year`: `siblings` (between
        children of one family) and `own_cohort` (years in a place that was better for this cohort only).
    movers, residents, dropped : rows used as movers and as permanent residents, and rows left out (a value missing, or
        no positive income where its logarithm is taken).
    until : age from which years no longer count. outcome : its column, and `log` when its logarithm was taken.
    born : first and last year of birth of the movers.
    """

    per_year: Estimate
    chosen: Estimate
    by_age: tuple[Estimate, ...]
    placebos: tuple[Estimate, ...]
    movers: int
    residents: int
    dropped: int
    until: float
    outcome: str
    log: bool
    born: tuple[int, int]


def exposure(
    people: Any,
    outcome: str,
    *,
    until: float = 23.0,
    log: bool = True,
    positions: int = 5,
    shift: int = 5,
) -> Exposure:
    """The exposure effect from a frame of children.

    people : one row per child: household, birth_year, income_rank (of the parents, 0 to 1), origin, destination and
    age_at_move (both null for permanent residents), and the outcome. Arrow, pandas or polars.
    until : the age from which years no longer count; moves from then on are the placebo. log : take the logarithm of
    the outcome (an income), leaving out what is not positive. positions : bands of parental rank in the fixed effects.
    shift : years between a cohort and the other one in the placebo.

    `InputError` for a column that is missing or of another kind, ranks outside 0 to 1, and fewer than 200 movers, 20
    pairs of origin and destination or 6 regions.
    """
    table = table_of(people, {**_COLUMNS, outcome: "number"}, "The people")
    data = _Data.of(table, outcome, log)
    if data.movers.sum() < FEWEST_MOVERS or len(data.regions) < 6:
        raise InputError(
            "There are too few movers to tell an effect from",
            found=f"{int(data.movers.sum())} movers between {len(data.regions)} regions",
            expected=f"{FEWEST_MOVERS} movers and 6 regions, or more",
        )
    difference = _differences(data)
    cells = _Cells(data, difference, until, positions)
    main = cells.fit("years", data.movers & (data.age <= until))
    if main.clusters < FEWEST_CLUSTERS:
        raise InputError(
            "There are too few pairs of origin and destination",
            found=f"{main.clusters} pairs",
            expected=f"{FEWEST_CLUSTERS} or more: take smaller regions",
        )
    own, other = (_cohort_differences(data, years) for years in (0, shift))
    return Exposure(
        per_year=main.estimate("years", "per_year"),
        chosen=main.estimate("difference", "chosen"),
        by_age=cells.by_age(),
        placebos=(cells.late(), cells.siblings(), *cells.cohorts(own, other)),
        movers=int(data.movers.sum()),
        residents=int((~data.movers).sum()),
        dropped=table.num_rows - len(data.y),
        until=until,
        outcome=outcome,
        log=log,
        born=(int(data.born[data.movers].min()), int(data.born[data.movers].max())),
    )


@dataclass(frozen=True)
class _Data:
    """Rows without a missing value. origin, destination : positions in `regions`, the same but for movers."""

    y: Floats
    rank: Floats
    household: Wholes
    born: Wholes
    origin: Wholes
    destination: Wholes
    age: Floats
    movers: NDArray[np.bool_]
    regions: tuple[str, ...]

    @classmethod
    def of(cls, table: pa.Table, outcome: str, log: bool) -> _Data:
        rank, y, age = (numbers(table, name) for name in ("income_rank", outcome, "age_at_move"))
        if (rank < 0).any() or (rank > 1).any():
            raise InputError("A parental rank lies outside 0 to 1", column="income_rank", expected="a fraction")
        both = pa.chunked_array([*table["origin"].chunks, *table["destination"].chunks])
        place, regions = codes(both)
        origin, destination = place[: table.num_rows], place[table.num_rows :]
        movers = (destination >= 0) & (destination != origin)
        household = numbers(table, "household")
        born = numbers(table, "birth_year")
        known = ~np.isnan(rank) & np.isfinite(y) & (origin >= 0) & ~np.isnan(household) & ~np.isnan(born)
        known &= ~movers | (np.nan_to_num(age, nan=-1.0) >= 0)
        known &= (y > 0) if log else True
        rows = np.flatnonzero(known)
        value = np.log(y[rows]) if log else y[rows]
        return cls(
            value, rank[rows], household[rows].astype(np.int64), born[rows].astype(np.int64), origin[rows],
            np.where(movers, destination, origin)[rows], np.where(movers, age, 0.0)[rows], movers[rows], tuple(regions),
        )  # fmt: skip


_MIDDLE = 0.5


def _added(keys: Wholes, values: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(keys, values, size), np.float64)


class _Residents:
    """Sums over permanent residents by key, and what is left of them without one household."""

    def __init__(self, data: _Data, keys: Wholes, size: int) -> None:
        self.rows = np.flatnonzero(~data.movers)
        self.keys, self.size = keys, size
        self.base = int(data.household.max(initial=0)) + 1
        mine = keys[self.rows] * self.base + data.household[self.rows]
        self.pairs, self.which = np.unique(mine, return_inverse=True)

    def sums(self, columns: Floats) -> Floats:
        """Per key; columns and answer have one row per column, shapes (k, residents) and (k, keys)."""
        return np.stack([_added(self.keys[self.rows], of, self.size) for of in columns])

    def by_household(self, columns: Floats) -> Floats:
        """Per pair of key and household, shape (k, pairs)."""
        return np.stack([_added(self.which, of, len(self.pairs)) for of in columns])

    def without(self, columns: Floats, keys: Wholes, household: Wholes) -> Floats:
        """Sums per key less those of a household, shape (k, asked)."""
        asked = keys * self.base + household
        place = np.minimum(np.searchsorted(self.pairs, asked), len(self.pairs) - 1)
        own = np.where(self.pairs[place] == asked, self.by_household(columns)[:, place], 0.0)
        return self.sums(columns)[:, keys] - own

    def squares(self, column: Floats, other: Floats) -> Floats:
        """Per key, products of the sums of its households: what clustered errors are made of. Shape (keys,)."""
        a, b = self.by_household(np.stack([column, other]))
        return _added(self.pairs // self.base, a * b, self.size)


def _lines(sums: Floats) -> tuple[Floats, Floats]:
    """Level in the middle and slope of y on parental rank, of sums of 1, x, y, xx, xy; NaN with too little to tell."""
    n, sx, sy, sxx, sxy = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = sxx - sx * sx / n
        slope = np.where((n >= 3) & (spread > 1e-9 * n), (sxy - sx * sy / n) / spread, np.nan)
        return (sy - slope * sx) / n, slope


def _differences(data: _Data) -> Floats:
    """D of each mover, NaN for residents: what residents of the destination reach less those of the origin.

    By lines in parental rank without the child's own household, shrunk over regions: the true line is then what is used
    plus something that does not depend on it, so the effect is not made smaller.
    """
    size = len(data.regions)
    residents = _Residents(data, data.origin, size)
    x, y, region = data.rank[residents.rows] - _MIDDLE, data.y[residents.rows], data.origin[residents.rows]
    columns = np.stack([np.ones(len(x)), x, y, x * x, x * y])
    sums = residents.sums(columns)
    level, slope = _lines(sums)
    residual = np.nan_to_num(y - level[region] - slope[region] * x)
    lines = [shrink(of, se) for of, se in zip((level, slope), _line_errors(residents, sums, residual, x), strict=True)]
    movers = np.flatnonzero(data.movers)

    def expected(of: Wholes) -> Floats:
        found = _lines(residents.without(columns, of[movers], data.household[movers]))
        parts = [
            line.prior[of[movers]] + line.weight[of[movers]] * (own - line.prior[of[movers]])
            for line, own in zip(lines, found, strict=True)
        ]
        return parts[0] + parts[1] * (data.rank[movers] - _MIDDLE)

    found = np.full(len(data.y), np.nan)
    found[movers] = expected(data.destination) - expected(data.origin)
    return found


def _line_errors(residents: _Residents, sums: Floats, residual: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Standard errors of level and slope per region, clustered by household."""
    n, sx, _, sxx, _ = sums
    pairs = ((residual, residual), (residual, residual * x), (residual * x, residual * x))
    uu, uv, vv = (residents.squares(*pair) for pair in pairs)
    with np.errstate(divide="ignore", invalid="ignore"):
        determinant = n * sxx - sx * sx
        level = (sxx**2 * uu - 2 * sxx * sx * uv + sx**2 * vv) / determinant**2
        slope = (sx**2 * uu - 2 * sx * n * uv + n**2 * vv) / determinant**2
    # Fewer than three people, or one rank only: no line, so no error.
    usable = (n >= 3) & (determinant > 1e-9 * n * n)
    return np.where(usable, np.sqrt(np.maximum(level, 0)), np.nan), np.where(
        usable, np.sqrt(np.maximum(slope, 0)), np.nan
    )


def _cohort_differences(data: _Data, shift: int) -> Floats:
    """The same for what is of one cohort only: how residents born in a year differ from their region's line.

    shift : years that the cohort is away from the child's own, later where there is one and else earlier; NaN where
    there is none.
    """
    first, size = int(data.born.min()), int(data.born.max() - data.born.min()) + 1
    cohort = data.born - first
    residents = _Residents(data, data.origin * size + cohort, len(data.regions) * size)
    x, y, region = data.rank[residents.rows] - _MIDDLE, data.y[residents.rows], data.origin[residents.rows]
    regions = _Residents(data, data.origin, len(data.regions))
    level, slope = _lines(regions.sums(np.stack([np.ones(len(x)), x, y, x * x, x * y])))
    residual = np.nan_to_num(y - level[region] - slope[region] * x)
    columns = np.stack([np.ones(len(x)), residual])
    n, total = residents.sums(columns)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, se = total / n, np.sqrt(residents.squares(residual, residual)) / n
    small = shrink(mean, np.where(n >= 3, se, np.nan))
    movers = np.flatnonzero(data.movers)
    other = np.where(cohort[movers] + shift < size, cohort[movers] + shift, cohort[movers] - shift)

    def expected(of: Wholes) -> Floats:
        keys = of[movers] * size + np.maximum(other, 0)
        left, rest = residents.without(columns, keys, data.household[movers])
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(
                other >= 0, small.prior[keys] + small.weight[keys] * (rest / left - small.prior[keys]), np.nan
            )

    found = np.full(len(data.y), np.nan)
    found[movers] = expected(data.destination) - expected(data.origin)
    return found


class _Cells:
    """Regressions on movers with their fixed effects."""

    def __init__(self, data: _Data, difference: Floats, until: float, positions: int) -> None:
        self.data, self.until = data, until
        band = np.minimum((data.rank * positions).astype(np.int64), positions - 1)
        born = data.born - data.born.min()
        at_age = np.floor(data.age).astype(np.int64)
        self.columns: dict[str, Any] = {
            "y": data.y,
            "difference": difference,
            "years": difference * (until - data.age),
            "after": difference * (data.age - until),
            "cell": (data.origin * positions + band) * (int(born.max(initial=0)) + 1) + born,
            "at_age": at_age,
            "household": data.household,
            "born": born,
            "pair": data.origin * len(data.regions) + data.destination,
        }

    def rows(self, which: NDArray[np.bool_], more: dict[str, Floats] | None = None) -> dict[str, Any]:
        """Some rows of the columns, and more columns; those with a missing value left out."""
        columns = {**self.columns, **(more or {})}
        known = which & ~np.isnan(self.columns["difference"])
        for values in (more or {}).values():
            known &= ~np.isnan(values)
        return {name: values[known] for name, values in columns.items()}

    def fit(self, slope: Literal["years", "after"], which: NDArray[np.bool_]) -> Fit:
        """The difference, and the difference times years, of some movers."""
        return fit(self.rows(which), f"y ~ difference + {slope} | cell + at_age", "pair")

    def by_age(self) -> tuple[Estimate, ...]:
        """The share of the difference that children have, by age at the move; each rests on the movers of that age."""
        data, at_age = self.data, self.columns["at_age"]
        ages, counts = np.unique(at_age[data.movers], return_counts=True)
        told = ages[counts >= FEWEST].tolist()
        share = {f"age{age}": np.where(at_age == age, self.columns["difference"], 0.0) for age in told}
        rows = self.rows(data.movers & np.isin(at_age, told), share)
        found = fit(rows, f"y ~ {' + '.join(share)} | cell + at_age", "pair")
        people = dict(zip(*np.unique(rows["at_age"], return_counts=True), strict=True))
        by_age = [(found.estimate(f"age{age}", str(age)), int(people.get(age, 0))) for age in told]
        return tuple(replace(one.over(own), rows=own) for one, own in by_age if own >= FEWEST)

    def late(self) -> Estimate:
        """The slope over ages at which years no longer count: about 0."""
        late = self.data.movers & (self.data.age > self.until)
        if late.sum() < FEWEST_MOVERS:
            return Estimate.nothing("late", "too_few_movers", int(late.sum()))
        found = self.fit("after", late)
        if found.clusters < FEWEST_CLUSTERS:
            return Estimate.nothing("late", "too_few_pairs", found.rows, found.clusters)
        return found.estimate("after", "late")

    def siblings(self) -> Estimate:
        """The effect between children of one family, who went the same way at different ages: about `per_year`."""
        young = self.data.movers & (self.data.age <= self.until)
        homes, counts = np.unique(self.data.household[young], return_counts=True)
        together = young & np.isin(self.data.household, homes[counts > 1])
        if together.sum() < FEWEST_MOVERS:
            return Estimate.nothing("siblings", "too_few_movers", int(together.sum()))
        found = fit(self.rows(together), "y ~ years | household + born", "pair")
        if found.clusters < FEWEST_CLUSTERS:
            return Estimate.nothing("siblings", "too_few_pairs", found.rows, found.clusters)
        return found.estimate("years", "siblings")

    def cohorts(self, own: Floats, other: Floats) -> tuple[Estimate, Estimate]:
        """Years in a place that was better for the child's own cohort only, and for another one only."""
        years = self.until - self.data.age
        more = {"own": own, "own_years": own * years, "other": other, "other_years": other * years}
        rows = self.rows(self.data.movers & (self.data.age <= self.until), more)
        names = ("own_cohort", "other_cohort")
        if len(rows["y"]) < FEWEST_MOVERS:
            few = [Estimate.nothing(name, "too_few_movers", len(rows["y"])) for name in names]
            return few[0], few[1]
        if min(float(np.std(of)) for of in (rows["own"], rows["other"])) < 1e-12:
            none = [Estimate.nothing(name, "no_variation", len(rows["y"])) for name in names]
            return none[0], none[1]
        found = fit(rows, "y ~ difference + years + own + own_years + other + other_years | cell + at_age", "pair")
        return found.estimate("own_years", names[0]), found.estimate("other_years", names[1])
