"""The cohort of working life recovers what a huge draw of the made-up residents says: mobility, and staying low."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from cohorts import worlds
from kansen import moments, synthetic
from kansen.cohorts import load_cohort
from kansen.geography import load_areas
from kansen.measures import Estimates, asked_of, everybody_of, expectations, work_out
from kansen.measures.over import Worked
from kansen.synthetic.days import year_of
from kansen.synthetic.residents import Residents, make_residents

pytestmark = pytest.mark.slow

YEARS = range(2003, 2023)
OUTCOMES = ("wl_income_10", "wl_income_10_perc", "wl_low_stays_5", "wl_low_left_1")
GRID = moments.load_grid()
AREAS = load_areas()
Drawn = Mapping[str, np.ndarray]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    """What is true of everybody who was 30 to 48 in 2003 and there on its first day, from the residents themselves."""
    some: Residents = make_residents(np.arange(342), scale=0.05, seed=99, part=1, parts=5)
    age = 2003 - year_of(some.born)
    chosen = (age >= 30) & (age <= 48) & some.here(2003)
    here = np.stack([some.here(year) for year in YEARS])[:, chosen]
    real, low, age = np.where(here, some.real[:, chosen], 0.0), some.low[:, chosen], age[chosen]

    def mean(years: slice) -> np.ndarray:
        count = here[years].sum(axis=0)
        return np.where(count > 0, real[years].sum(axis=0) / np.maximum(count, 1), np.nan)

    start, later = (ranks_by_age(mean(years), age) for years in (slice(0, 3), slice(10, 13)))
    at_start = low[2] & here[2]

    def of_low(known: np.ndarray, what: np.ndarray) -> np.ndarray:
        return np.where(at_start & known, what, np.nan)

    return {
        "start": start, "woman": some.woman[chosen], "wl_income_10_perc": later,
        "wl_low_stays_5": of_low(here[7], low[7]), "wl_low_left_1": of_low(here[3], ~low[3]),
    }  # fmt: skip


def ranks_by_age(values: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Ranks from 0 to 1 among those of one age; NaN for who has no value."""
    out = np.full(len(values), np.nan)
    for one in np.unique(age):
        rows = np.flatnonzero((age == one) & np.isfinite(values))
        out[rows[np.argsort(values[rows])]] = (np.arange(len(rows)) + 0.5) / len(rows)
    return out


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Estimates], dict[str, Worked]]:
    """The figures of the country, and the measures over the later rank, from registers."""
    folder = tmp_path_factory.mktemp("working-life")
    synthetic.write(folder / "registers", scale=0.02, seed=4, cohorts=["working_life"])
    declared = load_cohort("working_life")
    declared = replace(declared, outcomes=tuple(one for one in declared.outcomes if one.id in OUTCOMES))
    cohort = worlds.follow(declared, folder / "registers", folder / "vault")
    outcomes, room = declared.outcomes, moments.Room()
    grid = moments.known_grids([cohort.rows], (GRID,))[0]
    prepared = moments.prepare(cohort.rows, AREAS, grid)
    figures = {one.id: found for one in outcomes for _, found in expectations(prepared, [one], room)}
    everybody = everybody_of(grid)
    assert everybody is not None
    lines = moments.prepare(cohort.rows, AREAS, everybody)
    asked = [one for one in asked_of(outcomes) if one.base.id == "wl_income_10_perc"]
    worked = {one.asked.over.id: one for one in work_out(lines, grid, asked, figures, room)}
    return {id: found["nl"] for id, found in figures.items()}, worked


def at(found: Estimates, group: str) -> tuple[float, float, float]:
    [row] = np.flatnonzero(found.group == found.groups.index(f"income={group}"))
    return float(found.est[row]), float(found.lwr[row]), float(found.upr[row])


@pytest.mark.parametrize("sex", ["all", "men", "women"])
def test_the_later_rank_from_any_own_rank(
    told: tuple[dict[str, Estimates], dict[str, Worked]], drawn: Drawn, sex: str
) -> None:
    """The slope, and the expected rank ten years on of who started at rank 25: over everybody, and from 15 to 35."""
    who = {"all": np.ones(len(drawn["woman"]), bool), "men": ~drawn["woman"], "women": drawn["woman"]}[sex]
    x, y = drawn["start"][who], drawn["wl_income_10_perc"][who]
    known = np.isfinite(x) & np.isfinite(y)
    slope, height = np.polyfit(x[known] - 0.25, y[known], 1)
    figures, worked = told
    for measure, true in (("own_slope", slope), ("own_from25", height)):
        est, lwr, upr = at(worked[measure].estimates["nl"], f"all;{sex};all;all")
        # The huge draw is one, too: two and a half times as many people.
        assert abs(est - true) < 4 * 1.2 * (upr - lwr) / 2 / 1.96, measure
    band = known & (x >= 0.15) & (x <= 0.35)
    est, lwr, upr = at(figures["wl_income_10_perc"], f"low;{sex};all;all")
    assert abs(est - np.polyfit(x[band] - 0.25, y[band], 1)[1]) < 4 * 1.2 * (upr - lwr) / 2 / 1.96


@pytest.mark.parametrize("outcome", ["wl_low_stays_5", "wl_low_left_1"])
def test_staying_low_and_leaving(
    told: tuple[dict[str, Estimates], dict[str, Worked]], drawn: Drawn, outcome: str
) -> None:
    """Of who has a low income in 2005: those who have one five years on, and those who have none the next year."""
    for sex, who in (("all", drawn["woman"] >= 0), ("women", drawn["woman"]), ("men", ~drawn["woman"])):
        true = float(np.nanmean(drawn[outcome][who]))
        est, lwr, upr = at(told[0][outcome], f"all;{sex};all;all")
        assert abs(est - true) < 4 * 1.2 * (upr - lwr) / 2 / 1.96, sex
