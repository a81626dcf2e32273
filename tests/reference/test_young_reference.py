"""The cohorts of the young, by Kansen and computed a second time from rough registers: the same figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kansen import registers, synthetic
from kansen.cohorts import Cohort, build_cohort, load_cohort
from kansen.engine import load_engine
from kansen.geography import load_areas
from kansen.progress import Quiet
from reference.young_reference import Followed, follow
from reference.young_roughen import roughen
from reference.young_tables import Tables

Both = tuple[Cohort, pd.DataFrame, Followed]
COHORTS = ("age16", "prim8_a", "prim8_b", "newborns")
RULES_THAT_MUST_DROP = {
    "age16": {"birth_date", "parents_known", "home", "parent_resident", "household_type", "resident", "c16_vmbo_gl"},
    "prim8_a": {"parents_known", "home", "parent_resident", "household_type", "in_grade"},
    "prim8_b": {"parents_known", "home", "parent_resident", "household_type", "in_grade"},
    "newborns": {"birth_measured", "sex_known", "mother_known", "household_type"},
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("country") / "registers"
    synthetic.write(root, scale=0.004, seed=3, cohorts=COHORTS)
    roughen(root, seed=1)
    return root


@pytest.fixture(scope="module")
def tables(root: Path) -> Tables:
    return Tables(root)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vault")


@pytest.fixture(scope="module", params=COHORTS)
def both(request: pytest.FixtureRequest, root: Path, tables: Tables, vault: Path) -> Both:
    runner = load_engine("duckdb", vault / "scratch")
    cohort = build_cohort(load_cohort(request.param), registers.find(root), vault, runner, load_areas(), Quiet())
    mine = pd.read_parquet(cohort.path).set_index("person").sort_index()
    return cohort, mine, follow(tables, request.param)


def test_the_same_children_stay_and_each_rule_drops_as_many(both: Both) -> None:
    cohort, mine, other = both
    steps = [row for row in cohort.attrition.steps() if row["level"] == "nl" and row["dimension"] == "all"]
    assert {row["step"]: row["dropped"] for row in steps} == other.dropped
    assert {rule for rule, dropped in other.dropped.items() if dropped} >= RULES_THAT_MUST_DROP[cohort.declaration.id]
    assert len(mine) > 1_000
    assert mine.index.equals(other.children.index.sort_values())


def test_the_same_groups_places_ranks_and_outcomes(both: Both) -> None:
    _, mine, other = both
    theirs = other.children.reindex(mine.index)
    for column in mine.columns:
        assert column in theirs, column
        one, two = mine[column], theirs[column]
        assert (one.isna() == two.isna()).all(), column
        if column == "birth_year" or pd.api.types.is_float_dtype(one):
            exact = set(one.dropna()) <= {0, 1}
            difference = np.abs(one - two).fillna(0.0)
            assert (difference <= (0 if exact else 1e-9 * np.maximum(1, np.abs(two.fillna(0))))).all(), column
        else:
            assert (one.dropna() == two.dropna()).all(), column


def test_every_outcome_varies(both: Both) -> None:
    """A comparison of nothing with nothing shows nothing."""
    cohort, mine, _ = both
    assert {id for id in cohort.declaration.ids if mine[id].nunique() < 2} == set()
