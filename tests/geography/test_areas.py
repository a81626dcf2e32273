"""Area tables: they fit together, and a code that is not there is explained."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from kansen.errors import AreaError
from kansen.geography import areas_from_hierarchy, load_areas
from kansen.geography.tables import read_table

areas = load_areas()
COUNTS = {"nl": 1, "province": 12, "corop": 40, "municipality": 342, "wijk": 3340, "pc3": 798, "pc4": 4067}


def test_counts_of_every_level() -> None:
    assert {level: len(areas.ids(level)) for level in areas.levels} == COUNTS


@pytest.mark.parametrize("level", COUNTS)
def test_ids_are_sorted_text_of_the_declared_form(level: str) -> None:
    ids = areas.ids(level)
    assert list(ids) == sorted(set(ids))
    assert all(re.fullmatch(areas.info(level).pattern, code) for code in ids)


@pytest.mark.parametrize("level", COUNTS)
def test_every_parent_exists(level: str) -> None:
    info = areas.info(level)
    assert set(areas.table(level).parents) == {*info.within, *([info.mostly_in] if info.mostly_in else [])}
    for above, position in areas.table(level).parents.items():
        assert position.min() >= 0
        assert position.max() < len(areas.ids(above))


def test_levels_agree_about_what_lies_where() -> None:
    direct = areas.table("municipality").parents["province"]
    through_corop = areas.table("corop").parents["province"][areas.table("municipality").parents["corop"]]
    assert np.array_equal(direct, through_corop)
    assert np.array_equal(areas.parent_index("wijk", "province"), direct[areas.parent_index("wijk", "municipality")])
    assert all(
        code.startswith(areas.ids("pc3")[i])
        for code, i in zip(areas.ids("pc4"), areas.parent_index("pc4", "pc3"), strict=True)
    )


def test_wijk_belongs_to_the_municipality_of_the_table_not_of_its_digits() -> None:
    moved = [code for code in areas.ids("wijk") if areas.parents(code)[0].id[2:] != code[2:6]]
    assert len(moved) == 25
    assert areas.parents("WK050100")[0].name == "Voorne aan Zee"


def test_people_add_up() -> None:
    assert areas.area("NL").population == 17_811_291
    for level in ("province", "corop", "municipality"):
        assert areas.table(level).population.sum() == 17_811_291


def test_points_lie_in_the_country() -> None:
    for level in areas.levels:
        table = areas.table(level)
        assert ((table.lon > 3.3) & (table.lon < 7.3) & (table.lat > 50.7) & (table.lat < 53.6)).all()


def test_parents_and_children() -> None:
    assert [p.id for p in areas.parents("1061")] == ["106", "GM0363", "CR23", "PV27", "NL"]
    assert [c.id for c in areas.children("NL")] == list(areas.ids("province"))
    assert {c.id for c in areas.children("CR23")} >= {"GM0363", "GM0362"}
    assert sum(len(areas.children(p, "wijk")) for p in areas.ids("province")) == 3340
    assert areas.children("1061") == ()


def test_shares_of_postcodes_add_up_to_one() -> None:
    total: dict[str, float] = {}
    for row in read_table("pc4_wijk"):
        assert areas.has(row["wijk_2022"], "wijk")
        total[row["pc4"]] = total.get(row["pc4"], 0) + float(row["share"])
    assert set(total) <= set(areas.ids("pc4"))
    assert all(abs(share - 1) < 0.005 for share in total.values())


@pytest.mark.parametrize(
    ("code", "level", "told"),
    [
        ("GM0457", None, "GM0457 Weesp merged into GM0363 Amsterdam on 2022-03-24"),
        ("GM0265", "municipality", "GM0241 Groesbeek was renamed GM1945 Berg en Dal on 2016-01-01"),
        ("GM0788", None, "GM0788 Haaren was divided on 2021-01-01; GM0824 Oisterwijk counts as its successor"),
        ("457", "municipality", "Weesp merged into"),
        ("gm0363", None, "write GM0363"),
        ("GM363", None, "write GM0363"),
        ("363", "municipality", "write GM0363"),
        (" GM0363", None, "spaces"),
        ("1061AB", None, "its area is 1061"),
        ("1061", "municipality", "area of the level pc4"),
        ("WK999999", "wijk", "not one of 2022"),
        ("GM9999", None, "not one of 2023"),
        ("Amsterdam", None, "not a code of any area level"),
        ("", None, "empty"),
    ],
)
def test_unknown_codes_are_explained(code: str, level: str | None, told: str) -> None:
    assert told in str(areas.explain_unknown(code, level))


def test_known_code_needs_no_explanation() -> None:
    assert areas.explain_unknown("GM0363") is None
    assert areas.explain_unknown("GM0363", "municipality") is None


def test_require_names_the_first_unknown_code_and_counts_the_others() -> None:
    with pytest.raises(AreaError) as caught:
        areas.require(["GM0363", "GM0501", "GM0457"], "municipality", where="cohort.parquet")
    assert "cohort.parquet" in str(caught.value)
    assert "GM0457 Weesp" in str(caught.value)
    assert "1 more: GM0501" in str(caught.value)


def test_unknown_area_and_level_raise() -> None:
    with pytest.raises(AreaError, match="There is no area GM9999"):
        areas.area("GM9999")
    with pytest.raises(AreaError, match="level does not exist"):
        areas.ids("buurt")
    with pytest.raises(AreaError, match="do not lie in"):
        areas.parent_index("pc4", "wijk")


def test_columns_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        areas.table("wijk").parents["municipality"][0] = 1


def test_every_code_of_another_year_leads_to_one_of_this_year() -> None:
    from kansen.geography import successor

    ids = set(areas.ids("municipality"))
    for row in read_table("municipality_codes_by_year"):
        assert (successor(row["code"]) or row["code"]) in ids
        assert (successor(row["code"]) or row["code"]) == row["code_2023"]


HIERARCHY = """child_type,child_id,parent_type,parent_id,child_name
tract,0101,county,01,Elm Street
tract,0102,county,01,Oak Street
tract,0201,county,02,
county,01,state,A,First County
county,02,state,A,
"""


def test_own_hierarchy(tmp_path: Path) -> None:
    file = tmp_path / "regions.csv"
    file.write_text(HIERARCHY, encoding="utf-8")
    own = areas_from_hierarchy(file, name="Utopia")
    assert own.levels == ("nl", "state", "county", "tract")
    assert own.chains() == (("tract", "county", "state", "nl"),)
    assert [p.name for p in own.parents("0101")] == ["First County", "A", "Utopia"]
    assert own.parent_index("tract", "state").tolist() == [0, 0, 0]
    assert own.area("0201").population is None
    assert own.explain_unknown("GM0457") == "GM0457 is not in the hierarchy"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("child_type,child_id,parent_type\na,1,b\n", "lacks a column"),
        ("child_type,child_id,parent_type,parent_id\n", "no rows"),
        ("", "an empty file"),
        ("child_type,child_id,parent_type,parent_id\na,1,b,\n", "lacks a value"),
        ("child_type,child_id,parent_type,parent_id\na,1,b,2\na,1,b,3\n", "lies in two areas"),
        ("child_type,child_id,parent_type,parent_id\na,1,b,2\nb,2,a,1\n", "in a circle"),
    ],
)
def test_wrong_hierarchy_says_what_is_wrong(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "regions.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(AreaError, match=told) as caught:
        areas_from_hierarchy(file)
    assert str(file) in str(caught.value)


def test_missing_hierarchy_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    with pytest.raises(AreaError, match="not there"):
        areas_from_hierarchy(tmp_path / "none.csv")
    file = tmp_path / "latin.csv"
    file.write_bytes("child_type,child_id,parent_type,parent_id\na,é,b,1\n".encode("latin-1"))
    with pytest.raises(AreaError, match="UTF-8"):
        areas_from_hierarchy(file)
