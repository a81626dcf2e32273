"""Exploring: themes, areas that follow the zoom, a range, what colours are compared with, uncertain figures, gaps."""

from __future__ import annotations

import re
from math import floor
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from browser.atlas_page import EVERYONE, AtlasPage

RANGE = f"29000~31000~c35_income~{EVERYONE}"
PARENTS = "income=*;all;all;all~position:high:low"


def test_a_theme_narrows_the_list_of_outcomes(atlas: AtlasPage) -> None:
    atlas.open()
    outcomes = atlas.api("outcomes")["outcomes"]
    theme = next(one["theme"] for one in outcomes if one["theme"] != "income")
    atlas.get("theme-select").select_option(theme)
    own = [one["id"] for one in outcomes if one["theme"] == theme]
    atlas.expect_layer(own[0], "municipality")
    expect(atlas.get("outcome-select").locator("option")).to_have_count(len(own))


def test_areas_follow_the_zoom_and_can_be_locked(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363")
    for _ in range(3):
        atlas.page.get_by_role("button", name="Inzoomen").click()
    atlas.expect_layer("c35_income", "wijk")
    expect(atlas.get("area-card")).to_have_attribute("data-area", "GM0363")
    atlas.page.get_by_role("button", name="Heel Nederland").click()
    atlas.expect_layer("c35_income", "municipality")
    atlas.get("level-follows").uncheck()
    for _ in range(3):
        atlas.page.get_by_role("button", name="Inzoomen").click()
    atlas.page.wait_for_timeout(700)
    atlas.expect_layer("c35_income", "municipality")
    assert parse_qs(urlsplit(atlas.page.url).query)["niveau"] == ["vast"]


def test_a_level_that_was_chosen_by_hand_stays(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.get("level-corop").check()
    atlas.expect_layer("c35_income", "corop")
    expect(atlas.get("level-follows")).not_to_be_checked()


def test_a_range_by_numbers_dims_counts_and_filters(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.get("range-low").fill("29000")
    atlas.get("range-low").press("Tab")
    atlas.get("range-high").fill("31000")
    atlas.get("range-high").press("Tab")
    figures = atlas.layer("c35_income", "municipality")
    inside = {area: one for area, one in figures.items() if 29_000 <= one["est"] <= 31_000}
    crossing = [
        one for one in figures.values()
        if one["lwr"] < 29_000 <= one["upr"] or one["lwr"] <= 31_000 < one["upr"]
    ]  # fmt: skip
    children = f"{sum(one['n'] for one in inside.values()):,}".replace(",", ".")
    expect(atlas.get("range-summary")).to_have_text(
        re.compile(rf"^{len(inside)} van {len(figures)} gebieden · {children} kinderen · bij {len(crossing)} gebieden")
    )
    expect(atlas.map).to_have_attribute("data-pale", str(342 - len(inside)))
    atlas.get("show-table").check()
    expect(atlas.get("table").locator("tbody tr")).to_have_count(len(inside))
    expect(atlas.get("table-filtered")).to_contain_text(f"{len(inside)} van {len(figures)} gebieden")


def test_a_range_of_one_outcome_stays_while_another_is_read(atlas: AtlasPage) -> None:
    atlas.open(f"/kaart/c35_income/municipality?bereik={RANGE}")
    expect(atlas.get("range-clear")).to_be_visible()
    pale = atlas.map.get_attribute("data-pale")
    assert pale not in (None, "0")
    atlas.choose_outcome("c35_income_perc")
    atlas.expect_layer("c35_income_perc", "municipality")
    expect(atlas.map).to_have_attribute("data-pale", pale or "")
    expect(atlas.get("range-about")).to_contain_text("Bereik van: Inkomen")
    expect(atlas.get("range-low")).to_have_value("29000")
    atlas.get("range-clear").click()
    expect(atlas.map).to_have_attribute("data-pale", "0")
    expect(atlas.page).not_to_have_url(re.compile("bereik"))


def test_a_range_is_dragged_over_the_histogram(atlas: AtlasPage) -> None:
    atlas.open()
    box = atlas.get("histogram").locator("svg").bounding_box()
    assert box is not None
    atlas.page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 20)
    atlas.page.mouse.down()
    for part in (0.4, 0.5, 0.6):
        atlas.page.mouse.move(box["x"] + box["width"] * part, box["y"] + 20)
    assert "bereik" not in atlas.page.url
    expect(atlas.map).not_to_have_attribute("data-pale", "0")
    atlas.page.mouse.up()
    expect(atlas.page).to_have_url(re.compile("bereik="))
    low, high = (float(atlas.get(f"range-{end}").input_value()) for end in ("low", "high"))
    assert low < high
    assert low % 100 == high % 100 == 0
    assert atlas.get("histogram").locator("svg").bounding_box() == box
    atlas.page.mouse.click(box["x"] + 100, box["y"] + 20)
    expect(atlas.get("range-clear")).to_have_count(0)


def test_the_histogram_marks_the_chosen_area(atlas: AtlasPage) -> None:
    atlas.open()
    expect(atlas.get("histogram-marker")).to_have_count(0)
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363")
    expect(atlas.get("histogram-marker")).to_be_visible()


def test_colours_compared_with_region_peers_and_place(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363&onzeker=alles")
    pictures = [atlas.colours_of_areas()]
    for reference, said in (
        ("province", "gelijk aan de eigen provincie"),
        ("corop", "gelijk aan het eigen COROP-gebied"),
        ("similar", "20 gemeenten met bijna evenveel inwoners"),
        ("place:GM0363", re.compile("Amsterdam: €")),
    ):
        atlas.get("reference-select").select_option(reference)
        expect(atlas.map).to_have_attribute("data-reference", reference)
        expect(atlas.get("legend-reference")).to_contain_text(said)
        pictures.append(atlas.colours_of_areas())
        assert pictures[-1] != pictures[-2]
    assert parse_qs(urlsplit(atlas.page.url).query)["kleur"] == ["GM0363"]
    atlas.page.reload()
    expect(atlas.map).to_have_attribute("data-reference", "place:GM0363")


def test_uncertain_figures_have_fewer_colours_and_a_pattern_of_their_own(atlas: AtlasPage) -> None:
    atlas.open()
    letters = [one["reliability"] for one in atlas.layer("c35_income", "municipality").values()]
    expect(atlas.map).to_have_attribute("data-unsure", str(letters.count("C")))
    expect(atlas.get("legend-unsure")).to_contain_text(f"({letters.count('C')})")
    expect(atlas.get("legend-merged")).to_contain_text(f"({letters.count('B')})")
    atlas.get("cautious").uncheck()
    expect(atlas.map).to_have_attribute("data-unsure", "0")
    expect(atlas.get("legend-unsure")).to_have_count(0)
    assert parse_qs(urlsplit(atlas.page.url).query)["onzeker"] == ["alles"]


def test_a_gap_shows_differences_in_other_colours(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363")
    atlas.get("measure-select").select_option("position:high:low")
    atlas.expect_layer("c35_income", "municipality", PARENTS)
    expect(atlas.map).to_have_attribute("data-reference", "group")
    expect(atlas.get("title")).to_contain_text("Kloof in gemiddeld persoonlijk inkomen")
    high, low = (atlas.layer("c35_income", "municipality", f"income={p};all;all;all") for p in ("high", "low"))
    both = set(high) & set(low)
    expect(atlas.map).to_have_attribute("data-painted", str(len(both)))
    gap = high["GM0363"]["est"] - low["GM0363"]["est"]
    size = floor(abs(gap) / (100 if abs(gap) >= 5000 else 10) + 0.5) * (100 if abs(gap) >= 5000 else 10)
    written = f"{size:,}".replace(",", ".")
    expect(atlas.get("area-figure")).to_have_text(
        re.compile(rf"^(ongeveer )?{re.escape('+' if gap > 0 else '−')}.€.{written}$")
    )
    expect(atlas.get("legend-unsure")).to_contain_text("niet zeker anders")
    expect(atlas.get("group-income-low")).to_have_count(0)
    atlas.get("group-sex-women").check()
    atlas.expect_layer("c35_income", "municipality", PARENTS.replace("all;all;all~", "women;all;all~"))
    atlas.get("measure-select").select_option("level")
    atlas.expect_layer("c35_income", "municipality", "income=all;women;all;all")
    expect(atlas.map).to_have_attribute("data-reference", "everyone")


def test_a_range_or_gap_that_the_release_lacks_is_told(atlas: AtlasPage) -> None:
    atlas.open(f"/kaart/c35_income/municipality?bereik=1~2~c99_x~{EVERYONE}&kloof=sex:men:robots")
    expect(atlas.get("notice").filter(has_text="c99_x")).to_have_count(1)
    expect(atlas.get("notice").filter(has_text="robots")).to_have_count(1)
    atlas.expect_layer("c35_income", "municipality")
