"""What is true of the residents: everyone's own terms, and how many are expected to leave a low income per cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from kansen.files import write_json
from kansen.synthetic.days import OPEN, new_year
from kansen.synthetic.files import TableFile, coded
from kansen.synthetic.parameters import ORIGINS, SEXES
from kansen.synthetic.places import load_places
from kansen.synthetic.residents import Residents, load_residents, place_effects

LONGEST = 10
"""Spells of this many years and more are one cell."""


class ResidentTruth:
    """The truth below a folder, written part by part; `finish` adds what is counted over all parts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._people = TableFile(folder / "residents.parquet")
        self._places = load_places()
        first, last = load_residents()["people"]["years"]
        shape = (last - first, LONGEST, len(self._places.municipality_id))
        self._risk, self._expected, self._left = np.zeros(shape, np.int64), np.zeros(shape), np.zeros(shape, np.int64)

    def append(self, residents: Residents) -> None:
        """Add one part."""
        places = self._places
        wijk = np.array(places.wijk)
        self._people.append(
            {
                "person": pa.array(["R" + number.decode() for number in residents.number]),
                "birth_year": pa.array(
                    residents.born.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
                ),
                "sex": coded(residents.woman, list(SEXES)),
                "origin": coded(residents.origin, list(ORIGINS)),
                "wijk": coded(residents.wijk[0], wijk.tolist()),
                "wijk_later": coded(residents.wijk[1], wijk.tolist()),
                "moved": pa.array(np.where(residents.moved == OPEN, -1, residents.moved)),
                "position": pa.array(residents.position.astype(np.float32)),
                "frailty": pa.array(residents.frailty.astype(np.float32)),
            }
        )
        size = len(places.municipality_id)
        for at, year in enumerate(residents.years[:-1].tolist()):
            both = np.flatnonzero(residents.low[at] & residents.here(year) & residents.here(year + 1))
            where = places.municipality[
                residents.wijk[(new_year(np.array([year])) >= residents.moved[both]).astype(int), both]
            ]
            cell = (np.minimum(residents.length[at, both], LONGEST) - 1).astype(np.int64) * size + where
            shape = self._risk.shape[1:]
            self._risk[at] += np.bincount(cell, minlength=LONGEST * size).reshape(shape)
            self._expected[at] += np.bincount(cell, residents.leaves[at, both], LONGEST * size).reshape(shape)
            left = ~residents.low[at + 1, both]
            self._left[at] += np.bincount(cell, left, LONGEST * size).astype(np.int64).reshape(shape)

    def finish(self) -> None:
        """Write what was counted, the effects of places, and the declared numbers."""
        self._people.close()
        places, world = self._places, load_residents()
        year, length, municipality = np.nonzero(self._risk)
        names = [str(code) for code in places.municipality_id]
        cells = TableFile(self.folder / "low_income.parquet")
        cells.append(
            {
                "year": pa.array(year + world["people"]["years"][0]),
                "length": pa.array(length + 1),
                "municipality": coded(municipality, names),
                "at_risk": pa.array(self._risk[year, length, municipality]),
                "expected": pa.array(self._expected[year, length, municipality]),
                "left": pa.array(self._left[year, length, municipality]),
            }
        )
        cells.close()
        effects = place_effects(places, world)
        by_place = TableFile(self.folder / "resident_places.parquet")
        by_place.append(
            {
                "municipality": coded(np.arange(len(names)), names),
                "level": pa.array(effects.level),
                "drift": pa.array(effects.drift),
                "leave": pa.array(effects.leave),
            }
        )
        by_place.close()
        write_json(self.folder / "residents.json", {"synthetic": True, "world": world})
