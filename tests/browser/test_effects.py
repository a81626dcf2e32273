"""Effects, apart from the map: what does not hold is said first, numbers as attached, none of the map's colours."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from browser.atlas_page import AtlasPage

TRUTH = 0.027
"""Of the difference between two places per year, as declared in the synthetic country."""


def figure(est: float | None, half: float = 0.0, step: float = 0.001, reason: str | None = None) -> dict[str, Any]:
    ends = {"est": est, "lwr": None if est is None else est - half, "upr": None if est is None else est + half}
    told = est is not None
    return {**ends, "step": step if told else None, "people": 5_000 if told else None, "reason": reason}


def placebo(name: str, verdict: str, expected: str = "none", **told: Any) -> dict[str, Any]:
    return {"name": name, "expected": expected, "verdict": verdict, "p": None, **figure(None), **told}


MOVERS: dict[str, Any] = {
    "id": "movers",
    "method": "movers",
    "title": {"nl": "Kinderen die verhuisden", "en": "Children who moved"},
    "description": {"nl": "Wie jonger was, woonde er langer.", "en": "Who was younger lived there longer."},
    "outcome": {"nl": "inkomen", "en": "income"},
    "kind": "share",
    "log": True,
    "until": 23.0,
    "years": [1981, 1990],
    "effect": figure(0.027, 0.011),
    "chosen": figure(-0.02, 0.16, 0.01),
    "along": [{"place": age, **figure(0.7 - 0.02 * age, 0.3, 0.01)} for age in (0, 1, 4, 10, 22, 30)],
    "placebos": [
        placebo("late", "as_expected", **figure(-0.006, 0.038)),
        placebo("siblings", "unknown", "effect", reason="too_few_movers"),
    ],
    "few": False,
    "tests": None,
    "people": {"movers": 126_180, "residents": 328_100, "left_out": None},
    "clusters": 1550,
    "areas": None,
}
POLICY: dict[str, Any] = {
    **MOVERS,
    "id": "policy",
    "method": "policy",
    "title": {"nl": "Gratis peuterspeelzaal", "en": "Free playgroup"},
    "kind": "money",
    "until": None,
    "effect": figure(1200.0, 800.0, 100.0),
    "chosen": None,
    "along": [{"place": year, **figure(100.0 * year, 300.0, 100.0)} for year in (-3, -2, 0, 1, 2)],
    "placebos": [placebo("before", "fails", p=0.01)],
    "tests": {"wild": 0.01, "permutation": 0.02},
    "people": {"treated": 90_000, "untreated": 60_000},
    "clusters": 50,
    "areas": {"treated": 30, "untreated": 20, "left_out": {"gaps": 2}, "merged": 0},
}


def open_effects(atlas: AtlasPage, effects: list[dict[str, Any]], more: str = "") -> None:
    atlas.page.route(re.compile(r"/api/v1/effects"), lambda route: route.fulfill(json={"effects": effects}))
    atlas.page.goto(f"{atlas.url}/effecten{more}")
    expect(atlas.get("effect" if effects else "effects-none").first).to_be_visible()


def test_an_effect_is_told_apart_from_the_map(atlas: AtlasPage) -> None:
    open_effects(atlas, [MOVERS])
    expect(atlas.get("caution")).to_have_text("Dit gaat over oorzaken. De kaart gaat daar niet over.")
    expect(atlas.map).to_have_count(0)
    expect(atlas.page.locator("#keuzes")).to_have_count(0)
    effect = atlas.get("effect")
    expect(atlas.get("effect-story")).to_contain_text(
        "maakt waarschijnlijk 2,7% van het verschil in inkomen tussen die plaatsen (tussen 1,6% en 3,8%)"
    )
    picture = effect.locator("svg[role=img]")
    expect(picture).to_have_attribute("aria-label", re.compile("0 70% \\(tussen 40% en 100%\\)"))
    expect(picture).to_have_attribute("aria-label", re.compile("30 10%"))
    expect(picture).not_to_have_attribute("aria-label", re.compile(r" 5 \d"))
    assert set(picture.locator(".mark").evaluate_all("(marks) => marks.map((e) => getComputedStyle(e).color)")) == {
        "rgb(22, 36, 43)"
    }
    late = atlas.get("effect-checks").locator("[data-check=late]")
    expect(late).to_have_attribute("data-verdict", "as_expected")
    expect(late).to_contain_text("hier moet niets te zien zijn")
    expect(late).to_contain_text("Klopt, maar zegt weinig: −0,6% (tussen −4,4% en 3,2%)")
    expect(atlas.get("effect-checks").locator("[data-check=siblings]")).to_contain_text(
        "Niet te zeggen: te weinig kinderen die verhuisden"
    )
    expect(atlas.get("effect-assumes")).to_contain_text("lijken verder op gezinnen die dat later doen")
    expect(effect).to_contain_text("126.180 kinderen die verhuisden")


def test_a_check_that_fails_is_said_first(atlas: AtlasPage) -> None:
    open_effects(atlas, [MOVERS, POLICY], "?taal=en")
    policy = atlas.page.locator("[data-effect=policy]")
    warning = policy.get_by_test_id("effect-warning")
    expect(warning).to_contain_text("a check does not hold (the years before the start)")
    story = policy.get_by_test_id("effect-story")
    expect(story).to_contain_text("what made it so cannot be said")
    expect(story).not_to_contain_text("probably made")
    above, below = warning.bounding_box(), story.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] <= below["y"]
    expect(policy).to_contain_text("30 areas with the policy (90,000 people)")
    expect(policy).to_contain_text("2 without figures of every year")
    expect(atlas.page.locator("[data-effect=movers]").get_by_test_id("effect-warning")).to_have_count(0)


def test_a_release_without_effects_says_what_they_are_and_how_to_make_one(atlas: AtlasPage) -> None:
    open_effects(atlas, [])
    expect(atlas.get("effects-none")).to_contain_text("geen effecten gevoegd")
    expect(atlas.get("effects-none")).to_contain_text("kansen effect movers PEOPLE --attach RELEASE")


def test_the_table_holds_everything_and_is_saved_with_its_banner(atlas: AtlasPage) -> None:
    open_effects(atlas, [POLICY], "?toon=tabel")
    rows = {row.get_attribute("data-row"): row.inner_text().split("\t") for row in atlas.page.locator("tbody tr").all()}
    plain = [cell.replace("\u2060", "").replace("\u202f", " ") for cell in rows["effect"]]
    assert plain[:5] == ["Effect van de maatregel", "+€ 1.200", "+€ 400", "+€ 2.000", "5.000"]
    assert rows["before"][-1] == "klopt niet (kans op toeval hoogstens 1%)"
    assert {"place-3", "place2"} <= set(rows)
    with atlas.page.expect_download() as saving:
        atlas.get("table-csv").click()
    assert saving.value.suggested_filename == "kansen-effects.csv"
    text = saving.value.path().read_text(encoding="utf-8-sig")
    assert "# Dit gaat over oorzaken. De kaart gaat daar niet over." in text
    assert "# Let op: een controle klopt niet" in text
    assert "geen oorzaak" not in text
    assert "Effect van de maatregel,1200,400,2000,5000," in text


def test_the_picture_is_saved_with_its_banner(atlas: AtlasPage) -> None:
    open_effects(atlas, [MOVERS])
    atlas.get("share-open").click()
    with atlas.page.expect_download() as saving:
        atlas.get("share-svg").click()
    text = saving.value.path().read_text(encoding="utf-8")
    assert "Dit gaat over oorzaken." in text
    assert "geen oorzaak" not in text
    assert "Kinderen die verhuisden" in text
    assert "NaN" not in text


def test_a_silent_server_leaves_a_way_to_try_again(atlas: AtlasPage) -> None:
    atlas.page.route(re.compile(r"/api/v1/effects"), lambda route: route.abort())
    atlas.page.goto(f"{atlas.url}/effecten")
    expect(atlas.page.get_by_text("De effecten zijn niet opgehaald")).to_be_visible()
    atlas.page.unroute(re.compile(r"/api/v1/effects"))
    atlas.page.route(re.compile(r"/api/v1/effects"), lambda route: route.fulfill(json={"effects": [MOVERS]}))
    atlas.page.get_by_role("button", name="Probeer opnieuw").click()
    expect(atlas.get("effect")).to_be_visible()
    atlas.expect_failed_requests()


@pytest.mark.parametrize("more", ["", "?toon=tabel&taal=en"])
def test_it_fits_a_small_phone_and_axe_finds_nothing(phone: AtlasPage, more: str) -> None:
    phone.page.set_viewport_size({"width": 320, "height": 640})
    open_effects(phone, [MOVERS, POLICY], more)
    phone.page.wait_for_load_state("networkidle")
    assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 320
    assert phone.violations() == []


def test_the_demonstration_shows_its_truth(atlas: AtlasPage) -> None:
    """What the demonstration attached is on the page, and its interval holds what the made-up country declares."""
    pytest.importorskip("pyfixest")
    [told] = [one for one in atlas.api("effects")["effects"] if one["id"] == "movers"]
    assert told["effect"]["lwr"] < TRUTH < told["effect"]["upr"]
    atlas.page.goto(f"{atlas.url}/effecten")
    per_cent = f"{round(100 * told['effect']['est'], 2):g}%".replace(".", ",")
    expect(atlas.page.locator("[data-effect=movers]")).to_contain_text(per_cent)


def test_the_way_back_keeps_what_was_chosen(atlas: AtlasPage) -> None:
    atlas.open("/kaart/c35_mhc/wijk")
    atlas.get("room-effects").click()
    expect(atlas.get("title")).to_have_text("Effecten: wat een plaats of een maatregel doet")
    atlas.page.go_back()
    atlas.expect_layer("c35_mhc", "wijk")
