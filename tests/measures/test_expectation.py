"""Expectations against independent least squares, cell by cell, awkward cells included."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from kansen import moments
from kansen.geography import load_areas
from kansen.measures import Least, expectation, expectations
from kansen.measures.expectation import t_quantiles
from kansen.moments import Cells, Grid
from kansen.moments.kernels import FIELDS, LANES, merge, observe
from moments import worlds

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"

MOST = 1500
"""Cells of a cohort that are compared with the library."""

AT = 0.10
"""Where the band `very_low` is evaluated."""


@pytest.fixture(scope="module")
def grid() -> Grid:
    return moments.load_grid()


def one_cell(grid: Grid, position: str, x: Sequence[float], y: Sequence[float], pieces: int = 1) -> Cells:
    """A cell of these children, merged from `pieces` parts."""
    group = next(i for i, name in enumerate(grid.groups) if name == f"income={position};all;all;all")
    cell, more = np.zeros((1, FIELDS, LANES)), np.zeros((1, FIELDS, LANES))
    for part in np.array_split(np.arange(len(x)), pieces):
        observe(np.tile(np.asarray(y, float)[part, None], LANES), np.asarray(x, float)[part], 0, len(part), more, 0)
        merge(cell, more)
    counts = [np.array([number], np.int32) for number in (0, group, len(x), *cell[0, :2, 0])]
    return Cells("c35_y", "nl", ("NL",), grid.groups, *counts, *cell[0, 2:, :1])


def estimate(grid: Grid, position: str, x: Sequence[float], y: Sequence[float], pieces: int = 1) -> tuple[float, ...]:
    found = expectation(one_cell(grid, position, x, y, pieces), grid)
    return float(found.est[0]), float(found.lwr[0]), float(found.upr[0])


def least_squares(x: np.ndarray, y: np.ndarray, at: float | None) -> tuple[float, float, float]:
    """The same by a library: ordinary least squares by QR, prediction of the mean with its 95 % interval."""
    design = np.ones((len(y), 1)) if at is None else sm.add_constant(x, has_constant="add")
    fitted = sm.OLS(y, design).fit(method="qr")
    told = fitted.get_prediction([[1.0]] if at is None else [[1.0, at]])
    low, high = told.conf_int(alpha=0.05)[0]
    return float(told.predicted_mean[0]), float(low), float(high)


def close(found: Sequence[float], expected: Sequence[float], rtol: float = 1e-9) -> None:
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-12 * max(abs(e) for e in expected))


@pytest.mark.parametrize("pieces", [1, 2, 7])
@pytest.mark.parametrize("size", [3, 4, 11, 200, 5000])
@pytest.mark.parametrize("unit", [1.0, 1e6])
def test_lines_equal_least_squares(grid: Grid, size: int, pieces: int, unit: float) -> None:
    rng = np.random.default_rng(size)
    x = rng.uniform(0, 0.2, size)
    y = unit * (1 + 3 * x + rng.normal(0, 0.3, size))
    close(estimate(grid, "very_low", x, y, pieces), least_squares(x, y, AT))
    close(estimate(grid, "all", x, y, pieces), least_squares(x, y, None))


def test_binary_outcomes_are_the_same_line(grid: Grid) -> None:
    rng = np.random.default_rng(2)
    for size in range(3, 60):
        x, y = rng.uniform(0, 0.2, size).round(3), (rng.random(size) < 0.4).astype(float)
        y[0], y[1] = 0.0, 1.0
        if np.ptp(x) == 0:
            continue
        close(estimate(grid, "very_low", x, y, 3), least_squares(x, y, AT))


def test_small_spread_far_from_zero(grid: Grid) -> None:
    rng = np.random.default_rng(3)
    x, y = 0.15 + rng.uniform(0, 1e-4, 40), 1e6 + rng.normal(0, 1, 40)
    found = estimate(grid, "very_low", x, y, 4)
    shifted = least_squares(x - 0.15, y - 1e6, AT - 0.15)
    np.testing.assert_allclose(np.array(found) - 1e6, shifted, rtol=1e-6)


@pytest.mark.parametrize("axis", ["income", "wealth", "education", "one line"])
def test_every_cell_of_a_cohort(axis: str) -> None:
    grid = moments.load_grid("income", EXAMPLES / "one-line.toml") if axis == "one line" else moments.load_grid(axis)
    table, areas = worlds.cohort(np.random.default_rng(4), 600), load_areas()
    [(_, found)] = moments.compute(table, areas, grid, [worlds.outcome()])
    estimates = {level: expectation(cells, grid) for level, cells in found.items()}
    room, prepared = moments.Room(), moments.prepare(table, areas, grid)
    [(_, together)] = expectations(prepared, [worlds.outcome()], room)
    for level, figures in estimates.items():
        for name in ("rows", "n", "ones", "area", "group", "est"):
            one, other = getattr(figures, name), getattr(together[level], name)
            assert one.tobytes() == other.tobytes(), (level, name)
        for name in ("lwr", "upr"):
            # From the children themselves where moments have lost digits.
            np.testing.assert_allclose(getattr(figures, name), getattr(together[level], name), rtol=1e-6)
        estimates[level] = together[level]
    place = {
        (level, areas.ids(level)[a], int(g)): i
        for level, e in estimates.items()
        for i, (a, g) in enumerate(zip(e.area, e.group, strict=True))
    }
    inner = len(grid.groups) // len(grid.positions)
    compared = 0
    for cell in worlds.cells(table, grid, areas, "c35_y"):
        e, i = estimates[cell.level], place[cell.level, cell.area, cell.group]
        at = grid.positions[cell.group // inner].at
        seen = ~np.isnan(cell.y)
        x, y = cell.x[seen], cell.y[seen]
        slope = at is not None and len(x) > 1 and np.ptp(x) > 0
        left = len(y) - 1 - slope
        assert e.n[i] == len(y)
        if len(y) == 0:
            assert np.isnan(e.est[i])
        elif left <= 0:
            expected = y[0] if len(y) == 1 else y[0] + (y[1] - y[0]) / (x[1] - x[0]) * (at - x[0])
            np.testing.assert_allclose(e.est[i], expected, rtol=1e-9)
            assert np.isnan(e.lwr[i])
            assert np.isnan(e.upr[i])
        elif compared < MOST:
            compared += 1
            expected = least_squares(x, y, at if slope else None)
            close((e.est[i], e.lwr[i], e.upr[i]), expected)
    assert compared == MOST


def test_cells_with_too_few_are_left_out_when_asked(grid: Grid) -> None:
    table = worlds.cohort(np.random.default_rng(4), 600)
    binary, prepared = worlds.outcome("c35_b", "binary"), moments.prepare(table, load_areas(), grid)
    [(_, every)] = expectations(prepared, [binary], moments.Room())
    [(_, some)] = expectations(prepared, [binary], moments.Room(), lambda _: Least(10, 4, 5))
    assert sum(map(len, some.values())) > 100
    for level, all_of in every.items():
        keep = (all_of.n >= 10) & (all_of.ones >= 4) & (all_of.n - all_of.ones >= 5)
        for name in ("rows", "n", "ones", "area", "group", "est", "lwr", "upr"):
            assert getattr(all_of, name)[keep].tobytes() == getattr(some[level], name).tobytes(), (level, name)


def test_quantiles_far_out_meet_the_exact_ones() -> None:
    df = np.array([19_999, 20_000, 20_001, 50_000, 10**6])
    np.testing.assert_allclose(t_quantiles(df, 0.95), stats.t.ppf(0.975, df), rtol=2e-15)


@pytest.mark.parametrize("level", ["nl", "municipality", "wijk", "pc3", "pc4"])
def test_children_of_a_cell_are_found(grid: Grid, level: str) -> None:
    table, areas = worlds.cohort(np.random.default_rng(8), 300), load_areas()
    prepared = moments.prepare(table, areas, grid)
    structure = next(one for one in prepared.structures if level in one.levels)
    first = structure.cells_of(level).start
    place = {
        (areas.ids(level)[structure.area[first + i]], int(structure.group[first + i])): first + i
        for i in range(structure.cells_of(level).stop - first)
    }
    y = table.column("c35_y").to_numpy(zero_copy_only=False)
    for cell in worlds.cells(table, grid, areas, "c35_y"):
        if cell.level == level:
            found = structure.children(place[cell.area, cell.group])
            np.testing.assert_array_equal(np.sort(y[structure.order[found]]), np.sort(cell.y))
            np.testing.assert_array_equal(np.sort(structure.x[found]), np.sort(cell.x))


def test_an_interval_that_is_nearly_nothing_keeps_its_digits(grid: Grid) -> None:
    rng, size = np.random.default_rng(5), 400
    rank = rng.random(size)
    table = worlds.cohort(rng, size, income_rank=rank, c35_y=1e5 * rank + rng.normal(0, 0.01, size))
    [(_, found)] = expectations(moments.prepare(table, load_areas(), grid), [worlds.outcome()], moments.Room())
    low = next(i for i, name in enumerate(grid.groups) if name == "income=low;all;all;all")
    figures = found["nl"]
    here = int(np.flatnonzero(figures.group == low)[0])
    inside = (rank >= 0.15) & (rank <= 0.35)
    y = table.column("c35_y").to_numpy()[inside]
    x, line = rank[inside], np.polynomial.Polynomial.fit(rank[inside], y, 1)
    spread = ((x - x.mean()) ** 2).sum()
    rss = ((y - line(x)) ** 2).sum()
    half = np.sqrt(rss / (len(x) - 2) * (1 / len(x) + (0.25 - x.mean()) ** 2 / spread)) * t_quantiles(
        np.array([len(x) - 2]), 0.95
    )
    np.testing.assert_allclose((figures.upr[here] - figures.lwr[here]) / 2, half, rtol=1e-7)
    assert rss < 1e-10 * ((y - y.mean()) ** 2).sum()


class TestDegenerateCells:
    """The table of edge cases that the published estimator was run on."""

    def test_nothing_observed(self, grid: Grid) -> None:
        assert np.isnan(estimate(grid, "all", [0.1, 0.2], [np.nan, np.nan])).all()
        assert np.isnan(estimate(grid, "very_low", [0.1, 0.2], [np.nan, np.nan])).all()

    @pytest.mark.parametrize("position", ["all", "very_low"])
    def test_one_child(self, grid: Grid, position: str) -> None:
        est, lwr, upr = estimate(grid, position, [0.15, 0.2], [7.0, np.nan])
        assert est == 7
        assert np.isnan([lwr, upr]).all()

    def test_two_children_give_the_exact_line(self, grid: Grid) -> None:
        est, lwr, upr = estimate(grid, "very_low", [0.14, 0.18], [10.0, 30.0])
        assert est == pytest.approx(-10, rel=1e-12)
        assert np.isnan([lwr, upr]).all()

    @pytest.mark.parametrize("x", [0.0, 0.13, 0.2])
    def test_equal_ranks_give_the_mean(self, grid: Grid, x: float) -> None:
        y = np.array([1.0, 4.0, 5.0, 9.0])
        close(estimate(grid, "very_low", [x] * 4, y, 2), least_squares(np.full(4, x), y, None))
        two = estimate(grid, "very_low", [x] * 2, y[:2])
        close(two, least_squares(np.full(2, x), y[:2], None))

    def test_ranks_that_differ_by_rounding_only_are_equal(self, grid: Grid) -> None:
        x = 0.15 + np.array([0, 1, 2, 3]) * 1e-9
        y = np.array([1.0, 4.0, 5.0, 9.0])
        close(estimate(grid, "very_low", x, y), least_squares(x, y, None))

    @pytest.mark.parametrize("position", ["all", "very_low"])
    @pytest.mark.parametrize("value", [0.0, 1.0, 0.1, 31_234.56])
    def test_equal_outcomes_have_no_width(self, grid: Grid, position: str, value: float) -> None:
        found = estimate(grid, position, [0.01, 0.05, 0.11, 0.19], [value] * 4, 3)
        assert found == (value, value, value)

    def test_siblings_who_fix_the_line_have_no_width(self, grid: Grid) -> None:
        rng = np.random.default_rng(5)
        for _ in range(500):
            first, second = rng.random(2) * 0.2
            est, lwr, upr = estimate(grid, "very_low", [first, second, second], [0.0, 1.0, 1.0], 2)
            assert lwr == est == upr


def test_the_level_of_confidence_is_a_parameter(grid: Grid) -> None:
    x, y = [0.05, 0.1, 0.12, 0.19], [1.0, 2.0, 4.0, 3.0]
    wide, narrow = (expectation(one_cell(grid, "very_low", x, y), grid, confidence=c) for c in (0.99, 0.5))
    fitted = sm.OLS(y, sm.add_constant(np.array(x))).fit().get_prediction([[1.0, AT]])
    for found, alpha in ((wide, 0.01), (narrow, 0.5)):
        np.testing.assert_allclose([found.lwr[0], found.upr[0]], fitted.conf_int(alpha=alpha)[0], rtol=1e-9)


def test_nothing_warns_and_counts_pass_through(grid: Grid) -> None:
    found = expectation(one_cell(grid, "very_low", [0.1, 0.2, 0.2], [1.0, np.nan, 0.0]), grid)
    assert (found.rows[0], found.n[0], found.ones[0]) == (3, 2, 1)
    assert len(found) == 1
