"""Wherever a figure with noise stands, the page says that it has noise and how much."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.sync_api import expect

from browser.atlas_page import AtlasPage

NOISY = "c35_income"
"""Amounts carry noise everywhere under the default profile."""
SIZE = re.compile(r"±\s€\s[\d.]+")


def _noise(atlas: AtlasPage, area: str = "GM0363") -> float:
    found: float = atlas.figure(area, NOISY)["noise_sd"]
    assert found > 0
    return found


def test_the_card_says_about_and_how_much_and_explains_it(atlas: AtlasPage) -> None:
    atlas.open(f"/kaart/{NOISY}/municipality?gebied=GM0363")
    card = atlas.get("area-card")
    expect(atlas.get("area-figure")).to_have_text(re.compile(r"^ongeveer €"))
    expect(atlas.get("area-n")).to_have_text(re.compile(r"^ongeveer [\d.]+ kinderen"))
    note = card.get_by_test_id("noise")
    expect(note).to_have_text(re.compile(r"met ruis: ±"))
    told = float(re.sub(r"\D", "", note.locator("p").first.inner_text()))
    size = 1.959964 * _noise(atlas)
    assert size <= told <= size * 1.11 + 1
    expect(note.get_by_text("toevallig getal")).to_be_hidden()
    note.get_by_text("Wat is ruis?").click()
    expect(note.get_by_text("toevallig getal")).to_be_visible()


def test_an_exact_figure_does_not_say_about(atlas: AtlasPage) -> None:
    group = "income=all;all;all;all"
    outcomes = [one["id"] for one in atlas.api("outcomes")["outcomes"]]
    figures = [f for f in atlas.api(f"areas/GM0363?group={group}")["figures"] if f["protection"] == "exact"]
    assert figures, f"no exact figure of Amsterdam among {outcomes}"
    atlas.open(f"/kaart/{figures[0]['outcome']}/municipality?gebied=GM0363")
    expect(atlas.get("area-figure")).not_to_contain_text("ongeveer")
    expect(atlas.get("area-card").get_by_test_id("noise")).to_have_count(0)


def test_the_tooltip_the_legend_and_the_spoken_words(atlas: AtlasPage) -> None:
    atlas.open(f"/kaart/{NOISY}/municipality")
    atlas.spot()
    expect(atlas.get("tooltip").locator("b")).to_have_text(re.compile("^ongeveer €"))
    expect(atlas.get("tip-noise")).to_have_text(SIZE_LINE)
    legend = atlas.get("legend").get_by_test_id("noise")
    shown = atlas.map.get_attribute("data-painted")
    expect(legend).to_contain_text(f"met ruis: {shown} van de {shown} cijfers")
    legend.get_by_text("Wat is ruis?").click()
    expect(legend).to_contain_text("tellen niet precies op")
    atlas.map.focus()
    atlas.page.keyboard.press("ArrowRight")
    expect(atlas.get("spoken")).to_have_text(re.compile(r"ongeveer €.*met ruis: ±"))


SIZE_LINE = re.compile(r"^met ruis: ±\s€\s[\d.]+$")


def test_the_table_and_its_file(atlas: AtlasPage, tmp_path: Path) -> None:
    atlas.page.goto(f"{atlas.url}/kaart/{NOISY}/municipality?toon=tabel")
    row = atlas.page.locator("[data-testid=table] tr[data-area=GM0363]")
    expect(row.locator(".noise")).to_have_text(SIZE)
    expect(atlas.page.locator("main").get_by_text("± achter een cijfer")).to_be_visible()
    with atlas.page.expect_download() as saved:
        atlas.get("table-csv").click()
    target = tmp_path / "table.csv"
    saved.value.save_as(target)
    lines = target.read_text(encoding="utf-8-sig").splitlines()
    assert any(line.startswith("# ") and "tellen niet precies op" in line for line in lines)
    rows = {row["Code"]: row for row in csv.DictReader(line for line in lines if not line.startswith("#"))}
    assert rows["GM0363"]["Bescherming"] == "ruis"
    assert float(rows["GM0363"]["Ruis (standaardafwijking)"]) == _noise(atlas)


def test_words_charts_comparisons_and_small_maps(atlas: AtlasPage) -> None:
    pages = {
        f"/kaart/{NOISY}/municipality?gebied=GM0363&toon=uitleg": ("story-area", re.compile(r"met opzet ruis.*±")),
        f"/vergelijk/{NOISY}/municipality?vgl=GM0363,GM0599": ("compare-figures", re.compile(r"ongeveer €.*ruis ±")),
        f"/samenhang/{NOISY}/municipality?tegen=share_single": (
            "noise",
            re.compile("open stip is een cijfer met ruis"),
        ),
        f"/kaartjes/{NOISY}/municipality": ("mini-noise", re.compile("Met ruis: .*±")),
        f"/levensloop/{NOISY}/municipality?gebied=GM0363": ("life-stage", re.compile("met ruis: ±")),
    }
    for path, (test_id, words) in pages.items():
        atlas.page.goto(atlas.url + path)
        expect(atlas.page.locator("main").get_by_test_id(test_id).first).to_contain_text(words)
        expect(atlas.page.locator("main").get_by_test_id("noise").first).to_contain_text("Wat is ruis?")
    atlas.page.goto(f"{atlas.url}/vergelijk/{NOISY}/municipality?vgl=GM0363&toon=tabel")
    expect(atlas.get("data-table").locator("thead")).to_contain_text("Ruis (±)")
    expect(atlas.get("data-table").locator("tbody tr").first).to_have_text(SIZE)


def test_a_broken_line_is_a_figure_with_noise(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/vergelijk/{NOISY}/municipality?vgl=GM0363")
    line = atlas.get("compare-figures").locator("path.interval").first
    expect(line).to_have_css("stroke-dasharray", "4px, 2.5px")
    expect(atlas.page.locator("main").get_by_test_id("noise").first).to_contain_text("onderbroken streep")


def test_the_page_about_a_figure_explains_noise(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.get("about-open").click()
    expect(atlas.get("about")).to_contain_text("95 van de 100 gevallen")
