"""A view is taken along: as a link, as a picture with its source, as a table, on another page."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

from browser.atlas_page import AtlasPage


def _saved(atlas: AtlasPage, button: str) -> Path:
    with atlas.page.expect_download() as saving:
        atlas.get(button).click()
    return saving.value.path()


def test_the_map_as_svg_has_title_legend_and_source(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363")
    atlas.get("share-open").click()
    text = _saved(atlas, "share-svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    words = " ".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text"))
    manifest = atlas.api("manifest?inputs=false")
    for part in (
        "Gemiddeld persoonlijk inkomen",
        "geen oorzaak",
        manifest["id"],
        manifest["licence"]["id"],
        "Synthetische",
    ):
        assert part in words
    assert "te weinig kinderen, of geen" in words
    assert "iedereen in Nederland" in words
    assert "NaN" not in text


@pytest.mark.parametrize("path", ["/kaart/c35_income/wijk", "/vergelijk/c35_income/municipality?vgl=GM0363,GM0599"])
def test_pictures_as_png(atlas: AtlasPage, path: str) -> None:
    atlas.page.goto(atlas.url + path)
    shown = atlas.get("compare-gaps").locator("svg") if "vergelijk" in path else atlas.map
    expect(shown).to_be_visible()
    if "kaart" in path:
        expect(atlas.map).to_have_attribute("data-painted", re.compile(r"\d"))
    atlas.get("share-open").click()
    content = _saved(atlas, "share-png").read_bytes()
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    assert width == 1800
    assert height > 1000
    expect(atlas.get("share-said")).to_have_text("Opgeslagen.")


def test_a_table_is_saved_with_its_source_and_copied(atlas: AtlasPage) -> None:
    atlas.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=atlas.url)
    atlas.page.goto(f"{atlas.url}/kaart/c35_income/municipality?toon=tabel")
    expect(atlas.get("table").locator("tbody td.rank").first).to_have_text(re.compile("–"))
    lines = _saved(atlas, "table-csv").read_text(encoding="utf-8-sig").splitlines()
    notes = [line for line in lines if line.startswith("#")]
    manifest = atlas.api("manifest?inputs=false")
    assert any(manifest["id"] in line and manifest["licence"]["id"] in line for line in notes)
    assert any("/kaart/c35_income/municipality" in line for line in notes)
    rows = lines[len(notes) :]
    figures = atlas.layer("c35_income", "municipality")
    assert rows[0].startswith("Code,Gebied,Ligt in,Cijfer,Ondergrens,Bovengrens,Plaats van,Plaats tot,Kinderen")
    assert len(rows) == 1 + len(figures)
    found = next(row for row in rows if row.startswith("GM0363,")).split(",")
    assert float(found[3]) == figures["GM0363"]["est"]
    atlas.get("table-copy").click()
    expect(atlas.page.get_by_text("Gekopieerd.")).to_be_visible()
    assert "\t" in atlas.page.evaluate("() => navigator.clipboard.readText()")


def test_a_view_on_another_page(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363&kleur=provincie")
    atlas.get("share-open").click()
    code = atlas.get("embed-code").input_value()
    address = re.search(r'src="([^"]+)"', code)
    assert address is not None
    assert "ingebed=ja" in address[1]
    preview = atlas.page.frame_locator("[data-testid=embed-preview]")
    expect(preview.get_by_test_id("map")).to_have_attribute("data-reference", "province")
    expect(preview.get_by_test_id("caution")).to_be_visible()
    expect(preview.get_by_test_id("search-input")).to_have_count(0)
    expect(preview.get_by_test_id("outcome-select")).to_have_count(0)
    atlas.get("embed-choices").check()
    expect(preview.get_by_test_id("outcome-select")).to_be_visible()
    atlas.page.keyboard.press("Escape")
    expect(atlas.get("share")).to_have_count(0)


def test_an_embedded_view_is_whole_and_leads_to_the_atlas(atlas: AtlasPage) -> None:
    atlas.page.set_viewport_size({"width": 640, "height": 640})
    atlas.open("/kaart/c35_income/municipality?ingebed=ja&taal=en")
    expect(atlas.get("title")).to_contain_text("where they grew up")
    expect(atlas.get("caution")).to_be_in_viewport()
    expect(atlas.get("footer-synthetic")).to_contain_text("Synthetic data")
    home = atlas.get("embed-home")
    expect(home).to_have_text("See this in Kansen")
    assert "ingebed" not in (home.get_attribute("href") or "ingebed")
    assert atlas.page.evaluate("() => document.documentElement.scrollWidth") <= 640


def test_a_page_of_another_origin_may_show_it(atlas: AtlasPage) -> None:
    address = f"{atlas.url}/kaart/c35_income/municipality?ingebed=ja"
    atlas.page.set_content(f'<iframe src="{address}" width="900" height="600"></iframe>')
    shown = atlas.page.frame_locator("iframe").get_by_test_id("map")
    expect(shown).to_have_attribute("data-painted", re.compile(r"\d+"))


def test_a_view_on_paper(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/municipality?gebied=GM0363")
    expect(atlas.get("area-rank")).to_be_visible()
    atlas.page.emulate_media(media="print")
    for part in ("search-input", "outcome-select", "show-table"):
        expect(atlas.get(part)).to_be_hidden()
    for part in ("title", "caution", "map", "area-figure", "legend-reference", "legend-hatch", "footer-synthetic"):
        expect(atlas.get(part)).to_be_visible()
    assert atlas.page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_small_maps_as_a_picture(atlas: AtlasPage, kind: str) -> None:
    atlas.page.goto(f"{atlas.url}/kaartjes/c35_income/municipality?per=sex")
    expect(atlas.get("mini")).to_have_count(3)
    expect(atlas.get("mini").last).to_have_attribute("data-painted", re.compile(r"\d"))
    atlas.get("share-open").click()
    content = _saved(atlas, f"share-{kind}").read_bytes()
    if kind == "png":
        width, height = struct.unpack(">II", content[16:24])
        assert (width, height > 800) == (1800, True)
        return
    root = ElementTree.fromstring(content.decode())
    words = " ".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text"))
    manifest = atlas.api("manifest?inputs=false")
    for part in ("Mannen en vrouwen", "Vrouwen", "geen oorzaak", "te weinig kinderen", manifest["id"], "met ruis"):
        assert part.lower() in words.lower()
    # Every map has areas without a figure, which are one path of their own in each.
    assert _fills(root).count("url(#hatch)") == 3
    assert sum(fill.startswith("#") for fill in _fills(root)) >= 3
    assert b"NaN" not in content


def _fills(root: ElementTree.Element) -> list[str]:
    """The fills of the areas: one path for each in every map."""
    return [node.get("fill", "") for node in root.iter("{http://www.w3.org/2000/svg}path") if node.get("fill-rule")]
