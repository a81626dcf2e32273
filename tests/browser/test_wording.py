"""A cohort of people followed by their own position at the start is told in its own words, not in those of children."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Route, expect

from browser.atlas_page import AtlasPage

LOW = {"nl": "met een laag eigen inkomen aan het begin", "en": "with a low own income at the start"}
AXES = {
    "income": {
        "label": {"nl": "Eigen inkomen aan het begin", "en": "Own income at the start"},
        "positions": {"low": {"label": {"nl": "Laag", "en": "Low"}, "phrase": LOW}},
    }
}


def test_the_axis_and_the_people_have_the_words_of_the_cohort(atlas: AtlasPage) -> None:
    def answer(route: Route) -> None:
        told = route.fetch()
        manifest = told.json()
        manifest["cohorts"] = [{**one, "population": "residents", "axes": AXES} for one in manifest["cohorts"]]
        route.fulfill(response=told, body=json.dumps(manifest))

    atlas.page.route("**/api/v1/manifest*", answer)
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363&groep=income%3Dlow%3Ball%3Ball%3Ball")
    expect(atlas.page.get_by_role("group", name="Eigen inkomen aan het begin")).to_be_visible()
    expect(atlas.get("title")).to_contain_text("met een laag eigen inkomen aan het begin")
    expect(atlas.get("title")).to_contain_text("waar ze aan het begin woonden")
    expect(atlas.get("area-n")).to_have_text(re.compile(r"[\d.]+ mensen"))
    expect(atlas.get("caution")).not_to_contain_text("opgroeiden")
    expect(atlas.page.locator("main")).not_to_contain_text("kinderen")
    atlas.page.goto(f"{atlas.url}/kaart/c35_income/municipality?gebied=GM0363&toon=uitleg")
    expect(atlas.get("story-area")).to_contain_text("mensen")
    expect(atlas.get("story-area")).not_to_contain_text("ouders")
