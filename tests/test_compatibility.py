"""Measuring the quirks of the published pipeline, and the page that tells what was found."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

from cohorts import handmade_newborns
from kansen import comparison
from kansen.cohorts.compat import PUBLISHED, explained, load_others, load_quirks
from kansen.cohorts.effects import Change, Effect, Measured, in_short, load_effects, moved, pair_told, save_effects
from kansen.comparison import ENOUGH, Figures, combinations, effect, measure, merged, regrouped, write_csv
from kansen.compatibility import page

ROOT = Path(__file__).parents[1]


def figures(
    persons: list[str], national: float | None, low: float | None, here: tuple[float, int], there: tuple[float, int]
) -> Figures:
    table = pa.table({"person": persons, "sex": ["men"] * len(persons), "income_rank": [0.5] * len(persons)})
    municipal = {"c00_sga": {"GM0363": here, "GM0599": there}}
    return Figures(table, {"c00_sga": national}, {"c00_sga": low}, municipal, {"c00_sga": 7})


BEFORE = figures(["a", "b", "c"], 0.10, 0.20, (0.10, 80), (0.30, 60))


def test_an_effect_worked_out_by_hand() -> None:
    """The spread is that of 0.1 and 0.3, which is 0.1: the country moves 0.2 of it, low incomes half of it."""
    after = figures(["b", "c", "d", "e"], 0.12, 0.25, (0.11, 70), (0.34, 60))
    found = effect("Q12", "newborns", BEFORE, after)
    assert (found.children, found.dropped, found.added, found.shown) == (3, 1, 2, (7, 7))
    [change] = found.changes
    assert change.municipality == ("GM0599", 0.30, 0.34)
    assert change.of(change.national) == pytest.approx(0.2)
    assert change.size == pytest.approx(0.5)
    assert moved(change) == "0.2 to 0.25 for low-income parents"


def test_a_small_municipality_is_not_looked_at() -> None:
    """Fewer children than enough on either side: it changes by chance."""
    after = figures(["a", "b", "c"], 0.10, 0.20, (0.11, 80), (0.99, ENOUGH - 1))
    [change] = effect("Q12", "newborns", BEFORE, after).changes
    assert change.municipality == ("GM0363", 0.10, 0.11)
    assert change.size == 0
    assert moved(change) == "0.1 to 0.11 for GM0363"


def test_a_figure_that_is_gone_is_the_largest_change() -> None:
    after = figures(["a", "b", "c"], None, 0.20, (0.10, 80), (0.30, 60))
    [change] = effect("Q26", "newborns", BEFORE, after).changes
    assert math.isinf(change.size)
    assert moved(change) == "0.1 to none"


def test_nothing_changes_without_a_difference() -> None:
    found = effect("Q12", "newborns", BEFORE, BEFORE)
    assert found.nothing
    assert in_short([found]) == "nothing on these registers"
    assert not replace(found, shown=(7, 8)).nothing
    assert in_short([]) == "not measured"


def test_children_that_count_elsewhere() -> None:
    """One of another sex, one whose area is not known any more, one whose rank moves far, and one whose rank hardly."""

    def table(persons: str, **columns: list[Any]) -> pa.Table:
        return pa.table({"person": list(persons), **columns})

    before = table("abcde", sex=["men"] * 5, pc4=["1061"] * 5, income_rank=[0.1, 0.2, 0.3, 0.4, 0.5])
    after = table(
        "bcdef", sex=["women", "men", "men", "men", "men"], pc4=["1061", None, "1061", "1061", "3011"],
        income_rank=[0.2, 0.3, 0.42, 0.505, 0.6],
    )  # fmt: skip
    assert regrouped(before, after) == 3


def test_each_quirk_by_itself_and_all_together() -> None:
    found = {name: (on, before) for name, on, before in combinations("newborns")}
    assert [*found] == [q.id for q in load_quirks() if "newborns" in q.cohorts or not q.cohorts] + [PUBLISHED]
    assert found["Q04"] == ({"Q04", "Q10"}, {"Q10"})
    assert found["Q40"] == ({"Q40"}, frozenset())
    assert found[PUBLISHED][0] == {quirk.id for quirk in load_quirks()}


def test_effects_are_kept_and_read_again(tmp_path: Path) -> None:
    changes = tuple(
        Change(f"c00_{n}", (0.1, 0.2), (None, None), ("GM0363", 0.1, 0.3) if n else None, 0.05) for n in range(3)
    )
    one = Effect("Q10", "newborns", 100, 5, 0, 2, (30, 28), 3, changes)
    other = replace(one, quirk="Q04")
    measured = merged(Measured("earlier", (one,)), [replace(one, dropped=6), other], "now")
    assert [(effect.quirk, effect.dropped) for effect in measured.effects] == [("Q04", 5), ("Q10", 6)]
    save_effects(measured, path=tmp_path / "all.json")
    assert load_effects(tmp_path / "all.json") == measured
    save_effects(measured, keep=1, path=tmp_path / "some.json")
    assert [(e.changed, len(e.changes)) for e in load_effects(tmp_path / "some.json").effects] == [(3, 1), (3, 1)]
    write_csv(measured.effects, tmp_path / "all.csv")
    assert len((tmp_path / "all.csv").read_text(encoding="utf-8").splitlines()) == 1 + 6


def test_what_is_measured_goes_to_package_and_documentation_and_the_rest_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handmade_newborns.write(tmp_path / "registers", {"normal": {}, "mother's household": {"households": []}})
    docs, kept = tmp_path / "docs", tmp_path / "compat_effects.json"
    docs.mkdir()
    earlier = Effect("Q25", "newborns", 7, 0, 0, 7, (3, 2), 0, ())
    save_effects(Measured("earlier", (earlier, replace(earlier, quirk="Q40"))), path=kept)
    write_csv(load_effects(kept).effects, docs / "compat-effects.csv")
    monkeypatch.setattr(comparison, "load_effects", lambda path=kept: load_effects(path))
    monkeypatch.setattr(
        comparison, "save_effects", lambda measured, keep=None, path=kept: save_effects(measured, keep, path)
    )
    words = ["--cohort", "newborns", "--quirk", "Q24", "--quirk", "Q40", "--docs", str(docs), "--about", "by hand"]
    result = CliRunner().invoke(comparison.main, [str(tmp_path / "registers"), str(tmp_path / "work"), *words])
    assert result.exit_code == 0, result.output
    load_effects.cache_clear()
    found = load_effects(kept)
    assert found.about.startswith("by hand, ")
    assert [(one.quirk, one.children) for one in found.effects] == [("Q24", 2), ("Q25", 7), ("Q40", 2)]
    rows = (docs / "compat-effects.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [row.split(",")[:3] for row in rows] == [
        [f"Q{n}", "newborns", c] for n, c in ((24, "2"), (25, "7"), (40, "2"))
    ]


def test_measured_on_births_made_by_hand(tmp_path: Path) -> None:
    """Of two births one has its type of household from the mother, and is in no group with Q24; Q40 changes nothing."""
    children: dict[str, dict[str, Any]] = {"normal": {}, "mother's household": {"households": []}}
    handmade_newborns.write(tmp_path / "registers", children)
    found = {one.quirk: one for one in measure(tmp_path / "registers", tmp_path, ["newborns"], ["Q24", "Q40"])}
    assert (found["Q24"].children, found["Q24"].regrouped, found["Q24"].dropped) == (2, 1, 0)
    assert found["Q40"].nothing


def test_digits_enough_to_tell_two_figures_apart() -> None:
    assert pair_told(1.0000001, 1.0000002) == "1.0000001 to 1.0000002"


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "compat.md").read_text(encoding="utf-8") == page(), "run `make docs`"


def test_page_and_command_tell_every_number_and_what_was_measured() -> None:
    text, told = page(), explained()
    for one in (*load_quirks(), *load_others()):
        assert one.id in text
        assert one.id in told
    assert told.count("measured   ") == len(load_quirks())
