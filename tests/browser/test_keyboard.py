"""Everything by keyboard alone: found by Tab, used by arrows, Enter and Space."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.atlas_page import EVERYONE, AtlasPage

MOST_TABS = 60
_FOCUSED = "() => document.activeElement.dataset.testid ?? ''"


def _tab_to(atlas: AtlasPage, test_id: str, key: str = "Tab") -> None:
    for _ in range(MOST_TABS):
        if atlas.page.evaluate(_FOCUSED) == test_id:
            return
        atlas.page.keyboard.press(key)
    raise AssertionError(f"{test_id} is not reached within {MOST_TABS} times {key}")


def test_the_first_example_by_keyboard(atlas: AtlasPage) -> None:
    atlas.open()
    _tab_to(atlas, "search-input")
    atlas.page.keyboard.type("amsterdam", delay=15)
    expect(atlas.get("search-option").first).to_contain_text("Amsterdam")
    atlas.page.keyboard.press("Enter")
    expect(atlas.get("area-rank")).to_be_visible()
    _tab_to(atlas, "area-compare")
    atlas.page.keyboard.press("Enter")
    expect(atlas.get("compare-place")).to_have_count(1)
    _tab_to(atlas, "compare-search-input")
    atlas.page.keyboard.type("rotterdam", delay=15)
    expect(atlas.get("compare-search-option").first).to_contain_text("Rotterdam")
    atlas.page.keyboard.press("Enter")
    expect(atlas.get("compare-place")).to_have_count(2)
    expect(atlas.get("compare-sentence").first).to_contain_text("Rotterdam")
    _tab_to(atlas, "split-sex")
    atlas.page.keyboard.press("ArrowRight")
    expect(atlas.get("split-origin")).to_be_checked()
    expect(atlas.get("split-origin")).to_be_focused()
    _tab_to(atlas, "measure-select")
    atlas.page.keyboard.press("ArrowDown")
    expect(atlas.get("compare-figures").locator(".said li").first).to_contain_text("€")
    assert "kloof=" in atlas.page.url


def test_a_range_by_keyboard(atlas: AtlasPage) -> None:
    atlas.open()
    _tab_to(atlas, "range-low")
    atlas.page.keyboard.type("30000")
    atlas.page.keyboard.press("Tab")
    expect(atlas.map).not_to_have_attribute("data-pale", "0")
    _tab_to(atlas, "range-clear")
    atlas.page.keyboard.press("Enter")
    expect(atlas.map).to_have_attribute("data-pale", "0")


def test_the_table_is_sorted_and_an_area_chosen_by_keyboard(atlas: AtlasPage) -> None:
    atlas.open()
    _tab_to(atlas, "picture-schematic")
    for _ in range(2):
        atlas.page.keyboard.press("ArrowRight")
    table = atlas.get("table")
    expect(table.locator("tbody tr").first).to_be_visible()
    _tab_to(atlas, "table-csv")
    heading = "document.activeElement.closest('th')?.innerText ?? ''"
    for _ in range(8):
        atlas.page.keyboard.press("Tab")
        if atlas.page.evaluate(heading).startswith("Cijfer"):
            break
    atlas.page.keyboard.press("Enter")
    expect(table.locator("thead th[aria-sort=descending]")).to_contain_text("Cijfer")
    figures = atlas.layer("c35_income", "municipality", EVERYONE)
    highest = max(figures, key=lambda area: figures[area]["est"])
    expect(table.locator("tbody tr").first).to_have_attribute("data-area", highest)


def test_the_dialogs_give_the_focus_back(atlas: AtlasPage) -> None:
    atlas.open()
    for opens, dialog in (("share-open", "share"), ("about-open", "about")):
        _tab_to(atlas, opens)
        atlas.page.keyboard.press("Enter")
        expect(atlas.get(dialog)).to_be_visible()
        atlas.page.keyboard.press("Escape")
        expect(atlas.get(dialog)).to_be_hidden()
        expect(atlas.get(opens)).to_be_focused()
