"""Education of the parents of the children born from 1993 on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from kansen.synthetic.days import YEAR, day
from kansen.synthetic.parameters import ORIGINS, by_code
from kansen.synthetic.people import Families
from kansen.synthetic.places import Places

OTHER, HBO, UNIVERSITY = range(3)
"""Kind of education: below hbo or unknown, hbo, university."""
PARENT_LEVELS = (
    "1112", "1211", "1212", "1213", "1221", "2111", "2112", "2121", "2131", "2132",
    "3111", "3112", "3211", "3113", "3212", "3213",
)  # fmt: skip
"""Levels that parents attained, from low to high within each kind."""
FIRST_HBO, FIRST_UNIVERSITY = PARENT_LEVELS.index("3111"), PARENT_LEVELS.index("3113")
NO_LEVEL = -1


@dataclass(frozen=True)
class Schooling:
    """Highest education of mothers, then fathers, shape (2 x families,).

    level : position in PARENT_LEVELS, NO_LEVEL where no register knows it. kind : OTHER, HBO or UNIVERSITY.
    """

    level: np.ndarray
    kind: np.ndarray

    @property
    def mother(self) -> np.ndarray:
        """Kind of the mother, shape (families,)."""
        return self.kind[: len(self.kind) // 2]

    @property
    def father(self) -> np.ndarray:
        """Kind of the father, shape (families,)."""
        return self.kind[len(self.kind) // 2 :]


def make_schooling(rng: np.random.Generator, places: Places, families: Families, world: dict[str, Any]) -> Schooling:
    """Draw the education of the parents: ordered probits of family income and the wijk, correlated within a couple."""
    part, f = world["parents_education"], len(families)
    base = part["constant"] + part["income"] * families.income
    base += part["education"] * np.clip(places.education[families.wijk], -2.5, 2.5)
    base += by_code(part["origin"], ORIGINS)[families.origin]
    born = np.concatenate([families.mother_born, families.father_born])
    index = np.tile(base, 2) + part["later_each_year"] * (born - day(1970)) / YEAR
    within = part["within_couple"]
    shared = np.tile(rng.standard_normal(f), 2)
    index += np.sqrt(within) * shared + np.sqrt(1 - within) * rng.standard_normal(2 * f)
    kind = (index > 0).astype(np.int8) + (index > part["university"]).astype(np.int8)
    fine = rng.random(2 * f)
    # below hbo the level follows the distance to it; among the others it is drawn
    below = np.searchsorted(part["below"], 2 * ndtr(np.minimum(index, 0.0)))
    hbo = FIRST_HBO + np.searchsorted(part["hbo"], fine)
    university = FIRST_UNIVERSITY + np.searchsorted(part["wo"], fine)
    level = np.select([kind == UNIVERSITY, kind == HBO], [university, hbo], below)
    unseen = (kind == OTHER) & (rng.random(2 * f) < part["without_level"])
    return Schooling(level=np.where(unseen, NO_LEVEL, level).astype(np.int8), kind=kind)
