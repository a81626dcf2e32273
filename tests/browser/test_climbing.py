"""Who climbs and who stays: the transition matrix of the country, and its corners in an area beside the country."""

from __future__ import annotations

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from browser.atlas_page import EVERYONE, AtlasPage

SLOPE = "c35_income_perc_slope"
CORNERS = {
    "c35_top_20_income_q1q5": "van laagste naar hoogste 20%",
    "c35_bottom_20_income_q1q1": "blijft bij de laagste 20%",
    "c35_top_20_income_q5q5": "blijft bij de hoogste 20%",
    "c35_bottom_20_income_q5q1": "van hoogste naar laagste 20%",
}
MATRIX = {
    "classes": 5,
    "step": 0.01,
    "shares": [
        [0.34, 0.25, 0.18, 0.14, 0.09],
        [0.24, 0.23, 0.21, 0.18, 0.14],
        [0.18, 0.2, 0.21, 0.21, 0.2],
        [0.14, 0.17, 0.21, 0.23, 0.25],
        [0.1, 0.14, 0.18, 0.24, 0.35],
    ],
}
"""Whether a small release may tell its own depends on who happens to have no income; what is shown of it does not."""


def told(atlas: AtlasPage, matrix: dict[str, Any] | None) -> None:
    """Have the release tell this matrix, or none."""

    def answer(route: Route) -> None:
        response = route.fetch()
        body = response.json()
        slope = next(one for one in body["outcomes"] if one["id"] == SLOPE)
        slope["transitions"] = matrix
        route.fulfill(response=response, body=json.dumps(body))

    atlas.page.route(re.compile(r"/api/v1/outcomes"), answer)


def percent(figure: dict[str, Any] | None) -> str:
    """A share as the page writes it, halves up."""
    if figure is None:
        return "–"
    return f"{(100 * Decimal(str(figure['est']))).quantize(Decimal('0.1'), ROUND_HALF_UP)}%".replace(".", ",")


def test_the_matrix_of_the_country_is_a_picture_a_table_and_two_sentences(atlas: AtlasPage, tmp_path: Path) -> None:
    told(atlas, MATRIX)
    atlas.page.goto(f"{atlas.url}/kaart/{SLOPE}/municipality?toon=uitleg")
    climb = atlas.get("climb")
    expect(climb.get_by_role("heading", level=3)).to_have_text("Wie klimt en wie blijft?")
    story = atlas.get("climb-story")
    expect(story).to_contain_text("van de kinderen van de laagste 20% komt 9% bij de hoogste 20%")
    expect(story).to_contain_text("Van de kinderen van de hoogste 20% blijft 35% bij de hoogste 20%, en 10% komt")
    # Every number is text: the colours only come on top of it.
    rows = climb.get_by_test_id("data-table").locator("tbody tr")
    expect(rows).to_have_count(5)
    for i, shares in enumerate(MATRIX["shares"]):
        expect(rows.nth(i).locator("td")).to_have_text([f"{round(share * 100)}%" for share in shares])
    expect(climb.get_by_role("columnheader", name="Kinderen hoogste 20%")).to_be_visible()
    expect(climb.get_by_role("img")).to_have_attribute(
        "aria-label", re.compile(r"Ouders laagste 20%: laagste 20% 34%, .*hoogste 20% 9%\. Ouders lager midden")
    )
    expect(atlas.get("climb-note")).to_contain_text("een rij telt niet altijd op tot precies 100%")
    with atlas.page.expect_download() as saved:
        climb.get_by_test_id("table-csv").click()
    saved.value.save_as(tmp_path / "matrix.csv")
    lines = (tmp_path / "matrix.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("# Nederland: waar kinderen terechtkomen")
    assert "Kinderen laagste 20%" in lines[-6]
    assert lines[-5] == "laagste 20%,0.34,0.25,0.18,0.14,0.09"
    # Nothing stands empty for what a measure over all parents has no figures of.
    expect(atlas.get("explain").get_by_role("heading", name="Naar inkomen van de ouders")).to_have_count(0)
    atlas.get("lang-en").click()
    expect(story).to_contain_text("of the children of the lowest 20%, 9% get to the highest 20%")


@pytest.mark.parametrize("matrix", [MATRIX, None])
def test_an_area_has_corners_beside_the_country(atlas: AtlasPage, matrix: dict[str, Any] | None) -> None:
    told(atlas, matrix)
    atlas.page.goto(f"{atlas.url}/kaart/c35_top_20_income_q1q5/municipality?gebied=GM0363&toon=uitleg")
    climb = atlas.get("climb")
    expect(atlas.get("climb-story")).to_have_count(0 if matrix is None else 1)
    expect(atlas.get("climb-none")).to_have_count(1 if matrix is None else 0)
    climb.locator("summary").click()
    rows = climb.get_by_test_id("data-table").last.locator("tbody tr")
    expect(rows.locator("th")).to_have_text(list(CORNERS.values()))
    stories = atlas.get("climb-corners").locator("li")
    for i, corner in enumerate(CORNERS):
        here, country = (atlas.figure(area, corner, EVERYONE) for area in ("GM0363", "NL"))
        cells = rows.nth(i).locator("td")
        expect(cells.first).to_have_text(percent(here))
        expect(cells.last).to_have_text(percent(country))
        half = (((here["upr"] - here["lwr"]) / 2) ** 2 + ((country["upr"] - country["lwr"]) / 2) ** 2) ** 0.5
        gap = here["est"] - country["est"]
        verb = "geen duidelijk verschil" if abs(gap) <= half else "hoger dan" if gap > 0 else "lager dan"
        expect(stories.nth(i)).to_contain_text(verb)


def test_corners_are_of_the_chosen_group(atlas: AtlasPage) -> None:
    women = EVERYONE.replace("all;all;all;all", "all;women;all;all")
    atlas.page.goto(f"{atlas.url}/kaart/{SLOPE}/municipality?gebied=GM0363&groep={women}&toon=uitleg")
    expect(atlas.get("climb").get_by_role("heading", level=4)).to_have_text(
        "De uitersten: Vrouwen die opgroeiden in Amsterdam"
    )
    figures = {one["outcome"]: one for one in atlas.api(f"areas/GM0363?group={women}")["figures"]}
    atlas.get("climb").locator("summary").click()
    rows = atlas.get("climb").get_by_test_id("data-table").last.locator("tbody tr")
    assert any(corner in figures for corner in CORNERS)
    for i, corner in enumerate(CORNERS):
        expect(rows.nth(i).locator("td").first).to_have_text(percent(figures.get(corner)))


def test_other_outcomes_say_nothing_of_climbing(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/kaart/c35_income/municipality?gebied=GM0363&toon=uitleg")
    expect(atlas.get("explain").get_by_role("heading", name="Naar inkomen van de ouders")).to_be_visible()
    expect(atlas.get("climb")).to_have_count(0)


def test_the_matrix_fits_a_phone(phone: AtlasPage) -> None:
    told(phone, MATRIX)
    phone.page.goto(f"{phone.url}/kaart/{SLOPE}/municipality?gebied=GM0363&toon=uitleg")
    expect(phone.get("climb-corners")).to_be_visible()
    assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 390
