"""Published known answers: csranks, R's survey package, Stata's oaxaca, Galton's heights, incomes of states."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pytest

from kansen.measures import (
    Design,
    gini,
    ige,
    inequality_between,
    oaxaca_blinder,
    rank_rank,
    rank_rank_by,
    survey_mean,
    survey_mean_by,
    survey_regression,
    transition_matrix,
)
from kansen.measures.over import Lines
from kansen.moments import Cells

EXACT = 1e-9

CHILDREN = (61.7, 62.2, 63.2, 64.2, 65.2, 66.2, 67.2, 68.2, 69.2, 70.2, 71.2, 72.2, 73.2, 73.7)
GALTON = {
    73.0: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0),
    72.5: (0, 0, 0, 0, 0, 0, 0, 1, 2, 1, 2, 7, 2, 4),
    71.5: (0, 0, 0, 0, 1, 3, 4, 3, 5, 10, 4, 9, 2, 2),
    70.5: (1, 0, 1, 0, 1, 1, 3, 12, 18, 14, 7, 4, 3, 3),
    69.5: (0, 0, 1, 16, 4, 17, 27, 20, 33, 25, 20, 11, 4, 5),
    68.5: (1, 0, 7, 11, 16, 25, 31, 34, 48, 21, 18, 4, 3, 0),
    67.5: (0, 3, 5, 14, 15, 36, 38, 28, 38, 19, 11, 4, 0, 0),
    66.5: (0, 3, 3, 5, 2, 17, 17, 14, 13, 4, 0, 0, 0, 0),
    65.5: (1, 0, 9, 5, 7, 11, 11, 7, 7, 5, 2, 1, 0, 0),
    64.5: (1, 1, 4, 4, 1, 5, 5, 0, 2, 0, 0, 0, 0, 0),
    64.0: (1, 0, 2, 4, 1, 2, 2, 1, 1, 0, 0, 0, 0, 0),
}
"""Galton (1886), Regression towards mediocrity in hereditary stature, table I: children by height, per mid-parent."""


@pytest.fixture(scope="module")
def known(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "vectors" / "statistics.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def incomes(shared: Path) -> pa.Table:
    return pc.read_csv(shared / "vectors" / "parent_child_income.csv")


@pytest.fixture(scope="module")
def schools(shared: Path) -> pa.Table:
    options = pc.ConvertOptions(strings_can_be_null=True, null_values=["NA"])
    return pc.read_csv(shared / "vectors" / "apistrat.csv", convert_options=options)


def test_rank_rank(known: dict[str, Any], incomes: pa.Table) -> None:
    told = known["csranks_parent_child_income"]
    found = rank_rank(incomes, y="c_faminc", x="p_faminc")
    assert found.intercept.value == pytest.approx(told["lmranks"]["intercept"], abs=EXACT)
    assert found.slope.value == pytest.approx(told["lmranks"]["slope"], abs=EXACT)
    assert found.intercept.se == pytest.approx(told["lmranks"]["se_intercept"], rel=EXACT)
    assert found.slope.se == pytest.approx(told["lmranks"]["se_slope"], rel=EXACT)
    assert found.at[0.25].value == pytest.approx(told["E_rank_at_p25"], abs=5e-8)
    assert found.at[0.25].se == pytest.approx(told["se_E_rank_at_p25"], abs=5e-10)
    middle = rank_rank(incomes, y="c_faminc", x="p_faminc", omega=0.5)
    assert [middle.intercept.se, middle.slope.se] == pytest.approx(told["omega_0.5_se"], rel=EXACT)


def test_rank_rank_of_an_outcome_that_is_not_ranked(known: dict[str, Any], incomes: pa.Table) -> None:
    told = known["csranks_parent_child_income"]["ranked_regressor_only"]
    found = rank_rank(incomes, y="c_faminc", x="p_faminc", ranked="x")
    assert found.intercept.value == pytest.approx(told["intercept"], rel=EXACT)
    assert found.slope.value == pytest.approx(told["slope"], rel=EXACT)
    assert [found.intercept.se, found.slope.se] == pytest.approx(told["se"], rel=EXACT)


def test_rank_rank_by_group(known: dict[str, Any], incomes: pa.Table) -> None:
    told = known["csranks_parent_child_income"]["grouped_by_gender"]
    found = rank_rank_by(incomes, y="c_faminc", x="p_faminc", by="gender").to_pylist()
    names = ("intercept", "slope", "se_intercept", "se_slope")
    assert [row["gender"] for row in found] == ["female", "male"]
    for row in found:
        assert [row[name] for name in names] == pytest.approx(told[row["gender"]], rel=EXACT)


def test_elasticity(known: dict[str, Any], incomes: pa.Table) -> None:
    told = known["csranks_parent_child_income"]["ige_loglog"]
    found = ige(incomes, y="c_faminc", x="p_faminc")
    assert found.elasticity.value == pytest.approx(told["slope"], abs=1e-10)
    assert found.elasticity.se == pytest.approx(told["se"], abs=1e-11)
    assert found.left_out > 0


def test_transition_matrix(known: dict[str, Any], incomes: pa.Table) -> None:
    told = known["csranks_parent_child_income"]
    found = transition_matrix(incomes, y="c_faminc", x="p_faminc")
    assert found.counts.tolist() == told["quintile_counts_parent_rows"]
    assert found.cell(1, 5).value == pytest.approx(told["P_Q1_Q5"], abs=5e-8)


def test_survey_means_and_regression(known: dict[str, Any], schools: pa.Table) -> None:
    told = known["survey_api"]
    design = Design("pw", strata="stype", population="fpc")
    for name in ("api00", "enroll"):
        found = survey_mean(schools, y=name, design=design)
        assert [found.value, found.se] == pytest.approx(told[f"apistrat_mean_{name}"], abs=5e-3)
    for label, found in survey_mean_by(schools, y="api00", by="stype", design=design).items():
        assert [found.value, found.se] == pytest.approx(told["apistrat_by_stype"][label], abs=5e-3)
    fitted = survey_regression(schools, y="api00", x=["ell", "meals", "mobility"], design=design)
    assert [one.value for one in fitted.values()] == pytest.approx(
        told["svyglm_api00_ell_meals_mobility"]["coef"], abs=1e-6
    )
    assert [one.se for one in fitted.values()] == pytest.approx(told["svyglm_api00_ell_meals_mobility"]["se"], abs=1e-6)


def test_oaxaca_blinder(known: dict[str, Any]) -> None:
    ccard = pytest.importorskip("statsmodels.datasets.ccard", reason="statsmodels is not installed")
    told = known["oaxaca_ccard_stata"]
    found = oaxaca_blinder(
        ccard.load_pandas().data, y="AVGEXP", group="OWNRENT", a=1.0, b=0.0, numbers=["AGE", "INCOME", "INCOMESQ"]
    )
    assert found.gap.value == pytest.approx(told["gap"], abs=5e-4)
    threefold = [found.endowments.value, found.coefficients.value, found.interaction.value]
    assert threefold == pytest.approx(told["threefold_endow_coef_inter"], abs=5e-4)
    twofold = [found.explained.value, found.unexplained.value]
    assert twofold == pytest.approx(told["twofold_pooled_explained_unexplained"], abs=5e-4)
    assert np.sum(found.detail["explained"].to_numpy()) == pytest.approx(found.explained.value)


@pytest.fixture(scope="module")
def heights() -> dict[str, np.ndarray]:
    """The 928 grown-up children of Galton's table, and their mid-parents, in inches."""
    counts = np.array(list(GALTON.values()))
    parent, child = (np.broadcast_to(of, counts.shape) for of in (np.array(list(GALTON))[:, None], CHILDREN))
    return {"parent": np.repeat(parent, counts.ravel()), "child": np.repeat(child, counts.ravel())}


def test_the_heights_of_galton(known: dict[str, Any], heights: dict[str, np.ndarray]) -> None:
    """The first regression that there was: many equal heights, so that slope and correlation of ranks differ."""
    told = known["galton"]
    x, y = heights["parent"], heights["child"]
    assert len(x) == 928
    dx, dy = x - x.mean(), y - y.mean()
    number = np.zeros(1, np.int32)
    cells = Cells("height", "nl", ("NL",), ("all",), number, number, np.array([928]), np.array([928]), number, *(
        np.array([float(of)]) for of in (x.mean(), y.mean(), dx @ dx, dx @ dy, dy @ dy)
    ))  # fmt: skip
    lines = Lines.of(cells)
    assert lines.slope[0] == pytest.approx(told["slope"], rel=EXACT)
    assert np.sqrt(lines.variance[0] / lines.sxx[0]) == pytest.approx(told["se"], rel=EXACT)
    assert lines.slope[0] * np.sqrt((dx @ dx) / (dy @ dy)) == pytest.approx(told["r"], rel=EXACT)
    ranked = rank_rank(heights, y="child", x="parent", omega=0.5)
    assert ranked.slope.value == pytest.approx(told["rank_rank_slope_avg_ties"], rel=EXACT)


def test_the_families_of_galton(known: dict[str, Any]) -> None:
    """Brothers and sisters are no independent children: the error by family is larger."""
    told = known["galton"]
    # Galton's notebooks of 1884, as transcribed by Hanley (2004): facts, in inches.
    families = pc.read_csv(Path(__file__).with_name("galton_families.csv"))
    middle = (families["father"].to_numpy() + 1.08 * families["mother"].to_numpy()) / 2
    frame = {"child": np.exp(families["child"].to_numpy()), "parent": np.exp(middle), "family": families["family"]}
    found = ige(frame, y="child", x="parent", cluster="family").elasticity
    assert found.n == 934
    assert found.value == pytest.approx(told["families_midparent_slope"], rel=EXACT)
    assert found.se == pytest.approx(told["cluster_family_se"], rel=EXACT)
    assert ige(frame, y="child", x="parent").elasticity.se == pytest.approx(told["ols_se"], rel=EXACT)


def test_inequality_of_states(known: dict[str, Any]) -> None:
    """Incomes per head of the American states, and of the Mexican ones between and within regions."""
    libpysal = pytest.importorskip("libpysal", reason="libpysal is not installed")
    told = known["theil_gini"]
    folder = Path(libpysal.__file__).parent / "examples"
    states = pc.read_csv(folder / "us_income" / "usjoin.csv")
    for year in ("1929", "2009"):
        amounts = states[year].to_numpy().astype(np.float64)
        assert gini(amounts) == pytest.approx(told[f"usjoin_gini_{year}"], rel=EXACT)
        split = inequality_between(states, y=year, by="Name")
        assert split is not None
        assert [split.total, split.between] == pytest.approx(2 * [told[f"usjoin_theil_{year}"]], rel=EXACT)
    mexico = pc.read_csv(folder / "mexico" / "mexico.csv")
    regions = told["mexico_TheilD_hanson98"]
    for number, year in enumerate(range(1940, 2001, 10)):
        split = inequality_between(mexico, y=f"pcgdp{year}", by="hanson98")
        assert split is not None
        assert split.total == pytest.approx(regions["T"][number], abs=5e-9)
        assert split.between == pytest.approx(regions["between"][number], abs=5e-9)
        assert split.within == pytest.approx(regions["T"][number] - regions["between"][number], abs=1e-8)
