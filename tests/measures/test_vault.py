"""The vault's files: labels and codes of KansenKaart, every occupied cell, full precision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from kansen import moments
from kansen.geography import load_areas
from kansen.measures import Estimates, expectation
from kansen.measures.vault import region_id, write_vault
from moments import worlds

COLUMNS = [
    *("outcome", "income_group", "gender_group", "migration_group", "household_group"),
    *("region_type", "region_id", "n", "est", "lwr", "upr"),
]


@pytest.fixture(scope="module")
def estimates() -> dict[str, Estimates]:
    grid = moments.load_grid()
    table = worlds.cohort(np.random.default_rng(1), 200)
    [(_, found)] = moments.compute(table, load_areas(), grid, [worlds.outcome()])
    return {level: expectation(cells, grid) for level, cells in found.items()}


def test_every_occupied_cell_is_written_in_full(estimates: dict[str, Estimates], tmp_path: Path) -> None:
    path = write_vault(tmp_path, worlds.outcome(), estimates, load_areas(), moments.load_grid())
    assert path == tmp_path / "estimates" / "c35_y.parquet"
    table = pq.read_table(path)
    assert table.column_names == COLUMNS
    assert table.num_rows == sum(map(len, estimates.values()))
    est = np.concatenate([e.est for e in estimates.values()])
    written = table.column("est").to_numpy(zero_copy_only=False)
    assert np.array_equal(written, est, equal_nan=True)
    assert table.column("est").null_count == np.isnan(est).sum() > 0


def test_labels_and_codes_are_those_of_kansenkaart(estimates: dict[str, Estimates], tmp_path: Path) -> None:
    grid, areas = moments.load_grid(), load_areas()
    path = write_vault(tmp_path, worlds.outcome(), estimates, areas, grid)
    written = pq.read_table(path).to_pylist()
    assert {row["region_type"] for row in written} == {
        *("all", "province_code", "corop_code", "municipality_code", "neighborhood_code", "postcode3", "postcode4")
    }
    e = estimates["municipality"]
    group = grid.groups.index("income=very_low;women;any;single")
    chosen = [i for i in range(len(e)) if e.group[i] == group and e.n[i] > 0]
    wanted = {(areas.ids("municipality")[e.area[i]][2:], int(e.n[i]), float(e.est[i])) for i in chosen}
    found = {
        (row["region_id"], row["n"], row["est"])
        for row in written
        if row["region_type"] == "municipality_code"
        and row["n"] > 0
        and [row[name] for name in COLUMNS[:5]] == ["c35_y", "Very_Low", "Women", "has_migration", "Single Parent"]
    }
    assert found == wanted
    assert len(found) > 1


def test_codes_of_regions() -> None:
    pairs = {("nl", "NL"): "all", ("province", "PV27"): "27", ("corop", "CR23"): "23", ("pc3", "106"): "106"}
    pairs |= {("municipality", "GM0363"): "0363", ("wijk", "WK036344"): "036344", ("block", "b1"): "b1"}
    assert {key: region_id(*key) for key in pairs} == pairs


def test_nothing_is_left_of_a_write_that_fails(
    estimates: dict[str, Estimates], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", fail)
    with pytest.raises(Exception, match="Cannot write"):
        write_vault(tmp_path, worlds.outcome(), estimates, load_areas(), moments.load_grid())
    assert list((tmp_path / "estimates").iterdir()) == []
