"""On a phone, with a broken link, without a server, for everybody."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from browser.atlas_page import AtlasPage

ROOT = Path(__file__).parents[2]
SMALLEST_TARGET_PX = 24


def test_a_phone_shows_everything_without_scrolling_sideways(phone: AtlasPage) -> None:
    phone.open()
    expect(phone.map).to_be_in_viewport()
    expect(phone.get("caution")).to_be_in_viewport(ratio=1)
    for path in ("/kaart/c35_hbo_attained/wijk?gebied=WK036344", "/kaart/c35_mhc/municipality?toon=tabel&taal=en"):
        assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 390
        phone.page.goto(phone.url + path)
        expect(phone.get("area-card" if "gebied" in path else "table")).to_be_visible()
    assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_on_a_phone_the_switch_is_above_the_picture_and_the_choices_one_tap_away(phone: AtlasPage) -> None:
    phone.open()
    switch, picture = phone.get("show-table").bounding_box(), phone.map.bounding_box()
    assert switch is not None
    assert picture is not None
    assert switch["y"] + switch["height"] <= picture["y"]
    phone.page.get_by_role("link", name="Naar de keuzes", exact=True).click()
    expect(phone.get("outcome-select")).to_be_in_viewport()
    phone.expect_layer("c35_income", "municipality")


@pytest.mark.parametrize("path", ["/kaart/c35_income/municipality", "/kaart/c35_total_health_costs/wijk"])
def test_on_a_phone_the_table_shows_interval_and_n(phone: AtlasPage, path: str) -> None:
    phone.page.goto(f"{phone.url}{path}?toon=tabel")
    table = phone.get("table")
    expect(table.locator("tbody tr")).to_have_count(30)
    for head in ("Cijfer", "95%-interval", "Kinderen"):
        cell = table.locator("thead th").filter(has_text=head)
        expect(cell).to_be_in_viewport(ratio=0.99)
    expect(table.locator("thead th").filter(has_text="Ligt in")).to_be_hidden()
    expect(table.locator(".place").first).to_be_visible() if "wijk" in path else None
    # All of the table is in the page itself: nothing scrolls inside it, and the page not sideways.
    region = phone.page.get_by_role("region").filter(has=table)
    assert region.evaluate("(e) => [e.scrollHeight - e.clientHeight, e.scrollWidth - e.clientWidth]") == [0, 0]
    assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 390
    table.locator("tbody tr").nth(4).get_by_role("button").click()
    expect(phone.get("area-card").get_by_role("heading").first).to_be_in_viewport()


def test_all_choices_are_in_sight_on_a_laptop(atlas: AtlasPage) -> None:
    atlas.open()
    for choice in ("outcome-select", "level-pc4", "group-sex-women", "group-origin", "group-household-two"):
        expect(atlas.get(choice)).to_be_in_viewport(ratio=0.99)


def test_a_thumb_chooses_an_area_and_a_group(phone: AtlasPage) -> None:
    phone.open()
    box = phone.map.bounding_box()
    assert box is not None
    phone.page.touchscreen.tap(box["x"] + box["width"] * 0.62, box["y"] + box["height"] * 0.5)
    expect(phone.get("area-card")).to_be_visible()
    phone.get("group-income-high").check()
    phone.expect_layer("c35_income", "municipality", "income=high;all;all;all")
    expect(phone.map).to_be_in_viewport()
    expect(phone.get("caution")).to_be_in_viewport()


def test_what_is_touched_is_large_enough(phone: AtlasPage) -> None:
    phone.open("/kaart/c35_income/municipality?gebied=GM0363")
    expect(phone.get("area-card")).to_be_visible()
    sizes = phone.page.evaluate(
        """() => [...document.querySelectorAll('button, select, input, summary, footer a')]
          .filter((element) => element.checkVisibility() && !element.closest('dialog'))
          .map((element) => [element.outerHTML.slice(0, 90), element.getBoundingClientRect()])
          .map(([html, box]) => [html, Math.min(box.width, box.height)])"""
    )
    assert len(sizes) > 20
    assert [html for html, size in sizes if size < SMALLEST_TARGET_PX] == []


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 800), (1280, 600), (1024, 768), (390, 844)])
@pytest.mark.parametrize("picture", ["gebied=GM0363", "gebied=GM0363&beeld=hexagon&taal=en"])
def test_nothing_covers_the_map_at_its_default_fit(atlas: AtlasPage, width: int, height: int, picture: str) -> None:
    atlas.page.set_viewport_size({"width": width, "height": height})
    atlas.open(f"/kaart/c35_income/municipality?{picture}")
    expect(atlas.get("area-national")).to_be_visible()
    assert atlas.page.evaluate(_COVERED) == []


_COVERED = """() => {
  const map = document.querySelector('[data-testid=map]');
  const fills = map.querySelector('canvas');
  // What lets the mouse through covers the map as well.
  for (const element of document.querySelectorAll('main *')) {
    if (!map.contains(element)) element.style.pointerEvents = 'auto';
  }
  const pen = new OffscreenCanvas(fills.width, fills.height).getContext('2d', { willReadFrequently: true });
  pen.drawImage(fills, 0, 0);
  const box = map.getBoundingClientRect();
  const covered = new Set();
  for (let y = 2; y < fills.height; y += 6) for (let x = 2; x < fills.width; x += 6) {
    if (pen.getImageData(x, y, 1, 1).data[3] === 0) continue;
    const [left, down] = [box.x + (x * box.width) / fills.width, box.y + (y * box.height) / fills.height];
    const top = document.elementFromPoint(left, down);
    if (top !== null && !map.contains(top)) covered.add(top.outerHTML.slice(0, 80));
  }
  return [...covered];
}"""


@pytest.mark.parametrize(
    ("width", "height"), [(1280, 800), (1280, 600), (932, 430), (640, 400), (390, 844), (320, 640)]
)
def test_the_caution_stays_in_view_while_the_choices_scroll(atlas: AtlasPage, width: int, height: int) -> None:
    atlas.page.set_viewport_size({"width": width, "height": height})
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363")
    atlas.get("group-household-two").scroll_into_view_if_needed()
    expect(atlas.get("caution")).to_be_in_viewport(ratio=1)
    box = atlas.get("caution").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    on_top = atlas.page.evaluate("([x, y]) => document.elementFromPoint(x, y).dataset.testid", middle)
    assert on_top == "caution"


@pytest.mark.parametrize(
    "path",
    [
        "/kaart/c35_income/municipality?gebied=GM0363&taal=en",
        "/kaart/c35_income/municipality?gebied=GM0363&toon=uitleg",
        "/kaart/c35_income_perc_slope/municipality?gebied=GM0363&toon=uitleg",
        "/vergelijk/c35_income/municipality?vgl=GM0363,GM0599",
        "/samenhang/c35_income/municipality",
        "/kaartjes/c35_income/municipality",
        "/levensloop/c35_income/municipality?gebied=GM0363",
    ],
)
def test_it_reflows_at_320_pixels(phone: AtlasPage, path: str) -> None:
    phone.page.set_viewport_size({"width": 320, "height": 640})
    phone.page.goto(phone.url + path)
    expect(phone.get("title")).to_be_visible()
    phone.page.wait_for_load_state("networkidle")
    assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 320


_LINES_OF_TITLE = """() => {
  const words = document.createRange();
  words.selectNodeContents(document.querySelector('[data-testid=title]'));
  return [...words.getClientRects()].map(({ right, bottom, left, top }) => ({ right, bottom, left, top }));
}"""


@pytest.mark.parametrize("width", [1280, 1024, 390])
def test_a_long_title_makes_room_for_the_switch(atlas: AtlasPage, width: int) -> None:
    atlas.page.set_viewport_size({"width": width, "height": 800})
    atlas.open("/kaart/c35_income_perc_slope/municipality")
    box = atlas.page.locator(".show").bounding_box()
    assert box is not None
    for line in atlas.page.evaluate(_LINES_OF_TITLE):
        assert line["right"] <= box["x"] or line["bottom"] <= box["y"] or line["top"] >= box["y"] + box["height"]


def test_unknown_ids_and_another_release_degrade_with_a_notice(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_incom/buurt?groep=leeftijd%3Djong&gebied=GM9999&beeld=foto&v=0123456789abcdef")
    atlas.expect_layer("c35_income", "municipality")
    notices = atlas.get("notice")
    expect(notices).to_have_count(6)
    for word in ("c35_incom", "buurt", "leeftijd=jong", "GM9999", "foto", "0123456789abcdef"):
        expect(notices.filter(has_text=word)).to_have_count(1)
    expect(atlas.get("area-card")).to_have_count(0)
    notices.first.get_by_role("button").click()
    expect(notices).to_have_count(5)
    atlas.get("group-sex-men").check()
    atlas.expect_layer("c35_income", "municipality", "income=all;men;all;all")
    expect(notices).to_have_count(0)
    atlas.expect_failed_requests()


def test_an_unknown_path_shows_the_atlas(atlas: AtlasPage) -> None:
    atlas.open("/elders/en/verder")
    atlas.expect_layer("c35_income", "municipality")
    expect(atlas.get("notice")).to_have_text(re.compile("Deze pagina bestaat niet: /elders/en/verder"))
    assert "/kaart/c35_income/municipality" in atlas.page.url


def test_the_country_is_a_level_but_not_a_map(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/nl")
    atlas.expect_layer("c35_income", "municipality")
    expect(atlas.get("notice")).to_contain_text("Het niveau “Nederland” kan niet op de kaart")


def test_a_silent_server_leaves_a_usable_page(atlas: AtlasPage) -> None:
    atlas.open()

    def refuse(route: Route) -> None:
        route.abort()

    atlas.page.route("**/api/v1/layers/**/income=mid;women;*", refuse)
    atlas.get("group-income-mid").check()
    atlas.expect_layer("c35_income", "municipality", "income=mid;all;all;all")
    atlas.get("group-sex-women").check()
    expect(atlas.get("failure")).to_contain_text("geen antwoord")
    expect(atlas.map).to_have_attribute("data-layer", "c35_income/municipality/income=mid;all;all;all")
    expect(atlas.get("map-old")).to_be_visible()
    expect(atlas.get("tooltip")).to_have_count(0)
    box = atlas.map.bounding_box()
    assert box is not None
    atlas.page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.45)
    expect(atlas.get("tooltip")).to_contain_text("vorige keuze")
    expect(atlas.get("tooltip")).not_to_contain_text("€")
    atlas.page.unroute("**/api/v1/layers/**/income=mid;women;*")
    atlas.get("failure").get_by_role("button").click()
    atlas.expect_layer("c35_income", "municipality", "income=mid;women;all;all")
    expect(atlas.get("failure")).to_have_count(0)
    expect(atlas.get("map-old")).to_have_count(0)
    atlas.expect_failed_requests()


def test_a_server_that_is_away_at_the_start(atlas: AtlasPage) -> None:
    atlas.page.route("**/api/v1/manifest*", lambda route: route.abort())
    atlas.page.goto(atlas.url)
    expect(atlas.get("failure")).to_contain_text("kan niet beginnen")
    atlas.page.unroute("**/api/v1/manifest*")
    atlas.page.get_by_role("button", name="Probeer opnieuw").click()
    atlas.expect_layer("c35_income", "municipality")
    atlas.expect_failed_requests()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/kaart/c35_income/municipality?gebied=GM0363", "area-rank"),
        ("/kaart/c35_income/municipality?kloof=position:high:low&kleur=groep&gebied=GM0363", "area-rank"),
        ("/kaart/c35_income/municipality?min=GM0363&gebied=GM0599", "area-certainty"),
        ("/kaart/c35_income/municipality?min=GM0363&toon=tabel", "table-csv"),
        ("/kaart/c35_total_health_costs/municipality?gebied=GM0363", "area-break"),
        ("/kaart/c35_mhc/municipality?toon=tabel&taal=en", "table-csv"),
        ("/kaart/c35_income/municipality?gebied=GM0363&toon=uitleg", "story-area"),
        ("/kaart/c35_income/municipality?toon=uitleg", "curve-story"),
        ("/kaart/c35_income_perc_slope/municipality?gebied=GM0363&toon=uitleg", "climb-corners"),
        ("/vergelijk/c35_income/municipality?vgl=GM0363,GM0599", "curve-story"),
        ("/vergelijk/c35_income/municipality?vgl=GM0363,GM0599&toon=tabel&taal=en", "data-table"),
        ("/samenhang/c35_income/municipality?gebied=GM0363", "scatter"),
        ("/samenhang/c35_income/municipality?tegen=kern.income_low&toon=tabel", "data-table"),
        ("/kaartjes/c35_income/municipality", "mini"),
        ("/kaartjes/c35_income/municipality?toon=tabel", "data-table"),
        ("/levensloop/c35_income/municipality?gebied=GM0363&toon=tabel", "data-table"),
        ("/levensloop/c35_income/municipality?gebied=GM0363", "life-stage"),
        ("/kaart/c35_income/municipality?ingebed=ja", "embed-home"),
    ],
)
def test_axe_finds_nothing(atlas: AtlasPage, path: str, shown: str) -> None:
    atlas.page.goto(atlas.url + path)
    expect(atlas.get(shown).first).to_be_visible()
    assert atlas.violations() == []


def test_axe_finds_nothing_in_the_dialogs(atlas: AtlasPage) -> None:
    atlas.open()
    for opens, dialog in (("share-open", "share"), ("about-open", "about")):
        atlas.get(opens).click()
        expect(atlas.get(dialog)).to_be_visible()
        assert atlas.violations("dialog[open]") == []
        atlas.page.keyboard.press("Escape")


def test_the_skip_links_skip(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.page.keyboard.press("Tab")
    skip = atlas.page.get_by_role("link", name=re.compile("Sla de kaart over"))
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    atlas.page.keyboard.press("Tab")
    atlas.page.keyboard.press("Enter")
    expect(atlas.page.locator("#keuzes")).to_be_focused()
    atlas.expect_layer("c35_income", "municipality")


def test_the_picture_for_the_readme(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363")
    expect(atlas.get("area-national")).to_contain_text("€")
    atlas.page.wait_for_timeout(400)
    picture = atlas.page.screenshot()
    assert len(picture) > 50_000
    if os.environ.get("KANSEN_SCREENSHOTS") == "1":
        target = ROOT / "docs" / "images" / "atlas.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(picture)
