"""Where people of the synthetic Netherlands live: wijken with their real key figures, and the postcodes in them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from scipy.special import ndtri

from kansen.geography.tables import read_table

Z40, Z80 = float(ndtri(0.4)), float(ndtri(0.8))
"""Standard normal quantiles of the income limits that the key figures use: lowest 40 %, highest 20 %."""


@dataclass(frozen=True)
class Places:
    """All wijken with inhabitants, sorted by municipality of 2023 and code. Arrays have shape (wijken,) unless said.

    Attributes
    ----------
    wijk : codes `WK......`, text.
    municipality : position in `municipality_id`.
    municipality_id, province : codes `GM....` and `PV..` per municipality, shape (municipalities,).
    municipality_start : first wijk of each municipality, shape (municipalities + 1,).
    children, adults : shares of the country's children and young adults, each summing to one.
    income_mean, income_sd : normal distribution of the latent position of household income that has exactly the wijk's
        published shares below the national 40 % and above the national 80 % limit.
    urbanity : 1 (not) to 5 (extremely urbanised).
    low : (income_low − 40) / 10; deprivation in tens of percentage points.
    education, ownership, employed, value : key figures standardised over the country's children.
    postcode : PC4 numbers, shape (pairs,); `postcode_until` is the wijk position plus the cumulative share of the
        wijk's inhabitants, so that one search draws a postcode.
    """

    wijk: np.ndarray
    municipality: np.ndarray
    municipality_id: np.ndarray
    province: np.ndarray
    municipality_start: np.ndarray
    children: np.ndarray
    adults: np.ndarray
    income_mean: np.ndarray
    income_sd: np.ndarray
    urbanity: np.ndarray
    low: np.ndarray
    education: np.ndarray
    ownership: np.ndarray
    employed: np.ndarray
    value: np.ndarray
    postcode: np.ndarray
    postcode_until: np.ndarray

    def __len__(self) -> int:
        return len(self.wijk)

    def draw(self, rng: np.random.Generator, size: int, *, adults: bool = False) -> np.ndarray:
        """`size` wijk positions, in proportion to the children (or young adults) who live there."""
        cumulative = np.cumsum(self.adults if adults else self.children)
        found = np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right")
        return np.minimum(found, len(self) - 1).astype(np.int32)

    def draw_within(self, rng: np.random.Generator, municipality: np.ndarray) -> np.ndarray:
        """One wijk position in each given municipality (positions, shape (n,)), in proportion to young adults."""
        cumulative = np.concatenate([[0.0], np.cumsum(self.adults)])
        low = cumulative[self.municipality_start[municipality]]
        high = cumulative[self.municipality_start[municipality + 1]]
        found = np.searchsorted(cumulative, low + rng.random(len(municipality)) * (high - low), side="right") - 1
        return np.clip(
            found, self.municipality_start[municipality], self.municipality_start[municipality + 1] - 1
        ).astype(np.int32)

    def draw_postcode(self, rng: np.random.Generator, wijk: np.ndarray) -> np.ndarray:
        """One PC4 number for each given wijk (positions, shape (n,)), in proportion to the inhabitants they share."""
        found = np.searchsorted(self.postcode_until, wijk + rng.random(len(wijk)), side="right")
        return self.postcode[np.minimum(found, len(self.postcode) - 1)]


def _latent_income(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and sd of the normal distribution with P(below Z40) = low and P(above Z80) = high."""
    below = ndtri(np.clip(low / 100, 0.03, 0.95))
    above = -ndtri(np.clip(high / 100, 0.005, 0.90))
    sd = np.clip((Z80 - Z40) / np.maximum(above - below, 0.3), 0.6, 1.5)
    # both shares bind unless the spread hits its limits; then the mean splits the difference
    return ((Z40 - sd * below) + (Z80 - sd * above)) / 2, sd


def _postcodes(wijk: list[str], municipality: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """PC4 per wijk with cumulative shares of inhabitants, for `Places.draw_postcode`."""
    people = {row["pc4"]: float(row["population_2021"] or 0) for row in read_table("pc4")}
    pairs: dict[str, list[tuple[str, float]]] = {}
    for row in read_table("pc4_wijk"):
        weight = float(row["share"]) * people.get(row["pc4"], 0.0)
        pairs.setdefault(row["wijk_2022"], []).append((row["pc4"], max(weight, 0.01)))
    largest: dict[str, str] = {}
    for row in sorted(read_table("pc4"), key=lambda row: float(row["population_2021"] or 0)):
        largest[row["gm_code_2023"]] = row["pc4"]
    codes: list[int] = []
    until: list[float] = []
    for position, (code, parent) in enumerate(zip(wijk, municipality, strict=True)):
        # a few harbour and water wijken hold no postcode area of their own: the largest of the municipality serves
        shares = pairs.get(code, [(largest[parent], 1.0)])
        total, running = sum(weight for _, weight in shares), 0.0
        for pc4, weight in shares:
            running += weight / total
            codes.append(int(pc4))
            until.append(position + min(running, 1.0))
        until[-1] = position + 1.0
    return np.array(codes, np.int32), np.array(until)


def _standardised(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    mean = np.average(values, weights=weight)
    return (values - mean) / np.sqrt(np.average((values - mean) ** 2, weights=weight))


@cache
def load_places() -> Places:
    """The wijken that ship with Kansen (342 municipalities of 2023, wijken of 2022 with inhabitants).

    >>> len(load_places().municipality_id)
    342
    """
    parent = {row["code"]: row["gm_code_2023"] for row in read_table("wijken")}
    province = {row["code"]: row["province_code"] for row in read_table("municipalities")}
    text = files("kansen.synthetic").joinpath("data", "places.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if int(row["population"]) > 0]
    rows.sort(key=lambda row: (parent[row["code"]], row["code"]))

    def column(name: str) -> np.ndarray:
        return np.array([float(row[name]) for row in rows])

    wijk = [row["code"] for row in rows]
    belongs = [parent[code] for code in wijk]
    ids, municipality = np.unique(belongs, return_inverse=True)
    people = column("population")
    children = people * np.clip(column("age_0_14") + 0.4 * np.minimum(column("age_15_24"), 15), 1, None)
    adults = people * np.clip(100 - column("age_0_14") - 40, 1, None)
    children, adults = children / children.sum(), adults / adults.sum()
    mean, sd = _latent_income(column("income_low"), column("income_high"))
    postcode, until = _postcodes(wijk, belongs)
    return Places(
        wijk=np.array(wijk),
        municipality=municipality.astype(np.int32),
        municipality_id=ids,
        province=np.array([province[code] for code in ids]),
        municipality_start=np.searchsorted(municipality, np.arange(len(ids) + 1)).astype(np.int32),
        children=children,
        adults=adults,
        income_mean=mean,
        income_sd=sd,
        urbanity=column("urbanity").astype(np.int8),
        low=(column("income_low") - 40) / 10,
        education=_standardised(column("hbo_wo"), children),
        ownership=_standardised(column("owner_occupied"), children),
        employed=_standardised(column("employed"), children),
        value=_standardised(np.log(np.maximum(column("home_value"), 50)), children),
        postcode=postcode,
        postcode_until=until,
    )
