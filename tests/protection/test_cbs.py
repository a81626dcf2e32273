"""The rules of thumb of Statistics Netherlands: degrees of freedom, shares, dominance, extremes, partners."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from kansen import measures, moments, protection
from kansen.cohorts.declarations import Kind
from kansen.measures import Estimates
from kansen.protection.facts import Facts, facts_of, pass_facts
from kansen.protection.partners import with_partners
from kansen.protection.profiles import load_profile
from kansen.protection.protect import allowed
from moments.worlds import outcome
from protection.worlds import AREAS, GRID, cohort, estimates_at

CBS, INCOME = load_profile("cbs"), load_profile("cbs-income")
INNER = int(np.prod(GRID.shape[1:]))


@pytest.mark.parametrize(("ones", "passes"), [(10, True), (9, False), (90, True), (91, False), (0, False)])
def test_at_most_nine_in_ten_share_an_answer(ones: int, passes: bool) -> None:
    cells = estimates_at("pc4", [{"n": 100, "ones": ones}])
    assert allowed(cells, outcome(kind="binary"), CBS).tolist() == [passes]


def facts(**one: float) -> Facts:
    given = {"df": 50, "largest": 10.0, "absolute": 100.0, "total": 100.0, **one}
    return Facts(**{name: np.array([value]) for name, value in given.items()})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "kind", "one", "passes"),
    [
        ("cbs", "money", {"df": 10}, True),
        ("cbs", "money", {"df": 9}, False),
        ("cbs", "binary", {"df": 9}, False),
        ("cbs", "money", {"largest": 49.0}, True),
        ("cbs", "money", {"largest": 50.0}, False),
        ("cbs", "money", {"largest": 0.0, "absolute": 0.0}, False),
        ("cbs", "rank", {"largest": 60.0}, True),
        ("cbs-income", "money", {"largest": 30.0}, True),
        ("cbs-income", "money", {"largest": 31.0}, False),
        ("cbs-income", "money", {"largest": 10.0, "total": -20.0}, False),
        ("cbs-income", "money", {"largest": 10.0, "total": -40.0}, True),
        ("cbs-income", "binary", {"largest": 90.0}, True),
    ],
)
def test_rules_on_children(rule: str, kind: Kind, one: dict[str, float], passes: bool) -> None:
    cells = estimates_at("pc4", [{}])
    assert pass_facts(cells, facts(**one), outcome(kind=kind), load_profile(rule)).tolist() == [passes]


def test_facts_of_every_cell_are_those_of_its_children() -> None:
    table = cohort(np.random.default_rng(2), 300)
    prepared = moments.prepare(table, AREAS, GRID)
    [(_, estimates)] = measures.expectations(prepared, [outcome()], moments.Room())
    found = facts_of(prepared, outcome(), estimates, CBS)
    assert found is not None
    y = np.array([np.nan if v is None else v for v in table["c35_y"].to_pylist()])
    structure = prepared.structures[0]
    for level in ("wijk", "nl"):
        at, of = structure.cells_of(level), found[level]
        for i in range(0, len(estimates[level]), 7):
            own = y[structure.order[structure.children(at.start + i)]]
            own = own[~np.isnan(own)]
            if len(own):
                assert of.largest[i] == own.max()
                assert of.absolute[i] == pytest.approx(np.abs(own).sum())
                assert of.total[i] == pytest.approx(own.sum())
            assert of.df[i] == len(own) - (1 if estimates[level].group[i] < INNER else 2)
    assert facts_of(prepared, outcome(), estimates, load_profile("kansenkaart")) is None


def told(table: pa.Table, name: str, kind: Kind = "money") -> tuple[dict[str, Estimates], dict[str, np.ndarray]]:
    """All cells, and per level which are shown."""
    profile, one = load_profile(name), outcome("c35_y" if kind == "money" else "c35_b", kind)
    prepared = moments.prepare(table, AREAS, GRID)
    [(_, estimates)] = measures.expectations(prepared, [one], moments.Room())
    _, parts = protection.protect_outcome(estimates, one, profile, prepared=prepared)
    return estimates, {
        part.level: np.isin(
            estimates[part.level].group.astype(np.int64) * 10_000 + estimates[part.level].area,
            part.group.astype(np.int64) * 10_000 + part.area,
        )
        for part in parts
    }


def test_one_rich_child_hides_its_groups() -> None:
    table = cohort(np.random.default_rng(4), 600)
    y = [30_000.0] * 600
    y[0] = 60_000_000.0
    table = table.set_column(table.column_names.index("c35_y"), "c35_y", [y])
    estimates, shown = told(table, "cbs")
    nl = estimates["nl"]
    assert not shown["nl"][nl.group == 0].any()
    assert shown["nl"].sum() > 20


def test_income_rules_end_to_end() -> None:
    table = cohort(np.random.default_rng(5), 3_000)
    estimates, shown = told(table, "cbs-income")
    for level, of in estimates.items():
        assert (of.n[shown[level]] >= 100).all()
    sexes = {name: GRID.groups.index(f"income={name}") for name in ("all;men;all;all", "all;women;all;all")}
    wijk = estimates["wijk"]
    for area in range(len(wijk.areas)):
        own = [shown["wijk"][(wijk.area == area) & (wijk.group == group)].any() for group in sexes.values()]
        assert own[0] == own[1]
    profile = load_profile("cbs-income")
    prepared = moments.prepare(table, AREAS, GRID)
    _, parts = protection.protect_outcome(estimates, outcome(), profile, prepared=prepared)
    assert all((part.n % 100 == 0).all() for part in parts)
    with pytest.raises(TypeError, match="give the prepared cohort"):
        protection.protect_outcome(estimates, outcome(), profile)


class TestPartners:
    MEN, WOMEN = (GRID.groups.index(f"income=all;{sex};all;all") for sex in ("men", "women"))

    def kept(self, *cells: tuple[str, str, int, int, bool]) -> set[tuple[str, str, int]]:
        """Cells (level, area, group, n, passes) that stay."""
        levels = list(dict.fromkeys(cell[0] for cell in cells))
        estimates, shown = {}, {}
        for level in levels:
            own = sorted((c for c in cells if c[0] == level), key=lambda c: (c[2], c[1]))
            index = AREAS.index(level)
            estimates[level] = estimates_at(level, [{"area": index[c[1]], "group": c[2], "n": c[3]} for c in own])
            shown[level] = np.array([c[4] for c in own])
        stay = with_partners(shown, estimates, GRID, AREAS)
        return {
            (level, of.areas[of.area[i]], int(of.group[i]))
            for level, of in estimates.items()
            for i in np.flatnonzero(stay[level])
        }

    def test_men_and_women(self) -> None:
        everybody, men, women = ("nl", "NL", 0), ("nl", "NL", self.MEN), ("nl", "NL", self.WOMEN)
        assert self.kept((*everybody, 200, True), (*men, 150, True), (*women, 50, False)) == {everybody}
        assert self.kept((*everybody, 300, True), (*men, 150, True), (*women, 150, True)) == {everybody, men, women}
        assert self.kept((*everybody, 200, False), (*men, 150, True), (*women, 50, False)) == {men}
        assert self.kept((*everybody, 150, True), (*men, 150, True)) == {everybody, men}, "nobody is hidden"

    def test_wijken_of_a_municipality(self) -> None:
        parent = AREAS.parent_index("wijk", "municipality")
        gm = AREAS.index("municipality")["GM0363"]
        one, two, three = [AREAS.ids("wijk")[i] for i in np.flatnonzero(parent == gm)[:3]]
        whole = ("municipality", "GM0363", 0)
        cells = [(*whole, 1_000, True), ("wijk", one, 0, 400, True), ("wijk", two, 0, 300, True)]
        assert self.kept(*cells, ("wijk", three, 0, 20, False)) == {whole, ("wijk", one, 0)}
        assert self.kept(*cells, ("wijk", three, 0, 200, True)) == {
            whole, ("wijk", one, 0), ("wijk", two, 0), ("wijk", three, 0)
        }  # fmt: skip
