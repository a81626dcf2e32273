"""What the map shows is chosen: it recolours at once, and the address says everything."""

from __future__ import annotations

import re
from itertools import pairwise
from math import floor
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Route, expect

from browser.atlas_page import AtlasPage

LOW = "income=low;all;all;all"
_PAINTINGS = "() => performance.getEntriesByName('kansen:recolour').length"


def test_the_first_page_says_what_it_shows(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.expect_layer("c35_income", "municipality")
    expect(atlas.get("title")).to_contain_text("opgroeiden")
    expect(atlas.get("caution")).to_have_text("Waar mensen opgroeiden, niet waar ze nu wonen; samenhang, geen oorzaak.")
    expect(atlas.get("caution")).to_be_in_viewport(ratio=1)
    expect(atlas.get("synthetic-badge")).to_contain_text("Synthetische gegevens")
    expect(atlas.get("legend-hatch")).to_contain_text("te weinig kinderen, of geen")
    layer = atlas.api(f"layers/c35_income/municipality/{LOW.replace('low', 'all')}")
    expect(atlas.map).to_have_attribute("data-painted", str(len(layer["areas"])))
    expect(atlas.map).to_have_attribute("data-hatched", str(342 - len(layer["areas"])))


def test_a_filter_recolours_without_a_new_page_or_geometry(atlas: AtlasPage) -> None:
    atlas.open()
    before = atlas.colours_on_map()
    atlas.page.evaluate("() => { window.isSamePage = true; }")
    seen = len(atlas.requests)
    atlas.get("group-income-low").check()
    atlas.expect_layer("c35_income", "municipality", LOW)
    atlas.get("group-sex-women").check()
    atlas.get("group-origin").select_option("none")
    atlas.get("group-household-two").check()
    group = "income=low;women;none;two"
    atlas.expect_layer("c35_income", "municipality", group)
    layer = atlas.api(f"layers/c35_income/municipality/{group}")
    expect(atlas.map).to_have_attribute("data-painted", str(len(layer["areas"])))
    expect(atlas.get("title")).to_contain_text("vrouwen")
    expect(atlas.get("title")).to_contain_text("ouders met een laag inkomen")
    assert atlas.colours_on_map() != before
    assert atlas.page.evaluate("() => window.isSamePage === true")
    asked = [url.removeprefix(atlas.url) for url in atlas.requests[seen:]]
    assert not [path for path in asked if not path.startswith("/api/v1/layers/") and not path.endswith(".svg")]
    assert atlas.page.evaluate("() => performance.getEntriesByName('kansen:recolour').length") >= 2


def test_colours_compared_with_the_group_itself(atlas: AtlasPage) -> None:
    atlas.open(f"/kaart/c35_household_income/municipality?groep={LOW}")
    frozen = atlas.get("legend").locator(".ticks").inner_text()
    before = atlas.colours_of_areas()
    reference = atlas.get("legend-reference")
    expect(reference).to_contain_text("iedereen in Nederland")
    atlas.get("reference-select").select_option("group")
    expect(atlas.map).to_have_attribute("data-reference", "group")
    told = _euros(atlas.national(LOW, "c35_household_income"))
    expect(reference).to_have_text(re.compile(f"deze groep in Nederland: {told}"))
    shifted = atlas.get("legend").locator(".ticks").inner_text()
    assert shifted != frozen
    assert _steps(shifted) == _steps(frozen)
    assert atlas.colours_of_areas() != before
    assert parse_qs(urlsplit(atlas.page.url).query)["kleur"] == ["groep"]

    women = "income=low;women;all;all"
    paintings = atlas.page.evaluate(_PAINTINGS)
    atlas.get("group-sex-women").check()
    atlas.expect_layer("c35_household_income", "municipality", women)
    expect(atlas.map).to_have_attribute("data-reference", "group")
    assert atlas.page.evaluate(_PAINTINGS) == paintings + 1  # layer and reference came apart, and are painted together
    expect(reference).to_have_text(re.compile(_euros(atlas.national(women, "c35_household_income"))))
    atlas.get("picture-hexagon").check()
    expect(atlas.map).to_have_attribute("data-picture", "hexagon")
    expect(atlas.map).to_have_attribute("data-reference", "group")
    atlas.get("level-corop").check()
    atlas.expect_layer("c35_household_income", "corop", women)
    atlas.page.reload()
    expect(atlas.get("reference-select")).to_have_value("group")
    atlas.get("reference-select").select_option("everyone")
    expect(atlas.map).to_have_attribute("data-reference", "everyone")
    # Where the areas are spread otherwise there is room for more breaks, or for fewer: those of both are the same.
    again = atlas.get("legend").locator(".ticks").inner_text().split()
    assert set(frozen.split()) <= set(again) or set(again) <= set(frozen.split())
    assert "kleur" not in atlas.page.url


def test_a_group_without_a_national_figure_cannot_be_compared_with(atlas: AtlasPage) -> None:
    def empty(route: Route) -> None:
        body = route.fetch().json()
        route.fulfill(json={**body, "areas": [], "n": [], "est": [], "margin": [], "reliability": ""})

    atlas.page.route("**/api/v1/layers/c35_income/nl/*women*", empty)
    atlas.open("/kaart/c35_income/municipality?kleur=groep")
    expect(atlas.map).to_have_attribute("data-reference", "group")
    atlas.get("group-sex-women").check()
    atlas.expect_layer("c35_income", "municipality", "income=all;women;all;all")
    expect(atlas.map).to_have_attribute("data-reference", "everyone")
    expect(atlas.get("reference-group")).to_be_disabled()
    expect(atlas.get("reference-hindrance")).to_contain_text("geen landelijk cijfer")
    expect(atlas.get("legend-reference")).to_contain_text("iedereen in Nederland")
    atlas.get("group-sex-men").check()
    expect(atlas.map).to_have_attribute("data-reference", "group")
    expect(atlas.get("reference-select")).to_have_value("group")


def test_another_outcome_and_another_level(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.choose_outcome("c35_hbo_attained")
    atlas.expect_layer("c35_hbo_attained", "municipality")
    expect(atlas.get("legend")).to_contain_text("%")
    atlas.get("level-wijk").check()
    atlas.expect_layer("c35_hbo_attained", "wijk")
    painted, hatched = (int(atlas.map.get_attribute(name) or 0) for name in ("data-painted", "data-hatched"))
    assert painted + hatched == 3340
    for level, count in (("province", 12), ("corop", 40), ("pc3", 798), ("pc4", 4067)):
        atlas.get(f"level-{level}").check()
        atlas.expect_layer("c35_hbo_attained", level)
        painted, hatched = (int(atlas.map.get_attribute(name) or 0) for name in ("data-painted", "data-hatched"))
        assert painted + hatched == count


def test_the_hexagons_show_the_same_figures(atlas: AtlasPage) -> None:
    atlas.open()
    painted = atlas.map.get_attribute("data-painted")
    atlas.get("picture-hexagon").check()
    expect(atlas.map).to_have_attribute("data-picture", "hexagon")
    expect(atlas.map).to_have_attribute("data-painted", painted or "")
    assert parse_qs(urlsplit(atlas.page.url).query)["beeld"] == ["hexagon"]


def test_a_level_change_keeps_the_place_as_the_area_around_it(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_income/wijk?gebied=WK036344")
    expect(atlas.get("area-card")).to_contain_text("Hoofddorppleinbuurt")
    atlas.get("level-municipality").check()
    expect(atlas.get("area-card")).to_contain_text("Amsterdam")
    assert parse_qs(urlsplit(atlas.page.url).query)["gebied"] == ["GM0363"]


def test_an_address_restores_everything(atlas: AtlasPage) -> None:
    path = "/kaart/c35_employed/municipality?groep=income%3Dhigh%3Bmen%3Ball%3Ball&gebied=GM0363&beeld=hexagon&taal=en"
    atlas.open(path)
    atlas.page.reload()
    atlas.expect_layer("c35_employed", "municipality", "income=high;men;all;all")
    expect(atlas.map).to_have_attribute("data-picture", "hexagon")
    expect(atlas.get("outcome-select")).to_have_value("c35_employed")
    expect(atlas.get("group-income-high")).to_be_checked()
    expect(atlas.get("group-sex-men")).to_be_checked()
    expect(atlas.get("area-card")).to_contain_text("Amsterdam")
    expect(atlas.get("caution")).to_contain_text("association, not cause")
    query = parse_qs(urlsplit(atlas.page.url).query)
    assert query["v"] == [atlas.api("manifest")["id"]]
    assert query["groep"] == ["income=high;men;all;all"]


def test_back_and_forward(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.get("group-sex-women").check()
    atlas.expect_layer("c35_income", "municipality", "income=all;women;all;all")
    atlas.get("level-province").check()
    atlas.expect_layer("c35_income", "province", "income=all;women;all;all")
    atlas.page.go_back()
    atlas.expect_layer("c35_income", "municipality", "income=all;women;all;all")
    atlas.page.go_back()
    atlas.expect_layer("c35_income", "municipality")
    expect(atlas.get("group-sex-all")).to_be_checked()
    atlas.page.go_forward()
    atlas.expect_layer("c35_income", "municipality", "income=all;women;all;all")
    expect(atlas.get("group-sex-women")).to_be_checked()


def test_two_languages(atlas: AtlasPage) -> None:
    atlas.open()
    atlas.get("lang-en").click()
    expect(atlas.get("title")).to_contain_text("where they grew up")
    expect(atlas.get("synthetic-badge")).to_contain_text("Synthetic data")
    expect(atlas.page.locator("html")).to_have_attribute("lang", "en")
    assert "taal=en" in atlas.page.url
    atlas.get("lang-nl").click()
    expect(atlas.get("title")).to_contain_text("opgroeiden")
    assert "taal" not in atlas.page.url


def test_about_this_figure(atlas: AtlasPage) -> None:
    atlas.open()
    outcome = next(o for o in atlas.api("outcomes")["outcomes"] if o["id"] == "c35_income")
    atlas.get("about-open").click()
    about = atlas.get("about")
    expect(about.get_by_role("heading")).to_be_in_viewport()
    for part in ("definition", "source", "missing"):
        expect(about).to_contain_text(outcome[part]["nl"])
    expect(about).to_contain_text(outcome["formula"])
    audit = atlas.api("audit")
    assert audit["small"] == 0
    reached = audit["reached"]
    words = f"Terug te rekenen waren {reached} verborgen cijfers; daarvan gaan 0 over minder dan tien"
    expect(about).to_contain_text(words if reached else "Geen enkel verborgen cijfer was terug te rekenen")
    told = [step for step in atlas.api("attrition/age35")["steps"] if step["dimension"] == "all"]
    counted = atlas.get("about-counted").locator("tbody tr")
    expect(counted).to_have_count(len([step for step in told if not step["step"].startswith("in_")]))
    expect(counted.nth(1)).to_contain_text(told[1]["label"]["nl"])
    expect(counted.nth(1)).to_contain_text(f"{told[1]['left']:,}".replace(",", "."))
    expect(about).to_contain_text("Migratieachtergrond")
    atlas.page.keyboard.press("Escape")
    expect(about).to_be_hidden()


def test_the_table_has_the_figures_of_the_map(atlas: AtlasPage) -> None:
    atlas.open()
    painted = int(atlas.map.get_attribute("data-painted") or 0)
    atlas.get("show-table").check()
    table = atlas.get("table")
    expect(table.locator("tbody tr")).to_have_count(painted)
    head = table.locator("thead th").filter(has_text=re.compile("Kinderen"))
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    layer = atlas.api("layers/c35_income/municipality/income=all;all;all;all")
    most = layer["areas"][layer["n"].index(max(layer["n"]))]
    expect(table.locator("tbody tr").first).to_have_attribute("data-area", most)
    table.locator("tbody tr").first.get_by_role("button").click()
    expect(atlas.get("area-card")).to_have_attribute("data-area", most)


def _euros(amount: float) -> str:
    """The amount in hundreds, as a pattern in which any space may follow the euro sign."""
    return rf"€.{floor(amount / 100 + 0.5) * 100:,}$".replace(",", r"\.")


def _steps(ticks: str) -> list[float]:
    """The differences between the numbers below a legend."""
    values = [float(text.replace(",", ".")) for text in ticks.split()]
    return [round(high - low, 3) for low, high in pairwise(values)]
