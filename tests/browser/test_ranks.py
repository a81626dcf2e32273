"""Rankings say which places an area can have, never one bare place, and are those of the server in every view."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from browser.atlas_page import EVERYONE, AtlasPage

PLACES = re.compile(r"^(\d+)–(\d+)$")
HIGH, LOW = "income=high;all;all;all", "income=low;all;all;all"


def places(atlas: AtlasPage, level: str = "municipality", group: str = EVERYONE, query: str = "") -> dict[str, Any]:
    """The places of each area as the server tells them."""
    told = atlas.api(f"ranks/c35_income/{level}/{group}{query}")
    names = ("rank", "low_all", "high_all", "of", "tier")
    return {area: {name: told[name][i] for name in names} for i, area in enumerate(told["areas"])}


def said(one: dict[str, Any]) -> str:
    """A range as the page writes it."""
    low, high = one["low_all"], one["high_all"]
    return str(low) if low == high else f"{low}–{high}"


def test_the_table_tells_ranges_and_groups_ties(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/kaart/c35_income/municipality?toon=tabel")
    table = atlas.get("table")
    head = table.locator("thead th.rank")
    expect(table.locator("tbody td.rank").first).to_have_text(PLACES)
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(atlas.page).to_have_url(re.compile("orde=rank"))
    atlas.page.reload()
    expect(head).to_have_attribute("aria-sort", "ascending")
    told = places(atlas)
    highest = min(told, key=lambda area: told[area]["rank"])
    expect(table.locator("tbody tr[data-area]").first).to_have_attribute("data-area", highest)
    groups = atlas.get("rank-group")
    expect(groups).to_have_count(max(one["tier"] for one in told.values()))
    expect(groups.first).to_contain_text("Groep 1: niet duidelijk lager dan")
    for area in list(told)[::25]:
        expect(table.locator(f"tr[data-area={area}] td.rank")).to_have_text(said(told[area]))


def test_the_card_tells_the_same_range(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363")
    told = places(atlas)
    own = told["GM0363"]
    expect(atlas.get("area-rank")).to_have_text(
        re.compile(rf"Plaats {said(own)} van {len(told)}, van hoog naar laag"), use_inner_text=True
    )
    atlas.get("show-table").check()
    expect(atlas.get("table").locator("tr[data-area=GM0363] td.rank")).to_have_text(said(own))


def test_differences_between_groups_are_ranked_as_differences(atlas: AtlasPage) -> None:
    told = places(atlas, group=HIGH, query=f"?less={LOW}")
    area = next(iter(told))
    atlas.open(f"/kaart/c35_income/municipality?kloof=position:high:low&gebied={area}")
    expect(atlas.get("area-rank")).to_contain_text(f"van {len(told)},")
    expect(atlas.get("area-rank")).to_contain_text(said(told[area]))


def test_less_one_place_every_place_in_the_ranking_stays(atlas: AtlasPage) -> None:
    told = places(atlas)
    atlas.open("/kaart/c35_income/municipality?min=GM0599&gebied=GM0363")
    expect(atlas.get("area-rank")).to_contain_text(f"{said(told['GM0363'])} van {len(told)}")


def test_wijken_are_ranked_within_their_municipality(atlas: AtlasPage) -> None:
    figures = atlas.layer("c35_income", "wijk")
    around = dict(zip(*(atlas.api("areas?level=wijk")[name] for name in ("area", "parent")), strict=True))
    own = [area for area in figures if around[area] == "GM0363"]
    atlas.open(f"/kaart/c35_income/wijk?gebied={own[0]}")
    expect(atlas.get("area-rank")).to_have_text(re.compile(rf"van {len(own)}, van hoog naar laag in Amsterdam"))
    expect(atlas.get("area-rank")).to_contain_text(said(places(atlas, "wijk")[own[0]]))


def test_without_an_answer_the_page_tells_everything_but_places(atlas: AtlasPage) -> None:
    atlas.page.route("**/api/v1/ranks/**", lambda route: route.abort())
    with atlas.page.expect_request("**/api/v1/ranks/**"):
        atlas.open("/kaart/c35_income/municipality?gebied=GM0363")
    expect(atlas.get("area-interval")).to_contain_text("waarschijnlijk tussen")
    expect(atlas.get("area-rank")).to_have_count(0)
    expect(atlas.get("failure")).to_have_count(0)
    atlas.page.unroute("**/api/v1/ranks/**")
    # Whoever goes on is told them again.
    atlas.get("show-table").check()
    expect(atlas.get("table").locator("tbody td.rank").first).to_have_text(PLACES)
    atlas.expect_failed_requests()
