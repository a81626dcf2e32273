"""The second and third worked example of the SEO Kansenatlas, step by step. The first is among the comparisons."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from browser.atlas_page import EVERYONE, AtlasPage

SCORES = ("c11_b_math", "c11_a_math", "c11_b_reading", "c11_a_reading")
INSTEAD = "c35_hbo_attained"
"""The demonstration follows no group 8: there, the same steps with what school led to."""
HIGH = "income=high;all;all;all"
LOW = "income=low;all;all;all"


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
    inside = [a for a, one in atlas.layer("c35_income", "municipality").items() if 29_000 <= one["est"] <= 31_000]
    expect(atlas.get("range-summary")).to_contain_text(f"{len(inside)} van")
    # Among those: where children of parents at place 25 of 100 end up.
    atlas.choose_outcome("c35_income_perc")
    atlas.get("group-income-low").check()
    atlas.expect_layer("c35_income_perc", "municipality", LOW)
    mobility = atlas.layer("c35_income_perc", "municipality", LOW)
    expect(atlas.map).to_have_attribute("data-pale", str(342 - len(inside)))
    atlas.get("show-table").check()
    expect(atlas.get("table").locator("tbody tr")).to_have_count(len(set(inside) & set(mobility)))
    # One of them, in words: from place 25 to where.
    place = max(set(inside) & set(mobility), key=lambda area: mobility[area]["n"] or 0)
    atlas.get("table").locator(f"tr[data-area={place}]").get_by_role("button").click()
    rank = mobility[place]["est"] * 100
    expect(atlas.get("area-figure")).to_have_text(
        re.compile(rf"plek {int(rank + 0.5)}|plek {rank:.1f}".replace(".", ","))
    )
    # And the whole of it against the incomes, with the association.
    atlas.get("room-scatter").click()
    atlas.get("against-select").select_option("c35_income")
    expect(atlas.get("correlation")).to_contain_text(re.compile("correlatie|Te weinig gebieden"))
    assert (
        f"bereik=29000%7E31000%7Ec35_income%7E{EVERYONE}".replace(";", "%3B").replace("=all", "%3Dall")
        in atlas.page.url
    )
