"""The ladder of a life: one place from birth to thirty-five."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from browser.atlas_page import AtlasPage

HIGH, LOW = "income=high;all;all;all", "income=low;all;all;all"


def test_the_ladder_of_a_place_tells_each_gap(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363")
    atlas.get("area-life").click()
    expect(atlas.get("life-place")).to_contain_text("Amsterdam")
    # Residents are followed by their own position, and stand on no ladder of children and their parents.
    told = atlas.api("manifest?inputs=false")["cohorts"]
    cohorts = [cohort["id"] for cohort in told if cohort.get("population") != "residents"]
    stages = atlas.get("life-stage")
    expect(stages).to_have_count(len(cohorts))
    oldest = stages.last
    assert oldest.get_attribute("data-cohort") == "age35"
    high, low = (atlas.figure("GM0363", "c35_income", group) for group in (HIGH, LOW))
    gap = high["est"] - low["est"]
    half = (((high["upr"] - high["lwr"]) / 2) ** 2 + ((low["upr"] - low["lwr"]) / 2) ** 2) ** 0.5
    said = oldest.locator("li").filter(has_text=re.compile("^Inkomen"))
    expect(said).to_contain_text("geen duidelijke kloof" if abs(gap) <= half else "waarschijnlijk tussen")
    expect(atlas.get("life-opening")).to_contain_text(re.compile("voor het eerst duidelijk|geen enkele leeftijd"))
    assert urlsplit(atlas.page.url).path.startswith("/levensloop/")


def test_the_ladder_of_another_place_group_and_its_table(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/levensloop/c35_income/municipality")
    expect(atlas.get("page-life")).to_contain_text("Kies een plaats")
    atlas.find("life-search", "rotterdam", "GM0599")
    expect(atlas.get("life-place")).to_contain_text("Rotterdam")
    atlas.get("group-sex-women").check()
    atlas.get("show-table").check()
    table = atlas.get("data-table")
    row = table.locator("tr[data-row=c35_income]")
    expected = atlas.api("areas/GM0599?group=income=high;women;all;all")["figures"]
    shown = any(figure["outcome"] == "c35_income" for figure in expected)
    expect(row.locator("td").nth(2)).to_have_text(re.compile("€" if shown else "–"))
    query = parse_qs(urlsplit(atlas.page.url).query)
    assert query["gebied"] == ["GM0599"]
    assert query["toon"] == ["tabel"]


def test_the_ladder_on_a_phone(phone: AtlasPage) -> None:
    phone.page.goto(f"{phone.url}/levensloop/c35_income/municipality?gebied=GM0363")
    expect(phone.get("life-stage").first).to_be_visible()
    assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 390
