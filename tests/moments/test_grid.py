"""The declared groups: slices, bands and sums."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kansen.cohorts import positions_left_out, quirks_named
from kansen.errors import DeclarationError
from kansen.moments import load_grid
from kansen.moments.grid import FILE
from kansen.moments.structure import plan_atoms


def test_the_grid_of_the_contract() -> None:
    grid = load_grid()
    assert grid.shape == (6, 3, 8, 3)
    assert len(grid.groups) == len(set(grid.groups)) == 432
    assert grid.groups[0] == "income=all;all;all;all"
    assert "income=low;women;any;single" in grid.groups
    assert len(grid.slices) == 9


def test_ranks_fall_into_the_bands_with_inclusive_bounds() -> None:
    grid = load_grid()
    ranks = np.concatenate([np.linspace(0, 1, 1001), [p for b in grid.positions if b.range for p in b.range], [np.nan]])
    inside = grid.position_slices[:, grid.slice_of(ranks)]
    for position, found in zip(grid.positions, inside, strict=True):
        if position.range is None:
            assert found.all()
        else:
            low, high = position.range
            assert (found == ((ranks >= low) & (ranks <= high))).all(), position.id


def test_children_without_a_label_get_an_atom_only_where_they_occur() -> None:
    grid = load_grid()
    assert plan_atoms(grid, [False] * 3).size == 10 * 2 * 6 * 3
    assert plan_atoms(grid, [True] * 3).size == 10 * 3 * 7 * 4


def test_the_other_axes_of_the_contract() -> None:
    wealth, education = load_grid("wealth"), load_grid("education")
    assert [p.id for p in wealth.positions] == [p.id for p in load_grid().positions]
    assert (wealth.column, wealth.positions[2].range, wealth.positions[2].at) == ("wealth_rank", (0.15, 0.35), 0.25)
    assert education.shape == (4, 3, 8, 3)
    assert education.position_slices.tolist() == [
        [True, True, True, True], [True, False, False, False], [False, True, False, False], [False, False, True, False],
    ]  # fmt: skip
    assert np.isnan(education.at).all()


def test_everybody_is_computed_once() -> None:
    income, wealth = load_grid(), load_grid("wealth")
    assert income.beside(income) is income
    assert [p.id for p in wealth.beside(income).positions] == ["very_low", "low", "mid", "high", "very_high"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("at = 0.10", "at = 0.30", "own rank"),
        ("range = [0.0, 0.20]", "range = [0.2, 0.1]", "own rank"),
        ("range = [0.0, 0.20]", "range = [0.0, 1.2]", "own rank"),
        ("range = [0.0, 0.20]", 'of = ["low"]', "unknown codes"),
        ('of = ["turkey"]', 'of = ["turkiye"]', "unknown codes"),
        ('id = "low"', 'id = "mid"', "do not differ"),
        ('column = "income_rank"\n', "", "lack a key"),
        ("at = 0.10", 'at = "low"', "wrong type"),
        ("[axis.income]", "[axis.income", "not readable"),
    ],
)
def test_wrong_declarations_are_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "groups.toml"
    path.write_text(FILE.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DeclarationError, match=told):
        load_grid("income", path)


def test_an_unknown_axis_is_named() -> None:
    with pytest.raises(DeclarationError, match="income"):
        load_grid("height")


def test_a_grid_without_the_tails_as_published() -> None:
    """Q30: of the tails no figure is made; the other groups keep their numbers and bands."""
    grid = load_grid()
    without = grid.without(positions_left_out(quirks_named("Q30")))
    assert (len(grid.groups), len(without.groups)) == (432, 288)
    assert set(grid.groups) - set(without.groups) == {group for group in grid.groups if "=very_" in group}
    assert [position.at for position in without.positions] == [None, 0.25, 0.5, 0.75]
    assert grid.without(positions_left_out(quirks_named("Q40"))) == grid
