"""What is told of the whole country only: pictures, words that follow the uncertainty, tables and files."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from browser.atlas_page import AtlasPage

SPELLS_OF = "wl_low_left_1"
MATRIX_OF = "wl_income_10_perc_own_slope"
WEIGHTED_OF = "wl_income_10_perc"

SPELLS: dict[str, Any] = {
    "label": {"nl": "Uit een laag inkomen, in heel Nederland", "en": "Out of a low income, in the whole country"},
    "description": {"nl": "Hoe vaak mensen eruit komen.", "en": "How often people leave."},
    "below": 15000,
    "years": [2003, 2022],
    "ages": [25, 60],
    "leaving": {
        "place": [1, 2, 4], "est": [0.35, 0.26, 0.17], "lwr": [0.34, 0.25, 0.15], "upr": [0.36, 0.27, 0.19],
        "weighted": [0.35, 0.26, 0.17], "step": [0.01, 0.01, 0.02],
    },
    "again": {"place": [], "est": [], "lwr": [], "upr": [], "step": []},
    "by_year": {
        "place": [2006, 2007, 2008], "est": [0.34, 0.32, 0.31], "lwr": [0.32, 0.3, 0.29], "upr": [0.36, 0.34, 0.33],
        "weighted": [0.34, 0.32, 0.31], "step": [0.01, 0.01, 0.01], "lengths": 3,
    },
    "trend": {
        "first": 2003, "last": 2017, "years": 15, "est": -0.0061, "lwr": -0.008, "upr": -0.0042, "weighted": -0.006,
        "p": 1e-9,
    },
    "dependence": [
        {"frailty": "none", "est": -0.57, "lwr": -0.6, "upr": -0.55, "step": 0.01, "p": 0.0, "variance": 0.0},
        {"frailty": "gamma", "est": -0.215, "lwr": -0.275, "upr": -0.155, "step": 0.005, "p": 0.0, "variance": 0.55},
    ],
}  # fmt: skip
"""What a small release may tell depends on few people; what is shown of it does not."""
WEIGHTED = {"est": 0.47, "lwr": 0.46, "upr": 0.48, "step": 0.01, "by": ["income_rank", "sex"]}
MATRIX = {"classes": 5, "step": 0.01, "shares": [[0.4, 0.3, 0.1, 0.1, 0.1]] * 5}


def told(atlas: AtlasPage, members: dict[str, dict[str, Any]]) -> None:
    """Have the release tell these members of outcomes, and of no others."""
    body = atlas.api("outcomes")
    for outcome in body["outcomes"]:
        for name in ("spells", "weighted", "transitions"):
            outcome[name] = members.get(outcome["id"], {}).get(name)
    atlas.page.route(re.compile(r"/api/v1/outcomes"), lambda route: route.fulfill(json=body))


def open_spells(atlas: AtlasPage, spells: dict[str, Any] = SPELLS, more: str = "") -> None:
    told(
        atlas,
        {SPELLS_OF: {"spells": spells}, WEIGHTED_OF: {"weighted": WEIGHTED}, MATRIX_OF: {"transitions": MATRIX}},
    )
    atlas.page.goto(f"{atlas.url}/nederland/{SPELLS_OF}/municipality{more}")
    expect(atlas.get("nation-leaving")).to_be_visible()


def test_spells_are_told_in_pictures_and_words(atlas: AtlasPage) -> None:
    open_spells(atlas)
    expect(atlas.get("title")).to_contain_text("Heel Nederland")
    leaving = atlas.get("nation-leaving")
    expect(leaving).to_contain_text("In het 1e jaar van een laag inkomen komt 35% er binnen een jaar uit.")
    expect(leaving).to_contain_text("In het 4e jaar is dat 17%.")
    expect(leaving).to_contain_text("Wie makkelijk weggaat, gaat eerst.")
    expect(leaving).to_contain_text("nog steeds moeilijker naarmate het langer duurt")
    picture = leaving.locator("svg[role=img]")
    expect(picture).to_have_attribute("aria-label", re.compile("1 35% \\(tussen 34% en 36%\\)"))
    expect(picture).to_have_attribute("aria-label", re.compile("gewogen.*4 17%"))
    expect(atlas.get("nation-again")).to_contain_text("mag niets worden verteld")
    expect(atlas.get("nation-again").locator("svg[role=img]")).to_have_count(0)
    years = atlas.get("nation-years")
    expect(years).to_contain_text(
        "Uit een laag inkomen komen werd moeilijker: elk jaar 0,6 procentpunt minder kans, 2003–2017"
    )
    expect(years.locator("path.straight")).to_have_count(1)
    expect(atlas.get("nation-gone")).to_contain_text("bijna niet")
    # Of the country there are no groups and no areas to choose.
    expect(atlas.get("outcome-select")).to_be_visible()
    expect(atlas.get("everybody")).to_contain_text("iedereen in Nederland samen")
    expect(atlas.get("group-sex-women")).to_have_count(0)
    expect(atlas.get("level-wijk")).to_have_count(0)


def test_the_words_follow_the_uncertainty(atlas: AtlasPage) -> None:
    trend = {**SPELLS["trend"], "lwr": -0.014, "upr": 0.002}
    [none, gamma] = SPELLS["dependence"]
    open_spells(
        atlas, {**SPELLS, "trend": trend, "dependence": [none, {**gamma, "lwr": -0.5, "upr": 0.07}]}, "?taal=en"
    )
    expect(atlas.get("nation-years")).to_contain_text("There is no clear change")
    expect(atlas.get("nation-leaving")).to_contain_text("it is not clear whether it gets harder")
    expect(atlas.get("nation-years")).not_to_contain_text("got harder")


def test_an_outcome_with_nothing_of_the_country_points_to_those_that_have(atlas: AtlasPage) -> None:
    open_spells(atlas)
    atlas.page.goto(f"{atlas.url}/nederland/c35_mhc/municipality")
    empty = atlas.get("nation-empty")
    expect(empty).to_contain_text("niets dat alleen over heel Nederland gaat")
    links = empty.get_by_role("link")
    assert [link.get_attribute("data-outcome") for link in links.all()] == [SPELLS_OF, WEIGHTED_OF, MATRIX_OF]
    links.nth(1).click()
    said = atlas.get("nation-weighted")
    expect(said).to_contain_text("plek 47 van 100. Dat is lager.")
    expect(said).to_contain_text("inkomen aan het begin, geslacht")
    # The matrix is of the ladder that this outcome is on.
    expect(atlas.get("nation-climb").get_by_test_id("climb-story")).to_contain_text("40%")


def test_a_release_without_any_of_it_says_so(atlas: AtlasPage) -> None:
    told(atlas, {})
    atlas.page.goto(f"{atlas.url}/nederland/{SPELLS_OF}/municipality")
    expect(atlas.get("nation-empty")).to_contain_text("In deze uitgave staat niets")
    expect(atlas.get("nation-links")).to_have_count(0)


def test_the_tables_hold_the_same_figures_and_are_saved(atlas: AtlasPage) -> None:
    open_spells(atlas, more="?toon=tabel")
    rows = atlas.get("nation-leaving").locator("tbody tr")
    assert [row.inner_text().split("\t") for row in rows.all()] == [
        ["1", "35%", "34%", "36%", "35%"],
        ["2", "26%", "25%", "27%", "26%"],
        ["4", "17%", "15%", "19%", "17%"],
    ]
    with atlas.page.expect_download() as saving:
        atlas.get("nation-years").get_by_test_id("table-csv").click()
    text = saving.value.path().read_text(encoding="utf-8-sig")
    assert "# Kans om binnen een jaar uit een laag inkomen te komen, per jaar." in text
    assert "moeilijker: elk jaar 0,6 procentpunt" in text
    assert "2006,0.34,0.32,0.36,0.34" in text


def test_the_pictures_are_saved_with_what_they_say(atlas: AtlasPage) -> None:
    open_spells(atlas)
    atlas.get("share-open").click()
    with atlas.page.expect_download() as saving:
        atlas.get("share-svg").click()
    text = saving.value.path().read_text(encoding="utf-8")
    for words in ("Hoe lang duurt een laag inkomen?", "Wordt het moeilijker of makkelijker?", "geen oorzaak"):
        assert words in text
    assert "NaN" not in text


@pytest.mark.parametrize("more", ["", "?toon=tabel&taal=en"])
def test_it_fits_a_small_phone_and_axe_finds_nothing(phone: AtlasPage, more: str) -> None:
    phone.page.set_viewport_size({"width": 320, "height": 640})
    open_spells(phone, more=more)
    phone.page.wait_for_load_state("networkidle")
    assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 320
    assert phone.violations() == []


def test_the_keyboard_gets_there(atlas: AtlasPage) -> None:
    atlas.open(f"/kaart/{SPELLS_OF}/municipality")
    atlas.get("room-nation").focus()
    atlas.page.keyboard.press("Enter")
    expect(atlas.page).to_have_url(re.compile(f"/nederland/{SPELLS_OF}/municipality"))
    expect(atlas.get("room-nation")).to_have_attribute("aria-current", "page")
