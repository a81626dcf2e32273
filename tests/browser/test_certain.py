"""How sure figures are, on the page: what clearly differs, cautious estimates, reliability, neighbours, changes.

On a made-up release of 61 municipalities, in which some differ from the country and some do not, with two cohorts of
the same measures: one pair with a break between, one without.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

import kansen
from browser.atlas_page import EVERYONE, AtlasPage
from browser.conftest import page_on, serving
from opened.worlds import release_of_municipalities

INCOME = "/kaart/c35_income/municipality"
CHANGE = "/kaart/c11_b_youth_protection/municipality?sinds=c11_a_youth_protection"
BROKEN = "/kaart/c11_b_math/municipality?sinds=c11_a_math"
HIGH, LOW, UNSURE = "Duidelijk hoger dan", "Duidelijk lager dan", "Niet zeker"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release_of_municipalities(tmp_path_factory.mktemp("certain") / "release", unbroken=True)


@pytest.fixture(scope="module")
def url(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(folder, tmp_path_factory.mktemp("certain-serve") / "log") as address:
        yield address


@pytest.fixture
def made(browser: Browser, url: str) -> Iterator[AtlasPage]:
    yield from page_on(browser, url, viewport={"width": 1280, "height": 800})


@pytest.fixture
def narrow(browser: Browser, url: str) -> Iterator[AtlasPage]:
    yield from page_on(browser, url, viewport={"width": 320, "height": 700}, has_touch=True, is_mobile=True)


@pytest.fixture(scope="module")
def differs(folder: Path) -> dict[str, dict[str, Any]]:
    """By area, what Python says of the difference from the country."""
    with kansen.open(folder) as r:
        return {row["area"]: row for row in r.differs("c35_income").to_pylist()}


@pytest.fixture(scope="module")
def change(folder: Path) -> dict[str, dict[str, Any]]:
    """By area, what Python says of the change between the cohorts without a break."""
    with kansen.open(folder) as r:
        return {row["area"]: row for row in r.change("c11_a_youth_protection", "c11_b_youth_protection").to_pylist()}


def test_the_card_says_what_holds_for_all_areas_together(made: AtlasPage, differs: dict[str, dict[str, Any]]) -> None:
    """Of one that stays, and of one that would differ by itself but not among all."""
    clear = next(area for area, row in differs.items() if row["differs"] and row["difference"] < 0)
    only_by_itself = next(area for area, row in differs.items() if row["p"] < 0.05 and not row["differs"])
    for area, words in ((clear, LOW), (only_by_itself, UNSURE)):
        made.open(f"{INCOME}?gebied={area}")
        expect(made.get("area-differs")).to_contain_text("Verschilt van Nederland?")
        expect(made.get("area-differs")).to_contain_text(words)


def test_nothing_is_said_before_it_is_known_of_all_areas(made: AtlasPage, differs: dict[str, dict[str, Any]]) -> None:
    """By itself it would differ: a sentence that says so must not stand there first. Without an answer it may."""
    area = next(area for area, row in differs.items() if row["p"] < 0.05 and not row["differs"])
    held: list[Route] = []
    made.page.route("**/api/v1/ranks/**", lambda route: held.append(route))
    made.open(f"{INCOME}?gebied={area}")
    expect(made.get("area-national")).to_be_visible()
    made.page.wait_for_timeout(1500)
    card = made.get("area-card")
    expect(card).not_to_contain_text("Waarschijnlijk")
    assert held
    for route in held:
        route.continue_()
    expect(made.get("area-differs")).to_contain_text(UNSURE)
    expect(card).not_to_contain_text("Waarschijnlijk hoger")


def test_the_cautious_estimate_stands_beside_the_figure(made: AtlasPage, folder: Path) -> None:
    with kansen.open(folder) as r:
        row = next(one for one in r.shrunk("c35_income").to_pylist() if one["area"] == "GM0363")
    assert row["post"] - row["est"] > 50  # Amsterdam was made low, and is moved towards the others
    made.open(f"{INCOME}?gebied=GM0363")
    expect(made.get("area-expected")).to_contain_text(f"{round(row['post'], -2):,.0f}".replace(",", "."))
    expect(made.get("area-figure")).to_contain_text("24.000")
    made.get("area-expected-what").locator("summary").click()
    expect(made.get("area-expected-what")).to_contain_text("nooit een ranglijst")


def test_only_areas_that_clearly_differ_keep_a_colour(
    made: AtlasPage, differs: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    clear = {area for area, row in differs.items() if row["differs"]}
    assert 0 < len(clear) < len(differs)
    made.open(INCOME)
    expect(made.map).to_have_attribute("data-clear", "")
    made.get("clear-only").check()
    expect(made.map).to_have_attribute("data-clear", str(len(clear)))
    expect(made.map).to_have_attribute("data-unsure", str(len(differs) - len(clear)))
    assert "verschil=duidelijk" in made.page.url
    expect(made.get("legend-clear")).to_contain_text(f"{len(clear)} van {len(differs)} gebieden")
    expect(made.get("legend-unsure")).to_contain_text(
        f"niet duidelijk anders dan Nederland ({len(differs) - len(clear)})"
    )
    expect(made.get("spoken")).to_contain_text(f"hebben een kleur: {len(clear)}.")
    made.page.reload()
    expect(made.map).to_have_attribute("data-clear", str(len(clear)))
    made.get("show-table").check()
    rows = made.get("table").locator("tbody tr[data-area]")
    expect(rows).to_have_count(len(clear))
    expect(made.get("table-clear")).to_contain_text(f"{len(clear)} van {len(differs)} gebieden verschillen duidelijk")
    with made.page.expect_download() as saved:
        made.get("table-csv").click()
    target = tmp_path / "table.csv"
    saved.value.save_as(target)
    lines = target.read_text(encoding="utf-8-sig").splitlines()
    assert any("verschillen duidelijk" in line for line in lines if line.startswith("#"))
    table = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert {row["Code"] for row in table} == clear
    assert {row["Verschil met Nederland"] for row in table} <= {"duidelijk hoger", "duidelijk lager"}
    assert all(float(row["Voorzichtige schatting"]) > 0 for row in table)


def test_the_picture_to_save_says_it_too(made: AtlasPage, tmp_path: Path) -> None:
    made.open(f"{INCOME}?verschil=duidelijk")
    expect(made.map).to_have_attribute("data-clear", re.compile(r"\d+"))
    made.get("share-open").click()
    with made.page.expect_download() as saved:
        made.get("share-svg").click()
    saved.value.save_as(tmp_path / "map.svg")
    text = (tmp_path / "map.svg").read_text(encoding="utf-8")
    assert "niet duidelijk anders dan Nederland" in text
    assert "gebieden verschillen duidelijk" in text


def test_where_it_is_not_known_all_areas_keep_their_colours(made: AtlasPage) -> None:
    group = "income=low;women;any;single"
    made.page.goto(f"{made.url}{INCOME}?groep={group}&verschil=duidelijk")
    made.expect_layer("c35_income", "municipality", group)
    expect(made.get("legend-clear")).to_contain_text("geen landelijk cijfer bekend")
    expect(made.map).to_have_attribute("data-clear", "")


def test_without_an_answer_the_page_says_so_and_stays(made: AtlasPage) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=500, body="{}")

    made.page.route("**/api/v1/ranks/**", refuse)
    made.page.goto(f"{made.url}{INCOME}?verschil=duidelijk")
    expect(made.get("legend-clear")).to_contain_text("niet opgehaald")
    made.expect_layer("c35_income", "municipality")
    made.expect_failed_requests()


def test_columns_on_certainty_are_a_choice_and_nothing_to_sort_by(
    made: AtlasPage, differs: dict[str, dict[str, Any]]
) -> None:
    made.page.goto(f"{made.url}{INCOME}?toon=tabel")
    table = made.get("table")
    expect(table.locator("td.expected")).to_have_count(0)
    made.get("table-detailed").check()
    assert "kolommen=zekerheid" in made.page.url
    expect(table.locator("tr[data-area=GM0363] td.verdict")).to_have_text("duidelijk lager")
    for area in list(differs)[::7]:
        expect(table.locator(f"tr[data-area={area}] td.verdict")).to_have_attribute(
            "data-differs", re.compile("higher|lower" if differs[area]["differs"] else "unsure")
        )
    head = table.locator("thead th", has_text="Voorzichtige schatting")
    expect(head.get_by_role("button")).to_have_count(0)
    expect(table.locator("caption")).to_contain_text("geen cijfer voor een ranglijst")


def test_the_words_tell_how_much_is_real_and_whether_like_areas_lie_together(made: AtlasPage, folder: Path) -> None:
    with kansen.open(folder) as r:
        share = {row["outcome"]: row["reliability"] for row in r.reliability().to_pylist()}["c35_income"]
        found = r.autocorrelation("c35_income")
    made.page.goto(f"{made.url}{INCOME}?toon=uitleg")
    expect(made.get("certainty-real")).to_contain_text(f"is ongeveer {round(share * 100)}% echt. De rest is toeval.")
    near = made.get("certainty-near")
    expect(near).to_contain_text(f"{found.value:.2f}".replace(".", ",").replace("-", "−").rstrip("0"))
    expect(near).to_contain_text(f"{found.areas} gebieden")
    expect(made.get("certainty")).to_contain_text("Geen enkel gebied valt duidelijk op")
    expect(made.get("story-level")).to_contain_text("Kijken we naar alle")


def test_areas_that_stand_out_among_their_neighbours_are_named(made: AtlasPage) -> None:
    def some(route: Route) -> None:
        answer = route.fetch().json()
        kind: list[str | None] = [None] * len(answer["areas"])
        kind[answer["areas"].index("GM0363")] = "low_low"
        kind[answer["areas"].index("GM0014")] = "high_high"
        route.fulfill(json={**answer, "moran": 0.41, "p": 0.001, "kind": kind})

    made.page.route("**/api/v1/neighbours/**", some)
    made.page.goto(f"{made.url}{INCOME}?toon=uitleg")
    rows = made.get("certainty-clusters").locator("tbody tr")
    expect(rows).to_have_text(
        [re.compile("Groningen.*hoog, met hoge buren"), re.compile("Amsterdam.*laag, met lage buren")]
    )
    expect(made.get("certainty-near")).to_contain_text("lijken veel op elkaar (Moran’s I: 0,41")
    rows.last.get_by_role("button").click()
    expect(made.get("area-card")).to_have_attribute("data-area", "GM0363")


def test_a_server_without_the_library_says_so(made: AtlasPage) -> None:
    def without(route: Route) -> None:
        route.fulfill(json={**route.fetch().json(), "moran": None, "p": None, "reason": "no_library"})

    made.page.route("**/api/v1/neighbours/**", without)
    made.page.goto(f"{made.url}{INCOME}?toon=uitleg")
    expect(made.get("certainty-near")).to_have_text("Deze server kan dat niet uitrekenen.")
    expect(made.get("certainty-real")).to_contain_text("De rest is toeval.")


def test_a_change_is_chosen_and_shown_with_its_certainty(made: AtlasPage, change: dict[str, dict[str, Any]]) -> None:
    made.open("/kaart/c11_a_youth_protection/municipality")
    made.get("measure-select").select_option("since c11_b_youth_protection c11_a_youth_protection")
    made.expect_layer("c11_b_youth_protection", "municipality", f"{EVERYONE}~c11_a_youth_protection")
    assert "sinds=c11_a_youth_protection" in made.page.url
    expect(made.get("title")).to_contain_text("“Group 8, 2020–2024 (nl)” min “Group 8, 2014–2018 (nl)”")
    expect(made.get("legend")).to_contain_text("lager dan “Group 8, 2014–2018 (nl)”")
    clear = next(area for area, row in change.items() if row["p_adjusted"] <= 0.05 and row["change"] > 0)
    unsure = next(area for area, row in change.items() if row["p_adjusted"] > 0.05)
    made.open(f"/kaart/c11_b_youth_protection/municipality?gebied={clear}")
    made.get("area-since").click()
    made.expect_layer("c11_b_youth_protection", "municipality", f"{EVERYONE}~c11_a_youth_protection")
    for area, words in ((clear, "Duidelijk hoger dan eerst"), (unsure, UNSURE)):
        made.open(f"{CHANGE}&gebied={area}")
        row = change[area]
        expect(made.get("area-differs")).to_contain_text(words)
        size = f"{abs(row['change']) * 100:.1f}".replace(".", ",")
        expect(made.get("area-figure")).to_contain_text(
            re.compile(f"{'[+]' if row['change'] > 0 else '−'}.*({size}|\\d+) procentpunt")
        )
        expect(made.get("area-pair")).to_contain_text(re.compile(r"Van \d+(,\d)?% naar \d+(,\d)?%"))
    made.get("area-words").click()
    expect(made.get("story-area")).to_contain_text("min “Group 8, 2014–2018 (nl)”: ongeveer")
    made.get("measure-select").select_option("level")
    expect(made.get("title")).not_to_contain_text("Group 8, 2014–2018")
    assert "sinds" not in made.page.url


def test_only_clear_changes_keep_a_colour(made: AtlasPage, change: dict[str, dict[str, Any]]) -> None:
    clear = {area for area, row in change.items() if row["p_adjusted"] <= 0.05}
    made.open(f"{CHANGE}&verschil=duidelijk")
    expect(made.map).to_have_attribute("data-clear", str(len(clear)))
    expect(made.get("legend-unsure")).to_contain_text(f"geen duidelijk verschil ({len(change) - len(clear)})")
    made.page.goto(f"{made.url}{CHANGE}&toon=tabel&kolommen=zekerheid")
    table = made.get("table")
    area = min(clear)
    expect(table.locator(f"tr[data-area={area}] td.verdict")).to_have_text(re.compile("^duidelijk"))
    expect(table.locator("thead th.rank")).to_have_count(0)
    expect(table.locator("thead")).to_contain_text("Cijfer Group 8, 2014–2018")


def test_over_a_break_no_change_is_claimed(made: AtlasPage) -> None:
    words = re.compile(
        "tussen deze twee jaargangen veranderde de meting.*In 2020 was er geen eindtoets.*zegt daarom niet"
    )
    made.open(f"{BROKEN}&gebied=GM0363&verschil=duidelijk")
    expect(made.get("series-break")).to_have_text(words)
    expect(made.get("area-break")).to_have_text(words)
    expect(made.get("area-differs")).to_have_count(0)
    expect(made.get("legend-clear")).to_contain_text("De meting veranderde ertussen")
    expect(made.map).to_have_attribute("data-clear", "")
    made.page.goto(f"{made.url}{BROKEN}&toon=uitleg")
    expect(made.get("certainty")).to_have_count(0)  # it is about figures, not about changes
    expect(made.get("story-level")).to_contain_text("veranderde de meting")
    expect(made.get("story-level")).not_to_contain_text("Kijken we naar alle")
    made.page.goto(f"{made.url}{BROKEN}&toon=tabel&kolommen=zekerheid")
    expect(made.get("table").locator("td.verdict")).to_have_count(0)


def test_another_outcome_keeps_the_cohort_and_an_impossible_one_is_noticed(made: AtlasPage) -> None:
    made.open(CHANGE)
    made.get("outcome-select").select_option("c11_b_math")
    made.expect_layer("c11_b_math", "municipality", f"{EVERYONE}~c11_a_math")
    made.get("outcome-select").select_option("c35_income")
    made.expect_layer("c35_income", "municipality")
    made.open(f"{INCOME}?sinds=c11_a_math")
    expect(made.get("notice")).to_contain_text("c11_a_math")
    made.expect_layer("c35_income", "municipality")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"{INCOME}?verschil=duidelijk&gebied=GM0363", "area-expected"),
        (f"{INCOME}?toon=tabel&kolommen=zekerheid", "table"),
        (f"{INCOME}?toon=uitleg", "certainty"),
        (f"{CHANGE}&gebied=GM0363", "area-pair"),
        (f"{BROKEN}&toon=tabel&kolommen=zekerheid&taal=en", "table"),
    ],
)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    made: AtlasPage, narrow: AtlasPage, path: str, shown: str
) -> None:
    made.page.goto(made.url + path)
    expect(made.get(shown)).to_be_visible()
    assert made.violations() == []
    narrow.page.goto(narrow.url + path)
    expect(narrow.get(shown)).to_be_visible()
    assert narrow.page.evaluate("() => document.documentElement.scrollWidth") <= 320
