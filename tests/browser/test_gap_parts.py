"""What a gap goes with: raw, per block of what is known of people, and what is left; with words of caution."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Route, expect

from browser.atlas_page import EVERYONE, AtlasPage

OUTCOME = "c35_employed"
LABEL = {"nl": "Achtergrond", "en": "Background"}
DECLARED = {
    "id": "background",
    "label": LABEL,
    "description": LABEL,
    "of": [OUTCOME],
    "levels": ["nl", "municipality"],
    "least": 100,
    "between": [{"dimension": "origin", "a": "none", "b": "any"}, {"dimension": "sex", "a": "women", "b": "men"}],
    "blocks": [
        {"id": "parents", "columns": [], "label": {"nl": "Inkomen van de ouders", "en": "Income of the parents"}},
        {"id": "region", "columns": [], "label": {"nl": "Regio", "en": "Region"}},
    ],
}
"""A small release has too few people to tell much; what is shown of it does not depend on that."""


def part(est: float, step: float = 0.002) -> dict[str, float]:
    return {"est": est, "lwr": est - 0.02, "upr": est + 0.02, "step": step}


def gap(pair: dict[str, str], gap: float, blocks: dict[str, float]) -> dict[str, Any]:
    explained = sum(blocks.values())
    return {
        **pair, "decomposition": "background", "gap": part(gap), "explained": part(explained),
        "unexplained": part(gap - explained), "threefold": None,
        "blocks": [{"id": id, **part(est, 0.0005)} for id, est in blocks.items()],
    }  # fmt: skip


ORIGIN, SEX = DECLARED["between"]
GAPS = {
    "NL": [gap(ORIGIN, 0.088, {"parents": 0.012, "region": 0.002}), gap(SEX, -0.04, {"parents": 0.0})],
    "GM0363": [gap(ORIGIN, 0.1, {"parents": 0.02})],
    "GM0599": [],
}


def told(atlas: AtlasPage) -> None:
    """Have the release tell these gaps."""

    def outcomes(route: Route) -> None:
        response = route.fetch()
        body = response.json()
        for one in body["outcomes"]:
            one["decompositions"] = [DECLARED] if one["id"] == OUTCOME else None
        route.fulfill(response=response, body=json.dumps(body))

    def gaps(route: Route) -> None:
        area = route.request.url.split("/")[-1].split("?")[0]
        route.fulfill(json={"outcome": OUTCOME, "area": area, "name": area, "level": "", "gaps": GAPS[area]})

    atlas.page.route(re.compile(r"/api/v1/outcomes"), outcomes)
    atlas.page.route(re.compile(r"/api/v1/decompositions/"), gaps)


def test_an_area_beside_the_country_as_a_picture_words_and_a_table(atlas: AtlasPage, tmp_path: Path) -> None:
    told(atlas)
    atlas.page.goto(f"{atlas.url}/kaart/{OUTCOME}/municipality?gebied=GM0363&toon=uitleg")
    parts = atlas.get("gap-parts-background")
    expect(parts.get_by_role("heading")).to_have_text("Waar gaat het verschil mee samen? Achtergrond")
    story = atlas.get("gap-parts-story")
    expect(story).to_contain_text(re.compile(r"Amsterdam: het verschil is \+.?10,0 procentpunt\. Daarvan gaat \+.?2,0"))
    expect(story).to_contain_text(re.compile(r"Nederland: het verschil is \+.?8,8 .*Wat overblijft is \+.?7,4"))
    caution = atlas.get("gap-parts-caution")
    expect(caution).to_contain_text("Onverklaard is niet hetzelfde als discriminatie")
    expect(caution).to_contain_text("verklaard is niet hetzelfde als eerlijk")
    picture = parts.get_by_role("img", name=re.compile("Achtergrond"))
    expect(picture).to_have_attribute("aria-label", re.compile(r"Regio: Amsterdam: doet hier niet mee; Nederland: "))
    parts.locator("summary").click()
    rows = parts.get_by_test_id("data-table").locator("tbody tr")
    expect(rows.locator("th")).to_have_text(
        ["Verschil zoals gemeten", "• Inkomen van de ouders", "• Regio", "Gaat samen met dit alles",
         "Onverklaard: blijft over"]
    )  # fmt: skip
    expect(rows.nth(2).locator("td").first).to_have_text("–")
    expect(rows.nth(0).locator("td").nth(3)).to_have_text("0,2")
    expect(rows.nth(1).locator("td").nth(7)).to_have_text("0,05")
    with atlas.page.expect_download() as saved:
        parts.get_by_test_id("table-csv").click()
    saved.value.save_as(tmp_path / "parts.csv")
    text = (tmp_path / "parts.csv").read_text(encoding="utf-8-sig")
    assert "niet hetzelfde als discriminatie" in text
    assert "Verschil zoals gemeten,0.1,0.08,0.12,0.002,0.088" in text
    atlas.get("lang-en").click()
    expect(caution).to_contain_text("explained is not the same as fair")


def test_another_pair_and_an_area_with_too_few(atlas: AtlasPage) -> None:
    told(atlas)
    atlas.page.goto(f"{atlas.url}/kaart/{OUTCOME}/municipality?gebied=GM0363&toon=uitleg")
    expect(atlas.get("gap-parts-none")).to_have_count(0)
    expect(atlas.get("gap-parts-background")).not_to_contain_text("niet over de groep die u koos")
    atlas.get("gap-parts-pair").select_option("sex women men")
    expect(atlas.get("gap-parts-none")).to_contain_text("Voor Amsterdam staat dit niet in de uitgave")
    expect(atlas.get("gap-parts-story")).to_have_text(re.compile(r"^Nederland: het verschil is −.?4,0 procentpunt"))
    atlas.page.goto(f"{atlas.url}/kaart/{OUTCOME}/municipality?gebied=GM0599&toon=uitleg")
    expect(atlas.get("gap-parts-none")).to_contain_text("Voor Rotterdam")
    women = EVERYONE.replace("all;all;all;all", "all;women;all;all")
    atlas.page.goto(f"{atlas.url}/kaart/{OUTCOME}/municipality?gebied=GM0363&groep={women}&toon=uitleg")
    expect(atlas.get("gap-parts-background")).to_contain_text("Dit gaat over alle mensen samen")
    atlas.page.goto(f"{atlas.url}/kaart/c35_income/municipality?gebied=GM0363&toon=uitleg")
    expect(atlas.get("explain").get_by_role("heading", name="Naar inkomen van de ouders")).to_be_visible()
    expect(atlas.get("gap-parts-background")).to_have_count(0)


def test_it_fits_a_phone_and_axe_finds_nothing(phone: AtlasPage) -> None:
    told(phone)
    phone.page.set_viewport_size({"width": 320, "height": 700})
    phone.page.goto(f"{phone.url}/kaart/{OUTCOME}/municipality?gebied=GM0363&toon=uitleg")
    expect(phone.get("gap-parts-story")).to_be_visible()
    phone.get("gap-parts-background").locator("summary").click()
    assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 320
    assert phone.violations("[data-testid=gap-parts-background]") == []


def test_how_much_goes_with_who_grew_up_there(atlas: AtlasPage) -> None:
    """Rotterdam: in sentences that follow the uncertainty, with the groups in a table; not within one origin."""
    told = atlas.api("composition/c35_income/GM0599")
    parts = {name: told[name] for name in ("composition", "rates")}
    atlas.page.goto(f"{atlas.url}/kaart/c35_income/municipality?gebied=GM0599&toon=uitleg")
    story = atlas.get("composition-story")
    expect(story).to_contain_text("Het verschil van Rotterdam met Nederland is")
    clear = {name: part["lwr"] > 0 or part["upr"] < 0 for name, part in parts.items()}
    mix = (
        "herkomst van wie hier opgroeiden (waarschijnlijk" if clear["composition"] else "maakt geen duidelijk verschil"
    )
    expect(story).to_contain_text(mix)
    left = "blijft er een verschil van" if clear["rates"] else "blijft er geen duidelijk verschil over"
    expect(story).to_contain_text(left)
    section = atlas.get("composition")
    section.locator("summary").click()
    expect(section.get_by_test_id("data-table").locator("tbody tr")).to_have_count(len(told["kinds"]))
    atlas.page.goto(
        f"{atlas.url}/kaart/c35_income/municipality?gebied=GM0599&toon=uitleg&groep=income=all;all;none;all"
    )
    expect(atlas.get("story-area")).to_be_visible()
    expect(section).to_have_count(0)
