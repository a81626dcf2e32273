"""Every estimator recovers its truth, and its 95 % intervals cover it: over many replications, and a fast version.

Coverage is 95 % within one point over 10,000 replications. Where theory does not promise it, docs/measures.md says so.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kansen import measures
from kansen.measures import Estimate
from kansen.measures.transitions import transitions_of

Rng = np.random.Generator
Draw = Callable[[Rng], list[Estimate]]


def normal_pair(rng: Rng, n: int, rho: float) -> tuple[np.ndarray, np.ndarray]:
    x = rng.normal(size=n)
    return x, rho * x + np.sqrt(1 - rho**2) * rng.normal(size=n)


def spearman(rho: float) -> float:
    """The rank correlation of two normal variables (Pearson 1907)."""
    return 6 / np.pi * np.arcsin(rho / 2)


def rank_rank(rng: Rng) -> list[Estimate]:
    x, y = normal_pair(rng, 300, 0.4)
    found = measures.rank_rank({"x": x, "y": y}, y="y", x="x")
    return [found.slope, found.at[0.25]]


def local_slope(rng: Rng) -> list[Estimate]:
    """The slope in one group with ranks among all: both groups are alike, and so is their truth."""
    x, y = normal_pair(rng, 600, 0.4)
    row = measures.rank_rank_by({"x": x, "y": y, "g": np.arange(600) % 3}, y="y", x="x", by="g").to_pylist()[0]
    return [Estimate(row["slope"], row["se_slope"], row["lwr_slope"], row["upr_slope"])]


def elasticity(rng: Rng) -> list[Estimate]:
    x, y = normal_pair(rng, 200, 0.4)
    return [measures.ige({"x": np.exp(x), "y": np.exp(y)}, y="y", x="x").elasticity]


def expectation_elasticity(rng: Rng) -> list[Estimate]:
    x = rng.normal(size=500) * 0.5
    y = np.exp(1 + 0.4 * x) * rng.gamma(2.0, 0.5, 500) * (rng.random(500) < 0.9)
    return [measures.ige_expectation({"x": np.exp(x), "y": y}, y="y", x="x").elasticity]


def out_earning(rng: Rng) -> list[Estimate]:
    x, y = normal_pair(rng, 200, 0.0)
    found = measures.out_earn(
        {"x": x + 10, "y": y + 20}, y="y", x="x", index={2000: 50.0, 2020: 100.0}, years=(2020, 2000)
    )
    return [found.share]


CLIMB = np.array([[0.4, 0.3, 0.3], [0.3, 0.4, 0.3], [0.2, 0.3, 0.5]])


def _kappa(p: np.ndarray) -> float:
    """Quadratic kappa of the joint chances of classes, by its definition."""
    distance = np.subtract.outer(np.arange(3), np.arange(3)) ** 2
    return float(1 - (distance * p).sum() / (distance * np.outer(p.sum(1), p.sum(0))).sum())


def transitions(rng: Rng) -> list[Estimate]:
    found = transitions_of(np.stack([rng.multinomial(150, row) for row in CLIMB]))
    return [found.immobility, found.shorrocks, found.cell(1, 3)]


def gap(rng: Rng) -> list[Estimate]:
    """Groups whose parents differ, and whose outcomes differ by 0.3 at every parental rank."""
    n = 600
    group = rng.random(n) < 0.4
    x = np.where(group, rng.beta(2, 3, n), rng.beta(3, 2, n))
    y = x + 0.3 * group + (0.5 + 0.5 * x) * rng.normal(size=n)
    curve = measures.gap_curve({"x": x, "y": y, "g": group.astype(int)}, y="y", x="x", group="g", a=1, b=0, steps=5)
    return [curve.averages["a"], curve.averages["pooled"]]


def clustered(rng: Rng) -> list[Estimate]:
    """Families of two with much in common: intervals by family hold, others would not."""
    family = np.repeat(np.arange(250), 2)
    x = rng.normal(size=250)[family] + 0.3 * rng.normal(size=500)
    y = 0.4 * x + rng.normal(size=250)[family] + rng.normal(size=500)
    return [measures.ige({"x": np.exp(x), "y": np.exp(y), "f": family}, y="y", x="x", cluster="f").elasticity]


def kappa(rng: Rng) -> list[Estimate]:
    counts = rng.multinomial(600, (CLIMB / 3).ravel()).reshape(3, 3)
    return [transitions_of(counts).kappa("quadratic")]


SHARES = np.array([0.2, 0.3, 0.7])
"""None of them is the share of all: there the index has a kink, and is moved upwards."""


def dissimilarity(rng: Rng) -> list[Estimate]:
    kind = rng.integers(0, 3, 3000)
    y = (rng.random(3000) < SHARES[kind]).astype(float)
    found = measures.opportunity_inequality({"y": y, "t": kind}, y="y", types=["t"], index="dissimilarity")
    return [found.relative]


def opportunity(rng: Rng) -> list[Estimate]:
    kind = rng.integers(0, 4, 800)
    y = 0.5 * kind + rng.normal(size=800)
    found = measures.opportunity_inequality({"y": y, "t": kind}, y="y", types=["t"])
    return [found.relative]


def opportunity_of_amounts(rng: Rng) -> list[Estimate]:
    kind = rng.integers(0, 4, 1500)
    y = np.exp(0.3 * kind + 0.5 * rng.normal(size=1500))
    return [measures.opportunity_inequality({"y": y, "t": kind}, y="y", types=["t"], index="mld").absolute]


def kitagawa(rng: Rng) -> list[Estimate]:
    n = 800
    group = rng.random(n) < 0.5
    kind = (rng.random(n) < np.where(group, 0.7, 0.4)).astype(int)
    y = 1.0 + kind + 0.5 * group + rng.normal(size=n)
    found = measures.kitagawa({"y": y, "g": group.astype(int), "k": kind}, y="y", group="g", a=1, b=0, by=["k"])
    return [found.gap, found.rates, found.composition]


def oaxaca(rng: Rng) -> list[Estimate]:
    n = 600
    group = rng.random(n) < 0.5
    z = rng.normal(size=n) + 0.5 * group
    kind = rng.integers(0, 3, n)
    y = 1 + np.where(group, 1.2, 1.0) * z + 0.4 * kind + 0.3 * group + rng.normal(size=n) * np.where(group, 1.5, 1)
    found = measures.oaxaca_blinder(
        {"y": y, "g": group.astype(int), "z": z, "k": kind},
        y="y", group="g", a=1, b=0, numbers=["z"], categories=["k"],
    )  # fmt: skip
    return [found.gap, found.endowments, found.coefficients, found.interaction]


STRATA = np.array([1.0, 2.0, 4.0])


def survey(rng: Rng) -> list[Estimate]:
    """Strata of different means and sampling shares: the population mean weighs them by their size."""
    stratum = np.repeat([0, 1, 2], 60)
    size = np.array([1000.0, 2000.0, 3000.0])
    y = STRATA[stratum] + rng.normal(size=180) * (1 + stratum)
    frame = {"y": y, "w": size[stratum] / 60, "s": stratum}
    return [measures.survey_mean(frame, y="y", design=measures.Design("w", strata="s"))]


SPEARMAN = float(spearman(0.4))
TRUTHS: dict[Draw, list[float]] = {
    rank_rank: [SPEARMAN, 0.5 - 0.25 * SPEARMAN],
    local_slope: [SPEARMAN],
    elasticity: [0.4],
    expectation_elasticity: [0.4],
    out_earning: [0.5],
    transitions: [1.3, 0.85, 0.3],
    gap: [0.3, 0.3],
    clustered: [0.4],
    kappa: [_kappa(CLIMB / 3)],
    dissimilarity: [float(np.abs(SHARES - 0.4).mean() / (2 * 0.4) / 0.6)],
    opportunity: [0.25 * 1.25 / (0.25 * 1.25 + 1)],
    opportunity_of_amounts: [float(np.log(np.exp(0.3 * np.arange(4)).mean()) - 0.45)],
    kitagawa: [0.8, 0.5, 0.3],
    oaxaca: [0.9, 0.5, 0.3, 0.1],
    survey: [float(STRATA @ [1, 2, 3] / 6)],
}


def coverage(draw: Draw, times: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The share of intervals that hold the truth, and the mean error in standard deviations of the estimate."""
    rng = np.random.default_rng(seed)
    found = [draw(rng) for _ in range(times)]
    value, lwr, upr = (
        np.array([[getattr(one, name) for one in row] for row in found], float) for name in ("value", "lwr", "upr")
    )
    truth = np.array(TRUTHS[draw])
    return ((lwr <= truth) & (truth <= upr)).mean(axis=0), (value.mean(axis=0) - truth) / value.std(axis=0)


@pytest.mark.parametrize("draw", TRUTHS, ids=lambda draw: draw.__name__)
def test_fast(draw: Draw) -> None:
    covered, error = coverage(draw, 200, 1)
    assert (covered > 0.89).all(), covered
    assert (np.abs(error) < 0.35).all(), error


@pytest.mark.slow
@pytest.mark.parametrize("draw", TRUTHS, ids=lambda draw: draw.__name__)
def test_many(draw: Draw) -> None:
    covered, error = coverage(draw, 10_000, 2)
    assert (np.abs(covered - 0.95) <= 0.01).all(), covered
    assert (np.abs(error) < 0.15).all(), error
