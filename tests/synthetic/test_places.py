"""Places: real codes, real key figures, and draws that follow them."""

from __future__ import annotations

import csv
from importlib.resources import files

import numpy as np
import pandas as pd
from scipy.special import ndtr

from kansen.geography.tables import read_table
from kansen.synthetic.places import Z40, Z80, load_places


def test_every_wijk_with_inhabitants_is_a_place() -> None:
    places = load_places()
    inhabited = {row["code"] for row in read_table("wijken") if float(row["population_2022"] or 0) > 0}
    assert inhabited == set(places.wijk)
    assert len(places.municipality_id) == 342
    parents = {row["code"]: row["gm_code_2023"] for row in read_table("wijken")}
    assert [parents[code] for code in places.wijk] == places.municipality_id[places.municipality].tolist()


def test_key_figures_are_the_published_ones(shared) -> None:
    published = pd.read_csv(shared / "stats" / "kwb2022_wijk.csv").set_index("code")
    municipalities = pd.read_csv(shared / "stats" / "kwb2022_gemeente.csv").set_index("code")
    of_2022 = pd.read_csv(shared / "geo" / "wijk_points_2022.csv").set_index("code").gm_code_2022
    places = load_places()
    expected = published.income_low.reindex(places.wijk)
    assert expected.isna().any(), "nothing would show whether gaps are filled"
    filled = expected.fillna(of_2022.reindex(places.wijk).map(municipalities.income_low))
    np.testing.assert_allclose(places.low, (filled.to_numpy() - 40) / 10)


def test_latent_income_reproduces_both_published_shares() -> None:
    places = load_places()
    text = files("kansen.synthetic").joinpath("data", "places.csv").read_text(encoding="utf-8")
    rows = {row["code"]: row for row in csv.DictReader(text.splitlines())}
    low = np.array([float(rows[code]["income_low"]) for code in places.wijk]) / 100
    high = np.array([float(rows[code]["income_high"]) for code in places.wijk]) / 100
    free = (places.income_sd > 0.6) & (places.income_sd < 1.5)
    assert free.mean() > 0.95
    below = ndtr((Z40 - places.income_mean) / places.income_sd)
    above = 1 - ndtr((Z80 - places.income_mean) / places.income_sd)
    np.testing.assert_allclose(below[free], low[free], atol=1e-9)
    np.testing.assert_allclose(above[free], high[free], atol=1e-9)


def test_draws_follow_the_children_and_stay_inside() -> None:
    places, rng = load_places(), np.random.default_rng(1)
    drawn = np.bincount(places.draw(rng, 400_000), minlength=len(places)) / 400_000
    np.testing.assert_allclose(drawn, places.children, atol=5 * np.sqrt(places.children.max() / 400_000))
    municipality = rng.integers(0, 342, 20_000)
    assert (places.municipality[places.draw_within(rng, municipality)] == municipality).all()


def test_postcodes_lie_in_their_wijk() -> None:
    places, rng = load_places(), np.random.default_rng(2)
    wijk = np.tile(np.arange(len(places)), 3)
    postcode = places.draw_postcode(rng, wijk)
    linked: dict[str, set[str]] = {}
    for row in read_table("pc4_wijk"):
        linked.setdefault(row["wijk_2022"], set()).add(row["pc4"])
    inside = [str(pc4) in linked.get(places.wijk[w], {str(pc4)}) for pc4, w in zip(postcode, wijk, strict=True)]
    assert all(inside)
