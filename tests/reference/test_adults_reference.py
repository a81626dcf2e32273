"""age35 and age21 as the engine builds them, and computed a second time from the published rules: every child, every
column, on synthetic registers that were made rough on purpose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kansen import registers, synthetic
from kansen.cohorts import Cohort, build_cohort, load_cohort
from kansen.engine import load_engine
from kansen.geography import load_areas
from reference.adults_age21 import age21
from reference.adults_age35 import age35
from reference.adults_roughen import roughen
from reference.adults_tables import Registers

Computed = tuple[pd.DataFrame, dict[str, int]]
REFERENCES: dict[str, Callable[[Registers], Computed]] = {"age35": age35, "age21": age21}
CHILDREN = 2000
"""More than these are followed in each cohort, so that every rule drops some."""

EUR = 2e-6
"""Sums of gifts are of whole millionths of a euro, eight at most; everything else differs by its last bits only."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("country") / "registers"
    synthetic.write(root, scale=0.003, seed=21, cohorts=tuple(REFERENCES))
    roughen(root, seed=21)
    return root


@pytest.fixture(scope="module", params=list(REFERENCES))
def both(
    request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Cohort, Computed]:
    name, vault = request.param, tmp_path_factory.mktemp("vault")
    runner = load_engine("duckdb", vault / "scratch")
    built = build_cohort(load_cohort(name), registers.find(root), vault, runner, load_areas())
    return built, REFERENCES[name](Registers(root))


def test_each_rule_leaves_as_many_children(both: tuple[Cohort, Computed]) -> None:
    built, (_, left) = both
    steps = [step for step in built.attrition.steps() if step["level"] == "nl" and step["dimension"] == "all"]
    assert {step["step"]: step["left"] for step in steps} == left
    assert all(step["dropped"] > 0 for step in steps)


def test_the_same_children_have_the_same_values(both: tuple[Cohort, Computed]) -> None:
    built, (computed, _) = both
    ours = pd.read_parquet(built.path).set_index("person").sort_index()
    other = computed.sort_index()
    assert len(ours) > CHILDREN
    assert ours.index.equals(other.index)
    assert set(ours) <= set(other)
    assert {column: _differences(ours[column], other[column]) for column in ours} == dict.fromkeys(ours, 0)


def test_nothing_is_the_same_for_everybody(both: tuple[Cohort, Computed]) -> None:
    """What does not vary cannot show a mistake."""
    _, (computed, _) = both
    compared = [column for column in computed if column != "parent_education"]
    assert [column for column in compared if computed[column].nunique() < 2] == []


def _differences(ours: pd.Series, other: pd.Series) -> int:
    if pd.api.types.is_numeric_dtype(ours):
        alike = np.isclose(ours.astype("float64"), other.astype("float64"), rtol=1e-9, atol=EUR, equal_nan=True)
        return int((~alike).sum())
    one, two = ours.astype("object"), other.astype("object")
    return int((~((one == two) | (one.isna() & two.isna()))).sum())
