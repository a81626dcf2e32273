"""The cohort newborns once more, from its published description."""

from __future__ import annotations

import pandas as pd

from reference.young_reference import Followed, Sieve, education, household_type, origin, rank
from reference.young_tables import Tables, clean, day

BIRTHS = (2011, 2020)
INCOMES = range(2014, 2019)
DEATHS = range(2011, 2022)
FIRST_DAY = 161
TENTH = {
    sex: [int(number) for number in numbers.split()]
    for sex, numbers in {
        "men": """
            473 486 498 511 523 536 549 561 574 587 600 613 626 640 654 668 683 698 713 729 746 763 780 797 815 833
            851 870 888 906 925 943 961 979 998 1016 1034 1052 1071 1090 1109 1128 1147 1167 1187 1207 1227 1247
            1268 1288 1309 1330 1351 1373 1395 1417 1439 1462 1486 1509 1533 1557 1581 1606 1631 1656 1681 1707 1733
            1759 1785 1811 1838 1864 1891 1918 1944 1971 1998 2025 2052 2079 2107 2134 2161 2188 2215 2241 2267 2292
            2318 2344 2369 2395 2422 2449 2476 2504 2531 2559 2587 2616 2644 2671 2699 2727 2755 2782 2810 2837 2864
            2890 2917 2942 2968 2993 3017 3041 3064 3086 3108 3128 3148 3168 3186 3203 3220 3236 3251 3266 3280 3293
            3306 3318
        """,
        "women": """
            428 442 456 470 484 498 512 526 540 553 567 581 595 608 622 635 649 663 677 691 706 721 736 752 768 784
            801 818 835 853 871 889 907 925 943 961 979 997 1015 1033 1052 1070 1088 1107 1125 1144 1163 1182 1202
            1221 1241 1262 1282 1303 1325 1346 1368 1391 1414 1436 1460 1483 1506 1530 1554 1578 1602 1627 1651 1676
            1700 1725 1751 1776 1802 1828 1854 1881 1907 1934 1961 1988 2015 2043 2070 2097 2124 2151 2177 2204 2230
            2256 2282 2308 2334 2360 2385 2411 2437 2463 2489 2515 2542 2569 2595 2622 2648 2675 2701 2727 2753 2778
            2803 2828 2852 2876 2900 2923 2946 2968 2989 3009 3028 3046 3064 3080 3096 3111 3125 3138 3150 3163 3174
            3185
        """,
    }.items()
}
"""Tenth percentile of birth weight in grams, by day of gestation from day 161 on (Hoftiezer and others, 2019)."""


def newborns(tables: Tables) -> Followed:
    """Births of 2011-2020."""
    births = _births(tables)
    sieve = Sieve(births)
    sieve.keep("birth_measured", births.gestation.between(168, 294) & births.weight.notna())
    sieve.keep("sex_known", sieve.frame.sex.notna())
    sieve.keep("mother_known", sieve.frame.mother.notna())
    frame = sieve.frame
    own = tables.addresses.drop_duplicates("who").set_index("who").dwelling
    homes = pd.Series(frame.index, index=frame.index).map(own)
    homes = homes.fillna(tables.dwelling_of(frame.mother, frame.birth))
    sieve.keep("home", homes.notna())
    sieve.frame = sieve.frame.join(tables.areas(homes.reindex(sieve.frame.index)))
    sieve.frame = sieve.frame.assign(income=_income(tables, sieve.frame))
    sieve.keep("parents_income", sieve.frame.income.notna())
    frame = sieve.frame
    frame = frame.assign(
        parents_income=frame.income,
        income_rank=rank(frame.income, frame.birth_year),
        wealth_rank=rank(_wealth(tables, frame), frame.birth_year),
    )
    own_kind = tables.household_spells.drop_duplicates("who").set_index("who").kind
    has_own = pd.Series(frame.index.isin(own_kind.index), index=frame.index)
    kind = pd.Series(frame.index, index=frame.index).map(own_kind)
    of_mother = tables.household_of(frame.mother, frame.birth)
    kind = kind.where(has_own, of_mother.reindex(frame.index))
    has = has_own | frame.index.isin(of_mother.index)
    pairs = frame[["mother", "birth_year"]].rename(columns={"mother": "parent"}).reset_index()
    sieve.frame = frame.assign(
        household=frame.mother,
        household_type=kind.map(household_type),
        origin=_origin(tables, frame),
        parent_education=education(tables, pairs, pairs.birth_year),
    )
    sieve.keep("household_type", has)
    out = sieve.frame
    out = out.join(_outcomes(tables, out).add_prefix("c00_"))
    return Followed(out, sieve.dropped)


def _births(tables: Tables) -> pd.DataFrame:
    raw = tables.read("PERINED/8151_PERINED")
    child, mother = (tables.key(raw, f"CBKSoortNr_{who}", f"Rinpersoon_{who}") for who in ("Kind", "Moeder"))
    weight = pd.to_numeric(raw.geboortegew, errors="coerce")
    frame = pd.DataFrame(
        {
            "person": child,
            "perined_mother": mother.where(mother.str[0] != "G"),
            "birth": day(raw.ddgeb.astype(str).str[:10].str.replace("-", "")),
            "birth_year": raw.ddgeb.astype(str).str[:4].astype(int),
            "gestation": pd.to_numeric(raw.amddd, errors="coerce"),
            "weight": weight.where(weight < 9999),
            "own_sex": clean(raw.gesl.astype(str)).map({"1": "men", "2": "women"}),
            "stage": clean(raw.sterfte.astype(str)),
        }
    ).dropna(subset=["person"])
    frame = frame[frame.birth_year.between(*BIRTHS)].set_index("person")
    register = tables.parents.mother.reindex(frame.index)
    persons = tables.persons
    return frame.assign(
        core=True,
        sex=persons.sex.reindex(frame.index).fillna(frame.own_sex),
        mother=frame.perined_mother.fillna(register.where(register.str[0] != "G")),
    )


def _origin(tables: Tables, frame: pd.DataFrame) -> pd.Series:
    persons = tables.persons
    own = persons[["generation", "roots"]].reindex(frame.index)
    own["generation"] = own.generation.fillna(frame.mother.map(persons.generation))
    own["roots"] = own.roots.fillna(frame.mother.map(persons.roots))
    return origin(tables, own.assign(mother=frame.mother), ("mother",))


def _income(tables: Tables, frame: pd.DataFrame) -> pd.Series:
    """Gross income of the mother's household, mean of the known years that are not negative."""
    years = []
    for year in INCOMES:
        persons = tables.read(f"InkomenBestedingen/INPATAB/INPA{year}TABV1")
        link = tables.key(persons, "RINPERSOONSHKW", "RINPERSOONHKW").set_axis(pd.Index(tables.key(persons)))
        raw = tables.read(f"InkomenBestedingen/INHATAB/INHA{year}TABV1")
        amount = tables.amounts(raw.INHBRUTINKH, tables.key(raw, "RINPERSOONSHKW", "RINPERSOONHKW"))
        value = frame.mother.map(link.dropna()).map(amount / tables.price(year))
        years.append(value.where(value >= 0))
    return pd.concat(years, axis=1).mean(axis=1)


def _wealth(tables: Tables, frame: pd.DataFrame) -> pd.Series:
    parts = [
        group.mother.map(tables.households(year)).map(tables.net_worth(year)) / tables.price(year)
        for year, group in frame.groupby("birth_year")
    ]
    return pd.concat(parts).reindex(frame.index)


def _deaths(tables: Tables) -> pd.Series:
    """The day of death per person."""
    parts = []
    of_causes = [f"GezondheidWelzijn/DOODOORZTAB/{year}/DOODOORZ{year}TABV1" for year in DEATHS if year > 2012]
    causes = set(pd.concat([tables.key(tables.read(place)) for place in of_causes]))
    for year in DEATHS:
        if year <= 2012:
            raw = tables.read(f"GezondheidWelzijn/DO/{year}/DO {year}V1")
            who, text = tables.key(raw, "rinpersoons", "rinpersoon"), raw.ovljr + raw.ovlmnd + raw.ovldag
        else:
            raw = tables.read(f"Bevolking/GBAOVERLIJDENTAB/{year}/GBAOVERLIJDEN{year}TABV1")
            raw = raw[tables.key(raw).isin(causes)]
            who, text = tables.key(raw), raw.GBADatumOverlijden
        parts.append(day(text).set_axis(pd.Index(who)))
    return pd.concat(parts).dropna().groupby(level=0).min()


def _outcomes(tables: Tables, frame: pd.DataFrame) -> pd.DataFrame:
    died = pd.Series(frame.index, index=frame.index).map(_deaths(tables))
    days = died - frame.birth
    around = frame.stage.isin(["1", "2", "3"])
    perinatal = (days <= 7) | around
    four_weeks = around | (frame.stage == "4")
    limit = [TENTH[sex][int(gestation) - FIRST_DAY] for sex, gestation in zip(frame.sex, frame.gestation, strict=True)]
    return pd.DataFrame(
        {
            "perinatal_mortality": perinatal,
            "neonatal_mortality": (days <= 28) | four_weeks,
            "infant_mortality": (days < 365) | four_weeks,
            "preterm_birth": (frame.gestation < 259).astype(float).where(~perinatal),
            "sga": (frame.weight < limit).astype(float).where(~perinatal),
        }
    ).astype(float)
