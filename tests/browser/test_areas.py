"""Areas are found, pointed at and walked to; their figures come with interval and n; those without are hatched."""

from __future__ import annotations

import re
from math import floor

from playwright.sync_api import expect

from browser.atlas_page import EVERYONE, AtlasPage

CLASS_COLOURS = {"#d73027", "#fc8d59", "#fee090", "#ffffbf", "#e0f3f8", "#91bfdb", "#4575b4"}
BETWEEN = re.compile(r"waarschijnlijk tussen €.[\d.]+ en €.[\d.]+")


def test_hovering_tells_figure_interval_and_n(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.spot(has_figure=True)
    tip = atlas.get("tooltip")
    expect(tip.locator("b")).to_have_text(re.compile(r"^€.\d{1,3}\.\d00$"))
    expect(tip).to_contain_text(BETWEEN)
    expect(tip).to_contain_text(re.compile(r"\d+ kinderen"))
    atlas.page.mouse.move(5, 5)
    expect(tip).to_have_count(0)


def test_a_click_opens_the_area_beside_the_country(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.page.mouse.click(*atlas.spot(has_figure=True))
    card = atlas.get("area-card")
    expect(atlas.get("area-interval")).to_have_text(BETWEEN)
    area = card.get_attribute("data-area")
    assert f"gebied={area}" in atlas.page.url
    figures = {f["outcome"]: f for f in atlas.api(f"areas/{area}")["figures"]}
    country = {f["outcome"]: f for f in atlas.api("areas/NL")["figures"]}
    expect(atlas.get("area-figure")).to_have_text(_euros(figures["c35_income"]["est"]))
    expect(atlas.get("area-national")).to_have_text(_euros(country["c35_income"]["est"]))
    expect(atlas.get("area-n")).to_have_text(f"{figures['c35_income']['n']:,} kinderen".replace(",", "."))
    card.get_by_text("Alle uitkomsten hier").click()
    expect(card.locator("tbody tr")).to_have_count(len(atlas.api("outcomes")["outcomes"]))
    atlas.get("area-close").click()
    expect(card).to_have_count(0)
    assert "gebied" not in atlas.page.url


def test_the_arrow_keys_walk_from_area_to_area(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363")
    card = atlas.get("area-card")
    expect(card).to_have_attribute("data-area", "GM0363")
    atlas.map.focus()
    walked = ["GM0363"]
    for key in ("ArrowUp", "ArrowRight", "ArrowDown"):
        atlas.page.keyboard.press(key)
        expect(card).not_to_have_attribute("data-area", walked[-1])
        walked.append(card.get_attribute("data-area") or "")
        expect(atlas.get("spoken")).to_contain_text(card.get_by_role("heading").first.inner_text())
    assert len(set(walked)) == 4
    atlas.page.keyboard.press("Enter")
    expect(card).to_be_focused()
    atlas.map.focus()
    atlas.page.keyboard.press("Escape")
    expect(card).to_have_count(0)


def test_an_area_is_found_by_keyboard(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.get("search-input").focus()
    atlas.page.keyboard.type("haren", delay=20)
    options = atlas.get("search-option")
    expect(options.first).to_contain_text("Groningen")
    expect(options.first).to_contain_text("2019")
    atlas.page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    atlas.page.keyboard.press("ArrowUp")
    atlas.page.keyboard.press("Enter")
    expect(atlas.get("area-card")).to_have_attribute("data-area", "GM0014")


def test_a_found_wijk_brings_its_level(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.get("search-input").fill("Hoofddorpplein")
    option = atlas.get("search-option").filter(has_text="Hoofddorppleinbuurt")
    option.click()
    atlas.expect_layer("c35_income", "wijk")
    expect(atlas.get("area-card")).to_contain_text("Hoofddorppleinbuurt")
    expect(atlas.get("level-wijk")).to_be_checked()


def test_nothing_found_is_said(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.get("search-input").fill("qqqqzzz")
    expect(atlas.page.get_by_text("Geen gebied gevonden").first).to_be_visible()


def test_areas_without_a_figure_are_hatched_and_never_coloured(atlas: AtlasPage) -> None:
    origins = ("dutch_caribbean", "suriname", "morocco", "turkey")
    small = [f"income={income};women;{origin};single" for income in ("very_low", "very_high") for origin in origins]
    group = next(one for one in small if atlas.api(f"layers/c35_income/municipality/{one}")["areas"] == [])
    atlas.open()
    assert atlas.colours_on_map() & CLASS_COLOURS
    atlas.open(f"/kaart/c35_income/municipality?groep={group}")
    expect(atlas.map).to_have_attribute("data-painted", "0")
    expect(atlas.map).to_have_attribute("data-hatched", "342")
    colours = atlas.colours_on_map()
    assert not colours & CLASS_COLOURS
    assert len(colours) >= 2
    expect(atlas.get("map-empty")).to_be_visible()


def test_an_area_without_a_figure_says_so(atlas: AtlasPage) -> None:
    shown = set(atlas.api(f"layers/c35_income/wijk/{EVERYONE}")["areas"])
    hidden = next(area for area in atlas.api("areas?level=wijk")["area"] if area not in shown)
    atlas.open(f"/kaart/c35_income/wijk?gebied={hidden}")
    expect(atlas.get("area-card")).to_contain_text("Geen cijfer: te weinig kinderen, of geen.")
    expect(atlas.get("area-figure")).to_have_count(0)


def test_zooming_by_button_key_and_wheel_changes_the_picture(atlas: AtlasPage) -> None:
    atlas.open()
    picture = atlas.map.screenshot()
    for zoom in (
        lambda: atlas.page.get_by_role("button", name="Inzoomen").click(),
        lambda: (atlas.map.focus(), atlas.page.keyboard.press("+")),
        lambda: (atlas.page.mouse.move(600, 400), atlas.page.mouse.wheel(0, -200)),
    ):
        zoom()
        atlas.page.wait_for_timeout(700)
        after = atlas.map.screenshot()
        assert after != picture
        picture = after


def _euros(amount: float) -> str:
    hundreds = floor(amount / 100 + 0.5)  # halves go up, as in the browser
    return f"€\u202f{hundreds * 100:,}".replace(",", ".")
