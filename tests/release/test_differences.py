"""Two releases side by side."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from kansen.cli import main
from kansen.errors import UsageError
from kansen.moments.grid import load_grid
from kansen.protection import already_published
from kansen.protection.protected import Protected
from kansen.release import open_release
from kansen.release.difference_text import as_text
from kansen.release.differences import CELLS, Differences, compare
from release import worlds

Figures = dict[tuple[str, str, str], tuple[float, ...]]
ALL, LOW = worlds.ALL, worlds.LOW
FIRST: Figures = {
    ("nl", ALL, "NL"): (1000, 31000, 30000, 32000),
    ("municipality", ALL, "GM0363"): (100, 28000, 27000, 29000),
    ("municipality", LOW, "GM0363"): (25, 21000, 20000, 22000),
    ("municipality", ALL, "GM0014"): (90, 0, np.nan, np.nan),
    ("pc4", ALL, "1061"): (12, 26000, 25000, 27000),
}


def release(folder: Path, figures: Figures, id: str = "c35_income", **changes: object) -> Path:
    of = replace(worlds.outcome(), id=id, **changes) if changes or id != "c35_income" else worlds.outcome()  # type: ignore[arg-type]
    grid, areas = load_grid(), worlds.load_areas()
    parts: list[Protected] = []
    for level in dict.fromkeys(level for level, _, _ in figures):
        cells = {(group, area): figure for (one, group, area), figure in figures.items() if one == level}
        ids = areas.ids(level)
        values = np.array(list(cells.values()), dtype=np.float64).T
        columns = {
            "group": np.array([grid.groups.index(group) for group, _ in cells], dtype=np.int32),
            "area": np.array([ids.index(area) for _, area in cells], dtype=np.int32),
            "n": values[0].astype(np.int64),
            **dict(zip(("est", "lwr", "upr"), values[1:], strict=True)),
        }
        parts.append(already_published(of, level, ids, grid.groups, columns, source="test"))
    with worlds.writer(folder, cohorts=[worlds.cohort(of)]) as writer:
        writer.add(worlds.summary(of), parts)
    return folder


def compared(folder: Path, second: Figures, out: Path | None = None, **options: object) -> Differences:
    one, other = folder / "one", folder / "other"
    if not one.exists():
        release(one, FIRST)
    release(other, second)
    with open_release(one) as a, open_release(other) as b:
        return compare(a, b, out=out, **options)  # type: ignore[arg-type]


def changed(cell: tuple[str, str, str], figure: tuple[float, ...]) -> Figures:
    return {**FIRST, cell: figure}


def test_a_release_is_identical_to_itself(tmp_path: Path) -> None:
    found = compared(tmp_path, FIRST)
    assert found.is_same
    assert found.total("same") == len(FIRST)
    assert "Identical: the same 5 figures" in as_text(found, worlds.load_areas())


@pytest.mark.parametrize(
    ("second", "changes"),
    [
        (changed(("municipality", ALL, "GM0363"), (100, 28500, 27000, 29000)), {"changed": 1, "est": 1}),
        (changed(("municipality", ALL, "GM0363"), (101, 28000, 27000, 29000)), {"changed": 1, "n": 1}),
        (changed(("municipality", ALL, "GM0363"), (100, 28000, 27000, 29001)), {"changed": 1}),
        (changed(("municipality", ALL, "GM0363"), (100, 28000, np.nan, np.nan)), {"changed": 1}),
        (changed(("municipality", ALL, "GM0363"), (100, 29001, 27000, 29001)), {"changed": 1, "est": 1, "beyond": 1}),
        (changed(("municipality", ALL, "GM0363"), (-1, 28000, 27000, 29000)), {"changed": 1, "n": 1}),
        (changed(("municipality", ALL, "GM1980"), (10, 1, 0, 2)), {"appeared": 1}),
        ({c: f for c, f in FIRST.items() if c[1] != LOW}, {"vanished": 1}),
    ],
)
def test_every_kind_of_change_is_counted_at_its_level(tmp_path: Path, second: Figures, changes: dict[str, int]) -> None:
    found = compared(tmp_path, second)
    assert not found.is_same
    for one in found.levels:
        expected = changes if one.level == "municipality" else {}
        told = {name: getattr(one, name) for name in ("changed", "appeared", "vanished", "n", "est", "beyond")}
        assert {name: value for name, value in told.items() if value} == expected


def test_how_much_is_measured_in_three_ways(tmp_path: Path) -> None:
    second = {
        **FIRST,
        ("municipality", ALL, "GM0363"): (100, 28500, 27000, 29000),
        ("municipality", ALL, "GM0014"): (90, 5, np.nan, np.nan),
    }
    found = compared(tmp_path, second)
    (of,) = [one for one in found.levels if one.level == "municipality"]
    assert of.size == {"median": 252.5, "p90": 450.5, "p99": 495.05, "largest": 500.0}
    assert of.relative["largest"] == pytest.approx(500 / 28000, rel=1e-5)
    assert of.half_widths["largest"] == 0.5
    (first, second_row) = found.largest["c35_income"]
    assert (first["area"], first["est_a"], first["est_b"]) == ("GM0014", 0.0, 5.0)
    assert (second_row["change"], second_row["change_half_widths"]) == (500.0, 0.5)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_all_cells_that_differ_go_to_a_file(tmp_path: Path, kind: str) -> None:
    second = {c: f for c, f in FIRST.items() if c[1] != LOW}
    second |= {("pc4", ALL, "1062"): (-1, 5, 4, 6), ("nl", ALL, "NL"): (1001, 31000, 30000, 32000)}
    out = tmp_path / f"cells.{kind}"
    compared(tmp_path, second, out)
    table = pq.read_table(out) if kind == "parquet" else pa_csv.read_csv(out)
    assert table.column_names == CELLS.names
    rows = {(row["state"], str(row["area"])): row for row in table.to_pylist()}
    assert set(rows) == {("changed", "NL"), ("appeared", "1062"), ("vanished", "GM0363")}
    assert (rows["changed", "NL"]["n_a"], rows["changed", "NL"]["n_b"]) == (1000, 1001)
    assert (rows["appeared", "1062"]["n_b"], rows["appeared", "1062"]["est_a"]) == (None, None)
    assert (rows["vanished", "GM0363"]["est_a"], rows["vanished", "GM0363"]["sex"]) == (21000, "women")


def test_the_position_of_everybody_is_one_cell_on_all_axes(tmp_path: Path) -> None:
    release(tmp_path / "one", {("nl", ALL, "NL"): (10, 5, 4, 6)})
    of = worlds.outcome()
    wealth = load_grid("wealth")
    columns = {"group": np.zeros(1, np.int32), "area": np.zeros(1, np.int32), "n": np.array([10])}
    columns |= {name: np.array([value]) for name, value in (("est", 5.0), ("lwr", 4.0), ("upr", 6.0))}
    with worlds.writer(tmp_path / "other", grid=[wealth], cohorts=[worlds.cohort(of)]) as writer:
        writer.add(worlds.summary(of), [already_published(of, "nl", ("NL",), wealth.groups, columns, source="test")])
    with open_release(tmp_path / "one") as a, open_release(tmp_path / "other") as b:
        found = compare(a, b)
    assert (found.total("same"), found.total("appeared"), found.total("vanished")) == (1, 0, 0)
    assert {one.which for one in found.definitions} >= {"income=low", "wealth=low"}


def test_an_outcome_without_figures_is_no_mistake(tmp_path: Path) -> None:
    release(tmp_path / "one", {})
    release(tmp_path / "other", FIRST)
    with open_release(tmp_path / "one") as a, open_release(tmp_path / "other") as b:
        found = compare(a, b, out=tmp_path / "cells.csv")
        assert (found.total("appeared"), found.total("same")) == (5, 0)
        assert compare(b, a).total("vanished") == 5
        assert compare(a, a).is_same


def test_what_is_defined_otherwise_is_told(tmp_path: Path) -> None:
    release(tmp_path / "one", FIRST)
    release(tmp_path / "other", FIRST, unit="EUR 2024", basis="birth")
    with open_release(tmp_path / "one") as a, open_release(tmp_path / "other") as b:
        found = compare(a, b)
        text = as_text(found, b.areas)
    told = {one.which: (one.a, one.b) for one in found.definitions}
    assert told == {"c35_income unit": ("EUR 2020", "EUR 2024"), "c35_income basis": ("home", "birth")}
    assert "outcome c35_income unit: EUR 2020 -> EUR 2024" in text


def test_outcomes_of_one_only_and_choices(tmp_path: Path) -> None:
    release(tmp_path / "one", FIRST)
    release(tmp_path / "other", FIRST, id="c35_earnings")
    with open_release(tmp_path / "one") as a, open_release(tmp_path / "other") as b:
        found = compare(a, b)
        assert (found.only_a, found.only_b, found.levels) == (["c35_income"], ["c35_earnings"], [])
        with pytest.raises(UsageError, match="Neither release has the outcome c35_incom"):
            compare(a, b, outcomes=["c35_incom"])
        with pytest.raises(UsageError, match="Neither release has the level street"):
            compare(a, b, levels=["street"])
        with pytest.raises(UsageError, match="cannot be written"):
            compare(a, b, out=tmp_path / "cells.xlsx")
    second = {**FIRST, ("nl", ALL, "NL"): (1, 2, 1, 3), ("pc4", ALL, "1061"): (1, 2, 1, 3)}
    (tmp_path / "third").mkdir()
    found = compared(tmp_path / "third", second, levels=["nl"])
    assert [(one.level, one.changed) for one in found.levels] == [("nl", 1)]


def test_the_command(tmp_path: Path) -> None:
    release(tmp_path / "one", FIRST)
    release(tmp_path / "other", {**FIRST, ("pc4", ALL, "1061"): (12, 26500, 25000, 27000)})
    both = ("diff", str(tmp_path / "one"), str(tmp_path / "other"))
    text = _run(*both)
    assert "4 same, 1 changed, 0 appeared, 0 vanished" in text
    assert "c35_income pc4 1061 all=all;all;all;all: 26000 -> 26500 +0.5" in text
    content = json.loads(_run(*both, "--json", "--level", "pc4"))
    assert content["levels"][0]["half_widths"]["largest"] == 0.5
    assert content["is_same"] is False
    told = CliRunner().invoke(main, ["diff", str(tmp_path / "one"), str(tmp_path)])
    assert told.exit_code == 2
    assert "not a release" in told.stderr


def _run(*words: str) -> str:
    told = CliRunner().invoke(main, list(words))
    assert told.exit_code == 0, told.output
    return told.stdout
