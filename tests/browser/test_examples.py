"""The second and third worked example of the SEO Kansenatlas, step by step. The first is among the comparisons."""

from __future__ import annotations

import re
from math import floor
from typing import Any

from playwright.sync_api import expect

from browser.atlas_page import EVERYONE, AtlasPage

SCORES = ("c11_b_math", "c11_a_math", "c11_b_reading", "c11_a_reading")
INSTEAD = "c35_hbo_attained"
"""The demonstration follows no group 8: there, the same steps with what school led to."""
HIGH = "income=high;all;all;all"
LOW = "income=low;all;all;all"
LARGE = "GM0599"
"""Rotterdam: the place of the third example that starts at the same rank and ends higher."""


def test_example_2_does_success_at_primary_school_depend_on_the_income_of_parents(atlas: AtlasPage) -> None:
    known = [one["id"] for one in atlas.api("outcomes")["outcomes"]]
    score = next(one for one in (*SCORES, INSTEAD) if one in known)
    # Test scores of all municipalities, from high to low: places come as ranges.
    atlas.open()
    atlas.choose_outcome(score)
    atlas.get("show-table").check()
    table = atlas.get("table")
    table.locator("thead th.rank").get_by_role("button").click()
    figures = atlas.layer(score, "municipality")
    ordered = sorted(figures, key=lambda area: -figures[area]["est"])
    rows = table.locator("tbody tr[data-area]")
    expect(rows.first).to_have_attribute("data-area", ordered[0])
    expect(rows.first.locator("td.rank")).to_have_text(re.compile(r"^1–\d+$"))
    # Parents with a high income: do municipalities differ more? In words and numbers.
    atlas.get("group-income-high").check()
    atlas.get("show-words").check()
    expect(atlas.get("story-level")).to_contain_text(
        re.compile(
            "In deze groep verschillen gemeenten (meer dan|minder dan|ongeveer evenveel als) bij alle kinderen samen"
        )
    )
    # Two of them side by side: what the filter does to their difference, then where the difference sits.
    shown = atlas.layer(score, "municipality", HIGH)
    pair = sorted((a for a in figures if a in shown), key=lambda area: -(figures[area]["n"] or 0))[:2]
    atlas.page.goto(f"{atlas.url}/vergelijk/{score}/municipality?groep={HIGH}&vgl={','.join(pair)}&per=origin")
    effect = atlas.get("compare-effect")
    expect(effect).to_contain_text("bij alle kinderen samen is het verschil")
    expect(effect).to_contain_text(re.compile("groter|kleiner|niet duidelijk anders"))
    expect(atlas.get("compare-groups").locator("svg")).to_have_attribute(
        "aria-label", re.compile("Nederlandse herkomst")
    )
    # Who grew up there stands beside it.
    expect(atlas.get("compare-shares").locator("svg")).to_have_attribute("aria-label", re.compile("%"))


def test_example_3_how_is_income_mobility_among_places_with_the_same_incomes(atlas: AtlasPage) -> None:
    # Only municipalities where children end up with 29 to 31 thousand euros.
    atlas.open()
    atlas.get("range-low").fill("29000")
    atlas.get("range-low").press("Tab")
    atlas.get("range-high").fill("31000")
    atlas.get("range-high").press("Tab")
    children = atlas.layer("c35_income", "municipality")
    inside = {area for area, one in children.items() if 29_000 <= one["est"] <= 31_000}
    expect(atlas.get("range-summary")).to_contain_text(f"{len(inside)} van")
    # Among those: the mean income over a working life. The range stays, of the outcome that it was made for.
    atlas.choose_outcome("wl_income")
    atlas.expect_layer("wl_income", "municipality")
    expect(atlas.map).to_have_attribute("data-pale", str(342 - len(inside)))
    life = atlas.layer("wl_income", "municipality")
    atlas.get("show-table").check()
    rows = atlas.get("table").locator("tbody tr")
    expect(rows).to_have_count(len(inside & set(life)))
    # Two of them side by side: whether their incomes over life differ is said as surely as it is known.
    pair = sorted(inside & set(life), key=lambda area: -(life[area]["n"] or 0))[:2]
    atlas.get("table").locator(f"tr[data-area={pair[0]}]").get_by_role("button").click()
    atlas.get("area-compare").click()
    search = atlas.api(f"areas/{pair[1]}")["name"]
    atlas.find("compare-search", search, pair[1])
    expect(atlas.get("compare-place")).to_have_count(2)
    own, other = life[pair[1]], life[pair[0]]
    half = (((own["upr"] - own["lwr"]) / 2) ** 2 + ((other["upr"] - other["lwr"]) / 2) ** 2) ** 0.5
    gap = own["est"] - other["est"]
    verb = "geen duidelijk verschil" if abs(gap) <= half else "hoger dan" if gap > 0 else "lager dan"
    expect(atlas.get("compare-sentence").first).to_contain_text(verb)
    # Mobility within working life: where ends who starts at place 25 of 100? In one of them, then in a large city.
    atlas.get("room-map").click()
    atlas.choose_outcome("wl_income_10_perc")
    atlas.get("group-income-low").check()
    atlas.expect_layer("wl_income_10_perc", "municipality", LOW)
    mobility = atlas.layer("wl_income_10_perc", "municipality", LOW)
    atlas.get("show-table").check()
    expect(rows).to_have_count(len(inside & set(mobility)))
    expect(atlas.get("title")).to_contain_text("met een laag eigen inkomen aan het begin")
    place = max(inside & set(mobility), key=lambda area: mobility[area]["n"] or 0)
    atlas.get("table").locator(f"tr[data-area={place}]").get_by_role("button").click()
    expect_place(atlas, mobility[place])
    atlas.find("search", "Rotterdam", LARGE)
    expect_place(atlas, mobility[LARGE])
    # The same for everybody who started anywhere, as one number, and as who climbs and who stays.
    atlas.choose_outcome("wl_income_10_perc_own_slope")
    expect(atlas.get("group-income-all")).to_have_count(0)
    atlas.get("show-words").check()
    expect(atlas.get("climb-story")).to_contain_text("van de mensen die bij de laagste 20% begonnen, komt")
    # And all of it against the incomes of the children, with the association.
    atlas.get("room-scatter").click()
    atlas.get("against-select").select_option("c35_income")
    expect(atlas.get("correlation")).to_contain_text(re.compile("correlatie|Te weinig gebieden"))
    assert (
        f"bereik=29000%7E31000%7Ec35_income%7E{EVERYONE}".replace(";", "%3B").replace("=all", "%3Dall")
        in atlas.page.url
    )


def expect_place(atlas: AtlasPage, figure: dict[str, Any]) -> None:
    """The card says the place from 1 to 100, with a decimal where the interval is narrow."""
    rank = figure["est"] * 100
    expect(atlas.get("area-figure")).to_have_text(
        re.compile(rf"plek ({max(1, floor(rank + 0.5))}|{rank:.1f}) van 100".replace(".", ","))
    )


def test_what_an_outcome_has_no_figures_of_is_not_offered(atlas: AtlasPage) -> None:
    """Of residents it is not known in which household they grew up; a measure over all parents has no positions."""
    chosen = "income=low;women;all;single"
    atlas.page.goto(f"{atlas.url}/kaart/c35_income/municipality?groep={chosen}")
    expect(atlas.get("group-household-single")).to_be_checked()
    atlas.choose_outcome("wl_income_10")
    notice = atlas.get("notice")
    expect(notice).to_have_attribute("data-kind", "untold")
    expect(notice).to_contain_text("zijn er geen cijfers voor de groep die u had gekozen")
    expect(atlas.get("group-household-all")).to_have_count(0)
    expect(atlas.get("group-income-low")).to_be_checked()
    expect(atlas.get("group-sex-women")).to_be_checked()
    expect(atlas.get("choice-untold")).to_contain_text("huishouden")
    expect(atlas.get("group-reset")).to_have_text("Alle mensen samen")
    atlas.page.goto(f"{atlas.url}/kaart/c35_income_perc_slope/municipality?groep=income%3Dlow;women;all;all")
    expect(notice).to_contain_text("Ongelijkheid van kansen")
    expect(atlas.get("group-income-all")).to_have_count(0)
    expect(atlas.get("group-sex-women")).to_be_checked()
    atlas.get("group-sex-all").check()
    expect(notice).to_have_count(0)
    # A link to a group of which there is nothing says the same at once, and shows figures.
    atlas.page.goto(f"{atlas.url}/vergelijk/c35_income_perc_slope?vgl=GM0363,GM0599&groep={chosen}&per=household")
    expect(notice).to_have_attribute("data-kind", "untold")
    expect(atlas.get("split-household")).to_have_count(1)
    expect(atlas.get("compare-gradient")).to_have_count(0)
