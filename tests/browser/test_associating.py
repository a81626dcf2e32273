"""An outcome against another figure, and the same map for many groups."""

from __future__ import annotations

import re
from statistics import correlation
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Route, expect

from browser.atlas_page import AtlasPage


def test_the_correlation_of_two_outcomes_comes_with_its_uncertainty(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/samenhang/c35_income/municipality?tegen=c35_hbo_attained&gebied=GM0363")
    mine, other = (atlas.layer(outcome, "municipality") for outcome in ("c35_income", "c35_hbo_attained"))
    both = [area for area in mine if area in other]
    expect(atlas.get("scatter")).to_have_attribute("data-dots", str(len(both)))
    expect(atlas.get("correlation")).to_contain_text(re.compile(r"De correlatie is −?0,\d\d \(waarschijnlijk tussen"))
    r = correlation([mine[area]["est"] for area in both], [other[area]["est"] for area in both])
    assert float(atlas.get("correlation").get_attribute("data-r") or "nan") == pytest.approx(r, abs=1e-9)
    expect(atlas.get("scatter").locator("text.chosen")).to_have_text("Amsterdam")
    atlas.get("show-table").check()
    expect(atlas.get("data-table").locator("tbody tr")).to_have_count(len(both))


@pytest.mark.parametrize("characteristic", ["population", "share_low_parents", "share_single"])
def test_an_outcome_against_a_characteristic(atlas: AtlasPage, characteristic: str) -> None:
    atlas.page.goto(f"{atlas.url}/samenhang/c35_income/municipality")
    atlas.get("against-select").select_option(characteristic)
    expect(atlas.get("scatter")).not_to_have_attribute("data-dots", "0")
    expect(atlas.get("correlation")).to_contain_text("correlatie")
    assert parse_qs(urlsplit(atlas.page.url).query)["tegen"] == [characteristic]


def test_an_outcome_against_a_key_figure_of_who_lives_there_now(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/samenhang/c35_income/municipality?tegen=kern.income_low")
    told = atlas.api("characteristics?level=municipality")
    one = next(one for one in told["characteristics"] if one["id"] == "income_low")
    known = {area: value for area, value in zip(told["area"], one["values"], strict=True) if value is not None}
    mine = atlas.layer("c35_income", "municipality")
    both = [area for area in mine if area in known]
    expect(atlas.get("scatter")).to_have_attribute("data-dots", str(len(both)))
    r = correlation([known[area] for area in both], [mine[area]["est"] for area in both])
    assert float(atlas.get("correlation").get_attribute("data-r") or "nan") == pytest.approx(r, abs=1e-9)
    expect(atlas.get("key-source")).to_contain_text("wie er nu woont")
    expect(atlas.get("key-source")).to_contain_text("CBS")
    options = atlas.get("against-select").locator("option[value^='kern.']")
    expect(options).to_have_count(len(told["characteristics"]))
    # Where a level has none, none is offered, and the page says so.
    atlas.get("level-pc4").check()
    expect(options).to_have_count(0)
    expect(atlas.get("correlation")).to_have_text("Te weinig gebieden om samenhang te berekenen.")


def test_small_maps_of_every_group_lead_to_the_large_one(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/kaartjes/c35_income/municipality?per=sex")
    minis = atlas.get("mini")
    expect(minis).to_have_count(3)
    women = atlas.layer("c35_income", "municipality", "income=all;women;all;all")
    mini = minis.filter(has_text="Vrouwen").last
    expect(mini).to_have_attribute("data-painted", str(len(women)))
    atlas.get("split-position").check()
    expect(minis).to_have_count(len(atlas.api("groups")["axes"][0]["positions"]))
    atlas.get("split-sex").check()
    mini.get_by_role("button").click()
    atlas.expect_layer("c35_income", "municipality", "income=all;women;all;all")


@pytest.mark.parametrize("path", ["/samenhang/c35_income/municipality", "/kaartjes/c35_income/municipality"])
def test_they_fit_a_phone(phone: AtlasPage, path: str) -> None:
    phone.page.goto(phone.url + path)
    shown = phone.get("scatter") if "samenhang" in path else phone.get("mini").first
    expect(shown).to_be_visible()
    assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_without_areas_that_have_both_there_is_no_plot(atlas: AtlasPage) -> None:
    def empty(route: Route) -> None:
        body = route.fetch().json()
        route.fulfill(json={**body, "areas": [], "n": [], "est": [], "margin": [], "reliability": ""})

    atlas.page.route("**/api/v1/layers/c35_household_income/municipality/**", empty)
    atlas.page.goto(f"{atlas.url}/samenhang/c35_income/municipality?tegen=c35_household_income")
    expect(atlas.get("correlation")).to_contain_text("Te weinig gebieden")
    expect(atlas.get("scatter")).to_have_count(0)
    # What it is set against by itself is an outcome, not a measure over one that only provinces have.
    atlas.page.goto(f"{atlas.url}/samenhang/c35_income/province")
    expect(atlas.get("against-select")).to_have_value("c35_income_perc")
    expect(atlas.get("scatter")).to_have_attribute("data-dots", "12")
