"""Published examples of how hidden counts are worked out, and what noise leaves of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kansen.protection.draws import noisy_count
from kansen.protection.keys import SIZE, Draws, Secret
from kansen.protection.profiles import load_profile

DRAWS = Draws(Secret(bytes(range(SIZE))))
RULE = load_profile("perturbed").noise
TIMES = 4_000


@pytest.fixture(scope="module")
def vectors(request: pytest.FixtureRequest) -> dict[str, Any]:
    shared: Path = request.getfixturevalue("shared")
    return json.loads((shared / "vectors" / "statistics.json").read_text(encoding="utf-8"))


def told(counts: np.ndarray, children: np.ndarray) -> np.ndarray:
    """Sums of the children of each set, [times, sets], each time with other keys; `children` [people, sets]."""
    assert RULE is not None
    keys = np.random.default_rng(1).integers(0, 2**64, (TIMES, len(children)), dtype=np.uint64)
    cells = np.stack([keys[:, of].sum(axis=1, dtype=np.uint64) for of in children.T], axis=1)
    return np.stack(
        [noisy_count(np.full(TIMES, n), cells[:, i], "n", DRAWS, RULE) for i, n in enumerate(counts.tolist())], axis=1
    )


def test_tables_that_are_linked(vectors: dict[str, Any]) -> None:
    """Each table alone is safe, both together give K away; hiding N repairs it, and so does noise."""
    of = vectors["sdc_linked_tables"]
    names, n = list(of["cells"]), np.array(list(of["cells"].values()))
    hidden = set(of["primary_maxN3"])

    def row(members: str) -> np.ndarray:
        return np.array([float(name in members) for name in names])

    def found(*tables: str, without: str = "") -> list[str]:
        shown = [row(name) for name in names if name not in hidden and name not in without]
        shown += [row("".join(names))] + [row(part) for table in tables for part in of[table].values()]
        space = np.linalg.svd(np.array(shown))[2][np.linalg.matrix_rank(np.array(shown)) :]
        return [name for name in names if name in hidden | set(without) and np.abs(space @ row(name)).max() < 1e-9]

    assert found("county") == []
    assert found("size") == []
    assert found("county", "size") == of["both_tables_recover"] == ["K"]
    assert of["fix"] == "suppress N"
    assert found("county", "size", without="N") == []

    of_person = np.repeat(np.arange(len(names)), n)
    sets = [
        np.isin(of_person, [names.index(m) for m in members])
        for members in (of["size"]["small"], of["county"]["1"], "N")
    ]
    small, county, other = told(np.array([s.sum() for s in sets]), np.stack(sets, axis=1)).T
    k = small - county - other
    assert np.mean(k) == pytest.approx(3, abs=0.2)
    assert np.mean(k == 3) < 0.2


def test_areas_that_hardly_differ(vectors: dict[str, Any]) -> None:
    """Two versions of an area, and two boys between them: their difference is no longer told."""
    of = vectors["sdc_geographic_differencing"]
    for sex, derived in of["derived"].items():
        for smaller, larger, difference in zip(of["area_A_OA"][sex], of["area_A_ED"][sex], derived, strict=True):
            assert larger - smaller == difference
            people = np.ones((larger, 2), bool)
            people[smaller:, 0] = False
            both = told(np.array([smaller, larger]), people)
            right = np.mean(both[:, 1] - both[:, 0] == difference)
            # The same children have the same noise, so what does not differ says so; nobody is in that difference.
            assert right == 1 if difference == 0 else right < 0.25
