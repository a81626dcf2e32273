"""The known truth: what is expected of a child given where, from whom and as what it grew up, and draws around it.

Every outcome has an explicit expectation. Individual income is `expectation x noise`, where the noise has mean one and
the same distribution for every child of a sex; binary outcomes are probits; the hidden terms of one child are
correlated, which leaves each expectation as it is. Formulas: docs/synthetic.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from kansen.synthetic.parameters import HOUSEHOLDS, ORIGINS, by_code
from kansen.synthetic.places import Places

WORLD_SEED = 20231231
"""Places deviate in the same way in every synthetic country, whatever the seed of its people."""


@dataclass(frozen=True)
class Background:
    """What outcomes depend on, arrays of shape (children,).

    rank : parental income rank, 0-1. woman : bool. origin, household : positions in ORIGINS and HOUSEHOLDS.
    wijk : position in the places.
    """

    rank: np.ndarray
    woman: np.ndarray
    origin: np.ndarray
    household: np.ndarray
    wijk: np.ndarray

    def take(self, who: np.ndarray) -> Background:
        """The same for some children."""
        return Background(self.rank[who], self.woman[who], self.origin[who], self.household[who], self.wijk[who])

    def __len__(self) -> int:
        return len(self.rank)


@dataclass(frozen=True)
class Drawn:
    """What happened to each child, arrays of shape (children,); money in euros of 2020 except `care`.

    income : mean individual income of the years of age 34 and 35. partner : whether there is one; `partner_income` is
    zero without. `household_income` includes both. `below_hbo` is the position among those without hbo,
    0-1, and at least one for those who have it. attachment, status : hidden terms, standard normal and 0-1, that income
    and work come from.
    """

    income: np.ndarray
    partner: np.ndarray
    partner_income: np.ndarray
    household_income: np.ndarray
    below_hbo: np.ndarray
    hbo: np.ndarray
    wo: np.ndarray
    employed: np.ndarray
    social_assistance: np.ndarray
    mhc: np.ndarray
    care: np.ndarray
    insured: np.ndarray
    attachment: np.ndarray
    status: np.ndarray


class Truth:
    """The declared world, applied to places.

    Parameters
    ----------
    places : where people live. world : the parameters of `world.toml`.
    """

    def __init__(self, places: Places, world: dict[str, Any]) -> None:
        self.places, self.world = places, world

    @cached_property
    def place_effects(self) -> dict[str, np.ndarray]:
        """Effects per wijk, shape (wijken,): `income` in logs, the probit models in probits, `care` in logs."""
        places, part = self.places, self.world["place"]
        rng = np.random.default_rng(WORLD_SEED)
        municipality = part["municipality_sd"] * rng.standard_normal(len(places.municipality_id))
        municipality += by_code(part["province"], tuple(places.province))
        for i, code in enumerate(places.municipality_id):
            municipality[i] += part["municipality"].get(code, 0.0)
        income = municipality[places.municipality] + np.asarray(part["urbanity"])[places.urbanity - 1]
        income += part["ownership"] * np.clip(places.ownership, -2, 2)
        income += part["employed"] * np.clip(places.employed, -2, 2)
        income += part["wijk_deprivation"] * np.clip(places.low, -2, 2)
        own = part["wijk_sd"] * rng.standard_normal(len(places))
        named = {code: i for i, code in enumerate(places.wijk)}
        for code, value in part["wijk"].items():
            own[named[code]] = value
        income += own
        effects = {"income": income}
        for name, model in self.world["probit"].items():
            effects[name] = self._place_terms(model, income, rng)
        care = self.world["care"]
        effects["care"] = care["deprivation"] * np.clip(places.low, -2, 2) + care["wijk_sd"] * rng.standard_normal(
            len(places)
        )
        return effects

    def _place_terms(self, model: dict[str, Any], income: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        places = self.places
        return (
            model["place"] * income
            + model["education"] * np.clip(places.education, -2.5, 2.5)
            + model["deprivation"] * np.clip(places.low, -2, 2)
            + model["wijk_sd"] * rng.standard_normal(len(places))
        )

    def place_terms(self, model: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
        """Effect of every wijk in a declared model, with the wijk's own deviation from `rng`; shape (wijken,)."""
        return self._place_terms(model, self.place_effects["income"], rng)

    def income(self, x: Background) -> np.ndarray:
        """Expected individual income, euros of 2020, shape (children,)."""
        part = self.world["income"]
        rank = x.rank - 0.5
        slope = part["slope"] * by_code(part["slope_origin"], ORIGINS)[x.origin]
        slope *= np.where(x.woman, part["slope_women"], part["slope_men"])
        municipality = self.places.municipality[x.wijk]
        for code, factor in part["gradient"].items():
            here = (municipality == np.searchsorted(self.places.municipality_id, code)) & (x.origin == 0)
            slope[here] *= factor["none"] * np.where(x.woman[here], 1.0, factor["men"])
        level = part["base"] * np.where(x.woman, part["women"], part["men"])
        level *= by_code(part["origin"], ORIGINS)[x.origin]
        level *= by_code(part["household"], HOUSEHOLDS)[x.household]
        return level * np.exp(self.place_effects["income"])[x.wijk] * (1 + slope * rank)

    def _log_sd(self, woman: np.ndarray) -> np.ndarray:
        part = self.world["income"]
        return np.where(woman, part["log_sd_women"], part["log_sd_men"])

    def share_above(self, x: Background, limit: float | np.ndarray) -> np.ndarray:
        """Probability that individual income is above `limit` (euros of 2020), shape (children,)."""
        return self._share_above(self.income(x), self._log_sd(x.woman), limit)

    def _share_above(self, income: np.ndarray, sd: np.ndarray, limit: float | np.ndarray) -> np.ndarray:
        none = self.world["income"]["no_income"]
        relative = np.log(limit * (1 - none) / income)
        return (1 - none) * ndtr(-(relative + sd**2 / 2) / sd)

    def probit(self, name: str, x: Background) -> np.ndarray:
        """Index of a probit model, shape (children,)."""
        return self.terms(self.world["probit"][name], self.place_effects[name], x)

    @staticmethod
    def terms(model: dict[str, Any], place: np.ndarray, x: Background) -> np.ndarray:
        """The sum of the terms of a declared model and its effects per wijk (shape (wijken,)), shape (children,)."""
        return (
            model["constant"]
            + model["rank"] * (x.rank - 0.5)
            + model["women"] * x.woman
            + by_code(model["origin"], ORIGINS)[x.origin]
            + by_code(model["household"], HOUSEHOLDS)[x.household]
            + place[x.wijk]
        )

    def chances(self, x: Background) -> dict[str, np.ndarray]:
        """Probabilities of hbo, wo, employed, social assistance and mhc, each of shape (children,)."""
        hbo = self.probit("hbo_attained", x)
        wo = hbo + np.minimum(self.probit("wo_attained", x), 0)
        assistance = ndtr(self.probit("social_assistance", x))
        # who receives social assistance or has no income at all is not employed
        most = 1 - self.world["income"]["no_income"] - assistance
        return {
            "hbo": ndtr(hbo),
            "wo": ndtr(wo),
            "employed": np.minimum(ndtr(self.probit("employed", x)), most),
            "social_assistance": assistance,
            "mhc": ndtr(self.probit("mhc", x)),
        }

    def partner(self, x: Background) -> tuple[np.ndarray, np.ndarray]:
        """Probability of a partner, and the partner's expected income, each of shape (children,)."""
        part = self.world["partner"]
        share = part["share"] + part["rank"] * (x.rank - 0.5) + part["women"] * x.woman
        share = np.clip(share + by_code(part["origin"], ORIGINS)[x.origin], 0.05, 0.95)
        income = np.where(x.woman, part["income_of_women"], part["income_of_men"])
        income = income * np.exp(part["place"] * self.place_effects["income"][x.wijk])
        income *= np.sqrt(by_code(self.world["income"]["origin"], ORIGINS)[x.origin])
        return share, income * (1 + part["income_rank"] * (x.rank - 0.5))

    def care(self, x: Background) -> np.ndarray:
        """Expected care costs of the insured, euros of the year, shape (children,)."""
        part = self.world["care"]
        level = part["base"] * np.where(x.woman, part["women"], part["men"])
        level *= by_code(part["origin"], ORIGINS)[x.origin] * by_code(part["household"], HOUSEHOLDS)[x.household]
        return level * np.exp(self.place_effects["care"])[x.wijk] * (1 + part["rank"] * (x.rank - 0.5))

    def limits(self, x: Background) -> tuple[float, float]:
        """Incomes (euros of 2020) that 20 and 80 percent of the children are expected to stay below."""
        found, income, sd = [], self.income(x), self._log_sd(x.woman)
        for below in (0.2, 0.8):
            low, high = 1e3, 3e5
            for _ in range(40):
                middle = (low * high) ** 0.5
                above = self._share_above(income, sd, middle).mean()
                low, high = (middle, high) if above > 1 - below else (low, middle)
            found.append((low * high) ** 0.5)
        return found[0], found[1]

    def expected(self, x: Background, reference: Background) -> dict[str, np.ndarray]:
        """Expectation of every outcome, each of shape (children,).

        `reference` is the population within which incomes are ranked.
        """
        low, high = self.limits(reference)
        chances, (share, partner) = self.chances(x), self.partner(x)
        income = self.income(x)
        insured = 1 - self.world["care"]["not_insured"]
        return {
            "c35_income": income,
            "c35_income_perc": self._expected_rank(x, reference),
            "c35_top_20_income": self.share_above(x, high),
            "c35_bottom_20_income": 1 - self.share_above(x, low),
            "c35_household_income": income + share * partner + self.world["partner"]["other_income"],
            "c35_employed": chances["employed"],
            "c35_social_assistance": chances["social_assistance"],
            "c35_hbo_attained": chances["hbo"],
            "c35_wo_attained": chances["wo"],
            "c35_mhc": chances["mhc"] * insured,
            "c35_total_health_costs": self.care(x) * insured,
        }

    def distribution(self, reference: Background) -> tuple[np.ndarray, np.ndarray]:
        """Incomes (euros of 2020) and the share of `reference` expected below each, both of shape (points,)."""
        some = reference.take(np.linspace(0, len(reference) - 1, min(len(reference), 20_000)).astype(int))
        income, none = self.income(some), self.world["income"]["no_income"]
        grid = np.exp(np.linspace(np.log(200), np.log(2e6), 160))
        below = np.zeros(len(grid))
        for woman in (False, True):
            sd = float(self._log_sd(np.array(woman)))
            who = some.woman == woman
            if who.any():
                level = np.log(income[who]) - np.log(1 - none) - sd**2 / 2
                reached = ndtr((np.log(grid)[:, None] - level) / sd).mean(axis=1)
                below += (none + (1 - none) * reached) * who.mean()
        return grid, below

    def rank_of(self, income: np.ndarray, reference: Background) -> np.ndarray:
        """The rank that an income is expected to have within `reference`; those without income share theirs."""
        grid, below = self.distribution(reference)
        rank = np.interp(np.log(np.maximum(income, 1.0)), np.log(grid), below)
        return np.where(income <= 0, self.world["income"]["no_income"] / 2, rank)

    def _expected_rank(self, x: Background, reference: Background) -> np.ndarray:
        """Expected rank of income within `reference`: quadrature over the noise, interpolated over the expectation."""
        none = self.world["income"]["no_income"]
        grid, below = self.distribution(reference)
        nodes, weights = np.polynomial.hermite_e.hermegauss(40)
        weights = weights / weights.sum()
        income, rank = self.income(x), np.empty(len(x))
        level = np.linspace(np.log(income.min()) - 0.01, np.log(income.max()) + 0.01, 200)
        for woman in (False, True):
            sd = float(self._log_sd(np.array(woman)))
            reached = level[:, None] + sd * nodes - sd**2 / 2 - np.log(1 - none)
            expected = (np.interp(reached, np.log(grid), below) @ weights) * (1 - none) + none * none / 2
            rank = np.where(x.woman == woman, np.interp(np.log(income), level, expected), rank)
        return rank

    def draw(self, rng: np.random.Generator, x: Background) -> Drawn:
        """One realisation for each child."""
        n, links = len(x), self.world["links"]
        none, sd = self.world["income"]["no_income"], self._log_sd(x.woman)
        level = rng.standard_normal(n)
        linked = links["education_attachment"]
        attachment = linked * level + np.sqrt(1 - linked**2) * rng.standard_normal(n)
        place_in_order = ndtr(attachment)
        z = ndtri(np.clip((place_in_order - none) / (1 - none), 1e-12, 1 - 1e-12))
        noise = np.where(place_in_order < none, 0.0, np.exp(sd * z - sd**2 / 2) / (1 - none))
        income = self.income(x) * noise
        linked = links["attachment_status"]
        status = ndtr(linked * attachment + np.sqrt(1 - linked**2) * rng.standard_normal(n))
        chances, (share, partner) = self.chances(x), self.partner(x)
        has_partner = rng.random(n) < share
        partner_sd = self.world["partner"]["log_sd"]
        partner_income = has_partner * partner * np.exp(partner_sd * rng.standard_normal(n) - partner_sd**2 / 2)
        assistance = chances["social_assistance"]
        care = self.world["care"]
        reached = ndtr(level)
        return Drawn(
            income=income,
            partner=has_partner,
            partner_income=partner_income,
            household_income=income + partner_income + self.world["partner"]["other_income"],
            below_hbo=reached / (1 - chances["hbo"]),
            hbo=reached > 1 - chances["hbo"],
            wo=reached > 1 - chances["wo"],
            employed=status > 1 - chances["employed"],
            social_assistance=(status >= none) & (status < none + assistance),
            mhc=rng.random(n) < chances["mhc"],
            care=self.care(x) * rng.standard_gamma(care["shape"], n) / care["shape"],
            insured=rng.random(n) >= care["not_insured"],
            attachment=attachment,
            status=status,
        )
