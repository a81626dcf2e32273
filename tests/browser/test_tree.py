"""What a screen reader and a keyboard get of each page: names, headings, stops that are seen; no motion if so asked."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from browser.atlas_page import AtlasPage

OPERATED = {
    "button",
    "link",
    "checkbox",
    "radio",
    "combobox",
    "textbox",
    "spinbutton",
    "application",
    "DisclosureTriangle",
}
NAMED = OPERATED | {"image", "img", "region", "dialog", "navigation", "search", "complementary"}
PAGES = [
    ("/kaart/c35_income/municipality?gebied=GM0363", "area-rank"),
    ("/kaart/c35_income/municipality?gebied=GM0599&min=GM0363", "area-certainty"),
    ("/kaart/c35_income/municipality?gebied=GM0363&toon=uitleg", "story-area"),
    ("/vergelijk/c35_income/municipality?vgl=GM0363,GM0599", "compare-difference"),
    ("/samenhang/c35_income/municipality?tegen=kern.density", "key-source"),
    ("/kaartjes/c35_income/municipality", "mini-noise"),
    ("/levensloop/c35_income/municipality?gebied=GM0363", "life-stage"),
    ("/kaart/c35_income/municipality?ingebed=keuzes", "embed-home"),
    ("/nederland/wl_low_left_1", "nation-spells"),
    ("/effecten", "effect-story"),
]


@pytest.mark.parametrize(("path", "shown"), PAGES)
def test_everything_has_a_name_and_headings_go_down_step_by_step(atlas: AtlasPage, path: str, shown: str) -> None:
    atlas.page.goto(atlas.url + path)
    expect(atlas.get(shown).first).to_be_visible()
    tree = atlas.page.context.new_cdp_session(atlas.page).send("Accessibility.getFullAXTree")["nodes"]
    nodes = [node for node in tree if not node["ignored"]]
    assert [_of(node, "role") for node in nodes if _of(node, "role") in NAMED and not _of(node, "name").strip()] == []
    levels = [_level(node) for node in nodes if _of(node, "role") == "heading"]
    assert levels.count(1) == 1
    assert all(level == 1 or level - 1 in levels for level in levels)
    assert [_of(node, "role") for node in nodes].count("main") == 1


def _of(node: dict[str, Any], field: str) -> str:
    return str(node.get(field, {}).get("value", ""))


def _level(node: dict[str, Any]) -> int:
    return next(one["value"]["value"] for one in node["properties"] if one["name"] == "level")


@pytest.mark.parametrize(("path", "shown"), PAGES)
def test_the_tab_key_stops_at_nothing_that_is_not_seen(atlas: AtlasPage, path: str, shown: str) -> None:
    atlas.page.goto(atlas.url + path)
    expect(atlas.get(shown).first).to_be_visible()
    stops = []
    for _ in range(150):
        atlas.page.keyboard.press("Tab")
        at = atlas.page.evaluate(_FOCUSED)
        if at is None:
            break
        stops.append(at)
    assert 10 < len(stops) < 150
    assert [what for what, is_seen, has_ring in stops if not (is_seen and has_ring)] == []


_FOCUSED = """() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const { width, height } = element.getBoundingClientRect();
  const { outlineStyle, boxShadow } = getComputedStyle(element);
  const ring = outlineStyle !== 'none' || boxShadow !== 'none' || element.closest('label') !== null;
  return [element.outerHTML.slice(0, 80), width > 0 && height > 0, ring];
}"""


def test_who_asks_for_no_motion_gets_none(browser: Browser, atlas_url: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    atlas = AtlasPage(context.new_page(), atlas_url)
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363&niveau=vast")
    atlas.map.press("+")
    atlas.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    at_once = atlas.colours_of_areas()
    atlas.page.wait_for_timeout(800)
    assert atlas.colours_of_areas() == at_once
    context.close()
