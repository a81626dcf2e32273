"""Many independent cells drawn straight from the truth, to see whether an estimator recovers it.

A superpopulation is the background (rank, sex, origin, household, wijk) of a small synthetic country. A replicated cell
draws children from it with replacement and then their outcomes, so that both who is in a cell and what happens to them
vary, and the expectation is known exactly: it is that of the superpopulation.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from kansen.synthetic.country import make_country
from kansen.synthetic.files import coded
from kansen.synthetic.parameters import HOUSEHOLDS, ORIGINS, OUTCOMES, SEXES
from kansen.synthetic.truth import Background, Truth


@dataclass(frozen=True)
class Superpopulation:
    """Children with known expectations.

    Attributes
    ----------
    truth : the declared world. background : shape (children,).
    municipality : codes, shape (children,), to choose places by.
    expected : per outcome of OUTCOMES the expectation of each child, shape (children,).
    limits : incomes below which 20 and 80 percent are expected.
    reference : the population within which incomes are ranked.
    """

    truth: Truth
    background: Background
    municipality: np.ndarray
    expected: dict[str, np.ndarray]
    limits: tuple[float, float]
    reference: Background = field(repr=False)

    def within(self, who: np.ndarray) -> Superpopulation:
        """The part of it that `who` (bool, shape (children,)) selects; ranks and limits stay those of the country."""
        rows = np.flatnonzero(who)
        return Superpopulation(
            truth=self.truth,
            background=self.background.take(rows),
            municipality=self.municipality[rows],
            expected={name: values[rows] for name, values in self.expected.items()},
            limits=self.limits,
            reference=self.reference,
        )

    def mean(self, outcome: str) -> float:
        """Expectation (i): of the mean over all children."""
        return float(self.expected[outcome].mean())

    def line(self, outcome: str, at: float) -> float:
        """Expectation (ii): of the least-squares line of the outcome on parental rank, read at rank `at`."""
        rank, value = self.background.rank, self.expected[outcome]
        away = rank - rank.mean()
        return float(value.mean() + (away @ value) / (away @ away) * (at - rank.mean()))


def superpopulation(*, scale: float = 0.05, seed: int = 1) -> Superpopulation:
    """The final sample of a synthetic country of that scale, with the expectations of its children."""
    country = make_country(scale=scale, seed=seed)
    background = country.background.take(np.flatnonzero(country.adults.final))
    places = country.places
    return Superpopulation(
        truth=country.truth,
        background=background,
        municipality=places.municipality_id[places.municipality[background.wijk]],
        expected=country.truth.expected(background, background),
        limits=country.truth.limits(background),
        reference=background,
    )


def replicate(population: Superpopulation, rng: np.random.Generator, *, cells: int, size: int) -> pa.Table:
    """Draw `cells` independent cells of `size` children each.

    Returns a cohort table of cells x size rows: `cell` (text `C0`, `C1`, ...), `income_rank`, `sex`, `origin`,
    `household_type`, and every outcome of OUTCOMES.
    """
    rows = rng.integers(0, len(population.background), cells * size)
    x = population.background.take(rows)
    drawn = population.truth.draw(rng, x)
    low, high = population.limits
    outcomes = {
        "c35_income": drawn.income,
        "c35_income_perc": population.truth.rank_of(drawn.income, population.reference),
        "c35_top_20_income": drawn.income > high,
        "c35_bottom_20_income": drawn.income <= low,
        "c35_household_income": drawn.household_income,
        "c35_employed": drawn.employed,
        "c35_social_assistance": drawn.social_assistance,
        "c35_hbo_attained": drawn.hbo,
        "c35_wo_attained": drawn.wo,
        "c35_mhc": drawn.mhc & drawn.insured,
        "c35_total_health_costs": drawn.care * drawn.insured,
    }
    return pa.table(
        {
            "cell": coded(np.repeat(np.arange(cells), size), [f"C{number}" for number in range(cells)]),
            "income_rank": pa.array(x.rank),
            "sex": coded(x.woman, SEXES),
            "origin": coded(x.origin, ORIGINS),
            "household_type": coded(x.household, HOUSEHOLDS),
            **{name: pa.array(outcomes[name].astype(np.float64)) for name in OUTCOMES},
        }
    )
