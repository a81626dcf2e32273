"""The truth beside the tables: parameters, effects per wijk, and what is expected of every child."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kansen.files import write_json
from kansen.synthetic.circumstances import CircumstanceTruth
from kansen.synthetic.country import Country
from kansen.synthetic.days import year_of
from kansen.synthetic.files import coded, text
from kansen.synthetic.parameters import HOUSEHOLDS, ORIGINS, SEXES


def write_truth(folder: Path, country: Country) -> None:
    """`parameters.json`, `places.parquet` (effects per wijk) and `children.parquet` (expectations per child).

    Children who are not ranked have no expectations. `final` marks who reaches the end of the cohort.
    """
    folder.mkdir(parents=True)
    truth, places = country.truth, country.places
    ranked = ~np.isnan(country.background.rank)
    sample = country.background.take(np.flatnonzero(ranked & country.adults.final))
    low, high = truth.limits(sample)
    limits: dict[str, Any] = {"bottom_20_limit_eur": low, "top_20_limit_eur": high}
    write_json(
        folder / "parameters.json",
        {"synthetic": True, "scale": country.scale, "seed": country.seed, **limits, "world": truth.world},
    )
    circumstances = CircumstanceTruth(truth).place_effects
    effects = {f"effect_{name}": pa.array(values) for name, values in (truth.place_effects | circumstances).items()}
    _write(
        folder / "places.parquet",
        {
            "wijk": pa.array(places.wijk.tolist()),
            "municipality": pa.array(places.municipality_id[places.municipality].tolist()),
            **effects,
        },
    )
    _write(folder / "children.parquet", _children(country))


def _write(path: Path, columns: dict[str, pa.Array]) -> None:
    table = pa.table(columns)
    pq.write_table(table, path, compression="zstd", store_schema=False, row_group_size=250_000)


def _children(country: Country) -> dict[str, pa.Array]:
    x, adults, people = country.background, country.adults, country.people
    who = np.flatnonzero(~np.isnan(x.rank))
    of_them = x.take(who)
    home = country.homes.at_fifteen[who]
    dwellings, places = country.homes.dwellings, country.places
    reference = x.take(np.flatnonzero(~np.isnan(x.rank) & adults.final))
    expected = country.truth.expected(of_them, reference) | CircumstanceTruth(country.truth).expected(of_them)
    key = np.char.add(b"R", people.number[who])
    return {
        "person": text(key),
        "birth_year": pa.array(year_of(people.children.born[who]).astype(np.int16)),
        "sex": coded(of_them.woman, SEXES),
        "origin": coded(of_them.origin, ORIGINS),
        "household_type": coded(people.children.household[who].clip(0), HOUSEHOLDS),
        "income_rank": pa.array(of_them.rank),
        "wijk": coded(of_them.wijk, places.wijk.tolist()),
        "municipality": coded(places.municipality[of_them.wijk], places.municipality_id.tolist()),
        "area_known": pa.array(dwellings.has_area[home]),
        "pc4": pa.array(dwellings.postcode[home].astype(np.int16)),
        "pc4_known": pa.array(dwellings.has_postcode[home]),
        "final": pa.array(adults.final[who]),
        "recentred": pa.array(adults.recentred[who].astype(np.float32)),
        **{f"expected_{name}": pa.array(values) for name, values in expected.items()},
    }
