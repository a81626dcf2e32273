"""The known truth of the children born from 1993 on (`youth.toml`): indices, chances and expectations of each child.

All outcomes at school follow from one score: an index plus standard normal noise. Test, teacher, level at 16 and level
at 21 see scores whose noise is like it, so that one child's career hangs together while each chance stays an explicit
probit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import ndtr

from kansen.synthetic.parameters import HOUSEHOLDS, ORIGINS, by_code
from kansen.synthetic.places import Places
from kansen.synthetic.truth import WORLD_SEED

NON_WESTERN = np.isin(np.array(ORIGINS), ("turkey", "morocco", "suriname", "dutch_caribbean"))
NODES = 81
"""Points of the quadrature over the noise of the score."""


@dataclass(frozen=True)
class YouthBackground:
    """What outcomes depend on, arrays of shape (children,).

    rank : rank of the family's lasting income, 0-1. woman : bool. origin, household : positions in ORIGINS, HOUSEHOLDS.
    education, mothers_education : 0 below hbo, 1 hbo, 2 university; of the best educated parent and of the mother.
    wijk : home at the age concerned. school : what the school adds to the score.
    """

    rank: np.ndarray
    woman: np.ndarray
    origin: np.ndarray
    household: np.ndarray
    education: np.ndarray
    mothers_education: np.ndarray
    wijk: np.ndarray
    school: np.ndarray

    def take(self, who: np.ndarray) -> YouthBackground:
        """The same for some children."""
        return YouthBackground(
            self.rank[who],
            self.woman[who],
            self.origin[who],
            self.household[who],
            self.education[who],
            self.mothers_education[who],
            self.wijk[who],
            self.school[who],
        )

    def __len__(self) -> int:
        return len(self.rank)


class YouthTruth:
    """The declared world of the young, applied to places.

    Parameters
    ----------
    places : where people live. world : the parameters of `world.toml` and `youth.toml`.
    """

    def __init__(self, places: Places, world: dict[str, Any]) -> None:
        self.places, self.world = places, world

    @cached_property
    def place_effects(self) -> dict[str, np.ndarray]:
        """Effects per wijk, shape (wijken,), by model; deviations are the same in every synthetic country."""
        places, world = self.places, self.world
        rng = np.random.default_rng([WORLD_SEED, 1993])
        low, education = np.clip(places.low, -2, 2), np.clip(places.education, -2.5, 2.5)
        part = world["school"]
        town = part["municipality_sd"] * rng.standard_normal(len(places.municipality_id))
        town += by_code(part["province"], tuple(places.province)) + self._by_town(part["municipality"])
        effects = {
            "school": town[places.municipality]
            + part["place_education"] * education
            + part["place_deprivation"] * low
            + part["wijk_sd"] * rng.standard_normal(len(places)),
            "non_western": self._by_town(part["non_western"])[places.municipality],
            "slope": self._by_town(part["slope"])[places.municipality],
            "level16": self._by_town(world["level16"]["municipality"])[places.municipality],
            "level16_slope": self._by_town(world["level16"]["slope"])[places.municipality],
            "advice": np.asarray(world["advice"]["urban"])[places.urbanity - 1]
            + by_code(world["advice"]["province"], tuple(places.province))[places.municipality],
        }
        for name, model in self.models.items():
            effects[name] = model.get("deprivation", 0.0) * low
            effects[name] = effects[name] + model.get("wijk_sd", 0.0) * rng.standard_normal(len(places))
            if "urban" in model:
                effects[name] += np.asarray(model["urban"])[places.urbanity - 1]
        return effects

    @property
    def models(self) -> dict[str, dict[str, Any]]:
        """The models that have an index of their own, by name."""
        world = self.world
        births = {name: world["birth"][name] for name in ("preterm", "sga", "mortality")}
        first = {name: world[name] for name in ("leaving", "young_parent", "protection", "youth_care")}
        at_20 = {"adult_care": world["adult_care"]}
        at_20 |= {name: world["adult_care"][name] for name in ("pharma", "hospital", "mhc")}
        return first | births | at_20

    def _by_town(self, declared: dict[str, float]) -> np.ndarray:
        return np.array([declared.get(code, 0.0) for code in self.places.municipality_id])

    def school(self, x: YouthBackground) -> np.ndarray:
        """Index of the score at the end of primary school, shape (children,)."""
        part, effects = self.world["school"], self.place_effects
        r = x.rank - 0.5
        return (
            (part["rank"] + effects["slope"][x.wijk]) * r
            + np.asarray(part["education"])[x.education]
            + part["women"] * x.woman
            + by_code(part["origin"], ORIGINS)[x.origin]
            + effects["non_western"][x.wijk] * NON_WESTERN[x.origin]
            + by_code(part["household"], HOUSEHOLDS)[x.household]
            + effects["school"][x.wijk]
            + x.school
        )

    def teacher(self, x: YouthBackground, year: np.ndarray) -> np.ndarray:
        """What the teacher's view adds to the index of the score; `year` : of the file, shape (children,)."""
        part = self.world["advice"]
        now, then = np.asarray(part["education"]), np.asarray(part["education_later"])
        return (
            np.where(year >= part["trend_from"], then[x.education], now[x.education])
            + part["rank"] * (x.rank - 0.5)
            + by_code(part["origin"], ORIGINS)[x.origin]
            + self.place_effects["advice"][x.wijk]
        )

    def revised(self, x: YouthBackground, year: np.ndarray) -> np.ndarray:
        """Chance that an advice below the test is reconsidered; `year` : of the file, shape (children,)."""
        part, later = self.world["advice"], year >= self.world["advice"]["trend_from"]
        now, then = np.asarray(part["revised"]), np.asarray(part["revised_later"])
        rank = np.where(later, part["revised_rank_later"], part["revised_rank"]) * (x.rank - 0.5)
        chance = np.where(later, then[x.education], now[x.education]) + rank
        chance = chance + by_code(part["revised_origin"], ORIGINS)[x.origin]
        return np.where(year >= part["nearly_all_from"], part["revised_nearly_all"], np.clip(chance, 0.02, 0.9))

    def level16(self, x: YouthBackground) -> np.ndarray:
        """Index of the level at 16, shape (children,); `x` has the home at 15."""
        part = self.world["level16"]
        slope = part["rank"] + self.place_effects["level16_slope"][x.wijk]
        own = slope * (x.rank - 0.5) + part["women"] * x.woman
        return self.school(x) + own + self.place_effects["level16"][x.wijk]

    def level21(self, x: YouthBackground) -> np.ndarray:
        """Index of the level at 21, shape (children,); `x` has the home at 15."""
        part = self.world["level21"]
        own = part["rank"] * (x.rank - 0.5) + part["women"] * x.woman + by_code(part["origin"], ORIGINS)[x.origin]
        return self.school(x) + own

    def index(self, name: str, x: YouthBackground) -> np.ndarray:
        """Index of the probit model `name` of `models` (an amount of care is not one), shape (children,)."""
        model = self.models[name]
        index = model["rank"] * (x.rank - 0.5) + by_code(model["origin"], ORIGINS)[x.origin]
        if "men" in model:
            index = index + np.where(x.woman, model["women"], model["men"])
        else:
            index = index + model["constant"] + model["women"] * x.woman
        if "household" in model:
            index = index + by_code(model["household"], HOUSEHOLDS)[x.household]
        if "education" in model:
            single = x.household == HOUSEHOLDS.index("single")
            index = index + np.asarray(model["education"])[x.mothers_education] + model["single"] * single
        return index + self.place_effects[name][x.wijk]

    def care(self, x: YouthBackground, name: str = "youth_care") -> np.ndarray:
        """Expected care costs of the insured, of minors or (`adult_care`) at 20, euros of the year, (children,)."""
        part = self.world[name]
        level = part["base"] * np.where(x.woman, part["women"], part["men"])
        level *= by_code(part["origin"], ORIGINS)[x.origin] * by_code(part["household"], HOUSEHOLDS)[x.household]
        return level * np.exp(self.place_effects[name])[x.wijk] * (1 + part["rank"] * (x.rank - 0.5))

    def chance(self, name: str, x: YouthBackground) -> np.ndarray:
        """Probability of `name`, shape (children,)."""
        return ndtr(self.index(name, x))
