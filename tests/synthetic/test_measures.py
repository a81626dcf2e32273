"""Every measure recovers the truth of the made-up country: what is declared about it, or a huge draw of it.

Draws are independent samples from the expectations of the country. An estimator has to be right on average (within what
so many draws can tell) and its 95 % intervals have to hold the truth about 95 times in a hundred.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from kansen import measures, moments, precision
from kansen.cohorts import load_cohort
from kansen.measures import asked_of, everybody_of, expectations, work_out
from kansen.measures.results import Estimate
from kansen.synthetic import Superpopulation, replicate, superpopulation
from kansen.synthetic.parameters import HOUSEHOLDS
from synthetic.recovery import places_of

CELLS, SIZE = 300, 400
DRAWS, EACH = 150, 1_500
HUGE = 400_000
GRID = moments.load_grid()
OUTCOMES = (
    "c35_income_perc", "c35_income", "c35_household_income", "c35_top_20_income", "c35_bottom_20_income",
    "c35_hbo_attained", "c35_employed",
)  # fmt: skip
WANTED = {
    "c35_income_perc": ("slope", "from25", "from25_eur", "r2", "gap_sex", "gap_origin"),
    "c35_income": ("ige",),
    "c35_household_income": ("ige",),
    "c35_top_20_income": ("q1q5", "q5q5"),
    "c35_bottom_20_income": ("q1q1", "q5q1"),
    "c35_hbo_attained": ("gradient", "gap_sex", "gap_origin"),
    "c35_employed": ("gradient", "gap_sex"),
}
WHO: Mapping[str, Callable[[Superpopulation], np.ndarray]] = {
    "all;all": lambda of: np.ones(len(of.background), bool),
    "men;all": lambda of: ~of.background.woman,
    "women;all": lambda of: of.background.woman,
    "all;none": lambda of: of.background.origin == 0,
    "all;any": lambda of: of.background.origin > 0,
}


def with_parents(table: pa.Table) -> pa.Table:
    """Parents' amounts go with their ranks, as a declared curve."""
    rank = table["income_rank"].to_numpy()
    return table.append_column("parents_income", pa.array(parents_income(rank)))


def parents_income(rank: np.ndarray) -> np.ndarray:
    return np.exp(9.6 + 1.5 * rank)


@pytest.fixture(scope="module")
def population() -> Superpopulation:
    return superpopulation(scale=0.03, seed=3)


@pytest.fixture(scope="module")
def huge(population: Superpopulation) -> dict[str, np.ndarray]:
    table = with_parents(replicate(population, np.random.default_rng(77), cells=1, size=HUGE))
    return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names if name != "cell"}


@dataclass(frozen=True)
class Truth:
    """What is true of the groups of everybody."""

    population: Superpopulation
    huge: Mapping[str, np.ndarray]

    def line(self, outcome: str, who: str) -> tuple[float, float, float]:
        """Slope, mean and mean rank of the parents, of the expectations."""
        of = self.population.within(WHO[who](self.population))
        x, y = of.background.rank, of.expected[outcome]
        slope = float(np.cov(x, y)[0, 1] / np.var(x, ddof=1))
        return slope, float(y.mean()), float(x.mean())

    def of(self, measure: str, outcome: str, who: str) -> float:
        """A measure of an outcome."""
        slope, mean, middle = self.line(outcome, who)
        if measure in ("slope", "gradient"):
            return slope * (100 if measure == "gradient" else 1)
        if measure in ("from25", "from25_eur"):
            place = mean + slope * (0.25 - middle)
            return place if measure == "from25" else self.amount(place)
        if measure.startswith("gap"):
            sides = ("women;all", "men;all") if measure == "gap_sex" else ("all;any", "all;none")
            sizes = [int(WHO[side](self.population).sum()) for side in sides]
            lines = [self.line(outcome, side) for side in sides]
            rank = sum(n * line[2] for n, line in zip(sizes, lines, strict=True)) / sum(sizes)
            at = [line[1] + line[0] * (rank - line[2]) for line in lines]
            return 100 * (at[0] - at[1])
        if measure[0] == "q":
            low, high = (0.0, 0.2) if measure[1] == "1" else (0.8, 1.0)
            of = self.population.within(WHO[who](self.population))
            band = (of.background.rank >= low) & (of.background.rank <= high)
            return float(of.expected[outcome][band].mean())
        return self.drawn(measure, outcome, who)

    def amount(self, place: float) -> float:
        """What those who are at a rank have, in the huge draw."""
        near = np.abs(self.huge["c35_income_perc"] - place) < 0.005
        return float(self.huge["c35_income"][near].mean())

    def drawn(self, measure: str, outcome: str, who: str) -> float:
        """From the huge draw."""
        chosen = self.drawn_from(who)
        y, x = (self.huge[name][chosen] for name in (outcome, "income_rank"))
        if measure == "r2":
            return float(np.corrcoef(x, y)[0, 1] ** 2)
        some = y > 0
        log_x, log_y = np.log(parents_income(x[some])), np.log(y[some])
        return float(np.cov(log_x, log_y)[0, 1] / np.var(log_x, ddof=1))

    def drawn_from(self, who: str) -> np.ndarray:
        sex, origin = who.split(";")
        chosen = np.ones(HUGE, bool) if sex == "all" else self.huge["sex"] == sex
        none = self.huge["origin"] == "none"
        return chosen if origin == "all" else chosen & (none if origin == "none" else ~none)


@pytest.fixture(scope="module")
def truth(population: Superpopulation, huge: dict[str, np.ndarray]) -> Truth:
    return Truth(population, huge)


@dataclass(frozen=True)
class Found:
    """The figures of one measure of one group, over the cells."""

    est: np.ndarray
    lwr: np.ndarray
    upr: np.ndarray


@pytest.fixture(scope="module")
def worked(population: Superpopulation) -> dict[tuple[str, str, str], Found]:
    """The measures of a release over outcomes, in many places that are all alike: by measure, outcome and group."""
    table = with_parents(replicate(population, np.random.default_rng(5), cells=CELLS, size=SIZE))
    areas = places_of(CELLS)
    declared = [one for one in load_cohort("age35").outcomes if one.id in OUTCOMES]
    prepared, room = moments.prepare(table, areas, GRID), moments.Room()
    figures = {one.id: found for one in declared for _, found in expectations(prepared, [one], room)}
    everybody = everybody_of(GRID)
    assert everybody is not None
    lines = moments.prepare(table, areas, everybody)
    found: dict[tuple[str, str, str], Found] = {}
    for asked in asked_of(declared, WANTED):
        level = "cell" if not asked.over.levels else "nl"
        [of] = list(work_out(lines, GRID, [asked], figures, room))
        estimates = of.estimates[level]
        for who in WHO:
            group = GRID.groups.index(f"income=all;{who};all")
            rows = np.flatnonzero(estimates.group == group)
            if len(rows):
                columns = (getattr(estimates, name)[rows] for name in ("est", "lwr", "upr"))
                found[asked.over.id, asked.base.id, who] = Found(*columns)
    return found


KEYS = [
    (measure, outcome, who)
    for outcome, wanted in WANTED.items()
    for measure in wanted
    if measure != "ige"
    for who in (("all;all",) if measure.startswith("gap") else tuple(WHO))
]


@pytest.mark.parametrize(("measure", "outcome", "who"), KEYS)
def test_a_measure_of_a_release_is_what_is_true(
    worked: Mapping[tuple[str, str, str], Found], truth: Truth, measure: str, outcome: str, who: str
) -> None:
    of, true = worked[measure, outcome, who], truth.of(measure, outcome, who)
    known = np.isfinite(of.est)
    assert known.sum() > 0.95 * CELLS
    est = of.est[known]
    # The ladder in euros curves, and r2 is cut off at zero: their means are off by a little of their spread.
    allowed = 4 * est.std() / np.sqrt(len(est)) + (0.15 * est.std() if measure in ("from25_eur", "r2") else 0.0)
    assert abs(est.mean() - true) < allowed
    held = ((of.lwr <= true) & (true <= of.upr))[known]
    assert 0.905 < held.mean() <= 1.0, "300 cells: 95 % less four standard deviations of that"


@pytest.mark.parametrize("outcome", ["c35_income", "c35_household_income"])
def test_elasticities_of_the_country_are_what_is_true(
    worked: Mapping[tuple[str, str, str], Found], truth: Truth, outcome: str
) -> None:
    for who in WHO:
        of = worked["ige", outcome, who]
        se = (of.upr[0] - of.lwr[0]) / 2 / 1.96
        assert abs(of.est[0] - truth.drawn("ige", outcome, who)) < 4 * se


def over_draws(population: Superpopulation, estimator: Callable[[pa.Table], Sequence[Estimate]]) -> np.ndarray:
    """Value, lower and upper limit of an estimator's figures in each draw, [draws, figures, 3]."""
    table = with_parents(replicate(population, np.random.default_rng(9), cells=DRAWS, size=EACH))
    rows = []
    for draw in range(DRAWS):
        found = estimator(table.slice(draw * EACH, EACH))
        rows.append([(one.value, one.lwr, one.upr) for one in found])
    return np.array(rows, dtype=np.float64)


def holds(found: np.ndarray, true: Sequence[float], least: float = 0.88, bias: float = 0.0) -> None:
    """On average right, and intervals that hold the truth: 150 draws, four standard deviations below 95 %.

    bias : how much the mean may be off, in standard deviations of a figure.
    """
    for number, expected in enumerate(true):
        value, lwr, upr = found[:, number].T
        off = abs(value.mean() - expected)
        assert off < 4 * value.std() / np.sqrt(len(value)) + bias * value.std(), (number, value.mean(), expected)
        assert ((lwr <= expected) & (expected <= upr)).mean() >= least, number


def categories(of: Superpopulation, y: str) -> dict[str, Any]:
    """The population with its expectations: what an estimator that is linear in the outcome has to recover."""
    x = of.background
    return {
        "y": of.expected[y], "sex": np.where(x.woman, "women", "men"), "origin": x.origin.astype(str),
        "household": x.household.astype(str), "rank": x.rank,
    }  # fmt: skip


@pytest.mark.slow
def test_rank_rank(population: Superpopulation, huge: Mapping[str, np.ndarray]) -> None:
    true = measures.rank_rank(huge, y="c35_income", x="parents_income")

    def estimator(table: pa.Table) -> list[Estimate]:
        found = measures.rank_rank(table, y="c35_income", x="parents_income")
        return [found.slope, found.at[0.25]]

    assert true.slope.value is not None
    expected = population.truth.expected(population.background, population.reference)["c35_income_perc"]
    rank = population.background.rank
    declared = np.cov(np.argsort(np.argsort(rank)), expected)[0, 1] / np.var(np.arange(len(rank)), ddof=1) * len(rank)
    assert true.slope.value == pytest.approx(declared, abs=0.005), "a huge draw has the slope that is declared"
    holds(over_draws(population, estimator), [float(true.slope.value), float(true.at[0.25].value or 0)])


def test_out_earning(population: Superpopulation) -> None:
    """The chance that an income is above a limit is declared."""
    prices = {2000: 80.0, 2020: 100.0}

    def estimator(table: pa.Table) -> list[Estimate]:
        found = measures.out_earn(table, y="c35_income", x="parents_income", index=prices, years=(2020, 2000))
        return [found.share]

    limits = parents_income(population.background.rank) * 1.25
    true = population.truth.share_above(population.background, limits)
    holds(over_draws(population, estimator), [float(true.mean())])


def test_transition_matrix(population: Superpopulation) -> None:
    """Corners and the diagonal, from the declared chances to be below and above the limits of the fifths."""
    low, high = population.limits
    x, truth = population.background, population.truth
    above, below = truth.share_above(x, high), 1 - truth.share_above(x, low)
    bottom, top = x.rank <= 0.2, x.rank > 0.8
    true = [above[bottom].mean(), below[bottom].mean(), above[top].mean(), below[top].mean()]

    def estimator(table: pa.Table) -> list[Estimate]:
        of = measures.transition_matrix(table, y="c35_income_perc", x="income_rank", ranks=True)
        corners = ((0, 4), (0, 0), (4, 4), (4, 0))
        return [Estimate(of.shares[at], None, of.lwr[at], of.upr[at]) for at in corners]

    holds(over_draws(population, estimator), true)


def test_gap_at_equal_parental_income(population: Superpopulation) -> None:
    """Within a tenth of the ladder of parents, weighed as the women are."""
    step = np.clip(np.ceil(population.background.rank * 10).astype(int) - 1, 0, 9)
    woman, y = population.background.woman, population.expected["c35_income"]
    true = []
    for weigh in (woman, ~woman):
        gaps = [y[woman & (step == s)].mean() - y[~woman & (step == s)].mean() for s in range(10)]
        true.append(float(np.average(gaps, weights=[(weigh & (step == s)).sum() for s in range(10)])))

    def estimator(table: pa.Table) -> list[Estimate]:
        found = measures.gap_curve(table, y="c35_income", x="income_rank", group="sex", a="women", b="men")
        return [found.averages["a"], found.averages["b"]]

    holds(over_draws(population, estimator), true)


@pytest.mark.slow
def test_kitagawa_splits_a_gap_as_is_declared(population: Superpopulation) -> None:
    """Between children of one and of two parents: kinds by sex and origin, rates and shares that are declared."""
    x, y = population.background, population.expected["c35_hbo_attained"]
    kind = 2 * (x.origin > 0) + x.woman
    names = ("single", "two")
    sides = [x.household == HOUSEHOLDS.index(name) for name in names]
    shares, rates = (
        np.array([[f(side, k) for k in range(4)] for side in sides])
        for f in (lambda s, k: (kind[s] == k).mean(), lambda s, k: y[s & (kind == k)].mean())
    )
    composition = float(((rates[0] + rates[1]) / 2 * (shares[0] - shares[1])).sum())
    by_rates = float(((shares[0] + shares[1]) / 2 * (rates[0] - rates[1])).sum())

    def estimator(table: pa.Table) -> list[Estimate]:
        origin = np.array(table["origin"].to_pylist()) != "none"
        told = {
            "y": table["c35_hbo_attained"].to_numpy(), "home": np.array(table["household_type"].to_pylist()),
            "sex": np.array(table["sex"].to_pylist()), "origin": origin.astype(str),
        }  # fmt: skip
        found = measures.kitagawa(told, y="y", group="home", a=names[0], b=names[1], by=["sex", "origin"])
        return [found.composition, found.rates]

    holds(over_draws(population, estimator), [composition, by_rates])


@pytest.mark.slow
def test_oaxaca_blinder_recovers_what_is_declared(population: Superpopulation) -> None:
    """Of women and men: least squares is linear, so the truth is that of the expectations themselves."""
    true = measures.oaxaca_blinder(
        categories(population, "c35_income"), y="y", group="sex", a="women", b="men", numbers=["rank"],
        categories=["origin"],
    )  # fmt: skip

    def estimator(table: pa.Table) -> list[Estimate]:
        told = {
            "y": table["c35_income"].to_numpy(), "rank": table["income_rank"].to_numpy(),
            "sex": np.array(table["sex"].to_pylist()), "origin": np.array(table["origin"].to_pylist()),
        }  # fmt: skip
        found = measures.oaxaca_blinder(
            told, y="y", group="sex", a="women", b="men", numbers=["rank"], categories=["origin"]
        )
        return [found.gap, found.explained, found.unexplained, found.endowments, found.coefficients]

    wanted = (true.gap, true.explained, true.unexplained, true.endowments, true.coefficients)
    holds(over_draws(population, estimator), [float(one.value or 0.0) for one in wanted])


def test_inequality_of_opportunity(population: Superpopulation, huge: Mapping[str, np.ndarray]) -> None:
    """The share of the variance of ranks between kinds of children: their declared means over all variance."""
    x, y = population.background, population.expected["c35_income_perc"]
    kind = np.unique(np.stack([x.woman.astype(int), x.origin]), axis=1, return_inverse=True)[1].ravel()
    means = np.bincount(kind, y) / np.bincount(kind)
    true = float(np.var(means[kind]) / np.var(huge["c35_income_perc"]))

    def estimator(table: pa.Table) -> list[Estimate]:
        return [measures.opportunity_inequality(table, y="c35_income_perc", types=["sex", "origin"]).corrected]

    holds(over_draws(population, estimator), [true], least=0.85)


@pytest.fixture(scope="module")
def municipalities(population: Superpopulation) -> tuple[pa.Table, np.ndarray, np.ndarray]:
    """One draw of everybody in the country with its municipality, and the true mean rank of each municipality."""
    rng = np.random.default_rng(21)
    drawn = population.truth.draw(rng, population.background)
    rank = population.truth.rank_of(drawn.income, population.reference)
    codes, place = np.unique(population.municipality, return_inverse=True)
    true = np.bincount(place, population.expected["c35_income_perc"]) / np.bincount(place)
    table = pa.table({"y": rank, "area": population.municipality, "home": np.arange(len(rank))})
    return table, place, true[: len(codes)]


def test_shrinking_comes_nearer_to_the_truth(municipalities: tuple[pa.Table, np.ndarray, np.ndarray]) -> None:
    table, place, true = municipalities
    y = table["y"].to_numpy()
    n = np.bincount(place)
    est = np.bincount(place, y) / n
    se = np.sqrt(np.var(y)) / np.sqrt(n)
    found = precision.shrink(est, se)
    assert np.mean((found.post - true) ** 2) < 0.6 * np.mean((est - true) ** 2)
    assert 0.90 < ((found.lwr <= true) & (true <= found.upr)).mean() <= 1
    assert found.prior_sd[0] == pytest.approx(true.std(), rel=0.3)


def test_reliability_is_the_share_of_true_differences(municipalities: tuple[pa.Table, np.ndarray, np.ndarray]) -> None:
    table, place, true = municipalities
    y = table["y"].to_numpy()
    n = np.bincount(place)
    est, se = np.bincount(place, y) / n, np.sqrt(np.var(y)) / np.sqrt(n)
    large = np.flatnonzero(n >= 10)
    weights = n[large] / n[large].sum()
    signal = float(weights @ (true[large] - weights @ true[large]) ** 2)
    expected = signal / (signal + float(weights @ se[large] ** 2))
    assert 0.2 < expected < 0.9
    told = precision.reliability(est[large], se[large], weights).reliability
    assert told == pytest.approx(expected, abs=0.1)
    assert measures.half_reliability(table, "y", "area", "home").reliability == pytest.approx(expected, abs=0.1)
