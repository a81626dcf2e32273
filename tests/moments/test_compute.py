"""The moments of every cell against filtering and summing each cell on its own."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kansen import moments
from kansen.errors import EmptyResultError, MissingInputError, TableError
from kansen.geography import areas_from_hierarchy, load_areas
from kansen.moments import Cells, Grid, Prepared, structure
from moments import worlds


@pytest.fixture(scope="module")
def grid() -> Grid:
    return moments.load_grid()


@pytest.fixture(scope="module")
def small() -> pa.Table:
    return worlds.cohort(np.random.default_rng(1), 400)


def all_cells(table: pa.Table | Path, grid: Grid, kind: str = "money", **options: int) -> dict[str, Cells]:
    wanted = worlds.outcome("c35_y") if kind == "money" else worlds.outcome("c35_b", "binary")
    [(_, found)] = moments.compute(table, load_areas(), grid, [wanted], **options)
    return found


def test_every_cell_equals_its_children(small: pa.Table, grid: Grid) -> None:
    found, areas = all_cells(small, grid, "binary"), load_areas()
    assert tuple(found) == worlds.LEVELS
    place = {
        (level, areas.ids(level)[a], int(g)): i
        for level, c in found.items()
        for i, (a, g) in enumerate(zip(c.area, c.group, strict=True))
    }
    expected = list(worlds.cells(small, grid, areas, "c35_b"))
    assert len(expected) == len(place) == sum(map(len, found.values()))
    for cell in expected:
        c, i = found[cell.level], place[cell.level, cell.area, cell.group]
        seen = ~np.isnan(cell.y)
        x, y = cell.x[seen], cell.y[seen]
        assert (c.rows[i], c.n[i], c.ones[i]) == (len(cell.x), len(y), (y == 1).sum())
        if len(y) == 0:
            assert (c.my[i], c.syy[i], c.mx[i]) == (0, 0, 0)
            continue
        dx, dy = x - x.mean(), y - y.mean()
        own = (c.mx[i], c.my[i], c.sxx[i], c.sxy[i], c.syy[i])
        wanted = (x.mean(), y.mean(), (dx**2).sum(), (dx * dy).sum(), (dy**2).sum())
        np.testing.assert_allclose(own, wanted, rtol=1e-9, atol=1e-12)


def test_groups_add_up(small: pa.Table, grid: Grid) -> None:
    for cells in all_cells(small, grid).values():
        for counts in (cells.rows, cells.n):
            cube = np.zeros((cells.area.max() + 1, *grid.shape), dtype=np.int64)
            cube.reshape(len(cube), -1)[cells.area, cells.group] = counts
            assert (cube[:, :, 0] == cube[:, :, 1] + cube[:, :, 2]).all(), "all = men + women"
            assert (cube[:, :, :, 0] == cube[:, :, :, 1] + cube[:, :, :, 2]).all(), "all = none + any"
            assert (cube[:, :, :, 2] == cube[:, :, :, 3:].sum(axis=3)).all(), "any = five origins"
            assert (cube[..., 0] >= cube[..., 1] + cube[..., 2]).all(), "other households are in all only"


def test_children_without_an_area_count_where_it_is_known(small: pa.Table, grid: Grid) -> None:
    found = all_cells(small, grid)
    total = {level: int(cells.rows[cells.group == 0].sum()) for level, cells in found.items()}
    assert total["nl"] == small.num_rows
    for level in ("municipality", "wijk", "pc4"):
        assert total[level] == small.num_rows - small.column(level).null_count
    assert total["corop"] == total["province"] == total["municipality"]
    assert total["pc3"] == total["pc4"]


def test_the_cohorts_own_municipality_wins_over_the_table(grid: Grid) -> None:
    table = worlds.cohort(np.random.default_rng(2), 30, gaps=0, wijk=["WK036300"] * 30, municipality=["GM0014"] * 30)
    found, areas = all_cells(table, grid), load_areas()
    assert {areas.ids("municipality")[a] for a in found["municipality"].area} == {"GM0014"}
    assert {areas.ids("province")[a] for a in found["province"].area} == {"PV20"}
    derived = all_cells(table.drop_columns(["municipality"]), grid)
    assert {areas.ids("municipality")[a] for a in derived["municipality"].area} == {"GM0363"}


def test_levels_without_a_column_are_left_out(small: pa.Table, grid: Grid) -> None:
    assert tuple(all_cells(small.drop_columns(["wijk", "pc4"]), grid)) == ("nl", "province", "corop", "municipality")
    assert tuple(all_cells(small.drop_columns(["wijk", "pc4", "municipality"]), grid)) == ("nl",)


def test_a_child_without_a_label_counts_with_everybody_only(grid: Grid) -> None:
    table = worlds.cohort(np.random.default_rng(3), 5, gaps=0)
    for name in ("sex", "origin", "household_type"):
        lacking = table.set_column(table.column_names.index(name), name, pa.array([None] * 5, pa.string()))
        cells = all_cells(lacking, grid)["nl"]
        dimension = next(d for d in grid.dimensions if d.column == name)
        number = [d.column for d in grid.dimensions].index(name) + 1
        member = np.unravel_index(cells.group, grid.shape)[number]
        assert {dimension.members[m].id for m in member} == {"all"}
        assert cells.rows[0] == 5


def test_a_cohort_without_ranks_has_means(grid: Grid) -> None:
    table = worlds.cohort(np.random.default_rng(4), 50, gaps=0, income_rank=pa.nulls(50))
    cells = all_cells(table, grid)["nl"]
    assert {grid.groups[g].split(";")[0] for g in cells.group} == {"income=all"}
    y = table.column("c35_y").to_numpy()
    np.testing.assert_allclose(cells.my[0], y.mean(), rtol=1e-12)
    np.testing.assert_allclose(cells.syy[0], ((y - y.mean()) ** 2).sum(), rtol=1e-9)


def same_bytes(one: Cells, other: Cells) -> bool:
    return all(
        getattr(one, f.name).tobytes() == getattr(other, f.name).tobytes()
        for f in fields(Cells)
        if isinstance(getattr(one, f.name), np.ndarray)
    )


def test_threads_and_file_or_table_do_not_matter(small: pa.Table, grid: Grid, tmp_path: Path) -> None:
    pq.write_table(small, tmp_path / "cohort.parquet", row_group_size=64)
    wanted = [worlds.outcome("c35_y"), worlds.outcome("c35_b", "binary")] * 3
    runs = [
        list(moments.compute(source, load_areas(), grid, wanted, threads=threads))
        for source, threads in ((small, 1), (tmp_path / "cohort.parquet", 3))
    ]
    for (one, left), (other, right) in zip(*runs, strict=True):
        assert one == other
        assert all(same_bytes(left[level], right[level]) for level in worlds.LEVELS)


def test_outcomes_come_in_the_order_asked_for(small: pa.Table, grid: Grid) -> None:
    wanted = [worlds.outcome("c35_b", "binary"), worlds.outcome("c35_y")]
    found = [(outcome, cells["nl"].n[0]) for outcome, cells in moments.compute(small, load_areas(), grid, wanted)]
    n = [small.num_rows - small.column(name).null_count for name in ("c35_b", "c35_y")]
    assert found == list(zip(wanted, n, strict=True))


def test_prepared_cohorts_can_be_used_again(small: pa.Table, grid: Grid) -> None:
    prepared = moments.prepare(small, load_areas(), grid)
    assert isinstance(prepared, Prepared)
    [(_, again)] = prepared.outcomes([worlds.outcome("c35_y")], moments.Room())
    assert all(same_bytes(again[level], cells) for level, cells in all_cells(small, grid).items())


def test_equal_values_leave_no_rounding_behind(grid: Grid) -> None:
    size = 300
    table = worlds.cohort(np.random.default_rng(5), size, c35_y=[0.1] * size, income_rank=[0.1] * size)
    for cells in all_cells(table, grid).values():
        seen = cells.n > 0
        assert set(cells.my[seen]) == {0.1}
        assert set(cells.mx[seen]) == {0.1}
        assert not cells.syy.any()
        assert not cells.sxx.any()


def test_many_combinations_of_areas_are_numbered_anew(
    small: pa.Table, grid: Grid, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = all_cells(small, grid)
    monkeypatch.setattr(structure, "ROOM", 1)
    assert all(same_bytes(plain[level], cells) for level, cells in all_cells(small, grid).items())


@pytest.mark.parametrize("chunk", [1, 500, 5_000])
def test_the_size_of_chunks_does_not_matter(
    small: pa.Table, grid: Grid, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    plain = all_cells(small, grid)
    monkeypatch.setattr(structure, "CHUNK", chunk)
    assert all(same_bytes(plain[level], cells) for level, cells in all_cells(small, grid).items())


def test_areas_of_ones_own(grid: Grid, tmp_path: Path) -> None:
    rows = ["child_type,child_id,parent_type,parent_id", "block,b1,town,t1", "block,b2,town,t1", "block,b3,town,t2"]
    (tmp_path / "own.csv").write_text("\n".join(rows), encoding="utf-8")
    areas = areas_from_hierarchy(tmp_path / "own.csv")
    table = worlds.cohort(np.random.default_rng(6), 40, block=["b1", "b2", "b3", None] * 10)
    [(_, found)] = moments.compute(table, areas, grid, [worlds.outcome()])
    assert {level: cells.rows[cells.group == 0].tolist() for level, cells in found.items()} == {
        "nl": [40],
        "town": [20, 10],
        "block": [10, 10, 10],
    }


@pytest.mark.parametrize(
    ("column", "values", "row", "told"),
    [
        ("income_rank", [0.1, 1.01, 0.2], 2, "1.01"),
        ("income_rank", [0.1, 0.2, -0.01], 3, "-0.01"),
        ("income_rank", [0.1, float("nan"), 0.2], 2, "nan"),
        ("c35_y", [1.0, float("inf"), 2.0], 2, "inf"),
        ("c35_y", [1.0, float("nan"), None], 2, "nan"),
        ("c35_b", [1.0, 0.0, 0.5], 3, "0.5"),
        ("sex", ["men", "Women", "men"], 2, "'Women'"),
        ("origin", ["none", "none", "turkiye"], 3, "'turkiye'"),
        ("wijk", ["WK036300", "GM0363", None], 2, "of the level municipality, not of wijk"),
        ("municipality", ["GM0363", "GM0457", None], 2, "merged into GM0363 Amsterdam"),
        ("pc4", ["1061", "", None], 2, "an empty code"),
        ("person", ["a", "b", "a"], 3, "2 rows"),
        ("person", ["a", None, None], 3, "2 rows without a person"),
    ],
)
def test_bad_content_is_named(column: str, values: list[object], row: int, told: str, grid: Grid) -> None:
    table = worlds.cohort(np.random.default_rng(7), 3, gaps=0, **{column: pa.array(values)})
    wanted = [worlds.outcome("c35_y"), worlds.outcome("c35_b", "binary")]
    with pytest.raises(TableError) as error:
        list(moments.compute(table, load_areas(), grid, wanted))
    assert (error.value.column, error.value.row) == (column, row)
    assert told in str(error.value.found)


@pytest.mark.parametrize(
    ("column", "values"),
    [("wijk", [1, 2, 3]), ("sex", [0, 1, 0]), ("income_rank", ["a", "b", "c"]), ("c35_y", ["1"] * 3)],
)
def test_wrong_types_are_named(column: str, values: list[object], grid: Grid) -> None:
    table = worlds.cohort(np.random.default_rng(8), 3, gaps=0, **{column: pa.array(values)})
    with pytest.raises(TableError, match="type") as error:
        list(moments.compute(table, load_areas(), grid, [worlds.outcome()]))
    assert error.value.column == column


def test_missing_columns_files_and_children_are_named(small: pa.Table, grid: Grid, tmp_path: Path) -> None:
    areas = load_areas()
    for name in ("sex", "income_rank", "c35_y"):
        with pytest.raises(MissingInputError, match=name):
            list(moments.compute(small.drop_columns([name]), areas, grid, [worlds.outcome()]))
    with pytest.raises(MissingInputError, match="not there"):
        moments.prepare(tmp_path / "none.parquet", areas, grid)
    with pytest.raises(EmptyResultError):
        moments.prepare(small.slice(0, 0), areas, grid)
    pq.write_table(small, tmp_path / "whole.parquet")
    content = (tmp_path / "whole.parquet").read_bytes()
    (tmp_path / "half.parquet").write_bytes(content[: len(content) // 2])
    with pytest.raises(TableError, match=r"half\.parquet"):
        moments.prepare(tmp_path / "half.parquet", areas, grid)


def test_a_failing_outcome_stops_the_rest(small: pa.Table, grid: Grid) -> None:
    wanted = [worlds.outcome("c35_y"), worlds.outcome("c35_missing")]
    run = moments.compute(small, load_areas(), grid, wanted, threads=2)
    assert next(run)[0].id == "c35_y"
    with pytest.raises(MissingInputError, match="c35_missing"):
        next(run)


def test_an_infinite_value_leaves_its_cells_without_a_figure(grid: Grid) -> None:
    """Q26: only where an outcome is declared so; cells without such a child keep theirs."""
    table = worlds.cohort(np.random.default_rng(4), 40, gaps=0.0)
    values = table["c35_y"].to_pylist()
    values[0] = float("inf")
    table = table.set_column(table.schema.get_field_index("c35_y"), "c35_y", pa.array(values))
    with pytest.raises(TableError, match="A value cannot be used"):
        list(moments.compute(table, load_areas(), grid, [worlds.outcome()]))
    [(_, cells)] = moments.compute(table, load_areas(), grid, [replace(worlds.outcome(), infinite=True)])
    here = cells["municipality"]
    mine = here.areas.index(table["municipality"][0].as_py())
    everybody = here.group == 0
    assert np.isfinite(here.my[everybody]).tolist() == (here.area[everybody] != mine).tolist()
    assert not np.isfinite(cells["nl"].my[0])


def test_a_grid_is_known_where_a_child_has_a_position(small: pa.Table, tmp_path: Path) -> None:
    grids = tuple(moments.load_grid(axis) for axis in ("income", "wealth", "education"))
    path = tmp_path / "cohort.parquet"

    def known(table: pa.Table, **options: bool) -> list[str]:
        pq.write_table(table, path, row_group_size=100, **options)
        found = [grid.axis for grid in moments.known_grids([path], grids)]
        assert found == [grid.axis for grid in moments.known_grids([table], grids)]
        return found

    place = small.schema.names.index("wealth_rank")
    nobody = small.set_column(place, "wealth_rank", pa.nulls(len(small), pa.float64()))
    last = pa.array([None] * (len(small) - 1) + [0.5], pa.float64())
    for statistics in (True, False):
        with_wealth = known(small, write_statistics=statistics)
        assert "wealth" in with_wealth
        assert known(small.set_column(place, "wealth_rank", last), write_statistics=statistics) == with_wealth
        without = [axis for axis in with_wealth if axis != "wealth"]
        assert known(nobody, write_statistics=statistics) == without
        assert known(small.drop_columns(["wealth_rank"]), write_statistics=statistics) == without
    assert moments.known_grids([nobody], grids)[0].axis == "income"


@pytest.mark.parametrize("fewest", [0, 2, 7, 1_000])
def test_cells_of_few_are_left_out_and_the_others_stay(small: pa.Table, grid: Grid, fewest: int) -> None:
    everything, enough = all_cells(small, grid), all_cells(small, grid, fewest=fewest)
    assert enough.keys() == everything.keys()
    for level, whole in everything.items():
        kept = whole.rows >= fewest
        assert kept.all() == (fewest < 2)
        for item in fields(Cells):
            values = getattr(whole, item.name)
            expected = values[kept] if isinstance(values, np.ndarray) else values
            np.testing.assert_array_equal(getattr(enough[level], item.name), expected)
