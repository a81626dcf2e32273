"""Two renderers behind one interface: what one colours the other colours; without a card nothing is fetched."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser, expect

from browser.atlas_page import AtlasPage
from browser.conftest import ARGUMENTS, BROWSERS

PATHS = [
    "/kaart/c35_income/municipality?gebied=GM0363&onzeker=alles",
    "/kaart/c35_income/municipality?kloof=sex:women:men&onzeker=alles",
    "/kaart/c35_hbo_attained/wijk?niveau=vast&onzeker=alles",
    "/kaart/c35_income/municipality?onzeker=alles&bereik=29000~31000~c35_income~income=all;all;all;all",
]
FLAT = 0.97
"""Of the points that have one plain colour in both pictures: those that have the same."""


@pytest.mark.parametrize("path", PATHS)
def test_maplibre_colours_what_the_canvas_colours(atlas: AtlasPage, path: str) -> None:
    atlas.open(f"{path}&teken=canvas")
    atlas.page.wait_for_timeout(300)
    expect(atlas.map).to_have_attribute("data-renderer", "canvas")
    drawn = {name: atlas.map.get_attribute(f"data-{name}") for name in ("painted", "hatched", "unsure", "pale")}
    canvas = atlas.colours_of_areas()
    atlas.open(f"{path}&teken=gl")
    expect(atlas.map).to_have_attribute("data-renderer", "gl", timeout=20_000)
    atlas.page.wait_for_timeout(300)
    assert drawn == {name: atlas.map.get_attribute(f"data-{name}") for name in drawn}
    same, both = _agreement(canvas, atlas.colours_of_areas())
    assert both > 40
    assert same / both >= FLAT
    _forgive_reading_back(atlas)


def _forgive_reading_back(atlas: AtlasPage) -> None:
    """The browser complains that these tests, and nothing else, read pixels back from the graphics card."""
    atlas.complaints[:] = [text for text in atlas.complaints if "ReadPixels" not in text]


def _agreement(ours: Sequence[int], theirs: Sequence[int]) -> tuple[int, int]:
    """Of the grid's points that are opaque in both pictures: how many have the same colour, and how many there are."""
    same = both = 0
    for i in range(0, len(ours), 4):
        if ours[i + 3] != 255 or theirs[i + 3] != 255 or _is_pattern(ours[i : i + 3]) or _is_pattern(theirs[i : i + 3]):
            continue
        both += 1
        same += max(abs(a - b) for a, b in zip(ours[i : i + 3], theirs[i : i + 3], strict=True)) <= 24
    return same, both


def _is_pattern(colour: Sequence[int]) -> bool:
    """Paper and ink of the two patterns, of which a point can hit either, and borders, are grey."""
    return max(colour) - min(colour) < 24


def test_the_other_renderer_is_operated_the_same_way(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/municipality?teken=gl")
    expect(atlas.map).to_have_attribute("data-renderer", "gl", timeout=20_000)
    atlas.spot(has_figure=True)
    expect(atlas.get("tooltip")).to_contain_text("waarschijnlijk tussen")
    atlas.map.focus()
    atlas.page.keyboard.press("ArrowRight")
    expect(atlas.get("area-card")).to_be_visible()
    atlas.get("group-income-low").check()
    atlas.expect_layer("c35_income", "municipality", "income=low;all;all;all")
    before = atlas.colours_of_areas()
    atlas.map.press("+")
    atlas.page.wait_for_timeout(1200)
    assert atlas.colours_of_areas() != before
    # The switch: back to the canvas, and what is shown stays.
    atlas.get("renderer-select").select_option("canvas")
    expect(atlas.map).to_have_attribute("data-renderer", "canvas")
    atlas.expect_layer("c35_income", "municipality", "income=low;all;all;all")
    assert len(atlas.colours_on_map()) > 2
    _forgive_reading_back(atlas)


def test_without_a_real_card_nothing_of_it_is_fetched(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.page.wait_for_timeout(1500)
    expect(atlas.map).to_have_attribute("data-renderer", "canvas")
    assert not [url for url in atlas.requests if "/gl-" in url or "maplibre" in url]


def test_without_webgl_the_canvas_stays(browser: Browser, atlas_url: str) -> None:
    alone = browser.browser_type.launch(
        executable_path=_path(), args=[*ARGUMENTS[:-2], "--disable-software-rasterizer", "--disable-3d-apis"]
    )
    page = AtlasPage(alone.new_page(viewport={"width": 1280, "height": 800}), atlas_url)
    page.open("/kaart/c35_income/municipality?teken=gl")
    page.page.wait_for_timeout(2500)
    expect(page.map).to_have_attribute("data-renderer", "canvas")
    assert len(page.colours_on_map()) > 2
    page.get("group-income-low").check()
    page.expect_layer("c35_income", "municipality", "income=low;all;all;all")
    alone.close()
    assert page.foreign == []


def _path() -> str:
    return next(path for name in BROWSERS if (path := shutil.which(name)))
