"""What a view shows, in words that follow the figures and their uncertainty."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from browser.atlas_page import AtlasPage


def test_the_story_of_all_areas_counts_what_is_clear(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/kaart/c35_income/municipality?toon=uitleg")
    figures = atlas.layer("c35_income", "municipality").values()
    national = atlas.national("income=all;all;all;all")
    higher = sum(one["lwr"] > national for one in figures)
    lower = sum(one["upr"] < national for one in figures)
    story = atlas.get("story-level")
    expect(story).to_contain_text(f"Van {len(figures)} van de 342 gemeenten is een cijfer bekend.")
    expect(story).to_contain_text(
        re.compile(rf"Waarschijnlijk hoger dan in Nederland \(€.[\d.]+\): {higher} gemeenten")
    )
    expect(story).to_contain_text(f"Waarschijnlijk lager: {lower}.")
    expect(atlas.get("story-area")).to_have_count(0)


def test_the_story_of_an_area_has_a_verb_that_fits(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363")
    atlas.get("area-words").click()
    story = atlas.get("story-area")
    expect(story).to_contain_text(re.compile(r"^Mensen die opgroeiden in Amsterdam: ongeveer €"))
    here, country = (atlas.figure(area, "c35_income") for area in ("GM0363", "NL"))
    gap = here["est"] - country["est"]
    half = (((here["upr"] - here["lwr"]) / 2) ** 2 + ((country["upr"] - country["lwr"]) / 2) ** 2) ** 0.5
    verb = "geen duidelijk verschil" if abs(gap) <= half else "hoger" if gap > 0 else "lager"
    expect(story).to_contain_text(re.compile(rf"{verb}( dan in| met) Nederland"))
    expect(story).to_contain_text(re.compile("ouders (hoog|laag)"))
    expect(atlas.get("explain").locator("svg[role=img]")).to_have_count(5)
    assert parse_qs(urlsplit(atlas.page.url).query)["toon"] == ["uitleg"]
    atlas.get("lang-en").click()
    expect(story).to_contain_text("People who grew up in Amsterdam: about €")


def test_the_story_on_a_phone(phone: AtlasPage) -> None:
    phone.page.goto(f"{phone.url}/kaart/c35_income/municipality?gebied=GM0363&toon=uitleg")
    expect(phone.get("story-area")).to_contain_text("Amsterdam")
    expect(phone.get("explain").locator("svg[role=img]").first).to_be_visible()
    assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 390
