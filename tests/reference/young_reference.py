"""The cohorts age16, prim8_a, prim8_b and newborns once more, from their published description: plain pandas.

It shares no code with Kansen on purpose. `follow(root, cohort)` reads the register tables below `root` (Parquet, at the
usual places) and gives the children that stay, with groups, areas and outcomes, and how many each rule dropped::

    python tests/reference/young_reference.py DIR prim8_a OUT.parquet
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from reference.young_tables import Tables, of_date

CARIBBEAN = ("7011", "5095", "5016", "5107", "5108", "5109", "5110")
ORIGINS = {"6030": "none", "6043": "turkey", "5022": "morocco", "5007": "suriname"} | dict.fromkeys(
    CARIBBEAN, "dutch_caribbean"
)


@dataclass(frozen=True)
class Window:
    """The years of a cohort, as published."""

    births: tuple[int, int]
    loaded: tuple[int, int]
    home_age: int
    incomes: tuple[int, int]
    wealth_age: int
    school_years: tuple[int, int] | None = None


WINDOWS = {
    "age16": Window((2000, 2004), (1998, 2006), 15, (2014, 2018), 14),
    "prim8_a": Window((2003, 2006), (2001, 2008), 10, (2014, 2018), 11, (2014, 2018)),
    "prim8_b": Window((2009, 2011), (2007, 2013), 10, (2015, 2019), 10, (2020, 2024)),
}


@dataclass(frozen=True)
class Followed:
    """Who stays (one row per child, index `person`), and how many children each rule dropped, in order."""

    children: pd.DataFrame
    dropped: dict[str, int]


class Sieve:
    """Applies rules one after the other; everybody loaded goes through, the cohort itself is counted."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame, self.dropped = frame, dict[str, int]()

    def keep(self, rule: str, stays: pd.Series) -> None:
        stays = stays.reindex(self.frame.index).fillna(False).astype(bool)
        self.dropped[rule] = int((~stays & self.frame.core).sum())
        self.frame = self.frame[stays]


def follow(root: Path | Tables, cohort: str) -> Followed:
    """One cohort by name."""
    tables = root if isinstance(root, Tables) else Tables(root)
    if cohort == "newborns":
        from reference.newborns_reference import newborns

        return newborns(tables)
    return _pupils(tables, cohort, WINDOWS[cohort])


def _pupils(tables: Tables, cohort: str, window: Window) -> Followed:
    sieve, everybody = _selected(tables, window)
    ranked = sieve.frame
    sieve.frame = _grouped(tables, sieve.frame[sieve.frame.core], window)
    if window.school_years is None:
        outcomes = _sixteen(tables, sieve, ranked, everybody)
        prefix = "c16_"
    else:
        outcomes = _group_eight(tables, sieve, ranked, everybody, window.school_years)
        prefix = "c11_a_" if cohort == "prim8_a" else "c11_b_"
    return Followed(sieve.frame.join(outcomes.add_prefix(prefix)), sieve.dropped)


# Who is followed


def _selected(tables: Tables, window: Window) -> tuple[Sieve, pd.DataFrame]:
    """Children up to and with the rule on parental income, and everybody of the loaded years of birth."""
    persons = tables.persons
    born = persons[persons.birth_year.between(*window.loaded)].copy()
    born["core"] = born.birth_year.between(*window.births)
    sieve = Sieve(born)
    sieve.keep("birth_date", born.birth.notna())
    everybody = persons
    sieve.frame = sieve.frame.join(tables.parents)
    sieve.keep("parents_known", pd.Series(True, index=tables.parents.index))
    when = birthday(sieve.frame, window.home_age)
    homes = tables.dwelling_on(when)
    sieve.keep("home", homes.notna())
    sieve.frame = sieve.frame.join(tables.areas(homes.reindex(sieve.frame.index)))
    mothers_home = tables.dwelling_of(sieve.frame.mother, sieve.frame.birth)
    sieve.frame = sieve.frame.join(tables.areas(mothers_home).add_suffix("_birth"))
    first, last = window.incomes
    resident = tables.resident(_pairs(sieve.frame), window.incomes)
    sieve.keep("parent_resident", resident)
    sieve.frame = sieve.frame.join(_income(tables, sieve.frame, first, last))
    sieve.keep("parents_income", sieve.frame.income.notna())
    sieve.frame = sieve.frame.assign(
        parents_income=sieve.frame.income,
        income_rank=rank(sieve.frame.income, sieve.frame.birth_year),
        wealth_rank=rank(_wealth(tables, sieve.frame[sieve.frame.core], window.wealth_age), sieve.frame.birth_year),
    )
    return sieve, everybody


def birthday(frame: pd.DataFrame, age: int) -> pd.Series:
    """The day on which somebody turns `age`; 29 February becomes 28 February."""
    return of_date(frame.birth_year + age, frame.month, frame.dom)


def _pairs(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per child and legal parent."""
    both = [frame[role].rename("parent").reset_index().assign(role=role) for role in ("mother", "father")]
    return pd.concat(both).dropna(subset=["parent"])


def rank(values: pd.Series, within: pd.Series) -> pd.Series:
    """Ties share their mean rank; divided by the highest rank there is."""
    ranks = values.groupby(within).rank(method="average")
    return ranks / ranks.groupby(within).transform("max")


def _income(tables: Tables, frame: pd.DataFrame, first: int, last: int) -> pd.Series:
    """Mean of the known, not negative years of each parent, in euros of 2020; added up."""
    years = [tables.incomes(year).div(tables.price(year)) for year in range(first, last + 1)]
    known = pd.concat(years)
    mean = known[known >= 0].groupby(level=0).mean()
    pairs = _pairs(frame)
    return pairs.assign(income=pairs.parent.map(mean)).groupby("person").income.sum(min_count=1).rename("income")


def _wealth(tables: Tables, frame: pd.DataFrame, age: int) -> pd.Series:
    """Net worth of the parents' households in one year; a shared household counts once."""
    parts = []
    for birth_year, group in frame.groupby("birth_year"):
        link, worth = tables.households(birth_year + age), tables.net_worth(birth_year + age)
        of = pd.DataFrame({role: group[role].map(link) for role in ("mother", "father")})
        value = pd.DataFrame({role: of[role].map(worth) for role in of})
        shared = of.mother.notna() & (of.mother.str[1:] == of.father.str[1:])
        total = value.sum(axis=1, min_count=1).where(~shared, value.father)
        parts.append(total / tables.price(birth_year + age))
    return pd.concat(parts)


# Groups


def _grouped(tables: Tables, frame: pd.DataFrame, window: Window) -> pd.DataFrame:
    when = birthday(frame, window.home_age)
    types = tables.household_on(when)
    frame = frame.assign(
        household=frame.mother.fillna(frame.father),
        origin=origin(tables, frame),
        household_type=types.reindex(frame.index).map(household_type),
        has_household=frame.index.isin(types.index),
        parent_education=None,
    )
    if window.school_years is not None:
        pairs = _pairs(frame)
        frame["parent_education"] = education(tables, pairs, pairs.person.map(frame.birth_year) + 10).reindex(
            frame.index
        )
    return frame


def household_type(code: str) -> str:
    """The codes of TYPHH with one parent (6) and with two (4 and 5)."""
    return {"6": "single", "4": "two", "5": "two"}.get(code, "other")


def origin(tables: Tables, frame: pd.DataFrame, roles: tuple[str, ...] = ("mother", "father")) -> pd.Series:
    """Own origin; who is native has the origin of a parent of the second generation, the mother's first."""
    persons = tables.persons
    code = frame.roots.copy()
    native, third = frame.generation == "0", pd.Series(False, index=frame.index)
    inherited = pd.Series(None, index=frame.index, dtype=object)
    for role in roles:
        second = native & (frame[role].map(persons.generation) == "2")
        inherited = inherited.where(inherited.notna() | ~second, frame[role].map(persons.roots))
        third |= second
    return code.where(~third, inherited).map(ORIGINS).fillna("other")


UNIVERSITY, COLLEGE = ("3113", "3212", "3213"), ("3110", "3111", "3112", "3210", "3211")


def education(tables: Tables, pairs: pd.DataFrame, years: pd.Series) -> pd.Series:
    """The highest level of the parents, per child."""
    level = pd.Series(0, index=pairs.index)
    for year in sorted(years.dropna().unique()):
        attained = pairs.parent.map(tables.attained(int(year)))
        found = 2 * attained.isin(UNIVERSITY) + attained.isin(COLLEGE)
        level = level.where(years != year, found)
    best = level.groupby(pairs.person).max()
    return best.map({2: "university", 1: "hpe", 0: "other"})


# Outcomes at 16


def _sixteen(tables: Tables, sieve: Sieve, ranked: pd.DataFrame, everybody: pd.DataFrame) -> pd.DataFrame:
    frame = sieve.frame
    sieve.keep("household_type", frame.has_household)
    year = frame.birth_year + 16
    sieve.keep("resident", tables.resident_in(frame.index, year))
    level = tables.of_year(year, tables.followed)
    sieve.keep("c16_vmbo_gl", level.notna())
    frame = sieve.frame
    level, year = level.reindex(frame.index), year.reindex(frame.index)
    number = level.astype(float)
    out = pd.DataFrame(
        {
            "vmbo_gl": number >= 1220,
            "havo": (number == 1222) | (number >= 2130),
            "vwo": level.isin(["2132", "3113", "3210", "3212", "3213"]),
        }
    ).astype(float)
    out = out.join(_circumstances(tables, year))
    traits = _traits(everybody, ranked)
    primary = tables.classes("inschrwpo", range(2008, 2020))
    secondary = tables.classes("onderwijsinschr", range(2012, 2024))
    for name, of in traits.items():
        out[f"primary_class_{name}"] = _latest(others(primary, of), primary)
        out[f"secondary_class_{name}"] = _latest(others(secondary, of), secondary)
    peers = everybody[everybody.birth_year.isin(frame.birth_year.unique())]
    for prefix, age in (("age12_neighborhood", 12), ("neighborhood", 16)):
        when = birthday(peers, age)
        place = tables.postcode_about(when).rename("place").to_frame().join(peers.birth_year).reset_index()
        place["group"] = place.place + "-" + place.birth_year.astype(str)
        for name, of in traits.items():
            out[f"{prefix}_{name}"] = others(place, of).set_axis(place.person)
    return out.reindex(frame.index)


def _circumstances(tables: Tables, year: pd.Series) -> pd.DataFrame:
    """Care costs, child protection and living space in a calendar year per child."""
    return pd.DataFrame(
        {
            "youth_health_costs": tables.of_year(year, tables.care).fillna(0.0),
            "youth_protection": tables.of_year(year, tables.protected).fillna(0.0),
            "living_space_pp": tables.living_space(year),
        },
        index=year.index,
    ).assign(
        youth_health_costs=lambda frame: frame.youth_health_costs.fillna(0.0),
        youth_protection=lambda frame: frame.youth_protection.fillna(0.0),
    )


def _traits(everybody: pd.DataFrame, ranked: pd.DataFrame) -> dict[str, pd.Series]:
    """What is known of pupils and neighbours: 1, 0, or missing."""
    abroad = pd.DataFrame(
        {side: (everybody[side] != "6030").where(everybody[side].notna()) for side in ("land_mother", "land_father")}
    ).astype(float)
    both = abroad.min(axis=1).where((abroad.notna().all(axis=1)) | (abroad.min(axis=1) == 0))
    at = ranked.income_rank
    return {
        "foreign_born_parents": both,
        "income_below_25th": (at < 0.25).astype(float),
        "income_below_50th": (at < 0.50).astype(float),
        "income_above_75th": (at > 0.75).astype(float),
    }


def others(members: pd.DataFrame, of: pd.Series) -> pd.Series:
    """Per row of `members` (person, group): the mean of `of` over the other members of whom it is known."""
    value = members.person.map(of)
    groups = value.groupby(members.group)
    total, known = groups.transform("sum"), groups.transform("count")
    rest = known - value.notna()
    return ((total - value.fillna(0)) / rest.where(rest > 0)).where(members.group.notna())


def _latest(value: pd.Series, members: pd.DataFrame) -> pd.Series:
    """The value of the last year of each person; of several rows the first."""
    rows = members.assign(value=value).sort_values("year", ascending=False, kind="stable")
    return rows.drop_duplicates("person").set_index("person").value


# Outcomes in group 8

ADVICES = ("10", "11", "20", "22", "30", "34", "42", "44", "60", "61", "70")
COMPARED = {
    ("1",): "ccuuuuuuuuu",
    ("10",): "cccuuuuuuuu",
    ("20", "21"): "oocccuuuuuu",
    ("22", "23", "30", "31"): "ooccccuuuuu",
    ("32", "33", "34", "35", "40", "41"): "oooccccuuuu",
    ("42", "43", "44", "50", "51"): "ooooocccuuu",
    ("52",): "oooooocccuu",
    ("60",): "ooooooocccu",
    ("61",): "ooooooooccc",
    ("70",): "ooooooooocc",
}
SIDES = {
    (teacher, test): side
    for teachers, row in COMPARED.items()
    for teacher in teachers
    for test, side in zip(ADVICES, row, strict=True)
}
GL_TEST, HAVO = ("42", "44", "60", "61", "70"), ("60", "61", "70")
GL_FINAL = ("40", "41", "42", "43", "44", "45", "50", "51", "52", "53", *HAVO)


def _among(codes: pd.Series, wanted: tuple[str, ...]) -> pd.Series:
    return codes.isin(wanted).astype(float).where(codes.notna())


def _group_eight(
    tables: Tables, sieve: Sieve, ranked: pd.DataFrame, everybody: pd.DataFrame, years: tuple[int, int]
) -> pd.DataFrame:
    sieve.keep("household_type", sieve.frame.has_household)
    rows = tables.classes("inschrwpo", range(years[0], years[1] + 1))
    last = rows.sort_values("year", ascending=False, kind="stable").drop_duplicates("person")
    seen = last.set_index("person")
    sieve.keep("in_grade", pd.Series(True, index=seen.index))
    marks = _marks(seen)
    sieve.keep("resident", tables.resident_in(sieve.frame.index, seen.year.reindex(sieve.frame.index)))
    sieve.keep("results", marks.notna().any(axis=1))
    frame = sieve.frame
    out = marks.reindex(frame.index)
    year = seen.year.reindex(frame.index)
    out = out.join(_circumstances(tables, year))
    out["class_size"] = seen.size_told.reindex(frame.index)
    scores = ("math", "reading", "language", "vmbo_gl_test", "havo_test", "vwo_test")
    of_rows = _marks(rows)
    for name in scores:
        out[f"class_{name}"] = _latest(others_by_row(rows, of_rows[name]), rows)
    traits = _traits(everybody, ranked)
    for name, of in traits.items():
        out[f"class_{name}"] = _latest(others(rows, of), rows)
    for name in traits:
        out[f"primary_neighborhood_{name}"] = np.nan
    peers = everybody[everybody.birth_year.isin(frame.birth_year.unique())]
    for label in sorted(year.dropna().unique()):
        when = of_date(pd.Series(label, index=peers.index), 1, 1)
        place = tables.postcode_about(when).rename("place").to_frame().join(peers.birth_year).reset_index()
        place["group"] = place.place + "-" + place.birth_year.astype(str)
        asked = year.index[year == label]
        for name, of in traits.items():
            value = others(place, of).set_axis(place.person)
            out.loc[asked, f"primary_neighborhood_{name}"] = value.reindex(asked)
    return out


def others_by_row(members: pd.DataFrame, value: pd.Series) -> pd.Series:
    """As `others`, for what is known per row."""
    groups = value.groupby(members.group)
    rest = groups.transform("count") - value.notna()
    return ((groups.transform("sum") - value.fillna(0)) / rest.where(rest > 0)).where(members.group.notna())


def _marks(rows: pd.DataFrame) -> pd.DataFrame:
    """Tests and advices of rows of group 8."""
    test = rows.test_advice
    final = rows.reconsidered.where(rows.reconsidered != "80")
    final = final.fillna(rows.advice.where(rows.advice != "80"))
    side = pd.Series([SIDES.get(pair) for pair in zip(final, test, strict=True)], index=rows.index, dtype=object)
    return pd.DataFrame(
        {
            "math": _among(rows.math, ("3", "4")),
            "reading": _among(rows.reading, ("4",)),
            "language": _among(rows.language, ("4",)),
            "vmbo_gl_test": _among(test, GL_TEST),
            "havo_test": _among(test, HAVO),
            "vwo_test": _among(test, ("70",)),
            "vmbo_gl_final": _among(final, GL_FINAL),
            "havo_final": _among(final, HAVO),
            "vwo_final": _among(final, ("70",)),
            "under_advice": (side == "u").astype(float).where(side.notna() & ~test.isin(["10", "11"])),
            "over_advice": (side == "o").astype(float).where(side.notna() & ~test.isin(["61", "70"])),
        }
    )


def main() -> None:
    """Write one cohort of a folder of register tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("cohort", choices=[*WINDOWS, "newborns"])
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    followed = follow(given.root, given.cohort)
    print(followed.dropped)
    followed.children.to_parquet(given.out)


if __name__ == "__main__":
    main()
