"""Published known answers: csranks, R's survey package, Stata's oaxaca."""

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
    ige,
    oaxaca_blinder,
    rank_rank,
    rank_rank_by,
    survey_mean,
    survey_mean_by,
    survey_regression,
    transition_matrix,
)

EXACT = 1e-9


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
