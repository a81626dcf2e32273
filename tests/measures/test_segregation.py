"""Segregation: figures of PySAL, definitions, limits, and what the correction takes away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kansen.errors import TableError, UsageError
from kansen.measures import segregation
from kansen.measures.results import FEW

TABLE = np.array([[40, 3, 12], [5, 30, 8], [0, 22, 31], [18, 18, 17], [60, 1, 9]])
"""Five schools by three groups."""
PYSAL = {
    "theil": 0.31468813767076653,
    "dissimilarity": 0.5184994437806436,
    "a_b": 0.7589540760272466,
    "isolation_a": 0.7090575887438011,
}
"""segregation 2.5.4 of PySAL: MultiInfoTheory, MultiDissim, Dissim of a and b, Isolation of a."""


def long(table: np.ndarray, names: str = "abcd") -> dict[str, np.ndarray]:
    units, groups = table.shape
    return {
        "school": np.repeat([f"s{i}" for i in range(units)], groups),
        "origin": np.tile(list(names[:groups]), units),
        "pupils": table.ravel(),
    }


def told(table: np.ndarray, **more: int) -> dict[str, float]:
    return segregation(long(table), unit="school", group="origin", weight="pupils", **more).plain


def test_as_pysal_has_it() -> None:
    found = segregation(long(TABLE), unit="school", group="origin", weight="pupils")
    assert found.plain["theil"] == pytest.approx(PYSAL["theil"], rel=1e-12)
    assert found.plain["dissimilarity"] == pytest.approx(PYSAL["dissimilarity"], rel=1e-12)
    pair = found.pairs.to_pylist()[0]
    assert (pair["group"], pair["other"]) == ("a", "b")
    assert pair["dissimilarity"] == pytest.approx(PYSAL["a_b"], rel=1e-12)
    assert found.groups["isolation"][0].as_py() == pytest.approx(PYSAL["isolation_a"], rel=1e-12)


def test_the_definitions_one_by_one() -> None:
    found = segregation(long(TABLE), unit="school", group="origin", weight="pupils")
    n, school, origin = TABLE.sum(), TABLE.sum(axis=1), TABLE.sum(axis=0)
    mutual = sum(
        TABLE[u, g] / n * np.log(TABLE[u, g] * n / (school[u] * origin[g]))
        for u in range(5)
        for g in range(3)
        if TABLE[u, g]
    )
    assert found.plain["mutual"] == pytest.approx(mutual, rel=1e-12)
    groups = found.groups.to_pydict()
    assert groups["share"] == pytest.approx(origin / n)
    assert np.dot(groups["share"], groups["local"]) == pytest.approx(mutual, rel=1e-12)
    met = {(row["group"], row["other"]): row["exposure"] for row in found.pairs.to_pylist()}
    assert met["a", "c"] == pytest.approx(sum(TABLE[u, 0] / origin[0] * TABLE[u, 2] / school[u] for u in range(5)))
    # Whom members of a meet, themselves included, is somebody.
    assert groups["isolation"][0] + met["a", "b"] + met["a", "c"] == pytest.approx(1.0)


def test_a_row_per_person_is_the_same_as_numbers() -> None:
    rows = {name: np.repeat(of, TABLE.ravel()) for name, of in long(TABLE).items() if name != "pupils"}
    assert segregation(rows, unit="school", group="origin").plain == pytest.approx(told(TABLE))


def test_the_ends() -> None:
    assert list(told(np.diag([10, 20, 30])).values()) == pytest.approx(
        [told(np.diag([10, 20, 30]))["mutual"], 1.0, 1.0]
    )
    assert list(told(np.outer([1, 2, 5], [10, 20, 30])).values()) == pytest.approx([0, 0, 0], abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(arrays.arrays(np.int64, st.tuples(st.integers(2, 6), st.integers(2, 4)), elements=st.integers(0, 50)))
def test_limits_and_order(table: np.ndarray) -> None:
    """Between 0 and 1, blind to the order of units, and to units that are split evenly."""
    if (table.sum(axis=0) > 0).sum() < 2 or (table.sum(axis=1) > 0).sum() < 2:
        return
    plain = told(table, replications=10)
    assert -1e-12 <= plain["theil"] <= 1 + 1e-12
    assert -1e-12 <= plain["dissimilarity"] <= 1 + 1e-12
    assert told(table[::-1], replications=10) == pytest.approx(plain)
    assert told(np.vstack([table, table]), replications=10) == pytest.approx(plain)


def test_what_chance_makes_is_taken_away() -> None:
    """In schools of twenty pupils without any segregation the plain index is far from zero."""
    rng = np.random.default_rng(1)
    table = rng.multinomial(20, [0.6, 0.3, 0.1], 200)
    found = segregation(long(table), unit="school", group="origin", weight="pupils", seed=2)
    assert found.plain["theil"] > 0.04
    assert found.theil.value == pytest.approx(0.006, abs=0.006)
    assert segregation(long(table), unit="school", group="origin", weight="pupils", seed=2).theil == found.theil


@pytest.mark.slow
def test_intervals_hold_the_truth() -> None:
    """Of 10,000 countries of 60 large schools with known mixes, 95 of 100 intervals hold M, H and D."""
    rng = np.random.default_rng(5)
    mixes = rng.dirichlet([3.0, 2.0, 1.0], 60)
    sizes = np.full(60, 400)
    truth = told(np.round(mixes * 400_000).astype(int), replications=10)
    names = ("mutual", "theil", "dissimilarity")
    held = dict.fromkeys(names, 0)
    for seed in range(10_000):
        table = rng.multinomial(sizes, mixes)
        found = segregation(long(table), unit="school", group="origin", weight="pupils", seed=seed)
        for name in names:
            one = getattr(found, name)
            held[name] += one.lwr <= truth[name] <= one.upr
    assert all(0.94 <= count / 10_000 <= 0.96 for count in held.values()), held


def test_nothing_to_compare() -> None:
    alone = segregation(long(TABLE[:1]), unit="school", group="origin", weight="pupils")
    assert (alone.theil.value, alone.theil.reason) == (None, "there is only one unit")
    same = segregation(long(TABLE[:, :1]), unit="school", group="origin", weight="pupils")
    assert same.mutual.reason == "there is only one group"
    assert same.mutual.reason != FEW
    assert (same.groups.num_rows, same.pairs.num_rows, same.units) == (0, 0, 4)


def test_wrong_input() -> None:
    with pytest.raises(TableError, match="weight"):
        segregation(long(-TABLE), unit="school", group="origin", weight="pupils")
    with pytest.raises(UsageError, match="replications"):
        segregation(long(TABLE), unit="school", group="origin", replications=3)
