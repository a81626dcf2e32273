"""What gaps go with, of a whole cohort: the same as of single frames, everywhere where there are enough people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kansen import measures
from kansen.cohorts import load_cohort
from kansen.cohorts.decompositions import Between, Block, DecompositionDeclaration, Survey
from kansen.cohorts.labels import Label
from kansen.errors import DeclarationError
from kansen.geography import load_areas
from kansen.measures.gap_parts import GapParts, gap_parts, together
from kansen.measures.oaxaca import CONSTANT, THREEFOLD
from kansen.moments.grid import load_grid
from measures.gap_worlds import PLACES, TRUTH, world

COHORT = load_cohort("age35")
OUTCOME = COHORT.outcome("c35_employed")
[DECLARED] = [one for one in COHORT.decompositions if one.id == "background"]


def found_in(path: Path, declared: DecompositionDeclaration = DECLARED) -> dict[tuple[str, str, str], GapParts]:
    found = gap_parts(path, OUTCOME, declared, load_areas(), load_grid("income"))
    return {(one.area, one.between.a, one.between.b): one for one in found}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return world(tmp_path_factory.mktemp("world") / "cohort.parquet", 6_000)


@pytest.fixture(scope="module")
def found(path: Path) -> dict[tuple[str, str, str], GapParts]:
    return found_in(path)


def test_it_is_the_decomposition_of_a_frame(path: Path, found: dict[tuple[str, str, str], GapParts]) -> None:
    """The country by hand: codes, unknown values and rare ones put together here as there."""
    table = pq.read_table(path).to_pandas()
    table = table[table["c35_employed"].notna()]
    table["group"] = np.where(table["origin"] == "none", "none", "any")
    table["unknown"] = np.where(table["wealth_rank"].isna(), "unknown", "known")
    table["wealth_rank"] = table["wealth_rank"].fillna(table["wealth_rank"].mean())
    table["household_type"] = table["household_type"].replace("other", "two")  # too few of them, and "two" has most
    corops = {"GM0363": "CR23", "GM0599": "CR29", "GM0014": "CR03"}
    table["corop"] = table["municipality"].map(corops).fillna("unknown")
    by_hand = measures.oaxaca_blinder(
        table.drop(columns=["origin", "municipality"]),
        y="c35_employed", group="group", a="none", b="any", numbers=["income_rank", "wealth_rank"],
        categories=["unknown", "household_type", "corop", "birth_year", "sex"], cluster="household",
        blocks={"parents_wealth": ["wealth_rank", "unknown"]},
    )  # fmt: skip
    parts = found["NL", "none", "any"].parts
    for name in ("gap", "explained", "unexplained", *THREEFOLD):
        assert parts.whole[name].value == pytest.approx(getattr(by_hand, name).value, rel=1e-9, abs=1e-12), name
        assert parts.whole[name].se == pytest.approx(getattr(by_hand, name).se, rel=1e-9), name
    detail = {row["name"]: row for row in by_hand.detail.to_pylist()}
    names = {"parents_income": "income_rank", "household": "household_type", "region": "corop", "born": "birth_year"}
    for block, of in parts.by_block.items():
        other = detail[names.get(block, block)]
        assert of["explained"].value == pytest.approx(other["explained"], rel=1e-9, abs=1e-12), block
        assert of["explained"].se == pytest.approx(other["se_explained"], rel=1e-9), block


def test_what_was_put_in_comes_out(found: dict[tuple[str, str, str], GapParts]) -> None:
    parts = found["NL", "none", "any"].parts
    left = parts.whole["unexplained"]
    assert abs(left.value + TRUTH["any"]) < 3 * left.se
    assert parts.by_block["parents_income"]["explained"].value > 3 * parts.by_block["parents_income"]["explained"].se
    assert parts.by_block["household"]["explained"].value > 0
    assert abs(parts.by_block["born"]["explained"].value) < 0.005
    assert parts.whole["gap"].value == pytest.approx(parts.whole["explained"].value + left.value)


def test_areas_have_what_varies_in_them(found: dict[tuple[str, str, str], GapParts]) -> None:
    areas = {area for area, a, b in found if (a, b) == ("none", "any")}
    assert areas == {"NL", "PV27", "PV28", "PV20", *PLACES}
    assert "region" in found["NL", "none", "any"].parts.by_block
    amsterdam = found["GM0363", "none", "any"]
    assert "region" not in amsterdam.parts.by_block
    assert set(amsterdam.parts.by_block) >= {CONSTANT, "parents_income", "household", "sex"}
    assert "sex" not in found["GM0363", "women", "men"].parts.by_block
    assert "origin" in found["GM0363", "women", "men"].parts.by_block
    assert amsterdam.groups == ("income=all;all;none;all", "income=all;all;any;all")
    assert all(min(one.n) >= DECLARED.least for one in found.values())


def test_a_pair_that_the_groups_lack_is_passed_over(path: Path) -> None:
    grid = load_grid("income")
    fewer = replace(grid, origin=replace(grid.origin, members=tuple(m for m in grid.origin.members if m.id != "any")))
    found = gap_parts(path, OUTCOME, replace(DECLARED, levels=("nl",)), load_areas(), fewer)
    assert {one.between.b for one in found} == {"turkey", "morocco", "other", "men"}


def test_too_few_people_are_not_worked_out(path: Path, found: dict[tuple[str, str, str], GapParts]) -> None:
    most = min(found["GM0363", "none", "turkey"].n)
    stricter = found_in(path, replace(DECLARED, least=most + 1))
    assert ("GM0363", "none", "turkey") not in stricter
    assert ("GM0363", "none", "turkey") in found_in(path, replace(DECLARED, least=most))


def test_the_most_that_anybody_moves_a_part(path: Path, found: dict[tuple[str, str, str], GapParts]) -> None:
    """Leaving somebody out moves no part further than is said, of the country and of the smallest place."""
    declared = replace(DECLARED, between=(Between("origin", "none", "any"),), levels=("municipality",))
    whole = pq.read_table(path)
    rows = np.flatnonzero(np.array(whole["municipality"].to_pylist()) == "GM0014")
    for leave in rows[:: len(rows) // 12]:
        without = path.with_name("without.parquet")
        pq.write_table(whole.take(np.delete(np.arange(len(whole)), leave)), without)
        before, after = found["GM0014", "none", "any"].parts, found_in(without, declared)["GM0014", "none", "any"].parts
        for name in ("gap", "explained", "unexplained"):
            moved = abs(after.whole[name].value - before.whole[name].value)
            assert moved <= 1.1 * before.moved[name], name
        for block, of in before.by_block.items():
            moved = abs(after.by_block[block]["explained"].value - of["explained"].value)
            assert moved <= 1.1 * before.moved_by_block[block] + 1e-12, block


def test_rare_values_are_taken_together() -> None:
    side = np.repeat([True, False], 100)
    codes = np.tile(np.repeat([0, 1, 2, 3], [60, 15, 15, 10]), 2)
    assert np.bincount(together(codes, side)).tolist() == [120, 80]
    codes = np.tile(np.repeat([0, 1, 2], [60, 30, 10]), 2)
    assert np.bincount(together(codes, side)).tolist() == [140, 60]
    assert not together(np.arange(200), side, rare=101).any()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"between": [["origin", "any"]]}, "two groups"),
        ({"between": [["age", "old", "young"]]}, "Unknown dimension"),
        ({"levels": ["wijk"]}, "Unknown level"),
        ({"least": 1}, "lacks something"),
        ({"block": []}, "lacks something"),
        ({"block": [{"id": "x", "columns": ["shoe_size"], "label": {"nl": "x", "en": "x"}}]}, "Unknown column"),
        ({"of": ["c35_income"]}, "Unknown outcome"),
        ({"colour": "red"}, "fields too many"),
    ],
)
def test_a_declaration_that_cannot_be_used(change: dict[str, object], words: str) -> None:
    from kansen.cohorts.decompositions import check_outcomes, read_decompositions

    label = {"nl": "x", "en": "x"}
    block = {"id": "born", "columns": ["birth_year"], "label": label}
    good = {
        "id": "x", "of": ["c35_employed"], "levels": ["nl"], "least": 100, "between": [["origin", "none", "any"]],
        "label": label, "description": label, "block": [block],
    }  # fmt: skip
    [read] = read_decompositions([good], Path("here.toml"))
    assert (read.between, [one.id for one in read.blocks]) == ((Between("origin", "none", "any"),), ["born"])
    assert isinstance(read.blocks[0], Block)
    with pytest.raises(DeclarationError, match=words):
        check_outcomes(read_decompositions([good | change], Path("here.toml")), ["c35_employed"], Path("here.toml"))
    with pytest.raises(DeclarationError, match="twice"):
        read_decompositions([good, good], Path("here.toml"))


def answered(path: Path, people: np.ndarray, weight: np.ndarray) -> Path:
    """The answers of some people, at school every tenth together."""
    words = {
        "person": [f"P{number:09d}" for number in people],
        "school": [f"{number % 10:02d}AM" for number in people],
        "felt": ["1" if number % 3 == 0 else "0" for number in people],
    }
    columns = {name: pa.array(values, pa.string()) for name, values in words.items()}
    pq.write_table(pa.table({**columns, "weight": pa.array(weight, pa.float64(), from_pandas=True)}), path)
    return path


SURVEY = replace(
    DECLARED,
    survey=Survey("somewhere", "weight", "school", ("felt",)),
    blocks=(*DECLARED.blocks, Block("felt", ("felt",), Label("gevoeld", "felt"))),
    levels=("nl",),
)


def surveyed(path: Path, survey: Path) -> dict[str, GapParts]:
    found = gap_parts(path, OUTCOME, SURVEY, load_areas(), load_grid("income"), survey)
    return {one.between.b: one for one in found}


def test_answers_are_a_block_among_those_who_answered(path: Path, tmp_path: Path) -> None:
    """Whoever stands for two people counts as two people who are alike would, but for how sure it is."""
    who = np.arange(0, 6_000, 2)
    weight = np.where(who % 4 == 0, 2.0, 1.0)
    found = surveyed(path, answered(tmp_path / "answers.parquet", who, weight))["any"]
    assert "felt" in found.parts.by_block
    assert sum(found.n) < len(who)
    # The same by hand: rows of those with a weight of two twice, without weights.
    table = pq.read_table(path).take(np.concatenate([who, who[weight == 2]]))
    twice = tmp_path / "twice.parquet"
    number = pa.array([f"P{number:09d}" for number in range(len(table))])
    pq.write_table(table.set_column(0, "person", number), twice)
    alike = found_in(twice, replace(SURVEY, survey=None, blocks=DECLARED.blocks))["NL", "none", "any"]
    assert found.parts.whole["gap"].value == pytest.approx(alike.parts.whole["gap"].value, rel=1e-9)


def test_nobody_answered_or_nobody_has_a_weight(path: Path, tmp_path: Path) -> None:
    assert surveyed(path, answered(tmp_path / "none.parquet", np.arange(0), np.zeros(0))) == {}
    nothing = np.full(6_000, np.nan)
    assert surveyed(path, answered(tmp_path / "unknown.parquet", np.arange(6_000), nothing)) == {}
    assert surveyed(path, answered(tmp_path / "zero.parquet", np.arange(6_000), np.zeros(6_000))) == {}
