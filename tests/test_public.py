"""`kansen estimate --profile public`: exact figures and noise side by side, and enough left between them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kansen import pipeline
from kansen.geography import load_areas
from kansen.moments import load_grid
from moments import worlds

SPEC = '[[outcome]]\nid = "c35_y"\nkind = "money"\n[[outcome]]\nid = "c35_b"\nkind = "binary"\n'
AREAS = load_areas()
SIZE = 15_000
Figure = tuple[int, float, bool]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world of eight municipalities of five wijken, with one outcome that is known of everybody."""
    rng = np.random.default_rng(12)
    parent = AREAS.parent_index("wijk", "municipality")
    wijken = [AREAS.ids("wijk")[i] for m in range(0, 160, 20) for i in np.flatnonzero(parent == m)[:5]]
    shares = rng.dirichlet(np.ones(len(wijken)))
    wijk = rng.choice(wijken, SIZE, p=shares)
    municipality = [AREAS.ids("municipality")[parent[AREAS.index("wijk")[one]]] for one in wijk]
    given = {
        "wijk": wijk, "municipality": municipality, "pc4": rng.choice(AREAS.ids("pc4")[:30], SIZE),
        "c35_b": pa.array((rng.random(SIZE) < 0.4).astype(float)),
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("public")
    pq.write_table(worlds.cohort(rng, SIZE, gaps=0.02, **given), folder / "cohort.parquet")
    (folder / "spec.toml").write_text(SPEC, encoding="utf-8")
    return pipeline.estimate(folder / "cohort.parquet", folder / "spec.toml", folder / "out", profile="public")


def figures(release: Path, name: str) -> dict[tuple[str, str, str, tuple[str, ...]], Figure]:
    """n, estimate and whether it is exact, by level, area, axis and the members of the group."""
    table = pq.read_table(release / "estimates" / f"outcome={name}.parquet")
    columns = [table[column].to_pylist() for column in table.column_names]
    found: dict[tuple[str, str, str, tuple[str, ...]], Figure] = {}
    for axis, position, sex, origin, household, level, area, n, est, *_, protection, _, _ in zip(*columns, strict=True):
        found[level, area, axis, (position, sex, origin, household)] = (n, est, protection == "exact")
    return found


ORIGINS = {
    origin: {
        m.id
        for m in load_grid().origin.members
        if set(m.of) > set(next(o.of for o in load_grid().origin.members if o.id == origin))
    }
    for origin in (m.id for m in load_grid().origin.members)
}


def holders(group: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The groups that hold a group, by name."""
    position, sex, origin, household = group
    for found in product({position, "all"}, {sex, "all"}, {origin, *ORIGINS[origin]}, {household, "all"}):
        if found != group:
            yield found


def test_both_kinds_are_there(release: Path) -> None:
    for name in ("c35_y", "c35_b"):
        found = figures(release, name)
        exact = {key[0] for key, (_, _, is_exact) in found.items() if is_exact}
        noise = {key[0] for key, (_, _, is_exact) in found.items() if not is_exact}
        assert exact >= {"nl", "municipality", "wijk"}
        assert noise == {"nl", "province", "corop", "municipality", "wijk", "pc3", "pc4"}


@pytest.mark.parametrize("name", ["c35_y", "c35_b"])
def test_what_noise_leaves_of_an_exact_figure_is_not_small(release: Path, name: str) -> None:
    found = figures(release, name)
    up = {"wijk": ("municipality", "nl"), "municipality": ("nl",)}
    checked = 0
    for (level, area, axis, group), (n, est, is_exact) in found.items():
        if is_exact:
            continue
        around = [(level, area, axis if other[0] != "all" else "income", other) for other in holders(group)]
        for above in up.get(level, ()):
            parent = AREAS.parent_index(level, above)[AREAS.index(level)[area]]
            around.append((above, AREAS.ids(above)[parent], axis, group))
        for key in around:
            if key not in found or not found[key][2]:
                continue
            checked += 1
            whole, share, _ = found[key]
            assert whole - n >= 10, (level, area, group, key)
            if name == "c35_b":
                ones = share * whole - est * n
                assert ones >= 10 - 1e-6, (level, area, axis, group, n, est, key, whole, share)
                assert whole - n - ones >= 10 - 1e-6
    assert checked > 500


def test_numbers_are_the_same_for_both_outcomes(release: Path) -> None:
    one, two = figures(release, "c35_y"), figures(release, "c35_b")
    exact = {key: n for key, (n, _, is_exact) in one.items() if is_exact}
    for key, (n, _, is_exact) in two.items():
        if is_exact and key in exact:
            assert n == exact[key]
        if not is_exact and key in one and not one[key][2]:
            assert n == one[key][0]


def test_noise_of_one_outcome_beside_exact_numbers_of_another(release: Path) -> None:
    """A number that any outcome tells exactly counts for the noise of all of them."""
    one, two = figures(release, "c35_y"), figures(release, "c35_b")
    exact = {key: n for of in (one, two) for key, (n, _, is_exact) in of.items() if is_exact}
    for of in (one, two):
        for (level, area, axis, group), (n, _, is_exact) in of.items():
            if is_exact:
                continue
            for other in holders(group):
                whole = exact.get((level, area, axis if other[0] != "all" else "income", other))
                assert whole is None or whole - n >= 10
