"""What people type leads to the area they mean."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from kansen.geography import areas_from_hierarchy, load_areas, search
from kansen.geography.search import Search

find = Search(load_areas())


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Amsterdam", "GM0363"),
        ("AMSTERDAM", "GM0363"),
        ("amst", "GM0363"),
        ("sudwest fryslan", "GM1900"),
        ("Súdwest-Fryslân", "GM1900"),
        ("friesland", "PV21"),
        ("den haag", "GM0518"),
        ("'s-gravenhage", "GM0518"),
        ("The Hague", "GM0518"),
        ("utrecht", "GM0344"),
        ("Overtoomse Veld", "WK036386"),
        ("sneek", "WK190001"),
        ("wijk aan zee", "WK037508"),
        ("bergen", "GM0373"),
        ("GM0363", "GM0363"),
        ("wk036386", "WK036386"),
        ("1061", "1061"),
        ("1061 AB", "1061"),
        ("1061ab", "1061"),
        ("106", "106"),
        ("haren", "GM0014"),
        ("GM0457", "GM0363"),
        ("centrum rotterdam", "WK059901"),
        ("den haag centrum", "WK051828"),
        ("utre", "GM0344"),
        ("gron", "GM0014"),
        ("arnh", "GM0202"),
        ("zaan", "GM0479"),
        ("gelder", "PV25"),
        ("flevo", "PV24"),
        ("twente", "CR12"),
    ],
)
def test_first_answer(question: str, first: str) -> None:
    assert find(question)[0].id == first


@pytest.mark.parametrize("question", ["utre", "utrec", "utrecht"])
def test_of_one_name_the_municipality_comes_first_and_the_corop_region_last(question: str) -> None:
    namesakes = [match.level for match in find(question, limit=20) if match.name == "Utrecht"]
    assert namesakes == ["municipality", "province", "corop"]
    assert [match.level for match in find(question, limit=2)] == ["municipality", "province"]


def test_part_of_a_postcode_lists_its_areas() -> None:
    ids = [match.id for match in find("106", limit=50, levels=["pc3", "pc4"])]
    assert ids[0] == "106"
    assert set(ids) >= {code for code in load_areas().ids("pc4") if code.startswith("106")}


def test_former_municipality_carries_a_note_in_both_languages() -> None:
    match = find("Haren")[0]
    assert (match.name, match.level, match.within) == ("Groningen", "municipality", "Groningen")
    assert match.note == {
        "nl": "Haren is in 2019 opgegaan in Groningen.",
        "en": "Haren merged into Groningen in 2019.",
    }
    assert find("Groningen")[0].note is None


def test_within_names_municipality_and_province() -> None:
    assert find("Overtoomse Veld")[0].within == "Amsterdam, Noord-Holland"
    assert find("1061")[0].within == "Amsterdam, Noord-Holland"
    assert find("Noord-Holland")[0].within == ""


def test_order_exact_then_start_then_start_of_a_word_then_any_part() -> None:
    names = [match.name for match in find("zuid", limit=60, levels=["wijk"])]
    grades = [0 if (n.lower().endswith(" zuid") and n.startswith("Wijk")) or n == "Zuid" else 1 for n in names]
    assert grades[0] == 0
    assert find("veld", limit=200)[-1].name.lower().count("veld") == 1


def test_an_area_comes_once_and_not_more_than_the_limit() -> None:
    ids = [match.id for match in find("e", limit=50)]
    assert len(ids) == len(set(ids)) == 50


def test_levels_limit_the_answer() -> None:
    assert {match.level for match in find("utrecht", limit=50, levels=["wijk", "corop"])} <= {"wijk", "corop"}


@pytest.mark.parametrize("question", ["", "   ", "!?", "xyzzyx", "%_'\"", "é" * 500])
def test_nothing_found_is_an_empty_list(question: str) -> None:
    assert find(question) == []


def test_search_over_own_areas(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("child_type,child_id,parent_type,parent_id,child_name\ntract,01,county,1,Elm\n", encoding="utf-8")
    own = areas_from_hierarchy(file)
    assert [match.id for match in search("elm", own)] == ["01"]
    assert search("haren", own) == []


def test_a_question_takes_milliseconds() -> None:
    started = time.perf_counter()
    for question in ("haren", "utrecht", "1061", "oud", "centrum rotterdam") * 4:
        find(question)
    assert (time.perf_counter() - started) / 20 < 0.1
