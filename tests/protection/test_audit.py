"""The audit finds what was planted, says nothing where nothing is hidden, and uses public material only."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kansen import protection
from kansen.errors import InputError
from kansen.measures.vault import write_vault
from kansen.protection.audit.intervals import invert_intervals
from kansen.protection.audit.lattice import equations, read_cube
from kansen.protection.audit.material import decimals_of
from kansen.protection.audit.regions import Nesting, closed_parents
from moments.worlds import outcome
from protection.worlds import AREAS, GRID, as_table, audit_of, cohort, estimates_at, estimates_of

PROFILE = protection.load_profile("kansenkaart")


def group(name: str) -> int:
    return GRID.groups.index(f"income={name}")


def released(level_cells: dict[str, list[dict[str, float]]], kind: str = "money") -> pa.Table:
    """The table of a release of cells made by hand: those that the rule lets through."""
    estimates = {level: estimates_at(level, cells) for level, cells in level_cells.items()}
    return as_table(protection.protect_outcome(estimates, outcome(kind=kind), PROFILE)[1])  # type: ignore[arg-type]


def found_by(report: protection.AuditReport) -> dict[str, tuple[int, int]]:
    """What each attack reached, and how much of it is small; attacks that reached nothing are left out."""
    return {a.id: (a.reached, a.small) for a in report.attacks if a.reached}


def test_all_minus_men_is_women() -> None:
    cells = [
        {"group": group("all;all;all;all"), "n": 30},
        {"group": group("all;men;all;all"), "n": 26},
        {"group": group("all;women;all;all"), "n": 4},
    ]
    report = audit_of(released({"municipality": cells}), levels=["municipality"])
    assert found_by(report) == {"groups": (1, 1)}
    assert not report.passed
    assert "1 hidden cells" in report.line()


def test_ones_are_differenced_too() -> None:
    cells = [
        {"group": group("all;all;all;all"), "n": 300, "ones": 60, "est": 60 / 300},
        {"group": group("all;men;all;all"), "n": 100, "ones": 57, "est": 57 / 100},
        {"group": group("all;women;all;all"), "n": 200, "ones": 3, "est": 3 / 200},
    ]
    report = audit_of(released({"municipality": cells}, "binary"), "binary", levels=["municipality"])
    assert found_by(report) == {"groups": (1, 1)}
    imported = audit_of(released({"municipality": cells}, "binary"), "binary", ["municipality"], profile={"id": "x"})
    assert imported.attack("groups").small == 0, "two digits are all that can be seen, too few to count successes"
    large = audit_of(released({"municipality": cells[:2]}), "money", levels=["municipality"])
    assert found_by(large) == {"groups": (1, 0)}
    assert large.passed


def test_steps_follow_from_one_another() -> None:
    """any = all - none, then women of any = any - men of any, then the fifth origin."""
    cells = [
        {"group": group("all;all;all;all"), "n": 100},
        {"group": group("all;all;none;all"), "n": 60},
        {"group": group("all;men;any;all"), "n": 33},
        *({"group": group(f"all;all;{o};all"), "n": 10} for o in ("turkey", "morocco", "suriname")),
    ]
    report = audit_of(released({"municipality": cells}), levels=["municipality"])
    assert report.attack("groups").reached == 2
    cells.append({"group": group("all;all;dutch_caribbean;all"), "n": 10})
    more = audit_of(released({"municipality": cells}), levels=["municipality"])
    assert more.attack("groups").reached == 2, "the sum of five origins is none, so the last one is empty"
    assert more.attack("groups").empty > 0


def test_a_municipality_gives_its_last_wijk_away() -> None:
    parent = AREAS.parent_index("wijk", "municipality")
    everyone, municipalities, wijken = group("all;all;all;all"), [], []
    for number in range(20):
        children = np.flatnonzero(parent == number)
        sizes = [40] * len(children)
        municipalities.append({"area": number, "group": everyone, "n": 40 * len(children)})
        wijken += [{"area": int(c), "group": everyone, "n": n} for c, n in zip(children, sizes, strict=True)]
    first = np.flatnonzero(parent == 0)
    wijken = [cell for cell in wijken if cell["area"] != first[0]] + [{"area": int(first[0]), "n": 7}]
    municipalities[0]["n"] = 40 * (len(first) - 1) + 7
    table = released({"municipality": municipalities, "wijk": wijken})
    report = audit_of(table, levels=["municipality", "wijk"])
    assert found_by(report) == {"levels": (1, 1)}
    assert report.small == 1


def test_children_without_a_code_stop_the_attack_between_levels() -> None:
    nest = Nesting("wijk", "municipality", np.arange(4), np.array([0, 2, 4, 6, 8]), np.arange(4, 12))
    totals = np.array([10, 10, 10, 10, 5, 5, 5, 5, 5, 5, 5, -1])
    closed = closed_parents(totals, nest)
    assert closed.tolist() == [True, True, True, True], "three sums agree, so the fourth is taken to be complete"
    totals[2] = 11
    closed = closed_parents(totals, nest)
    assert closed.tolist() == [True, True, False, False], "one sum shows children without a code"


def test_nothing_is_found_where_everything_is_shown() -> None:
    cells = [{"area": a, "group": g, "n": 100} for a in range(3) for g in range(len(GRID.groups))]
    shares = np.array([c["n"] for c in cells])
    assert len(shares) == 3 * 432
    report = audit_of(released({"corop": cells}), levels=["corop"])
    assert report.reached == 0
    assert report.passed
    assert "no hidden cell" in report.line()


def test_nothing_is_found_in_a_release_of_closed_margins() -> None:
    totals = [{"area": a, "group": group("all;all;all;all"), "n": 200 + a} for a in range(12)]
    report = audit_of(released({"province": totals, "nl": [{"n": sum(int(c["n"]) for c in totals)}]}))
    assert report.reached == 0
    assert report.passed


def test_nothing_is_found_in_figures_with_noise() -> None:
    cells = [{"group": group("all;all;all;all"), "n": 30}, {"group": group("all;men;all;all"), "n": 26}]
    table = released({"municipality": cells})
    noisy = table.set_column(table.column_names.index("noise_sd"), "noise_sd", pa.array([1.0] * table.num_rows))
    assert audit_of(table, levels=["municipality"]).reached == 1
    assert audit_of(noisy, levels=["municipality"]).reached == 0


def test_the_kansenkaart_rule_leaks_and_the_truth_agrees(tmp_path: Path) -> None:
    binary = outcome("c35_b", "binary")
    estimates = estimates_of(cohort(np.random.default_rng(1), 3000, gaps=0), binary)
    write_vault(tmp_path, binary, estimates, AREAS, GRID)
    _, figures = protection.protect_outcome(estimates, binary, PROFILE)
    vault = pq.read_table(tmp_path / "estimates" / "c35_b.parquet")
    report = audit_of(as_table(figures), "binary", truth=lambda *_: vault)
    assert report.small > 100
    assert not report.passed
    assert all(attack.right in (1, None) for attack in report.attacks if attack.id != "predictions")
    predicted = report.attack("predictions").right
    assert predicted is not None
    assert predicted > 0.5, "a guess, but mostly a good one"
    assert report.shown == sum(part.cells for part in figures)
    told = json.loads(report.as_json())
    assert (told["passed"], told["small"], told["profile"]) == (False, report.small, "kansenkaart")
    assert "right" in report.text()


def test_what_is_published_of_a_report_does_not_depend_on_the_truth(tmp_path: Path) -> None:
    cells = [{"group": group("all;all;all;all"), "n": 30}, {"group": group("all;men;all;all"), "n": 26}]
    true = estimates_at("municipality", [*cells, {"group": group("all;women;all;all"), "n": 4}])
    write_vault(tmp_path, outcome(), {"municipality": true}, AREAS, GRID)
    vault = pq.read_table(tmp_path / "estimates" / "c35_y.parquet")
    scored = audit_of(released({"municipality": cells}), levels=["municipality"], truth=lambda *_: vault)
    assert scored.as_dict()["attacks"][0]["right"] == 1
    assert scored.public() == audit_of(released({"municipality": cells}), levels=["municipality"]).as_dict()


def test_a_wrong_guess_is_scored_as_wrong(tmp_path: Path) -> None:
    cells = [{"group": group("all;all;all;all"), "n": 30}, {"group": group("all;men;all;all"), "n": 26}]
    true = estimates_at("municipality", [*cells, {"group": group("all;women;all;all"), "n": 5}])
    write_vault(tmp_path, outcome(), {"municipality": true}, AREAS, GRID)
    vault = pq.read_table(tmp_path / "estimates" / "c35_y.parquet")
    report = audit_of(released({"municipality": cells}), levels=["municipality"], truth=lambda *_: vault)
    assert report.attacks[0].right == 0


class TestIntervals:
    def printed(self, n: int, ones: int, decimals: int) -> tuple[np.ndarray, ...]:
        cells = estimates_of(
            cohort(np.random.default_rng(1), n, gaps=0, c35_b=[1.0] * ones + [0.0] * (n - ones)),
            outcome("c35_b", "binary"),
        )["nl"]
        return tuple(np.round([getattr(cells, name)[0]], decimals) for name in ("est", "lwr", "upr"))

    @pytest.mark.parametrize(("n", "ones"), [(11, 4), (37, 12), (150, 20), (313, 299)])
    def test_four_digits_give_children_and_successes(self, n: int, ones: int) -> None:
        found = invert_intervals(*self.printed(n, ones, 4), 4, 0.95)
        assert (found[0][0], found[1][0]) == (n, ones)

    def test_two_digits_leave_several_possible(self) -> None:
        found = invert_intervals(*self.printed(150, 20, 2), 2, 0.95)
        assert found[0][0] == -1

    def test_large_cells_and_certainties_are_left(self) -> None:
        est, lwr, upr = np.array([0.5, 0.0, 1.0]), np.array([0.4999, 0.0, 1.0]), np.array([0.5001, 0.0, 1.0])
        assert invert_intervals(est, lwr, upr, 4, 0.95)[0].tolist() == [-1, -1, -1]

    def test_a_withheld_n_is_found_by_the_audit(self) -> None:
        est, lwr, upr = self.printed(37, 12, 4)
        cell = {"n": 37, "ones": 12, "est": est[0], "lwr": lwr[0], "upr": upr[0]}
        table = released({"nl": [cell]}, "binary")
        assert audit_of(table, "binary", levels=["nl"]).attack("intervals").reached == 0
        withheld = table.set_column(table.column_names.index("n"), "n", pa.nulls(1, pa.int32()))
        report = audit_of(withheld, "binary", levels=["nl"])
        assert (report.attack("intervals").reached, report.attack("intervals").small) == (1, 0)


def test_equations_follow_the_declaration() -> None:
    cube = read_cube(GRID.public(), "income")
    rules = equations(cube)
    assert rules.exact.sum() == 6 * 8 * 3 + 3 * 6 * 3 * 3
    counts = np.random.default_rng(1).integers(0, 9, (10, 2, 6, 3))
    sums = [GRID.position_slices, *(d.sums for d in GRID.dimensions)]
    table = np.einsum("abcd,pa,sb,oc,hd->psoh", counts, *(s.astype(int) for s in sums)).ravel()
    for whole, first, last, exact in zip(rules.whole, rules.start[:-1], rules.start[1:], rules.exact, strict=True):
        parts = table[rules.part[first:last]].sum()
        assert table[whole] == parts if exact else table[whole] >= parts


def test_printed_digits() -> None:
    assert decimals_of(np.array([0.25, 0.1])) == 2
    assert decimals_of(np.array([12_345.0, 2.0])) == 0
    assert decimals_of(np.array([1 / 3])) == 9
    assert decimals_of(np.zeros(0)) == 0


def test_a_mean_with_noise_in_the_place_of_a_prediction_is_no_other_vault(tmp_path: Path) -> None:
    """Where ranks are too little spread for a line with noise, the mean of the band is told: the vault has the line."""
    binary = outcome("c35_b", "binary")
    found = estimates_of(cohort(np.random.default_rng(1), 3000, gaps=0), binary)
    write_vault(tmp_path, binary, found, AREAS, GRID)
    vault = pq.read_table(tmp_path / "estimates" / "c35_b.parquet")
    table = as_table(protection.protect_outcome(found, binary, PROFILE)[1])
    rows = table.to_pylist()
    for row in rows:
        row["noise_sd"] = 0.001
        row["est"] += 0.1 if row["position"] != "all" else 0.0
    report = audit_of(pa.Table.from_pylist(rows, schema=table.schema), "binary", truth=lambda *_: vault)
    assert report.shown == table.num_rows
    for row in rows:
        row["est"] += 0.1
    with pytest.raises(InputError, match="not the vault"):
        audit_of(pa.Table.from_pylist(rows, schema=table.schema), "binary", truth=lambda *_: vault)
