"""Areas are found, pointed at and walked to; their figures come with interval and n; those without are hatched."""

from __future__ import annotations

import json
import re
from math import floor
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from browser.atlas_page import EVERYONE, AtlasPage

CLASS_COLOURS = {"#d73027", "#fc8d59", "#fee090", "#ffffbf", "#e0f3f8", "#91bfdb", "#4575b4"}
BETWEEN = re.compile(r"waarschijnlijk tussen €.[\d.]+ en €.[\d.]+")


def test_hovering_tells_figure_interval_and_n(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.spot(has_figure=True)
    tip = atlas.get("tooltip")
    expect(tip.locator("b")).to_have_text(re.compile(r"^(ongeveer )?€.\d{1,3}\.\d00$"))
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
    expect(atlas.get("area-figure")).to_have_text(_about(figures["c35_income"], _euros(figures["c35_income"]["est"])))
    expect(atlas.get("area-national")).to_have_text(_about(country["c35_income"], _euros(country["c35_income"]["est"])))
    expect(atlas.get("area-n")).to_have_text(
        _about(figures["c35_income"], f"{figures['c35_income']['n']:,} kinderen".replace(",", "."))
    )
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
        expect(atlas.get("spoken")).to_contain_text(atlas.api(f"areas/{walked[-1]}")["name"])
    assert len(set(walked)) == 4
    atlas.page.keyboard.press("Enter")
    expect(card).to_be_focused()
    atlas.map.focus()
    atlas.page.keyboard.press("Escape")
    expect(card).to_have_count(0)


def test_names_that_come_late_are_spoken_of_the_area_that_was_chosen(atlas: AtlasPage) -> None:
    held: list[Route] = []
    atlas.page.route("**/api/v1/areas?*", lambda route: held.append(route))
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363")
    atlas.map.focus()
    atlas.page.keyboard.press("ArrowUp")
    card, spoken = atlas.get("area-card"), atlas.get("spoken")
    expect(card).not_to_have_attribute("data-area", "GM0363")
    area = card.get_attribute("data-area") or ""
    expect(spoken).to_contain_text(area)
    assert held, "the names of areas were never asked for"
    for route in held:
        route.continue_()
    expect(spoken).to_contain_text(atlas.api(f"areas/{area}")["name"])


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


def test_a_link_to_a_former_municipality_leads_to_its_successor(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/municipality?gebied=GM0457")
    expect(atlas.get("area-card")).to_have_attribute("data-area", "GM0363")
    expect(atlas.get("notice")).to_contain_text("Weesp is in 2022 opgegaan in Amsterdam")
    assert "gebied=GM0363" in atlas.page.url
    atlas.expect_failed_requests()


def test_nothing_found_is_said(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.get("search-input").fill("qqqqzzz")
    expect(atlas.page.get_by_text("Geen gebied gevonden").first).to_be_visible()


def test_areas_without_a_figure_are_hatched_and_never_coloured(atlas: AtlasPage) -> None:
    origins = ("dutch_caribbean", "suriname", "morocco", "turkey")
    small = [f"income={income};women;{origin};single" for income in ("very_low", "very_high") for origin in origins]
    group = next(one for one in small if atlas.api(f"layers/c35_income/municipality/{one}")["areas"] == [])
    atlas.open("/kaart/c35_income/municipality?onzeker=alles")
    assert atlas.colours_on_map() & CLASS_COLOURS
    atlas.open(f"/kaart/c35_income/municipality?onzeker=alles&groep={group}")
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


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1366, 768), (1280, 720), (390, 844)])
@pytest.mark.parametrize("outcome", ["c35_income", "c35_top_20_income"])
def test_figure_interval_n_and_country_are_in_sight(atlas: AtlasPage, width: int, height: int, outcome: str) -> None:
    """Also under a long title: of the groups with the most words, one that has a figure."""
    wordy = [f"income={place};{sex};{rest}" for rest in ("any;two", "none;two") for sex in ("women", "men")
             for place in ("very_low", "low", "very_high", "all")]  # fmt: skip
    group = next(
        one for one in wordy
        if any(figure["outcome"] == outcome for figure in atlas.api(f"areas/GM0363?group={one}")["figures"])
    )  # fmt: skip
    atlas.page.set_viewport_size({"width": width, "height": height})
    atlas.open(f"/kaart/{outcome}/municipality?groep={group}&gebied=GM0363")
    for part in ("area-figure", "area-interval", "area-n", "area-national", "caution", "track"):
        expect(atlas.get(part)).to_be_in_viewport(ratio=0.99)
    box = atlas.get("area-card").locator(".who").bounding_box()
    assert box is not None
    # The heading says it already, but on a phone that has been scrolled away.
    assert (box["width"] > 1) == (width == 390)


def test_a_figure_that_cannot_be_is_shown_up_to_its_limit(atlas: AtlasPage) -> None:
    cannot_be = {
        "c35_income": {"est": -35_800.0, "lwr": -151_800.0, "upr": 80_200.0},
        "c35_income_perc": {"est": -0.5379, "lwr": -1.48, "upr": 0.4077},
        "c35_total_health_costs": {"est": 300.0, "lwr": -200.0, "upr": 800.0},
    }

    def answer(route: Route) -> None:
        told = route.fetch()
        page = told.json()
        exact = {"protection": "exact", "noise_sd": 0}
        page["figures"] = [{**figure, **exact, **cannot_be.get(figure["outcome"], {})} for figure in page["figures"]]
        route.fulfill(response=told, body=json.dumps(page))

    atlas.page.route("**/api/v1/areas/GM0363?*", answer)
    for outcome, figure, interval, said in (
        ("c35_income", "€0", "probably between €0 and €80,200", "The line"),
        ("c35_income_perc", "rank 1 of 100", "probably between 1 and 41", "The line"),
        ("c35_total_health_costs", "€300", "probably between €0 and €800", "The interval"),
    ):
        atlas.open(f"/kaart/{outcome}/municipality?gebied=GM0363&taal=en")
        expect(atlas.get("area-figure")).to_have_text(figure)
        expect(atlas.get("area-interval")).to_have_text(interval)
        expect(atlas.get("area-beyond")).to_contain_text(said)
        dot, bar = (atlas.get("track").locator(one).bounding_box() for one in ("circle", ".interval"))
        assert dot is not None
        assert bar is not None
        assert bar["x"] - 1 <= dot["x"] + dot["width"] / 2 <= bar["x"] + bar["width"] + 1
    atlas.get("about-open").click()
    expect(atlas.get("about")).to_contain_text("can run on beyond what can be: below €0")


def test_of_binary_outcomes_it_is_said_what_else_has_no_figure(atlas: AtlasPage) -> None:
    shown = set(atlas.api(f"layers/c35_social_assistance/wijk/{EVERYONE}")["areas"])
    hidden = next(area for area in atlas.api("areas?level=wijk")["area"] if area not in shown)
    atlas.open(f"/kaart/c35_social_assistance/wijk?gebied={hidden}")
    expect(atlas.get("legend-hatch")).to_contain_text("te weinig kinderen, of geen")
    expect(atlas.get("legend-binary")).to_contain_text("minder dan 10 kinderen met deze uitkomst")
    expect(atlas.get("legend-binary")).to_contain_text("gemiddeld iets te hoog of te laag")
    card = atlas.get("area-card")
    expect(card).to_contain_text("Geen cijfer: te weinig kinderen, of geen.")
    expect(card).to_contain_text("minder dan 10 kinderen met deze uitkomst, of minder dan 10 zonder")
    atlas.get("about-open").click()
    expect(atlas.get("about")).to_contain_text("in 65 tot 90 van de 100 gevallen")
    atlas.open("/kaart/c35_top_20_income/municipality?gebied=GM0363")
    expect(card).to_contain_text("gemiddeld iets te hoog of te laag")
    atlas.open(f"/kaart/c35_income/wijk?gebied={hidden}")
    expect(card).to_be_visible()
    expect(atlas.get("legend-binary")).to_have_count(0)
    expect(card).not_to_contain_text("met deze uitkomst")


def test_a_long_name_stays_whole(atlas: AtlasPage) -> None:
    for area in ("WK036344", "WK168016"):
        atlas.open(f"/kaart/c35_income/wijk?gebied={area}")
        name = atlas.get("area-card").get_by_role("heading").first
        expect(name).to_be_visible()
        text, height, inner, outer = name.evaluate(
            "(h2) => [h2.innerText, h2.getBoundingClientRect().height, h2.scrollWidth, h2.clientWidth]"
        )
        assert inner <= outer
        assert " " in text or "-" in text or height < 30, text


def test_a_hint_stands_where_the_card_comes(atlas: AtlasPage) -> None:
    atlas.open()
    expect(atlas.get("area-hint")).to_contain_text("Kies een gebied op de kaart of zoek het")
    expect(atlas.get("area-hint")).to_be_in_viewport()
    atlas.get("show-table").check()
    expect(atlas.get("area-hint")).to_contain_text("in de tabel")
    atlas.get("table").locator("tbody tr").first.get_by_role("button").click()
    expect(atlas.get("area-hint")).to_have_count(0)


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


def _about(figure: dict[str, Any], text: str) -> str:
    """A figure with noise is told with a word in front of it."""
    return f"ongeveer {text}" if figure["protection"] == "noise" else text


def _euros(amount: float) -> str:
    hundreds = floor(amount / 100 + 0.5)  # halves go up, as in the browser
    return f"€\u202f{hundreds * 100:,}".replace(",", ".")
