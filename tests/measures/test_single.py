"""Measures on single children against libraries and slow, literal computation; properties; and input that is wrong."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kansen import measures
from kansen.errors import InputError, MissingInputError, TableError, UsageError
from kansen.measures import Estimate
from kansen.measures.results import COLLINEAR, FEW, FLAT_X, FLAT_Y
from kansen.measures.transitions import transitions_of

SMALL = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=4, max_size=30)


def literal_rank_rank(x: np.ndarray, y: np.ndarray, omega: float) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and standard errors by the definition, pair by pair."""
    n = len(x)

    def lies_below(v: np.ndarray) -> np.ndarray:
        return omega * (v[:, None] <= v[None, :]) + (1 - omega) * (v[:, None] < v[None, :])

    iy, ix = lies_below(y), lies_below(x)
    ry, rx = (of.mean(axis=0) + (1 - omega) / n for of in (iy, ix))
    z = np.column_stack([np.ones(n), rx])
    m = z.T @ z / n
    b = np.linalg.solve(m, z.T @ ry / n)
    e = ry - z @ b
    h = np.zeros((n, 2))
    for i in range(n):
        moved = (z * ((iy[i] - ry) - b[1] * (ix[i] - rx))[:, None]).mean(axis=0)
        moved[1] += (e * (ix[i] - rx)).mean()
        h[i] = z[i] * e[i] + moved
    influence = np.linalg.solve(m, h.T).T
    return b, np.sqrt((influence**2).sum(axis=0)) / n


@settings(max_examples=60, deadline=None)
@given(SMALL, st.sampled_from([0.0, 0.5, 1.0, 0.3]))
def test_rank_rank_is_its_definition(pairs: list[tuple[int, int]], omega: float) -> None:
    x, y = np.array(pairs, dtype=float).T
    found = measures.rank_rank({"x": x, "y": y}, y="y", x="x", omega=omega)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert found.slope.value is None
        assert found.slope.reason in (FLAT_X, FLAT_Y)
        return
    b, se = literal_rank_rank(x, y, omega)
    assert [found.intercept.value, found.slope.value] == pytest.approx(b, abs=1e-9)
    assert [found.intercept.se, found.slope.se] == pytest.approx(se, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(SMALL)
def test_ranks_do_not_depend_on_the_unit(pairs: list[tuple[int, int]]) -> None:
    x, y = np.array(pairs, dtype=float).T
    one = measures.rank_rank({"x": x, "y": y}, y="y", x="x").slope
    other = measures.rank_rank({"x": np.exp(x), "y": 3 * y - 5}, y="y", x="x").slope
    assert one == other


def test_without_ties_the_slope_is_spearmans() -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 200))
    found = measures.rank_rank({"x": x, "y": y}, y="y", x="x").slope
    assert found.value == pytest.approx(stats.spearmanr(x, y).statistic)


def test_covariates_and_clusters() -> None:
    rng = np.random.default_rng(2)
    x, z = rng.normal(size=(2, 300))
    y = x + z + rng.normal(size=300)
    frame = pd.DataFrame({"x": x, "y": y, "z": z, "c": np.arange(300) // 2})
    found = measures.rank_rank(frame, y="y", x="x", covariates=["z"])
    design = sm.add_constant(np.column_stack([x.argsort().argsort() / 300 + 1 / 300, z]))
    fitted = sm.OLS(y.argsort().argsort() / 300 + 1 / 300, design).fit()
    assert [found.intercept.value, found.slope.value, found.covariates["z"].value] == pytest.approx(fitted.params)
    twice = pd.concat([frame, frame])
    clustered = measures.rank_rank(twice, y="y", x="x", cluster="c")
    alone = measures.rank_rank(frame.assign(c=np.arange(300) // 2), y="y", x="x", cluster="c")
    # Two copies of everybody in one cluster say no more than one, but for the ranks' own ties.
    assert clustered.slope.se == pytest.approx(alone.slope.se, rel=0.02)


def test_elasticities_against_statsmodels() -> None:
    rng = np.random.default_rng(3)
    x = np.exp(rng.normal(size=400))
    y = 2 * x**0.3 * rng.gamma(2, 0.5, 400)
    family = np.arange(400) // 3
    frame = {"x": x, "y": y, "f": family}
    design = sm.add_constant(np.log(x))
    plain, clustered = (
        sm.OLS(np.log(y), design).fit(),
        sm.OLS(np.log(y), design).fit(cov_type="cluster", cov_kwds={"groups": family}),
    )
    one, other = measures.ige(frame, y="y", x="x"), measures.ige(frame, y="y", x="x", cluster="f")
    assert (one.elasticity.value, one.elasticity.se) == pytest.approx((plain.params[1], plain.bse[1]))
    assert other.elasticity.se == pytest.approx(clustered.bse[1])
    zeros = np.where(rng.random(400) < 0.1, 0, y)
    poisson = sm.GLM(zeros, design, family=sm.families.Poisson()).fit(cov_type="HC0", tol=1e-12)
    found = measures.ige_expectation({"x": x, "y": zeros}, y="y", x="x").elasticity
    assert (found.value, found.se) == pytest.approx((poisson.params[1], poisson.bse[1]), rel=1e-6)


def test_transitions_of_a_table_by_hand() -> None:
    found = transitions_of(np.array([[30, 20], [10, 40]]))
    assert found.immobility.value == pytest.approx(1.4)
    assert found.shorrocks.value == pytest.approx(0.6)
    assert found.cell(1, 2).value == pytest.approx(0.4)
    assert (found.cell(2, 1).lwr, found.cell(2, 1).upr) == pytest.approx(
        tuple(stats.binomtest(10, 50).proportion_ci(method="wilson"))
    )
    assert (found.joint_lwr < found.lwr).all()
    assert (found.joint_upr > found.upr).all()
    with pytest.raises(UsageError, match="No such class"):
        found.cell(3, 1)


def test_kappa_against_statsmodels() -> None:
    from statsmodels.stats.inter_rater import cohens_kappa

    counts = np.random.default_rng(4).integers(5, 50, (5, 5))
    for weights, power in (("linear", 1), ("quadratic", 2)):
        told = cohens_kappa(
            counts, weights=np.abs(np.subtract.outer(np.arange(5), np.arange(5))).astype(float) ** power
        )
        found = transitions_of(counts).kappa(weights)  # type: ignore[arg-type]
        assert (found.value, found.se) == pytest.approx((told.kappa, told.std_kappa))


def test_a_mass_point_stays_in_one_class() -> None:
    y = np.array([0.0] * 40 + list(range(1, 61)))
    found = measures.transition_matrix({"x": np.arange(100.0), "y": y}, y="y", x="x")
    assert found.counts.sum(axis=0).max() >= 40
    assert found.counts.sum() == 100


def test_upward_mobility_in_euros() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=5000)
    income = 30_000 * np.exp(0.4 * x + rng.normal(size=5000) * 0.5)
    rank, euros = measures.upward_mobility({"x": x, "y": income}, y="y", x="x")
    assert rank.value is not None
    near = np.abs(measures.fractional_ranks(income) - rank.value) < 0.01
    assert euros.value == pytest.approx(income[near].mean(), rel=0.01)
    assert euros.lwr is not None
    assert euros.upr is not None
    assert euros.lwr < euros.value < euros.upr


def test_out_earning_uses_the_price_index() -> None:
    frame = {"x": [100.0, 100.0, 100.0], "y": [110.0, 130.0, 150.0]}
    found = measures.out_earn(frame, y="y", x="x", index={2000: 80, 2020: 100}, years=(2020, 2000))
    assert (found.share.value, found.factor) == (pytest.approx(2 / 3), 1.25)
    with pytest.raises(UsageError, match="lacks a year"):
        measures.out_earn(frame, y="y", x="x", index={2020: 100}, years=(2020, 2000))


def test_support_of_a_gap() -> None:
    x = np.concatenate([np.linspace(0, 1, 200), np.linspace(0, 0.5, 200)])
    frame = {"x": x, "y": x + np.repeat([0.0, 1.0], 200), "g": np.repeat(["a", "b"], 200)}
    found = measures.gap_curve(frame, y="y", x="x", group="g", a="a", b="b")
    assert found.curve["supported"].to_pylist() == [True] * 5 + [False] * 5
    assert found.curve["gap"].to_pylist()[5:] == [None] * 5
    for name in ("a", "b", "pooled"):
        assert found.averages[name].value == pytest.approx(-1)
    assert found.covered["a"] == pytest.approx(0.5, abs=0.01)
    assert found.covered["b"] == 1
    assert found.raw.value == pytest.approx(-0.75)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_decompositions_add_up(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 120
    frame = {
        "y": rng.normal(size=n), "g": np.arange(n) % 2, "z": rng.normal(size=n), "k": rng.integers(0, 3, n),
        "w": rng.random(n),
    }  # fmt: skip
    found = measures.oaxaca_blinder(frame, y="y", group="g", a=0, b=1, numbers=["z"], categories=["k"], weight="w")
    parts = [found.endowments.value, found.coefficients.value, found.interaction.value]
    assert found.gap.value == pytest.approx(sum(parts))  # type: ignore[arg-type]
    assert found.gap.value == pytest.approx(found.explained.value + found.unexplained.value)  # type: ignore[operator]
    split = measures.kitagawa(frame, y="y", group="g", a=0, b=1, by=["k"])
    assert split.gap.value == pytest.approx(split.rates.value + split.composition.value)  # type: ignore[operator]


def test_which_category_comes_last_does_not_matter() -> None:
    rng = np.random.default_rng(6)
    frame = {"y": rng.normal(size=300), "g": np.arange(300) % 2, "k": rng.integers(0, 3, 300)}
    tables = []
    for order in permutations("abc"):
        words = np.array(order)[frame["k"]]
        found = measures.oaxaca_blinder(frame | {"k": words}, y="y", group="g", a=0, b=1, categories=["k"])
        tables.append(found.detail.to_pandas().set_index("name"))
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0])


def test_survey_answers_are_one_more_block() -> None:
    rng = np.random.default_rng(7)
    n = 900
    register = pa.table(
        {"person": np.arange(n), "g": np.arange(n) % 2, "z": rng.normal(size=n), "y": rng.normal(size=n)}
    )
    chosen = rng.permutation(n)[:400]
    survey = pa.table({"person": chosen, "felt": rng.integers(0, 2, 400), "weight": rng.random(400) + 0.5})
    linked = measures.link_survey(register, survey, on="person", answers=["felt"], weight="weight")
    assert linked.num_rows == 400
    found = measures.oaxaca_blinder(
        linked, y="y", group="g", a=0, b=1, numbers=["z"], categories=["felt"], weight="weight",
        blocks={"background": ["z"], "perceived discrimination": ["felt"]},
    )  # fmt: skip
    assert found.detail["name"].to_pylist() == ["constant", "background", "perceived discrimination"]
    assert np.sum(found.detail["explained"].to_numpy()) == pytest.approx(found.explained.value)
    assert "discriminat" in found.meaning["nl"]
    with pytest.raises(TableError, match="twice"):
        measures.link_survey(
            pa.concat_tables([register, register]), survey, on="person", answers=["felt"], weight="weight"
        )


def test_das_gupta_of_two_factors_is_kitagawas() -> None:
    a = {"share": np.array([0.2, 0.8]), "rate": np.array([0.5, 0.1])}
    b = {"share": np.array([0.5, 0.5]), "rate": np.array([0.3, 0.2])}
    found = measures.das_gupta(lambda of: float(of["share"] @ of["rate"]), a, b)
    assert found["rate"] == pytest.approx((a["share"] + b["share"]) / 2 @ (a["rate"] - b["rate"]))
    assert found["share"] == pytest.approx((a["rate"] + b["rate"]) / 2 @ (a["share"] - b["share"]))
    three = measures.das_gupta(
        lambda of: float(of["p"] * of["q"] * of["r"]),
        {name: np.array(float(i)) for i, name in enumerate("pqr", 2)},
        {name: np.array(1.0) for name in "pqr"},
    )
    # Das Gupta's formula for the first of three factors.
    q, r = 3.0, 4.0
    assert three["p"] == pytest.approx(((q * r + 1) / 3 + (q + r) / 6) * (2 - 1))
    assert sum(three.values()) == pytest.approx(24 - 1)


def test_opportunity_is_r_squared_and_splits() -> None:
    rng = np.random.default_rng(8)
    kind = rng.integers(0, 5, 400)
    y = kind + rng.normal(size=400)
    dummies = (kind[:, None] == np.arange(5)).astype(float)
    fitted = sm.OLS(y, dummies).fit()
    found = measures.opportunity_inequality({"y": y, "t": kind}, y="y", types=["t"])
    assert found.relative.value == pytest.approx(fitted.rsquared)
    assert found.corrected.value == pytest.approx(fitted.rsquared_adj, abs=2e-3)
    amount = np.exp(y)
    split = measures.inequality_between({"y": amount, "t": kind}, y="y", by="t", index="mld")
    told = measures.opportunity_inequality({"y": amount, "t": kind}, y="y", types=["t"], index="mld")
    assert split is not None
    assert (told.absolute.value, told.total) == pytest.approx((split.between, split.total))
    assert split.total == pytest.approx(split.between + split.within)


def test_correction_takes_away_what_chance_adds() -> None:
    rng = np.random.default_rng(9)
    for index, draw in (
        ("variance", lambda: rng.normal(size=500)),
        ("mld", lambda: np.exp(rng.normal(size=500) * 0.5)),
        ("dissimilarity", lambda: (rng.random(500) < 0.4).astype(float)),
    ):
        found = [
            measures.opportunity_inequality({"y": draw(), "t": np.arange(500) % 25}, y="y", types=["t"], index=index)  # type: ignore[arg-type]
            for _ in range(60)
        ]
        plain, corrected = (np.mean([getattr(one, name).value for one in found]) for name in ("relative", "corrected"))
        assert corrected < 0.35 * plain, index


def test_dissimilarity_by_hand() -> None:
    frame = {"y": [1, 1, 1, 0, 1, 0, 0, 0], "t": list("aaaabbbb")}
    found = measures.opportunity_inequality(frame, y="y", types=["t"], index="dissimilarity")
    assert found.absolute.value == pytest.approx(0.25)
    assert found.relative.value == pytest.approx(0.5)


def test_gini_and_theil() -> None:
    assert measures.gini(np.array([2.0, 2.0])) == 0
    assert measures.gini(np.array([0.0, 0.0])) is None
    found = measures.inequality_between({"y": [1.0, 1.0, 3.0, 3.0], "g": list("aabb")}, y="y", by="g")
    assert found is not None
    assert found.within == pytest.approx(0, abs=1e-12)
    with pytest.raises(UsageError, match="cannot take"):
        measures.gini(np.array([-1.0, 2.0]))


def test_frames_of_every_kind_are_one() -> None:
    rng = np.random.default_rng(10)
    of = {"x": rng.normal(size=50), "y": rng.normal(size=50)}
    of["x"][3] = np.nan
    told = [measures.rank_rank(frame, y="y", x="x") for frame in (of, pd.DataFrame(of), pa.table(of))]
    assert told[0].slope == told[1].slope == told[2].slope
    assert [one.dropped for one in told] == [1, 1, 1]


# input that is wrong


def every(frame: dict[str, Any]) -> list[Estimate]:
    """The figures of every measure of a frame with x, y and a group g of 0 and 1."""
    of_rank = measures.rank_rank(frame, y="y", x="x")
    split = measures.kitagawa(frame, y="y", group="g", a=0, b=1, by=["k"])
    oaxaca = measures.oaxaca_blinder(frame, y="y", group="g", a=0, b=1, numbers=["x"])
    curve = measures.gap_curve(frame | {"x": np.clip(frame["x"], 0, 1)}, y="y", x="x", group="g", a=0, b=1)
    chances = measures.opportunity_inequality(frame, y="y", types=["k"])
    table = measures.transition_matrix(frame, y="y", x="x")
    return [
        of_rank.slope, of_rank.intercept, of_rank.at[0.25],
        measures.ige(frame, y="y", x="x").elasticity, measures.ige_expectation(frame, y="y", x="x").elasticity,
        *measures.upward_mobility(frame, y="y", x="x"), split.gap, split.rates, split.composition, oaxaca.gap,
        oaxaca.explained, oaxaca.unexplained, *curve.averages.values(), curve.raw, chances.relative,
        chances.corrected, table.cell(1, 5), table.immobility, table.kappa(),
        measures.survey_mean(frame, y="y", design=measures.Design("w")),
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(*(st.sampled_from([-1.0, 0.0, 0.5, 1.0, 1e6, float("nan")]) for _ in range(2)), st.integers(0, 2)),
        min_size=2,
        max_size=14,
    )
)
def test_never_nan(rows: list[tuple[float, float, int]]) -> None:
    x, y, k = (np.array(column) for column in zip(*[*rows, (0.5, 0.5, 0), (0.5, 0.5, 0)], strict=True))
    frame = {"x": x, "y": y, "k": k, "g": np.arange(len(x)) % 2, "w": np.ones(len(x))}
    for one in every(frame):
        numbers = [one.value, one.se, one.lwr, one.upr]
        assert all(number is None or np.isfinite(number) for number in numbers)
        assert (one.value is None) <= (one.reason is not None)


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [([1, 2], [1, 2], FEW), ([1] * 9, range(9), FLAT_X), (range(9), [1] * 9, FLAT_Y), ([], [], FEW)],
)
def test_reasons(x: Any, y: Any, reason: str) -> None:
    frame = {"x": np.array(list(x), float), "y": np.array(list(y), float)}
    assert measures.rank_rank(frame, y="y", x="x").slope.reason == reason


def test_collinear_covariates() -> None:
    rng = np.random.default_rng(11)
    z = rng.normal(size=50)
    frame = {"x": rng.normal(size=50), "y": rng.normal(size=50), "z": z, "z2": 2 * z, "g": np.arange(50) % 2}
    assert measures.rank_rank(frame, y="y", x="x", covariates=["z", "z2"]).slope.reason == COLLINEAR
    found = measures.oaxaca_blinder(frame, y="y", group="g", a=0, b=1, numbers=["z", "z2"])
    assert found.gap.reason == COLLINEAR
    fitted = measures.survey_regression(frame | {"w": np.ones(50)}, y="y", x=["z", "z2"], design=measures.Design("w"))
    assert fitted["z"].reason == COLLINEAR


@pytest.mark.parametrize(("weights", "words"), [([1.0, -1.0, 1.0], "negative"), ([0.0, 0.0, 0.0], "add up to zero")])
def test_weights(weights: list[float], words: str) -> None:
    with pytest.raises(TableError, match=words):
        measures.survey_mean({"y": [1.0, 2.0, 3.0], "w": weights}, y="y", design=measures.Design("w"))


def test_a_lonely_unit_has_no_variance() -> None:
    frame = {"y": [1.0, 2.0, 3.0], "w": [1.0] * 3, "s": ["a", "a", "b"]}
    found = measures.survey_mean(frame, y="y", design=measures.Design("w", strata="s"))
    assert found.value is None
    assert found.reason


@pytest.mark.parametrize(
    ("frame", "error", "words"),
    [
        ({"y": [1.0]}, MissingInputError, "column x"),
        ({"x": ["a"], "y": [1.0]}, TableError, "not numeric"),
        ({"x": [np.inf, 1.0], "y": [1.0, 2.0]}, TableError, "row 1"),
        ({"x": [1.0], "y": [1.0, 2.0]}, TableError, "differ in length"),
        ([1, 2], TableError, "Not a table"),
    ],
)
def test_a_frame_that_cannot_be_used(frame: Any, error: type[InputError], words: str) -> None:
    with pytest.raises(error, match=words):
        measures.rank_rank(frame, y="y", x="x")


def test_a_group_that_is_not_there() -> None:
    frame = {"y": [1.0, 2.0], "x": [0.1, 0.2], "g": ["a", "b"]}
    with pytest.raises(UsageError, match="Nobody has this value"):
        measures.gap_curve(frame, y="y", x="x", group="g", a="a", b="c")


def test_kinds_without_overlap() -> None:
    frame = {"y": np.arange(8.0), "g": [0] * 4 + [1] * 4, "k": [0, 0, 1, 1, 1, 1, 2, 2]}
    found = measures.kitagawa(frame, y="y", group="g", a=0, b=1, by=["k"])
    assert found.rates.value is None
    assert found.only_one == {"a": 0.5, "b": 0.5}
