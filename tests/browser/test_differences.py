"""Differences between groups and from a place: with both figures' errors, in two-sided colours, and in words."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

from playwright.sync_api import Route, expect

from browser.atlas_page import AtlasPage

OUTCOME = "c35_income"
EVERYONE = "income=all;all;all;all"
PLACE = "GM0363"


def _half(figure: dict[str, float]) -> float:
    return (figure["upr"] - figure["lwr"]) / 2


def _certainty(own: dict[str, float], base: dict[str, float]) -> str:
    """Worked out here from the published figures: higher, lower or unsure."""
    difference, half = own["est"] - base["est"], math.hypot(_half(own), _half(base))
    return "higher" if difference > half else "lower" if difference < -half else "unsure"


def test_the_map_of_a_place_marks_what_is_not_certain(atlas: AtlasPage) -> None:
    atlas.open(f"/kaart/{OUTCOME}/municipality?gebied={PLACE}")
    atlas.get("area-minus").click()
    atlas.expect_layer(OUTCOME, "municipality", f"{EVERYONE}~{PLACE}")
    assert f"min={PLACE}" in atlas.page.url
    expect(atlas.get("title")).to_contain_text("verschil met Amsterdam")
    expect(atlas.get("legend")).to_contain_text("lager dan Amsterdam")
    figures = atlas.layer(OUTCOME, "municipality")
    verdicts = {area: _certainty(own, figures[PLACE]) for area, own in figures.items() if area != PLACE}
    unsure = sum(verdict == "unsure" for verdict in verdicts.values())
    # Precise figures about nothing have a colour as well, so there are at most as many dots; and never any elsewhere.
    dotted = int(atlas.map.get_attribute("data-unsure") or "0")
    assert 0 < dotted <= unsure
    expect(atlas.get("legend-unsure")).to_have_text(f"verschil is niet zeker ({dotted})")
    assert len(atlas.colours_on_map() & TWO_SIDED) >= 2
    words = {
        "higher": "Verschil is zeker: hoger.",
        "lower": "Verschil is zeker: lager.",
        "unsure": "Verschil is niet zeker.",
    }
    for verdict, text in words.items():
        area = next((area for area, own in verdicts.items() if own == verdict), None)
        if area is None:
            continue
        atlas.page.goto(f"{atlas.url}/kaart/{OUTCOME}/municipality?gebied={area}&min={PLACE}")
        expect(atlas.get("area-certainty")).to_have_text(text)
        expect(atlas.get("area-figure")).to_have_text(re.compile("[+−]"))
    atlas.get("minus-stop").click()
    atlas.expect_layer(OUTCOME, "municipality")


TWO_SIDED = {
    "#b35806",
    "#f1a340",
    "#fee0b6",
    "#f7f7f7",
    "#d8daeb",
    "#998ec3",
    "#542788",
    "#dbbf9c",
    "#ebe8e0",
    "#bdb7cc",
}


def test_the_table_and_its_file_say_which_differences_are_certain(atlas: AtlasPage, tmp_path: Path) -> None:
    atlas.page.goto(f"{atlas.url}/kaart/{OUTCOME}/municipality?min={PLACE}&toon=tabel")
    figures = atlas.layer(OUTCOME, "municipality")
    with atlas.page.expect_download() as saved:
        atlas.get("table-csv").click()
    target = tmp_path / "table.csv"
    saved.value.save_as(target)
    lines = target.read_text(encoding="utf-8-sig").splitlines()
    rows = {row["Code"]: row for row in csv.DictReader(line for line in lines if not line.startswith("#"))}
    assert set(rows) == set(figures)
    words = {"higher": "zeker hoger", "lower": "zeker lager", "unsure": "niet zeker"}
    for area, row in rows.items():
        if area == PLACE:
            assert float(row["Cijfer"]) == 0
            continue
        assert float(row["Cijfer"]) == figures[area]["est"] - figures[PLACE]["est"]
        assert row["Verschil"] == words[_certainty(figures[area], figures[PLACE])]
    expect(atlas.get("table").locator("thead")).to_contain_text("Verschil")


def test_nothing_is_saved_before_its_figures_are_there(atlas: AtlasPage) -> None:
    held: list[Route] = []
    atlas.page.route("**/api/v1/layers/**", lambda route: held.append(route))
    atlas.page.goto(f"{atlas.url}/kaart/{OUTCOME}/municipality?toon=tabel")
    expect(atlas.get("table-csv")).to_be_disabled()
    expect(atlas.get("table-copy")).to_be_disabled()
    for route in held:
        route.continue_()
    expect(atlas.get("table-csv")).to_be_enabled()


def test_any_two_groups_can_be_taken_apart(atlas: AtlasPage) -> None:
    atlas.open(f"/kaart/{OUTCOME}/municipality?kloof=sex:women:men")
    expect(atlas.get("legend")).to_contain_text("hoger bij: mannen")
    expect(atlas.get("legend")).to_contain_text("hoger bij: vrouwen")
    atlas.spot()
    expect(atlas.get("tip-certainty")).to_have_text(re.compile(r"^Verschil is (niet )?zeker"))
    atlas.open(f"/kaart/{OUTCOME}/municipality?kloof=position:high:low")
    atlas.get("gap-plus").select_option("mid")
    atlas.expect_layer(OUTCOME, "municipality", "income=*;all;all;all~position:mid:low")
    expect(atlas.get("gap-minus").locator("option[value=mid]")).to_be_disabled()


def test_two_places_are_taken_apart_group_by_group(atlas: AtlasPage) -> None:
    atlas.page.goto(f"{atlas.url}/vergelijk/{OUTCOME}/municipality?vgl=GM0363,GM0599")
    section = atlas.get("compare-difference")
    expect(section).to_contain_text("Verschil met Amsterdam")
    own, base = (atlas.figure(area, OUTCOME) for area in ("GM0599", "GM0363"))
    words = {
        "higher": "Verschil is zeker: hoger",
        "lower": "Verschil is zeker: lager",
        "unsure": "Verschil is niet zeker",
    }
    expect(section).to_contain_text(words[_certainty(own, base)])
    atlas.get("compare-minus").click()
    atlas.expect_layer(OUTCOME, "municipality", f"{EVERYONE}~{PLACE}")


def test_a_place_without_a_figure_is_told(atlas: AtlasPage) -> None:
    known = atlas.layer(OUTCOME, "municipality", "income=low;women;all;single")
    hidden = next(area for area in atlas.api("areas?level=municipality")["area"] if area not in known)
    atlas.open(f"/kaart/{OUTCOME}/municipality?groep=income%3Dlow%3Bwomen%3Ball%3Bsingle&min={hidden}")
    expect(atlas.get("map-empty")).to_contain_text("het verschil is niet te maken")
