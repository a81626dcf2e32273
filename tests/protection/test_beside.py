"""Noise beside exact figures: what is left of them may not be small, and what follows from them is told exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

from kansen.moments import load_grid
from kansen.protection.beside import Neighbours
from protection.worlds import AREAS, GRID

LEVELS = ("nl", "province", "corop", "municipality", "wijk", "pc3", "pc4")
SPINE = ("nl", "municipality", "wijk")
AROUND = Neighbours(GRID, AREAS, LEVELS, SPINE)
CHILDREN = (10, 0, 0)
BINARY = (10, 10, 10)


def number(group: str) -> int:
    return GRID.groups.index(f"income={group}")


ALL, WOMEN, LOW = number("all;all;all;all"), number("all;women;all;all"), number("low;all;all;all")
TURKEY, ANY = number("all;all;turkey;all"), number("all;all;any;all")


def figures(*cells: tuple[str, str, int, int, float]) -> dict[str, dict[str, np.ndarray]]:
    """Per level the columns of (level, area, group, n, share)."""
    out: dict[str, dict[str, np.ndarray]] = {}
    for level in LEVELS:
        own = [cell for cell in cells if cell[0] == level]
        out[level] = {
            "group": np.array([cell[2] for cell in own], np.int32),
            "area": np.array([AREAS.index(level)[cell[1]] for cell in own], np.int32),
            "n": np.array([cell[3] for cell in own], np.int32),
            "est": np.array([cell[4] for cell in own], float),
            "noise_sd": np.zeros(len(own)),
        }
    return out


def allowed(
    exact: Sequence[tuple[str, str, int, int, float]], noisy: tuple[str, str, int, int, float], least: Any = CHILDREN
) -> bool:
    told = AROUND.told(figures(*exact), None)
    [found] = AROUND.allows(noisy[0], figures(noisy)[noisy[0]], told, least)
    return bool(found)


GM, OTHER = "GM0363", "GM0599"
WIJKEN = [
    AREAS.ids("wijk")[i]
    for i in np.flatnonzero(AREAS.parent_index("wijk", "municipality") == AREAS.index("municipality")[GM])
]


def test_without_exact_figures_everything_stands() -> None:
    assert allowed([], ("municipality", GM, WOMEN, 12, 0.5))


@pytest.mark.parametrize(("n", "stands"), [(90, True), (91, False), (101, False)])
def test_the_rest_of_an_exact_group_in_the_same_area(n: int, stands: bool) -> None:
    assert allowed([("municipality", GM, ALL, 100, 0.5)], ("municipality", GM, WOMEN, n, 0.5)) is stands
    assert allowed([("municipality", GM, ALL, 100, 0.5)], ("municipality", GM, LOW, n, 0.5)) is stands
    assert allowed([("municipality", GM, ANY, 100, 0.5)], ("municipality", GM, TURKEY, n, 0.5)) is stands
    assert allowed([("municipality", OTHER, ALL, 100, 0.5)], ("municipality", GM, WOMEN, n, 0.5))
    assert allowed([("municipality", GM, TURKEY, 100, 0.5)], ("municipality", GM, WOMEN, n, 0.5)), "neither holds it"


@pytest.mark.parametrize(("share", "stands"), [(0.8, True), (0.9, False), (0.1, False), (0.2, True)])
def test_those_with_and_without_the_outcome_are_left_too(share: float, stands: bool) -> None:
    """Of 100 with 50 who have it, 50 are told with noise: 10 to 40 of them have it, or the rest is small."""
    exact = [("municipality", GM, ALL, 100, 0.5)]
    assert allowed(exact, ("municipality", GM, WOMEN, 50, share), BINARY) is stands
    assert allowed(exact, ("municipality", GM, WOMEN, 50, share), CHILDREN)


@pytest.mark.parametrize(("n", "stands"), [(30, True), (31, False)])
def test_what_the_exact_parts_of_a_municipality_leave_over(n: int, stands: bool) -> None:
    """100 in the municipality and 60 in one wijk: of the other 40, a wijk with noise leaves ten."""
    exact = [("municipality", GM, WOMEN, 100, 0.5), ("wijk", WIJKEN[0], WOMEN, 60, 0.5)]
    assert allowed(exact, ("wijk", WIJKEN[1], WOMEN, n, 0.5)) is stands
    assert allowed(exact[1:], ("wijk", WIJKEN[1], WOMEN, n, 0.5))


def test_the_country_counts_where_the_municipality_is_silent() -> None:
    exact = [("nl", "NL", WOMEN, 1_000, 0.5), ("municipality", OTHER, WOMEN, 900, 0.5)]
    assert allowed(exact, ("wijk", WIJKEN[1], WOMEN, 90, 0.5))
    assert not allowed(exact, ("wijk", WIJKEN[1], WOMEN, 91, 0.5))
    assert not allowed(exact, ("municipality", GM, WOMEN, 95, 0.5))
    here = [*exact, ("municipality", GM, WOMEN, 100, 0.5)]
    assert allowed(here, ("wijk", WIJKEN[1], WOMEN, 90, 0.5)), "what the others leave is not about this wijk"


def test_what_exact_wijken_leave_of_hidden_municipalities_is_not_counted_twice() -> None:
    """Of 150 in the country, 60 are in an exact wijk of a hidden municipality: 90 are left for the hidden ones."""
    exact = [("nl", "NL", WOMEN, 150, 0.5), ("wijk", WIJKEN[0], WOMEN, 60, 0.5)]
    assert allowed(exact, ("municipality", OTHER, WOMEN, 80, 0.5))
    assert not allowed(exact, ("municipality", OTHER, WOMEN, 81, 0.5))
    assert allowed(exact, ("municipality", GM, WOMEN, 140, 0.5)), "80 more than its wijk, of 90"
    assert not allowed(exact, ("municipality", GM, WOMEN, 141, 0.5))


def test_postcodes_stand_beside_the_country_only() -> None:
    exact = [("nl", "NL", WOMEN, 100, 0.5), ("municipality", GM, WOMEN, 95, 0.5)]
    assert allowed(exact, ("pc4", "1061", WOMEN, 60, 0.5))
    assert not allowed(exact, ("pc4", "1061", WOMEN, 95, 0.5))


def test_a_further_grid_stands_beside_everybody_of_the_first() -> None:
    wealth = load_grid("wealth").beside(GRID)
    around = Neighbours(wealth, AREAS, LEVELS, SPINE)
    assert not around.has_everybody
    everybody = AROUND.of_everybody(figures(("municipality", GM, ALL, 100, 0.5)).items())
    low = wealth.groups.index("wealth=low;all;all;all")
    for n, stands in ((90, True), (91, False)):
        columns = figures(("municipality", GM, low, n, 0.5))["municipality"]
        told = around.told(figures(), everybody)
        assert around.allows("municipality", columns, told, CHILDREN).tolist() == [stands]
        assert around.allows("municipality", columns, around.told(figures(), None), CHILDREN).tolist() == [True]


class Cells(NamedTuple):
    group: np.ndarray
    area: np.ndarray
    rows: np.ndarray


def cells(level: str, rows: Mapping[str, int]) -> Cells:
    area = np.array(sorted(AREAS.index(level)[id] for id in rows), np.int32)
    counts = [rows[AREAS.ids(level)[i]] for i in area]
    return Cells(np.full(len(area), WOMEN, np.int32), area, np.array(counts, np.int32))


def test_a_union_of_exact_areas_is_exact() -> None:
    parent = AREAS.parent_index("municipality", "corop")
    corop = int(parent[AREAS.index("municipality")[GM]])
    parts = [AREAS.ids("municipality")[i] for i in np.flatnonzero(parent == corop)]
    below = cells("municipality", dict.fromkeys(parts, 50))
    name = AREAS.ids("corop")[corop]

    def union(which: Sequence[bool], rows: int) -> bool:
        found = AROUND.derived(
            {"municipality": np.array(which)}, {"municipality": below, "corop": cells("corop", {name: rows})}
        )
        return bool(found["corop"][0])

    everything = [True] * len(parts)
    assert union(everything, 50 * len(parts))
    assert not union([False, *everything[1:]], 50 * len(parts)), "one part is not exact"
    assert not union(everything, 50 * len(parts) + 1), "one child has no municipality"


def test_what_an_exact_country_leaves_for_one_union_is_exact() -> None:
    """Where all municipalities elsewhere are exact, a region is the country without them."""
    parent, ids = AREAS.parent_index("municipality", "corop"), AREAS.ids("municipality")
    corop = int(parent[AREAS.index("municipality")[GM]])
    below = cells("municipality", dict.fromkeys(ids, 50))
    name = AREAS.ids("corop")[corop]

    def told(elsewhere: bool, country: int) -> bool:
        which = np.array([bool(of != corop) for of in parent[below.area]])
        which[int(np.flatnonzero(which)[0])] = elsewhere
        of = {
            "nl": cells("nl", {"NL": country}),
            "municipality": below,
            "corop": cells("corop", {name: 50 * int((parent == corop).sum())}),
        }
        return bool(AROUND.derived({"nl": np.array([True]), "municipality": which}, of)["corop"][0])

    assert told(True, 50 * len(ids))
    assert not told(False, 50 * len(ids)), "a municipality elsewhere is hidden too"
    assert not told(True, 50 * len(ids) + 1), "a child lives in no known municipality"


def test_an_only_child_is_its_parent() -> None:
    parent = AREAS.parent_index("wijk", "municipality")
    only = int(np.flatnonzero(np.bincount(parent, minlength=len(AREAS.ids("municipality"))) == 1)[0])
    municipality, wijk = AREAS.ids("municipality")[only], AREAS.ids("wijk")[int(np.flatnonzero(parent == only)[0])]

    def same(rows: int) -> bool:
        of = {"municipality": cells("municipality", {municipality: 80}), "wijk": cells("wijk", {wijk: rows})}
        return bool(AROUND.derived({"municipality": np.array([True])}, of)["wijk"][0])

    assert same(80)
    assert not same(79), "a child without a wijk sets them apart"
    both = {"municipality": cells("municipality", {GM: 80}), "wijk": cells("wijk", {WIJKEN[0]: 80})}
    assert not AROUND.derived({"municipality": np.array([True])}, both)["wijk"][0], "it has other wijken"
