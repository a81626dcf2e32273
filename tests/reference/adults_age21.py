"""The outcomes of age21 once more, in pandas, from the published rules."""

from __future__ import annotations

import pandas as pd

from reference.adults_age35 import UNIVERSITY, care_outcomes, per_year, role_at, whether
from reference.adults_following import AGE21, Following, birthday, grouped, ranked
from reference.adults_tables import OPEN, Registers, covering

INCOME = ("income_below_25th", "income_below_50th", "income_above_75th")
TRAITS = ("foreign_born_parents", *INCOME)


def age21(registers: Registers) -> tuple[pd.DataFrame, dict[str, int]]:
    """The cohort with all its outcomes by person, and how many children each rule left."""
    following = Following(registers, AGE21)
    with_ranks = ranked(following)
    children = grouped(following, with_ranks)
    role = role_at(registers.households(), children, 21)
    children = following.keep("c21_living_with_parents", children[role.notna()]).copy()
    traits = _traits(registers, with_ranks)
    outcomes = [
        _levels(registers, children),
        whether(role.reindex(children.index), ["1"]).rename("living_with_parents"),
        _young_parents(registers, children),
        care_outcomes(registers, children, 20),
        _class_means(registers, children, traits),
        *(_neighbourhood_means(registers, children, traits, age) for age in (12, 16)),
        whether(per_year(children, 21, registers.works), ["1"]).rename("mbo_employed"),
    ]
    return pd.concat([children, pd.concat(outcomes, axis=1).add_prefix("c21_")], axis=1), following.left


def _levels(registers: Registers, children: pd.DataFrame) -> pd.DataFrame:
    attained = per_year(children, 21, registers.level)
    followed = per_year(children, 21, lambda year: registers.level(year, followed=True))
    return pd.DataFrame(
        {
            "high_school_attained": (attained.fillna("0") >= "2110").astype("float64"),
            "hbo_followed": (followed.fillna("0") >= "3110").astype("float64"),
            "uni_followed": whether(followed, UNIVERSITY).fillna(0),
        }
    )


def _young_parents(registers: Registers, children: pd.DataFrame) -> pd.Series:
    born = registers.people().born
    links = registers.parents()
    links = links[links.index.str.startswith("R")].assign(born=born).dropna(subset=["born"])
    first = pd.concat([links.groupby(parent).born.min() for parent in ("mother", "father")])  # Q33: one is enough
    young = first.groupby(level=0).min().reindex(children.index) < birthday(children, 20)
    return young.astype("float64").rename("young_parents")


def _traits(registers: Registers, with_ranks: pd.DataFrame) -> pd.DataFrame:
    """What is known of everybody: 1, 0 or missing, by person."""
    people = registers.people()
    place = with_ranks.income_rank.reindex(people.index)
    unknown = ["----", "0000"]
    dutch = (people.mother_born == "6030") | (people.father_born == "6030")
    known = dutch | ~(people.mother_born.isin(unknown) | people.father_born.isin(unknown))
    traits = {
        "foreign_born_parents": (~dutch).astype("float64").where(known),
        "income_below_25th": (place < 0.25).astype("float64").where(place.notna()),
        "income_below_50th": (place < 0.50).astype("float64").where(place.notna()),
        "income_above_75th": (place > 0.75).astype("float64").where(place.notna()),
    }
    return pd.DataFrame(traits).join(people[["born", "birth_year", "month", "day"]])


def _others(members: pd.DataFrame, group: str | list[str]) -> pd.DataFrame:
    """Mean of each trait over the others of the group of whom it is known (Q36), by the index of `members`."""
    out = pd.DataFrame(index=members.index)
    for trait in TRAITS:
        of = members.groupby(group)[trait]
        total = of.transform("sum") - members[trait].fillna(0)
        known = of.transform("count") - members[trait].notna()
        out[trait] = total / known.where(known > 0)
    return out


def _class_means(registers: Registers, children: pd.DataFrame, traits: pd.DataFrame) -> pd.DataFrame:
    pupils = pd.concat([registers.fourth_year(year) for year in range(2007, 2019)], ignore_index=True)
    pupils = pupils.drop_duplicates(["person", "school"]).join(traits, on="person")
    means = _others(pupils, "school").assign(person=pupils.person, year=pupils.year)
    latest = means.sort_values("year", ascending=False, kind="stable").drop_duplicates("person").set_index("person")
    return latest[list(TRAITS)].add_prefix("secondary_class_").reindex(children.index)


def _neighbourhood_means(registers: Registers, children: pd.DataFrame, traits: pd.DataFrame, age: int) -> pd.DataFrame:
    traits = traits[traits.birth_year.between(*AGE21.births) & traits.born.notna()]
    asked = pd.DataFrame({"person": traits.index, "on": birthday(traits, age)}, index=traits.index)
    addresses = registers.addresses()
    addresses = addresses[addresses.person.isin(traits.index)]
    dwelling = covering(asked, addresses).dwelling.reindex(traits.index)
    # no address on the day: one that ended or started at most 31 days from it
    near = addresses.assign(start=addresses.start - 31, stop=(addresses.stop + 31).clip(upper=OPEN))
    dwelling = dwelling.fillna(covering(asked, near).dwelling.reindex(traits.index))
    members = traits.assign(pc4=dwelling.map(registers.postcodes(on=19_722)))
    members = members[members.pc4.notna()]
    means = _others(members, ["birth_year", "pc4"])
    return means.add_prefix(f"age{age}_neighborhood_").reindex(children.index)
