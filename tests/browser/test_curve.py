"""Two groups along the positions of the parents, and the gap between them at each: what is left at equal parents."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from browser.atlas_page import AtlasPage

POSITIONS = ("very_low", "low", "mid", "high", "very_high")
ENDS = {"low": "met ouders met een laag inkomen", "high": "met ouders met een hoog inkomen"}
SEX = ("{position};women;all;all", "{position};men;all;all")
ORIGIN = ("{position};all;none;all", "{position};all;any;all")


def gap(atlas: AtlasPage, area: str, groups: tuple[str, str], position: str) -> tuple[float, float] | None:
    """The gap in income between two groups at a position, and half its interval."""
    found: list[dict[str, Any]] = []
    for group in groups:
        page = atlas.api(f"areas/{area}?group=income={group.format(position=position)}")
        found += [one for one in page["figures"] if one["outcome"] == "c35_income"]
    if len(found) < 2:
        return None
    own, other = found
    half = sum(((one["upr"] - one["lwr"]) / 2) ** 2 for one in found) ** 0.5
    return own["est"] - other["est"], half


def expect_story(atlas: AtlasPage, story: Locator, area: str, groups: tuple[str, str]) -> None:
    """Every verb follows the interval."""
    gaps = {position: gap(atlas, area, groups, position) for position in ENDS}
    for i, (position, phrase) in enumerate(ENDS.items()):
        here = gaps[position]
        if here is None:
            words = "geen cijfer"
        else:
            est, half = here
            verb = "waarschijnlijk hoger" if est > 0 else "waarschijnlijk lager"
            words = "geen duidelijk verschil" if abs(est) <= half else verb
        expect(story.locator("li").nth(i)).to_have_text(re.compile(rf"^Bij mensen {phrase} .*{words}"))
    low, high = gaps["low"], gaps["high"]
    if low is None or high is None:
        expect(story.locator("li")).to_have_count(2)
        return
    change, half = high[0] - low[0], (low[1] ** 2 + high[1] ** 2) ** 0.5
    clear = "andere kant op" if low[0] * high[0] < 0 else "groter" if abs(high[0]) > abs(low[0]) else "kleiner"
    expect(story.locator("li").last).to_contain_text("is niet duidelijk" if abs(change) <= half else clear)


def test_the_gap_in_the_country_at_every_position(atlas: AtlasPage, tmp_path: Path) -> None:
    atlas.page.goto(f"{atlas.url}/kaart/c35_income/municipality?toon=uitleg")
    curve = atlas.get("curve")
    expect(curve.get_by_role("heading")).to_have_text("Kloof bij gelijke ouders: Vrouwen min mannen")
    expect(curve.get_by_role("img", name=re.compile("vrouwen: Heel laag .*mannen: Heel laag"))).to_be_visible()
    expect_story(atlas, atlas.get("curve-story"), "NL", SEX)
    expect(atlas.get("curve-note")).to_contain_text("Onverklaard is niet hetzelfde als discriminatie")
    curve.locator("summary").click()
    rows = curve.get_by_test_id("data-table").locator("tbody tr")
    expect(rows).to_have_count(len(POSITIONS))
    with atlas.page.expect_download() as saved:
        curve.get_by_test_id("table-csv").click()
    saved.value.save_as(tmp_path / "curve.csv")
    lines = (tmp_path / "curve.csv").read_text(encoding="utf-8-sig").splitlines()
    assert any(line.startswith("# ") and "discriminatie" in line for line in lines)
    for line, position in zip(lines[-len(POSITIONS) :], POSITIONS, strict=True):
        expected = gap(atlas, "NL", SEX, position)
        assert expected is not None
        est, low, high = (float(cell) for cell in line.split(",")[4:7])
        assert est == pytest.approx(expected[0])
        assert (high - low) / 2 == pytest.approx(expected[1])
    atlas.get("lang-en").click()
    expect(atlas.get("curve-note")).to_contain_text("Unexplained is not the same as discrimination")


def test_other_groups_and_several_places(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/vergelijk/c35_income/municipality?vgl=GM0363,GM0599")
    atlas.get("curve-gap").select_option("origin:none:any")
    expect(atlas.page).to_have_url(re.compile("tussen=origin%3Anone%3Aany"))
    atlas.page.reload()
    curve = atlas.get("curve")
    expect(curve.get_by_role("heading")).to_contain_text("Nederlandse herkomst min Herkomst buiten Nederland")
    # One picture of both groups for each place, and one of the gaps in all places and the country.
    expect(curve.get_by_role("img")).to_have_count(3)
    expect(curve.get_by_role("img").last).to_have_attribute("aria-label", re.compile("Amsterdam: .*Nederland: "))
    stories = atlas.get("curve-story")
    expect(stories).to_have_count(2)
    for i, area in enumerate(("GM0363", "GM0599")):
        expect_story(atlas, stories.nth(i), area, ORIGIN)


def test_the_gap_that_the_page_shows_is_the_one_that_is_followed(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/vergelijk/c35_income/municipality?vgl=GM0363&kloof=household:two:single")
    expect(atlas.get("curve").get_by_role("heading")).to_contain_text("Twee ouders min één ouder")


def test_a_gap_that_cannot_be_followed_is_named(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/vergelijk/c35_income/municipality?vgl=GM0363&tussen=position:high:low")
    expect(atlas.get("notice")).to_contain_text("position:high:low")
    expect(atlas.get("curve").get_by_role("heading")).to_contain_text("Vrouwen min mannen")


def test_a_measure_over_all_parents_has_no_curve(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/vergelijk/c35_income_perc_slope/municipality?vgl=GM0363")
    expect(atlas.get("compare-figures")).to_be_visible()
    expect(atlas.get("compare-gradient")).to_have_count(0)
    expect(atlas.get("curve")).to_have_count(0)


def test_the_curve_fits_a_phone(phone: AtlasPage) -> None:
    phone.page.goto(f"{phone.url}/vergelijk/c35_income/municipality?vgl=GM0363,GM0599")
    expect(phone.get("curve-story").first).to_be_visible()
    assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 390
