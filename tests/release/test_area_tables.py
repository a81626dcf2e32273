"""The areas of a release say the same as the areas it was made with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from kansen.geography import Areas, areas_from_hierarchy, load_areas
from kansen.release.area_tables import read_areas, write_areas


def own(folder: Path) -> Areas:
    path = folder / "regions.csv"
    path.write_text(
        "child_type,child_id,parent_type,parent_id\nschool,001,town,01\nschool,002,town,01\nschool,010,town,02\n",
        encoding="utf-8",
    )
    return areas_from_hierarchy(path)


@pytest.mark.parametrize("kind", ["shipped", "own"])
def test_areas_come_back_as_they_were(kind: str, tmp_path: Path) -> None:
    areas = load_areas() if kind == "shipped" else own(tmp_path)
    write_areas(tmp_path / "release", areas)
    found = read_areas(tmp_path / "release")
    assert found.levels == areas.levels
    for level in areas.levels:
        before, after = areas.table(level), found.table(level)
        assert (before.level, before.ids, before.names) == (after.level, after.ids, after.names)
        assert list(before.parents) == list(after.parents)
        for above in before.parents:
            np.testing.assert_array_equal(before.parents[above], after.parents[above])
        for name in ("population", "lon", "lat"):
            np.testing.assert_array_equal(getattr(before, name), getattr(after, name))


def test_codes_of_other_years_are_still_explained(tmp_path: Path) -> None:
    write_areas(tmp_path, load_areas())
    assert "Amsterdam" in str(read_areas(tmp_path).explain_unknown("GM0457"))


def test_the_area_table_names_everything_that_an_area_lies_in(tmp_path: Path) -> None:
    write_areas(tmp_path, load_areas())
    rows = pq.read_table(tmp_path / "areas/areas.parquet").to_pylist()
    (wijk,) = [row for row in rows if row["area"] == "WK036386"]
    assert (wijk["municipality"], wijk["corop"], wijk["province"], wijk["nl"]) == ("GM0363", "CR23", "PV27", "NL")
    assert wijk["pc3"] is None


def test_the_hierarchy_is_a_spec_that_others_can_use(tmp_path: Path) -> None:
    areas = own(tmp_path)
    write_areas(tmp_path / "release", areas)
    again = areas_from_hierarchy(tmp_path / "release/areas/hierarchy.csv")
    assert {level: again.ids(level) for level in again.levels} == {level: areas.ids(level) for level in areas.levels}
