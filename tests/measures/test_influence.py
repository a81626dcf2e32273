"""How far one more child moves a figure, against fitting again, and against the published example."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri

from kansen import moments
from kansen.geography import load_areas
from kansen.measures import Steadiness, expectations
from kansen.measures.influence import band_ends, ends_of, influence, least_spread
from moments.worlds import cells, cohort, outcome

STEADY = Steadiness(spread=0.25, cap=4.0, clip=0.001)
STATISTICS: dict[str, tuple[float, Callable[[float], float]]] = {
    "p25": (1.0, lambda mean: 0.25 - mean),
    "slope": (0.0, lambda _: 1.0),
}


@pytest.fixture(scope="session")
def example(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "vectors" / "noise_infusion.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("statistic", list(STATISTICS))
def test_the_published_example(example: dict[str, Any], statistic: str) -> None:
    told = example[statistic]
    level, away = STATISTICS[statistic]
    n, theta, moves, se = [], [], [], []
    for cell in told["cells"]:
        of = cell["suff"]
        m, mx, my = of["n"], of["Sx"] / of["n"], of["Sy"] / of["n"]
        sxx, sxy, syy = of["Sxx"] - m * mx**2, of["Sxy"] - m * mx * my, of["Syy"] - m * my**2
        most = influence(m, mx, my, sxx, sxy, level, away(mx), 0.0, 1.0, 0.0, 1.0)
        assert most == pytest.approx(cell["LS"], rel=1e-9)
        n.append(m)
        moves.append(m * most)
        theta.append(level * my + away(mx) * sxy / sxx)
        rest = (syy - sxy**2 / sxx) / (m - 2)
        se.append(np.sqrt(rest * (level / m + away(mx) ** 2 / sxx)))
    chi = max(moves)
    assert chi == pytest.approx(told["chi"], rel=1e-9)
    assert chi == pytest.approx({"p25": 2.970233455612, "slope": 7.500786396962}[statistic], abs=1e-9)
    assert int(np.argmax(moves)) + 1 == told["argmax_cell"]
    sd = np.sqrt(2) * chi / (told["epsilon_chosen_in_example"] * np.array(n))
    assert sd.mean() == pytest.approx(told["SD_noise_mean"], rel=1e-9)
    assert np.mean(sd**2) == pytest.approx(told["mean_noise_variance"], rel=1e-9)
    assert np.sqrt(np.array(se) ** 2 + sd**2).mean() == pytest.approx(told["SE_noise_infused_mean"], rel=1e-9)
    omega = ndtri((np.arange(1, 112) - 0.5) / 111)
    infused = np.array(theta) + sd * omega
    assert infused[:5].tolist() == pytest.approx(told["our_fixed_omega_check"]["first5_noise_infused_theta"], rel=1e-9)
    assert infused[-5:].tolist() == pytest.approx(told["our_fixed_omega_check"]["last5"], rel=1e-9)


def test_lines_of_every_cell_against_fitting_again() -> None:
    table, grid, areas = cohort(np.random.default_rng(5), 400), moments.load_grid(), load_areas()
    prepared = moments.prepare(table, areas, grid)
    [(_, found)] = expectations(prepared, [outcome("c35_b", "binary")], moments.Room(), steadiness=STEADY)
    ends, least = band_ends(grid), least_spread(grid, STEADY.spread)
    lines = means = 0
    own = {(cell.level, cell.area, cell.group): cell for cell in cells(table, grid, areas, "c35_b")}
    for level in ("municipality", "wijk"):
        of = found[level]
        assert of.ends == (0.0, 1.0, False, None)
        assert of.steady is not None
        assert of.moves is not None
        for i in range(len(of)):
            cell = own[level, of.areas[of.area[i]], int(of.group[i])]
            known = ~np.isnan(cell.y)
            x, y, group = cell.x[known], cell.y[known], of.group[i]
            if np.isnan(of.moves[i]):
                means += 1
                assert np.isnan(of.steady[i]) if len(y) == 0 else of.steady[i] == pytest.approx(y.mean(), abs=1e-12)
                continue
            lines += 1
            assert np.var(x) >= least[group] - 1e-12
            assert of.moves[i] <= STEADY.cap
            before = _line(x, y, grid.at[group])
            assert of.steady[i] == pytest.approx(before, abs=1e-10)
            added = [_line(np.append(x, a), np.append(y, b), grid.at[group]) for a in ends[group] for b in (0, 1)]
            assert of.moves[i] == pytest.approx(len(y) * max(abs(one - before) for one in added), rel=1e-7)
    assert lines > 100
    assert means > 100


def _line(x: np.ndarray, y: np.ndarray, at: float) -> float:
    intercept, slope = np.linalg.lstsq(np.column_stack([np.ones_like(x), x]), y, rcond=None)[0]
    return float(intercept + slope * at)


def test_amounts_end_where_ten_children_lie_beyond() -> None:
    rng = np.random.default_rng(1)
    values = np.append(rng.lognormal(10, 1, 5_000), [np.nan, 1e9, np.inf])
    _, high, complete, usual = ends_of(outcome(), values, 0.001)
    assert usual is None
    known = values[np.isfinite(values)]
    assert not complete
    assert (known > high).sum() <= 10 < (known > high * 0.8).sum()
    assert high == pytest.approx(round(high, 2 - len(str(int(high)))), rel=1e-9), "an end has two digits"
    assert ends_of(outcome(kind="binary"), values, 0.001) == (0.0, 1.0, False, None)
    assert ends_of(outcome(), np.full(50, 7.0), 0.001) == (7.0, 8.0, True, None)
    assert ends_of(outcome(), np.array([np.nan]), 0.001) == (0.0, 1.0, False, None)


def test_a_value_that_many_have_is_found() -> None:
    rng = np.random.default_rng(3)
    two = rng.choice([0.0, 1_000.0], 20_000, p=[0.97, 0.03])
    low, high, _, usual = ends_of(outcome(), two, 0.001)
    assert (low, high) == (0.0, 1_000.0)
    assert usual is not None
    assert (usual.value, usual.apart, usual.two) == (0.0, 1_000.0, True)
    assert usual.share == (two == 0).mean()
    some = np.where(rng.random(20_000) < 0.6, 0.0, rng.lognormal(7, 1, 20_000))
    _, high, _, usual = ends_of(outcome(), some, 0.001)
    assert usual is not None
    assert not usual.two
    assert usual.apart == pytest.approx(np.median(np.clip(some, 0, high)[some > 0]))
    few = np.where(rng.random(20_000) < 0.08, 0.0, rng.lognormal(7, 1, 20_000))
    assert ends_of(outcome(), few, 0.001).usual is None, "fewer than a tenth have none"
    half = rng.choice([0.0, 0.5, 1.0], 20_000, p=[0.3, 0.5, 0.2])
    usual = ends_of(outcome(kind="share"), half, 0.001).usual
    assert usual is not None
    assert (usual.value, usual.apart, usual.two) == (0.5, 0.5, False)


def test_clipped_amounts_leave_the_others_as_they_are() -> None:
    rng = np.random.default_rng(2)
    table = cohort(rng, 500)
    rich = np.array([np.nan if v is None else v for v in table["c35_y"].to_pylist()])
    rich[3] = 1e8
    table = table.set_column(table.column_names.index("c35_y"), "c35_y", [np.where(np.isnan(rich), 0, rich)])
    prepared = moments.prepare(table, load_areas(), moments.load_grid())
    asked = [outcome(), outcome("c35_b", "binary")]
    plain = {one.id: of for one, of in expectations(prepared, asked, moments.Room(), steadiness=STEADY)}
    room = moments.Room()
    clipped = {one.id: of for one, of in expectations(prepared, asked, room, steadiness=STEADY, clipped=True)}
    assert plain["c35_y"]["nl"].est[0] > 1e8 / 500 > clipped["c35_y"]["nl"].est[0]
    assert np.array_equal(plain["c35_b"]["nl"].est, clipped["c35_b"]["nl"].est, equal_nan=True)
