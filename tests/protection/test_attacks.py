"""Each attack catches a protection that is broken in its way, and only then; the known counterexamples by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kansen.errors import TableError
from kansen.protection.audit.differences import Known
from kansen.protection.audit.families import CLOSE, CROSSINGS
from kansen.protection.audit.lattice import read_lattice
from protection.little import GROUP_N, PASSING, Cell, attack, found_by, own_groups

ALL = "all;all;all;all"
MEN, WOMEN = "all;men;all;all", "all;women;all;all"
TWO, SINGLE = "all;all;all;two", "all;all;all;single"


def totals(n: int = 1000) -> list[Cell]:
    """Figures for everybody from which nothing hidden follows."""
    return [Cell("NL", ALL, 3 * n), Cell("m1", ALL, n)]


def origin(area: str, name: str, n: int, est: float = 0.5) -> Cell:
    return Cell(area, f"all;all;{name};all", n, est)


def test_a_release_of_totals_only_is_safe() -> None:
    report = attack({"y": totals(), "b": totals()}, {"b": "binary"})
    assert (report.small, report.passed) == (0, True)
    assert attack({"y": totals()}, profile=PASSING).passed
    assert attack({"y": totals()}, profile=GROUP_N).passed


class TestBroken:
    """One more cell is published, or one rule left out, and the attack that it opens the door to says so."""

    def test_groups(self) -> None:
        assert found_by(attack({"y": [Cell("m1", ALL, 30), Cell("m1", MEN, 26)]})) == {"groups": 1}

    def test_levels(self) -> None:
        cells = [Cell("m1", ALL, 94), Cell("w11", ALL, 50), Cell("w12", ALL, 40)]
        assert found_by(attack({"y": cells})) == {"levels": 1}

    def test_bounds(self) -> None:
        """Of 20 children 15 have two parents, and 5 boys have one: so no girl has."""
        cells = [Cell("m1", ALL, 20), Cell("m1", TWO, 15), Cell("m1", "all;men;all;single", 5)]
        assert found_by(attack({"y": cells}))["bounds"] > 0
        assert "bounds" not in found_by(attack({"y": cells[:2]}))

    def test_replay(self) -> None:
        """Eighteen children, boys and girls not shown, so fewer than ten of either: nine each; as with origins."""
        cells = [Cell("m1", ALL, 18)]
        assert found_by(attack({"y": cells}, profile=PASSING)) == {"replay": 4}
        assert found_by(attack({"y": cells})) == {}

    def test_respondent(self) -> None:
        """At most two have one parent, and somebody has: who knows to be one of two, knows all."""
        cells = [Cell("m1", ALL, 20), Cell("m1", TWO, 18), Cell("m1", "low;all;all;single", 1)]
        assert found_by(attack({"y": cells}))["respondent"] > 0

    def test_rests(self) -> None:
        assert found_by(attack({"y": [Cell("m1", ALL, 30), Cell("m1", TWO, 24)]}))["rests"] == 1
        assert found_by(attack({"y": [Cell("m1", ALL, 30), Cell("m1", TWO, 20)]})) == {}

    def test_unions(self) -> None:
        cells = [Cell("m1", ALL, 66), Cell("w11", ALL, 60)]
        assert found_by(attack({"y": cells})) == {"unions": 1}
        assert found_by(attack({"y": [Cell("m1", ALL, 76), Cell("w11", ALL, 60)]})) == {}

    def test_families(self) -> None:
        havo, vwo = [Cell("m1", ALL, 100, 0.40)], [Cell("m1", ALL, 100, 0.36)]
        kinds = {"c16_havo": "binary", "c16_vwo": "binary"}
        assert found_by(attack({"c16_havo": havo, "c16_vwo": vwo}, kinds)) == {"families": 1}
        unrelated = attack({"c16_havo": havo, "c16_work": vwo}, kinds | {"c16_work": "binary"})
        assert found_by(unrelated) == {}

    def test_predictions(self) -> None:
        band = "low;{};all;all"
        cells = [Cell("m1", band.format("all"), 100, 0.40), Cell("m1", band.format("men"), 60, 0.55)]
        more = [Cell("m1", band.format("women"), 40)]
        report = attack({"b": cells, "y": [*cells, *more]}, {"b": "binary"}, profile=GROUP_N)
        assert found_by(report)["predictions"] == 1

    def test_spans(self) -> None:
        """Three pairs of three groups: no subtraction of one group gives one, half their sum less a pair does."""
        groups = own_groups({"all": "abcd", "ab": "ab", "bc": "bc", "ac": "ac", "a": "a", "b": "b", "c": "c"})
        cells = [Cell("m1", f"all;all;{pair};all", n) for pair, n in (("ab", 16), ("bc", 16), ("ac", 26))]
        assert found_by(attack({"y": cells}, groups=groups)) == {"spans": 1}
        assert found_by(attack({"y": cells[:2]}, groups=groups)) == {}

    def test_unlisted(self) -> None:
        """Not of Turkish origin, not living with two parents: 114 - 32 - 95 + 21 = 8; no shown pair differs by few."""
        turkey, both = "all;all;turkey;all", "all;all;turkey;two"
        cells = [Cell("m1", group, n) for group, n in ((ALL, 114), (TWO, 95), (turkey, 32), (both, 21))]
        assert found_by(attack({"y": cells})) == {"unlisted": 1}
        assert found_by(attack({"y": cells[:-1]})) == {}
        tables = {"b": [Cell(c.area, c.group, 10 * (c.n or 0), 0.5) for c in cells]}
        assert found_by(attack(tables, {"b": "binary"})) == {}
        tables["b"][1] = Cell("m1", TWO, 950, 0.5368)
        assert found_by(attack(tables, {"b": "binary"})) == {"unlisted": 1}, "of 80 children five have it"

    def test_programmes(self) -> None:
        """Three pairs, each perhaps with others, are twice as many as all: so there are no others, and four of each."""
        groups = own_groups({"all": "abcxyz", "p": "abx", "q": "bcy", "r": "acz", "a": "a", "b": "b", "c": "c"})
        cells = [Cell("m1", f"all;all;{name};all", n) for name, n in (("all", 12), ("p", 8), ("q", 8), ("r", 8))]
        assert found_by(attack({"y": cells}, groups=groups))["programmes"] >= 3
        assert "programmes" not in found_by(attack({"y": [Cell("m1", ALL, 40), *cells[1:]]}, groups=groups))

    def test_intervals(self) -> None:
        n, ones = 37, 5
        cells = [interval("m1", ALL, None, n, ones)]
        assert found_by(attack({"b": cells}, {"b": "binary"})) == {"intervals": 1}

    def test_rounded_numbers_of_children_are_solved_too(self) -> None:
        rounded = {"id": "own", "parameters": {"exact": "passing", "n_step": 100, "decimals": {"binary": 4}}}
        cells = [interval("m1", ALL, 100, 137, 5), Cell("m1", MEN, 100)]
        assert found_by(attack({"b": cells}, {"b": "binary"}, profile=rounded)) == {"intervals": 1}

    @pytest.mark.parametrize("honest", [False, True])
    def test_intervals_of_the_true_counts_behind_noisy_ones(self, honest: bool) -> None:
        rng = np.random.default_rng(1)
        cells = []
        for number in range(400):
            n = int(rng.integers(12, 60))
            noisy = n + int(rng.choice([-2, -1, 1, 2]))
            ones = int(rng.integers(2, 10))
            told = interval("m1", group(number), noisy, noisy if honest else n, ones)
            cells.append(Cell(told.area, told.group, noisy, told.est, 0.02, told.lwr, told.upr))
        found = attack({"b": cells}, {"b": "binary"}, profile=GROUP_N).attack("intervals")
        assert (found.small > 100) is not honest
        assert (found.reached > 0) is not honest

    @pytest.mark.parametrize("redrawn", [True, False])
    def test_noise_drawn_again_for_every_outcome(self, redrawn: bool) -> None:
        rng = np.random.default_rng(2)
        true = {ALL: 60, MEN: 54, WOMEN: 6, TWO: 44, SINGLE: 13}
        once = {name: n + int(rng.integers(-3, 4)) for name, n in true.items()}

        def told() -> list[Cell]:
            again = {name: n + int(rng.integers(-3, 4)) for name, n in true.items()}
            return [Cell("m1", name, n, noise_sd=0.1) for name, n in (again if redrawn else once).items()]

        outcomes = {f"y{number}": [*told(), Cell("NL", ALL, 3000, noise_sd=0.1)] for number in range(160)}
        found = attack(outcomes, profile=GROUP_N).attack("noise")
        assert (found.small > 0) is redrawn

    def test_the_largest_noise_beside_an_exact_total(self) -> None:
        """Boys and girls both told six too many beside their exact sum: no other numbers are left."""
        cells = [Cell("m1", ALL, 40), Cell("m1", MEN, 12, noise_sd=0.1), Cell("m1", WOMEN, 40, noise_sd=0.1)]
        assert found_by(attack({"y": cells}, profile=GROUP_N))["noise"] == 1
        less = [*cells[:2], Cell("m1", WOMEN, 39, noise_sd=0.1)]
        assert "noise" not in found_by(attack({"y": less}, profile=GROUP_N))

    def test_the_same_noise_on_all_and_on_those_who_have_it(self) -> None:
        """S = n: a share of exactly one that is never one child off."""
        rng = np.random.default_rng(3)
        noisy = [int(rng.integers(12, 40)) for _ in range(150)]
        same = [Cell("m1", group(i), n, 1.0, 0.05) for i, n in enumerate(noisy)]
        own = [Cell("m1", group(i), n, 1 - max(int(rng.integers(-3, 4)), 0) / n, 0.05) for i, n in enumerate(noisy)]
        assert found_by(attack({"b": same}, {"b": "binary"}, profile=GROUP_N))["noise"] >= 150
        assert "noise" not in found_by(attack({"b": own}, {"b": "binary"}, profile=GROUP_N))

    def test_another_release_of_the_same_children(self) -> None:
        base = [*totals(), *(Cell(f"w1{w}", ALL, 100 + w) for w in (1, 2)), Cell("w21", ALL, 400), Cell("m1", TWO, 500)]
        shown = [*base, Cell("m1", MEN, 994)]
        assert found_by(attack({"y": base})) == {}
        assert found_by(attack({"y": base}, others={"other": {"y": shown}})) == {"against": 1}
        assert found_by(attack({"y": base}, others={"other": {"y": base}})) == {}

    def test_another_release_of_a_few_more_children(self) -> None:
        rng = np.random.default_rng(4)
        sizes = rng.integers(20, 90, 60)
        here = [Cell("m1", group(i), int(n)) for i, n in enumerate(sizes)]
        more = [Cell("m1", group(i), int(n + rng.integers(0, 5))) for i, n in enumerate(sizes)]
        far = [Cell("m1", group(i), int(n + rng.integers(-5, 5))) for i, n in enumerate(sizes)]
        overlap = attack({"y": here}, others={"later": {"y": more}}).attack("against")
        assert overlap.small > 20
        assert attack({"y": here}, others={"later": {"y": far}}).attack("against").small == 0

    def test_numbers_known_from_elsewhere(self, tmp_path: Path) -> None:
        cells = [Cell("m1", ALL, 94), Cell("w11", ALL, 85)]
        path = tmp_path / "known.csv"
        path.write_text("area,n\nw12,0\n", encoding="utf-8")
        assert "levels" not in found_by(attack({"y": cells}))
        assert found_by(attack({"y": cells}, known=[path]))["levels"] == 1


class TestCounterexamples:
    def test_46_27_19(self) -> None:
        """46 children, 20 of them girls; wijken of 27 (15 girls) and 19: nobody is left, so the second has 5 girls."""
        cells = [
            *(Cell("m1", group, n) for group, n in ((ALL, 46), (WOMEN, 20))),
            *(Cell("w11", group, n) for group, n in ((ALL, 27), (WOMEN, 15))),
            Cell("w12", ALL, 19),
        ]
        assert found_by(attack({"y": cells}))["levels"] == 1
        assert found_by(attack({"y": cells[:-1]})) == {"unions": 1}, "the girls of the other two wijken together"

    def test_linked_tables(self) -> None:
        """sdcTable's own: each table is safe, both give K; without N they do not."""
        members = {"all": "ABIJKLMN", "one": "ABIJ", "two": "KLMN", "big": "LM", "small": "KN"}
        names = [*members, *"ABIJKLMN"]
        lattice = read_lattice(own_groups(members | {letter: letter for letter in "ABIJKLMN"}))

        def k_follows(**counts: int) -> bool:
            cells = np.array([names.index(name) for name in counts])
            known = Known.of(1, lattice.size, cells, np.array(list(counts.values()), dtype=np.int32))
            known.difference_groups(lattice.equations)
            return bool(known.value[0, names.index("K")] == 3)

        by_county, by_size = {"all": 36, "one": 20, "two": 16, "N": 7}, {"all": 36, "one": 20, "small": 10}
        assert not k_follows(**by_county)
        assert not k_follows(**by_size)
        assert k_follows(**by_county, small=10)
        assert not k_follows(all=36, one=20, two=16, small=10)

    def test_havo_and_higher_less_vwo(self) -> None:
        rng = np.random.default_rng(5)
        n, havo = 200, rng.integers(40, 90, 40)
        vwo = havo - rng.integers(0, 9, 40)
        kinds = {"a": "binary", "b": "binary"}
        inner = [Cell("m1", group(i), n, round(v / n, 4)) for i, v in enumerate(vwo)]
        outer = [Cell("m1", group(i), n, round(v / n, 4)) for i, v in enumerate(havo)]
        found = attack({"a": inner, "b": outer}, kinds)
        assert found.attack("families").small > 20, "nobody declared that one is within the other: the figures show it"
        apart = [Cell("m1", group(i), n, round(v / n, 4)) for i, v in enumerate(havo - rng.integers(4, 24, 40))]
        report = attack({"a": apart, "b": outer}, kinds)
        assert report.attack("families").small == 0, "unrelated outcomes of these sizes would hardly cross either"
        crossing = [Cell("m1", group(i), n, round(v / n, 4)) for i, v in enumerate(rng.integers(40, 90, 40))]
        assert attack({"a": crossing, "b": outer}, kinds).attack("families").small == 0

    def test_outcomes_that_have_nothing_to_do_with_one_another_and_never_cross(self) -> None:
        """Shares of 0.41 and 0.70 in small groups are close and hardly ever cross: that makes neither a part."""
        rng, n = np.random.default_rng(6), 30
        few = np.minimum(rng.binomial(n, 0.41, 40), 19)
        many = np.maximum(rng.binomial(n, 0.7, 40), few)
        kinds = {"a": "binary", "b": "binary"}
        figures = {
            name: [Cell("m1", group(i), n, round(v / n, 4)) for i, v in enumerate(counts)]
            for name, counts in (("a", few), ("b", many))
        }
        assert (many - few < CLOSE * np.sqrt(many + few)).sum() >= CROSSINGS, "as close as the attack asks for"
        assert ((many - few > 0) & (many - few < 10)).any(), "with something to recover"
        assert attack(figures, kinds).attack("families").small == 0

    def test_unions_of_wijken(self) -> None:
        cells = [Cell("m1", group, n) for group, n in ((ALL, 200), (MEN, 100))]
        cells += [Cell("w11", group, n) for group, n in ((ALL, 150), (MEN, 58))]
        assert found_by(attack({"y": cells})) == {"unions": 1}, "42 of the other 50 are men, so 8 are women"

    def test_shared_denominators(self) -> None:
        """Each outcome alone is safe; both count the same children."""
        common = [Cell(f"w{m}{w}", ALL, 100) for m in (1, 2) for w in (1, 2, 3)]
        one, other = [*common, Cell("m1", ALL, 300)], [*common, Cell("m1", ALL, 300), Cell("m1", MEN, 296)]
        everybody, girls = [*common, Cell("m2", ALL, 300)], [*common[:5], Cell("m2", WOMEN, 295), Cell("m1", ALL, 300)]
        assert found_by(attack({"a": one})) == {}
        assert found_by(attack({"a": girls})) == {}
        assert found_by(attack({"a": girls, "b": everybody})) == {"groups": 1}
        assert found_by(attack({"a": one, "b": other})) == {"groups": 1}

    def test_an_amount_of_those_who_work_tells_how_many_work(self) -> None:
        wijken = [f"w{m}{w}" for m in (1, 2) for w in (1, 2, 3)]
        employed = [Cell(w, ALL, 100, 0.60) for w in wijken] + [Cell("m1", ALL, 300, 0.60)]
        wage = [Cell(w, ALL, 60) for w in wijken] + [Cell("m1", ALL, 180), Cell("m1", MEN, 95)]
        amount = [Cell(w, ALL, 100) for w in wijken] + [Cell("m1", MEN, 100), Cell("m1", ALL, 300)]
        report = attack({"e": employed, "w": wage, "y": amount}, {"e": "binary"})
        assert report.attack("families").reached > 0, "95 boys work, though the share is not shown"

    def test_a_postcode_that_is_a_wijk(self) -> None:
        """The same place under two names, known by its figures for everybody."""
        same = {"y": 1234.0, "z": 77.0}
        wijk = {id: [Cell("w11", ALL, 120, est)] for id, est in same.items()}
        postcode = {id: [Cell("p1", ALL, 120, est), Cell("p1", MEN, 114, est)] for id, est in same.items()}
        joined = {id: [*wijk[id], *postcode[id], Cell("w11", WOMEN, 6, 5.0)][:-1] for id in same}
        assert found_by(attack(joined)) == {"groups": 4}, "under either name, of either outcome"
        girls = {id: [*wijk[id], Cell("w11", TWO, 40, est)] for id, est in same.items()}
        both = {id: [*girls[id], Cell("p1", ALL, 120, est), Cell("p1", SINGLE, 75, est)] for id, est in same.items()}
        assert found_by(attack(girls)) == {}
        assert found_by(attack(both))["unlisted"] > 0, (
            "5 of neither kind: two parents under one name, one under the other"
        )


class TestKnownFile:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "an empty file"),
            ("area,n\n", "no rows"),
            ("area,men,n\nm1,1,2\n", "column men"),
            ("area,group,sex,n\nm1,x,men,2\n", "twice"),
            ("area,n\nm9,2\n", "column area, row 2"),
            ("area,n\nm1,-2\n", "column n, row 2"),
            ("area,n\nm1,2.5\n", "found:    2.5"),
            ("area,sex,n\nm1,boys,2\n", "men, women"),
            ("area,group,n\nm1,income=all;boys;all;all,2\n", "income=all;all;all;all"),
            ("area,n\nm1,2\nm1,3\n", "contradict"),
            ("area,n\nm1,2,3\n", "more values"),
            ("area,cohort,n\nm1,age99,3\n", "Unknown cohort"),
        ],
    )
    def test_what_is_wrong_is_named(self, tmp_path: Path, text: str, told: str) -> None:
        path = tmp_path / "known.csv"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(TableError, match=told):
            attack({"y": totals()}, known=[path])

    def test_groups_by_id_or_by_attribute(self, tmp_path: Path) -> None:
        for number, text in enumerate(("area,group,n\nm1,income=all;men;all;all,24\n", "area,sex,n\nm1,men,24\n")):
            path = tmp_path / f"{number}.csv"
            path.write_text(text, encoding="utf-8")
            assert found_by(attack({"y": [Cell("m1", ALL, 30)]}, known=[path])) == {"groups": 1}


def group(number: int) -> str:
    """Some group of everybody or a band, by number."""
    sexes, origins = ("all", "men", "women"), ("all", "none", "any", "turkey", "morocco", "suriname", "other")
    positions, households = ("all",), ("all", "single", "two")
    words = [(p, s, o, h) for p in positions for s in sexes for o in origins for h in households]
    return ";".join(words[number % len(words)])


def interval(area: str, group: str, told: int | None, n: int, ones: int) -> Cell:
    from kansen.measures.expectation import t_quantiles

    share = ones / n
    half = float(t_quantiles(np.array([n - 1]), 0.95)[0]) * np.sqrt(share * (1 - share) / (n - 1))
    low, high = (round(float(share + sign * half), 4) for sign in (-1, 1))
    return Cell(area, group, told, round(share, 4), lwr=low, upr=high)
