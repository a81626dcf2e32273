"""Comparing: places side by side, groups within a place, gaps; the first worked example of the SEO Kansenatlas."""

from __future__ import annotations

import re
from math import floor
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from browser.atlas_page import AtlasPage


def test_up_to_four_places_are_added_and_removed(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/vergelijk/c35_income/municipality?vgl=GM0363,GM0599,GM0344,GM0518,GM0014")
    places = atlas.get("compare-place")
    expect(places).to_have_count(4)
    expect(atlas.get("notice")).to_contain_text("GM0014")
    expect(atlas.get("compare-search-input")).to_have_count(0)
    places.nth(1).get_by_role("button").click()
    expect(places).to_have_count(3)
    atlas.find("compare-search", "hoofddorpplein", "WK036344")
    expect(places.last).to_contain_text("Hoofddorppleinbuurt")
    assert parse_qs(urlsplit(atlas.page.url).query)["vgl"] == ["GM0363,GM0344,GM0518,WK036344"]
    expect(atlas.get("compare-figures").locator("svg").first).to_be_visible()


def test_former_and_unknown_places_in_a_link_are_told(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/vergelijk/c35_income/municipality?vgl=GM0457,GM0599,GM9999")
    expect(atlas.get("compare-place").first).to_contain_text("Amsterdam")
    expect(atlas.get("compare-place")).to_have_count(2)
    expect(atlas.get("compare-unknown")).to_contain_text("GM9999")
    atlas.get("compare-place").first.get_by_role("button").click()
    expect(atlas.get("compare-place")).to_have_count(1)
    atlas.expect_failed_requests()


def test_a_server_that_falls_silent_is_told(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363")
    atlas.page.route("**/api/v1/layers/**", lambda route: route.abort())
    atlas.get("area-compare").click()
    page = atlas.get("page-compare")
    expect(page.get_by_role("alert")).to_contain_text("niet opgehaald")
    atlas.page.unroute("**/api/v1/layers/**")
    page.get_by_role("button", name="Probeer opnieuw").click()
    expect(atlas.get("compare-figures")).to_be_visible()
    atlas.expect_failed_requests()


def test_without_a_place_it_is_said_what_to_do(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.get("room-compare").click()
    expect(atlas.get("page-compare")).to_contain_text("Kies een plaats om te beginnen")
    atlas.page.go_back()
    atlas.expect_layer("c35_income", "municipality")


def test_the_table_of_a_comparison_is_sorted_and_saved(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/vergelijk/c35_income/municipality?vgl=GM0363,GM0599&toon=tabel")
    table = atlas.get("data-table")
    head = table.locator("thead th").filter(has_text="Cijfer")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(table.locator("tbody")).to_contain_text("Amsterdam")
    with atlas.page.expect_download() as saving:
        atlas.get("table-csv").click()
    text = saving.value.path().read_text(encoding="utf-8-sig")
    assert atlas.api("manifest")["id"] in text
    assert "CC-BY-4.0" in text
    assert f"Amsterdam,gekozen groep,{atlas.figure('GM0363', 'c35_income')['est']:.0f}," in text


def test_comparing_on_a_phone(phone: AtlasPage) -> None:
    phone.page.goto(f"{phone.url}/vergelijk/c35_income/municipality?vgl=GM0363,GM0599")
    expect(phone.get("compare-gaps")).to_be_visible()
    assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_example_1_how_do_young_adults_fare_who_grew_up_in_amsterdam_and_rotterdam(atlas: AtlasPage) -> None:
    # The figure of two municipalities, side by side.
    atlas.open()
    atlas.find("search", "amsterdam", "GM0363")
    atlas.get("area-compare").click()
    atlas.find("compare-search", "rotterdam", "GM0599")
    said = atlas.get("compare-figures").locator(".said li")
    for place, name in (("GM0363", "Amsterdam"), ("GM0599", "Rotterdam")):
        figure = atlas.figure(place, "c35_income")
        expect(said.filter(has_text=name)).to_have_text(re.compile(f"{name}: {_euros(figure['est'])} "))
    # Parents highly educated (in a release without education: of a high income) and born here: two filters at once.
    axes = [axis["id"] for axis in atlas.api("groups")["axes"]]
    position = "education=university" if "education" in axes else "income=high"
    group = f"{position};all;none;all"
    if "education" in axes:
        atlas.get("axis-education").check()
    atlas.get(f"group-{position.replace('=', '-')}").check()
    atlas.get("group-origin").select_option("none")
    assert parse_qs(urlsplit(atlas.page.url).query)["groep"] == [group]
    figures = [atlas.api(f"areas/{place}?group={group}")["figures"] for place in ("GM0363", "GM0599")]
    for own, name in zip(figures, ("Amsterdam", "Rotterdam"), strict=True):
        found = [one for one in own if one["outcome"] == "c35_income"]
        text = _euros(found[0]["est"]) if found else "te weinig kinderen"
        expect(said.filter(has_text=name)).to_have_text(re.compile(f"{name}: {text}"))
    # How unequal the chances are, by the income of the parents; the places stay.
    atlas.get("group-reset").click()
    atlas.get("measure-select").select_option("position:high:low")
    expect(atlas.get("compare-place")).to_have_count(2)
    gaps = {
        name: atlas.figure(place, "c35_income", "income=high;all;all;all")["est"]
        - atlas.figure(place, "c35_income", "income=low;all;all;all")["est"]
        for place, name in (("GM0363", "Amsterdam"), ("GM0599", "Rotterdam"))
    }
    for name, gap in gaps.items():
        sign = re.escape("+" if gap > 0 else "−")
        expect(said.filter(has_text=name)).to_have_text(re.compile(f"{name}: (?:ongeveer )?{sign}.{_euros(abs(gap))}"))
    expect(atlas.get("compare-gradient").locator("svg")).to_have_attribute("aria-label", re.compile("Heel hoog"))
    expect(atlas.get("compare-gap-sentence")).to_contain_text("De kloof tussen hoog en laag")
    # Who it is: by sex, then by origin.
    expect(atlas.get("compare-groups").locator("svg")).to_have_attribute("aria-label", re.compile("Vrouwen: Amsterdam"))
    atlas.get("split-origin").check()
    expect(atlas.get("compare-groups").locator("svg")).to_have_attribute("aria-label", re.compile("Mar.*Rotterdam"))
    expect(atlas.get("compare-gaps").locator("svg")).to_have_attribute("aria-label", re.compile("min Mar|min mar"))
    # The address is the whole of it.
    atlas.page.reload()
    expect(atlas.get("split-origin")).to_be_checked()
    expect(said).to_have_count(3)


def _euros(amount: float) -> str:
    """An amount as the page writes it, as a pattern: in hundreds, below 5,000 in tens."""
    step = 100 if abs(amount) >= 5000 else 10
    return f"(?:ongeveer )?€.{floor(amount / step + 0.5) * step:,}".replace(",", r"\.")
