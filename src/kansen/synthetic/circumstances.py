"""What surrounds the children at 35 beside income and education: health, home, household, work, savings and gifts.

Each has an explicit expectation, as the outcomes in `truth.py`: probits and logarithms of amounts are the sums of
declared terms (`[circumstances]` in world.toml), and the hidden terms of one child are correlated, which leaves every
expectation as it is. Formulas: docs/synthetic.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import gammainc, ndtr, ndtri

from kansen.synthetic.jobs import Jobs, draw_jobs, expected_jobs
from kansen.synthetic.truth import WORLD_SEED, Background, Drawn, Truth

CIRCUMSTANCES = (
    "c35_disability",
    "c35_hospital",
    "c35_pharma",
    "c35_specialist_mhc",
    "c35_basic_mhc",
    "c35_homeowner",
    "c35_living_space_pp",
    "c35_wealth",
    "c35_wealth_no_home",
    "c35_home_wealth",
    "c35_gifts_received",
    "c35_sum_gifts",
    "c35_hourly_wage",
    "c35_hrs_work_pw",
    "c35_permanent_contract",
    "c35_hourly_wage_max_11",
    "c35_hourly_wage_max_14",
    "c35_hourly_wage_max_16",
)
"""Outcomes with a known expectation beside those of `truth.py`."""

MEDICINES = 0.97
"""Correlation of the use of medicines with the level of care costs: nobody uses medicines that cost nothing."""


@dataclass(frozen=True)
class Circumstances:
    """What was drawn for each child, arrays of shape (children,); money in euros of 2020.

    Attributes
    ----------
    disabled, hospital, pharma, specialist : bool; specialist mental health care.
    children : own children at home on 1 January of the year of the 35th birthday, int8.
    owner : owns the home of that day; floor : its floor area, square metres.
    equity : of owners, value less debt of the home; saved : net worth without home. Both may be negative.
    jobs : work as an employee in that year.
    gift : gifts from 27 to 34 together, zero without.
    """

    disabled: np.ndarray
    hospital: np.ndarray
    pharma: np.ndarray
    specialist: np.ndarray
    children: np.ndarray
    owner: np.ndarray
    floor: np.ndarray
    equity: np.ndarray
    saved: np.ndarray
    jobs: Jobs
    gift: np.ndarray


class CircumstanceTruth:
    """The declared circumstances, applied to places. `truth` : the rest of the world."""

    def __init__(self, truth: Truth) -> None:
        self.truth, self.models = truth, truth.world["circumstances"]

    @cached_property
    def place_effects(self) -> dict[str, np.ndarray]:
        """Effect per wijk of every model, shape (wijken,); the same in every synthetic country."""
        rng = np.random.default_rng([WORLD_SEED, 35])
        return {name: self.truth.place_terms(model, rng) for name, model in self.models["model"].items()}

    def index(self, name: str, x: Background) -> np.ndarray:
        """The sum of the declared terms of a model, shape (children,), without what a partner adds."""
        return self.truth.terms(self.models["model"][name], self.place_effects[name], x)

    def _of_couple(self, name: str) -> float:
        return self.models["model"][name].get("partner", 0.0)

    def _disability(self, x: Background, chances: dict[str, np.ndarray]) -> np.ndarray:
        room = 1 - self.truth.world["income"]["no_income"] - chances["social_assistance"] - chances["employed"]
        return np.minimum(ndtr(self.index("disability", x)), np.maximum(room, 0))

    def draw(self, rng: np.random.Generator, x: Background, drawn: Drawn, spread: np.ndarray) -> Circumstances:
        """One realisation for each child, given its other outcomes; `spread` as in `Adults`."""
        n, part = len(x), self.models
        none, level = self.truth.world["income"]["no_income"], drawn.attachment
        chances, couple = self.truth.chances(x), drawn.partner.astype(float)

        def tied(correlation: float, to: np.ndarray = level) -> np.ndarray:
            return ndtr(correlation * to + np.sqrt(1 - correlation**2) * rng.standard_normal(n))

        def amount(name: str, log_sd: float, correlation: float) -> np.ndarray:
            noise = correlation * level + np.sqrt(1 - correlation**2) * rng.standard_normal(n)
            return np.exp(self.index(name, x) + self._of_couple(name) * couple + log_sd * noise - log_sd**2 / 2)

        first = none + chances["social_assistance"]
        shape = self.truth.world["care"]["shape"]
        costs = gammainc(shape, shape * drawn.care / self.truth.care(x))
        owner = tied(0.5) > 1 - ndtr(self.index("homeowner", x) + self._of_couple("homeowner") * couple)
        floor = np.where(
            owner, amount("floor_owned", part["floor_log_sd"], 0.0), amount("floor_rented", part["floor_log_sd"], 0.0)
        )
        debt = (rng.random(n) < part["indebted"]) * part["debt"] * rng.standard_exponential(n)
        gift = amount("gift_sum", part["gift_log_sd"], 0.0)
        received = rng.random(n) > 1 - ndtr(self.index("gifts_received", x))
        return Circumstances(
            disabled=(drawn.status >= first) & (drawn.status < first + self._disability(x, chances)),
            hospital=costs > 1 - ndtr(self.index("hospital", x)),
            pharma=tied(MEDICINES, ndtri(np.clip(costs, 1e-12, 1 - 1e-12))) > 1 - ndtr(self.index("pharma", x)),
            specialist=drawn.mhc & (rng.random(n) < part["specialist_mhc"]),
            children=self._children(rng, x, drawn),
            owner=owner,
            floor=np.maximum(np.rint(floor), 15).astype(np.int16),
            equity=np.exp(self.index("equity", x)) * (1.35 * rng.standard_gamma(2.0, n) / 2 - 0.35),
            saved=amount("saved", part["saved_log_sd"], 0.3) - debt,
            jobs=draw_jobs(rng, self.truth, x, drawn, spread, self.index("permanent_contract", x)),
            gift=np.where(received, gift, 0.0),
        )

    def _children(self, rng: np.random.Generator, x: Background, drawn: Drawn) -> np.ndarray:
        draw, number = rng.random(len(x)), np.zeros(len(x), np.int8)
        for name, who in self._households(x, drawn.partner).items():
            until = np.cumsum(self.models["children"][name])[:-1]
            number[who] = np.searchsorted(until, draw[who], side="right")
        return number

    @staticmethod
    def _households(x: Background, partner: np.ndarray) -> dict[str, np.ndarray]:
        return {"couple": partner, "women": ~partner & x.woman, "men": ~partner & ~x.woman}

    def _per_head(self, name: str, adults: int) -> float:
        shares = self.models["children"][name]
        return sum(share / (adults + children) for children, share in enumerate(shares))

    def _living_space(self, x: Background, couple: np.ndarray) -> np.ndarray:
        """Expected floor area per resident."""
        owner, space = self.index("homeowner", x), np.zeros(len(x))
        alone = np.where(x.woman, self._per_head("women", 1), self._per_head("men", 1))
        for partner, share, heads in ((0, 1 - couple, alone), (1, couple, self._per_head("couple", 2))):
            owns = ndtr(owner + partner * self._of_couple("homeowner"))
            floor = owns * np.exp(self.index("floor_owned", x) + partner * self._of_couple("floor_owned"))
            floor += (1 - owns) * np.exp(self.index("floor_rented", x) + partner * self._of_couple("floor_rented"))
            space += share * heads * floor
        return space

    def expected(self, x: Background) -> dict[str, np.ndarray]:
        """Expectation of every outcome of CIRCUMSTANCES, each of shape (children,).

        Wages, hours and contracts: among those who work as an employee at the end of the year.
        """
        part, chances, (couple, _) = self.models, self.truth.chances(x), self.truth.partner(x)
        insured = 1 - self.truth.world["care"]["not_insured"]
        owns = self.index("homeowner", x)
        owner = couple * ndtr(owns + self._of_couple("homeowner")) + (1 - couple) * ndtr(owns)
        saved = np.exp(self.index("saved", x)) * (1 + couple * (np.exp(self._of_couple("saved")) - 1))
        saved -= part["indebted"] * part["debt"]
        equity = owner * np.exp(self.index("equity", x))
        received = ndtr(self.index("gifts_received", x))
        return {
            "c35_disability": self._disability(x, chances),
            "c35_hospital": ndtr(self.index("hospital", x)) * insured,
            "c35_pharma": ndtr(self.index("pharma", x)) * insured,
            "c35_specialist_mhc": part["specialist_mhc"] * chances["mhc"] * insured,
            "c35_basic_mhc": chances["mhc"] * insured,
            "c35_homeowner": owner,
            "c35_living_space_pp": self._living_space(x, couple),
            "c35_wealth": equity + saved,
            "c35_wealth_no_home": saved,
            "c35_home_wealth": equity,
            "c35_gifts_received": received,
            "c35_sum_gifts": received * np.exp(self.index("gift_sum", x)),
            "c35_permanent_contract": ndtr(self.index("permanent_contract", x)),
            **expected_jobs(self.truth, x),
        }
