"""Where a series is broken, every view of it says so: map, card, table, file, words, comparison, definition."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.atlas_page import AtlasPage

BROKEN = "c35_total_health_costs"
WORDS = "Breuk in de reeks: sommige soorten zorg"


@pytest.mark.parametrize("room", ["kaart", "vergelijk", "samenhang", "kaartjes"])
def test_every_page_of_a_broken_series_says_so_below_its_title(atlas: AtlasPage, room: str) -> None:
    atlas.page.goto(f"{atlas.url}/{room}/{BROKEN}/municipality?vgl=GM0363")
    expect(atlas.get("series-break")).to_contain_text(WORDS)
    atlas.page.goto(f"{atlas.url}/{room}/c35_income/municipality?vgl=GM0363")
    expect(atlas.get("title")).to_contain_text("inkomen")
    expect(atlas.get("series-break")).to_have_count(0)


def test_the_card_the_words_and_the_definition_say_it_too(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/kaart/{BROKEN}/municipality?gebied=GM0363&toon=uitleg")
    expect(atlas.get("area-break")).to_contain_text(WORDS)
    expect(atlas.get("story-level")).to_contain_text(WORDS)
    atlas.get("about-open").click()
    expect(atlas.get("about")).to_contain_text(WORDS)


def test_the_table_and_its_file_carry_it(atlas: AtlasPage, tmp_path: Path) -> None:
    atlas.page.goto(f"{atlas.url}/kaart/{BROKEN}/municipality?toon=tabel")
    expect(atlas.get("table").locator("caption")).to_contain_text(WORDS)
    with atlas.page.expect_download() as saved:
        atlas.get("table-csv").click()
    target = tmp_path / "table.csv"
    saved.value.save_as(target)
    assert any(line.startswith(f"# {WORDS}") for line in target.read_text(encoding="utf-8-sig").splitlines())
