"""Rankings say which places an area can have, never one bare place; what cannot be told apart is one group."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from browser.atlas_page import AtlasPage

PLACES = re.compile(r"^(\d+)–(\d+)$")


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
    figures = atlas.layer("c35_income", "municipality")
    highest = max(figures, key=lambda area: figures[area]["est"])
    expect(table.locator("tbody tr[data-area]").first).to_have_attribute("data-area", highest)
    expect(table.locator("tbody td.rank").first).to_have_text(PLACES)
    groups = atlas.get("rank-group")
    expect(groups.first).to_contain_text("Groep 1: niet duidelijk lager dan")
    found = [PLACES.match(text) for text in table.locator("tbody td.rank").all_inner_texts()]
    assert all(found)
    for i, place in enumerate(found, 1):
        assert place is not None
        # Every range holds the place by the figure alone.
        assert int(place[1]) <= i <= int(place[2]) <= len(figures)


def test_the_card_tells_the_same_range(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363")
    expect(atlas.get("area-rank")).to_have_text(re.compile(r"Plaats \d+–\d+ van \d+, van hoog naar laag"))
    said = atlas.get("area-rank").inner_text()
    atlas.get("show-table").check()
    cell = atlas.get("table").locator("tr[data-area=GM0363] td.rank")
    expect(cell).to_have_text(PLACES)
    assert f"Plaats {cell.inner_text()} van" in said


def test_wijken_are_ranked_within_their_municipality(atlas: AtlasPage) -> None:
    figures = atlas.layer("c35_income", "wijk")
    around = dict(zip(*(atlas.api("areas?level=wijk")[name] for name in ("area", "parent")), strict=True))
    own = [area for area in figures if around[area] == "GM0363"]
    atlas.open(f"/kaart/c35_income/wijk?gebied={own[0]}")
    expect(atlas.get("area-rank")).to_have_text(re.compile(rf"van {len(own)}, van hoog naar laag in Amsterdam"))
