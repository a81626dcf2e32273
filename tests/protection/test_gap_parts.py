"""What gaps go with in a release: of enough people whose groups are told, in steps that twenty people fill."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kansen import protection
from kansen.measures.gap_parts import GapParts
from kansen.moments.grid import load_grid
from kansen.protection.gap_parts import COARSEST, COARSEST_IN_AREAS
from kansen.protection.protected import Protected, ProtectedSummary, token
from measures.gap_worlds import world
from measures.test_gap_parts import OUTCOME, found_in
from release.worlds import protected

GRID = load_grid("income")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[GapParts]:
    return list(found_in(world(tmp_path_factory.mktemp("world") / "cohort.parquet", 20_000)).values())


def figures(found: list[GapParts], without: tuple[str, str] | None = None) -> list[Protected]:
    """A figure of every group that a gap is between, but for one group and area."""
    cells: dict[str, dict[tuple[str, str], tuple[float, ...]]] = {}
    for one in found:
        for group in one.groups:
            if (group, one.area) != without:
                cells.setdefault(one.level, {})[group, one.area] = (1000, 0.8, 0.7, 0.9)
    return [protected(OUTCOME, level, of, grid=GRID) for level, of in cells.items()]


def told(found: list[GapParts], shown: list[Protected], profile: str = "public") -> ProtectedSummary:
    bare = ProtectedSummary(OUTCOME, None, None, None, _token=token())
    return protection.with_gap_parts(bare, found, shown, protection.load_profile(profile))


def test_every_step_stands_for_twenty_people(found: list[GapParts]) -> None:
    rows = told(found, figures(found)).gap_parts
    by_key = {(one.area, one.between.a, one.between.b): one for one in found}
    assert {row["level"] for row in rows} == {"nl", "province", "municipality"}
    for row in rows:
        one = by_key[row["area"], row["a"], row["b"]]
        parts = one.parts
        block = row["block"]
        exact = parts.whole[row["part"]] if block is None else parts.by_block[block]["explained"]
        most = parts.moved[row["part"]] if block is None else parts.moved_by_block[block]
        step = row["step"]
        assert step >= 20 * most - 1e-12
        assert step <= 2.5 * 20 * max(most, 1 / sum(one.n)) + 1e-9  # the next readable one, and no coarser
        for name in ("est", "lwr", "upr"):
            assert abs(row[name] / step - round(row[name] / step)) < 1e-6
        assert abs(row["est"] - exact.value) <= step / 2 + 1e-9
        assert row["lwr"] <= exact.value - 1.95 * exact.se
        assert row["upr"] >= exact.value + 1.95 * exact.se


def test_steps_are_never_coarser_than_is_worth_telling(found: list[GapParts]) -> None:
    rows = told(found, figures(found)).gap_parts
    shown = {(row["area"], row["a"], row["b"]) for row in rows}
    most = {True: COARSEST, False: COARSEST_IN_AREAS}
    assert all(row["step"] <= most[row["area"] == "NL"] for row in rows if row["block"] is None)
    hidden = {(one.area, one.between.a, one.between.b): one for one in found}
    coarse = {
        key for key, one in hidden.items() if 20 * max(one.parts.moved[name] for name in TWOFOLD) > most[key[0] == "NL"]
    }
    assert coarse
    assert not coarse & shown
    assert ("NL", "none", "any") in shown


TWOFOLD = ("gap", "explained", "unexplained")


def test_threefold_is_of_the_country(found: list[GapParts]) -> None:
    rows = told(found, figures(found)).gap_parts
    assert {row["level"] for row in rows if row["part"] == "endowments"} == {"nl"}


def test_a_gap_is_told_where_both_groups_are(found: list[GapParts]) -> None:
    group = "income=all;all;any;all"
    whole, less = (told(found, figures(found, one)).gap_parts for one in (None, (group, "GM0363")))
    gone = {(row["area"], row["a"], row["b"]) for row in whole} - {(row["area"], row["a"], row["b"]) for row in less}
    assert gone == {("GM0363", "none", "any")}
    assert told(found, []).gap_parts == ()
    assert told(found, []).decompositions is None


def test_too_few_who_have_it_or_have_it_not(found: list[GapParts]) -> None:
    """Nine people with or without the outcome in either group are too few."""
    shown = figures(found)
    few = [replace(one, fewest=9 if one.area == "NL" else one.fewest) for one in found]
    assert "NL" in {row["area"] for row in told([replace(one, fewest=10) for one in found], shown).gap_parts}
    assert "NL" not in {row["area"] for row in told(few, shown).gap_parts}


def test_nothing_is_told_under_a_profile_without_exact_figures(found: list[GapParts]) -> None:
    assert told(found, figures(found), "perturbed") == told([], [], "perturbed")


def test_the_declaration_stands_beside_it(found: list[GapParts]) -> None:
    summary = told(found, figures(found))
    assert summary.decompositions is not None
    [declared] = summary.decompositions
    assert declared["id"] == "background"
    assert {"parents_income", "household"} <= {block["id"] for block in declared["blocks"]}


def test_somebody_more_or_less_hardly_ever_shows(tmp_path: Path) -> None:
    """Of a country that lacks one person, at most every twentieth figure is another; chance decides which."""
    import pyarrow.parquet as pq

    path = world(tmp_path / "cohort.parquet", 6_000)
    whole = pq.read_table(path)
    everybody = list(found_in(path).values())
    before: list[dict[str, Any]] = list(told(everybody, figures(everybody)).gap_parts)
    changed = figures_of = 0
    for leave in range(0, 6_000, 1_000):
        pq.write_table(whole.take(np.delete(np.arange(6_000), leave)), tmp_path / "less.parquet")
        fewer = list(found_in(tmp_path / "less.parquet").values())
        after = {key(row): row["est"] for row in told(fewer, figures(fewer)).gap_parts}
        same = [row for row in before if key(row) in after]
        figures_of += len(same)
        changed += sum(row["est"] != after[key(row)] for row in same)
    assert figures_of > 300
    assert changed <= figures_of / 20


def key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("area", "a", "b", "part", "block", "step"))
