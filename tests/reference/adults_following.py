"""Who is followed, and by what children are grouped: the published rules once more, in pandas.

What the rules leave open or do wrong is decided as docs/cohorts.md has it; each place says which quirk it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from reference.adults_tables import Registers, covering, date, days_registered, rank

CARIBBEAN = ("7011", "5095", "5016", "5107", "5108", "5109", "5110")
ORIGINS = {"6030": "none", "6043": "turkey", "5022": "morocco", "5007": "suriname"} | dict.fromkeys(
    CARIBBEAN, "dutch_caribbean"
)
HOUSEHOLDS = {"6": "single", "4": "two", "5": "two"}
SLACK = 31


@dataclass(frozen=True)
class Rules:
    """The parameters in which the cohorts differ; years and ages include both ends."""

    births: tuple[int, int]
    loaded: tuple[int, int]
    parent_residency: tuple[int, int]
    parent_income: tuple[int, int]
    wealth_ages: tuple[int, ...]
    residency: tuple[int, int]
    income_required: bool


AGE35 = Rules((1981, 1985), (1981, 1985), (2003, 2011), (2003, 2007), (25, 26), (34, 35), income_required=True)
AGE21 = Rules((1995, 1999), (1993, 2001), (2008, 2012), (2008, 2012), (13,), (21, 21), income_required=False)


@dataclass
class Following:
    """Children that are still followed, and how many of the cohort each rule left."""

    registers: Registers
    rules: Rules
    left: dict[str, int] = field(default_factory=dict)

    def core(self, children: pd.DataFrame) -> pd.DataFrame:
        """The children of the cohort, without those loaded only as others' classmates."""
        return children[children.birth_year.between(*self.rules.births)]

    def keep(self, rule: str, children: pd.DataFrame) -> pd.DataFrame:
        """Note how many of the cohort a rule left."""
        self.left[rule] = len(self.core(children))
        return children


def ranked(following: Following) -> pd.DataFrame:
    """Children that passed the rules on birth, parents and home, with both parental ranks; by person."""
    registers, rules = following.registers, following.rules
    people = registers.people()
    children = people[people.birth_year.between(*rules.loaded)]
    children = following.keep("birth_date", children[children.born.notna()])
    children = following.keep("parents_known", children.join(registers.parents(), how="inner"))
    children = following.keep("home", _homes(registers, children))
    children = following.keep("parent_resident", _with_resident_parent(registers, rules, children))
    children["parental_income"] = _parental_income(registers, rules, children)
    if rules.income_required:
        children = following.keep("parents_income", children[children.parental_income.notna()])
    children["parents_income"] = children.parental_income
    children["income_rank"] = rank(children.parental_income, children.birth_year)
    children["parental_wealth"] = _parental_wealth(following, children)
    children["wealth_rank"] = rank(children.parental_wealth, children.birth_year)
    return children


def grouped(following: Following, children: pd.DataFrame) -> pd.DataFrame:
    """The cohort itself with its groups, without children that were in no household at 15 or lived abroad later."""
    registers, rules = following.registers, following.rules
    children = following.core(children).copy()
    children["origin"] = _origin(registers.people(), children)
    asked = pd.DataFrame({"person": children.index, "on": birthday(children, 15)}, index=children.index)
    at_home = covering(asked, registers.households()).dropna(subset=["kind"])
    children = following.keep("household_type", children.loc[children.index.intersection(at_home.index)].copy())
    # Q23: 2 and 3 are couples without children
    children["household_type"] = at_home.kind.reindex(children.index).map(HOUSEHOLDS).fillna("other")
    first = date(children.birth_year + rules.residency[0], 1, 1)
    last = date(children.birth_year + rules.residency[1], 12, 31)
    window = pd.DataFrame({"person": children.index, "first": first, "last": last}, index=children.index)
    enough = days_registered(window, registers.addresses()) >= last - first + 1 - SLACK
    children = following.keep("resident", children[enough])
    known = ~children.mother.str.startswith("-")
    children["household"] = children.mother.where(known, children.father)
    children["parent_education"] = None
    return children


def birthday(children: pd.DataFrame, age: int) -> pd.Series:
    """Day of a birthday."""
    return date(children.birth_year + age, children.month, children.day)


def _homes(registers: Registers, children: pd.DataFrame) -> pd.DataFrame:
    """Children with an address on their 15th birthday, and its codes on the borders of 2023; those may be missing."""
    asked = pd.DataFrame({"person": children.index, "on": birthday(children, 15)}, index=children.index)
    dwelling = covering(asked, registers.addresses()).dwelling
    children = children.loc[children.index.intersection(dwelling.index)].copy()
    dwelling = dwelling.reindex(children.index)
    areas = registers.areas(2023)
    # Q10: without a code a child stays, in no area
    children["pc4"] = dwelling.map(registers.postcodes(on=19_722))
    children["municipality"] = dwelling.map(areas.municipality)
    children["wijk"] = dwelling.map(areas.wijk)
    return children


def _pairs(children: pd.DataFrame) -> pd.DataFrame:
    """One row for each child and parent."""
    pairs = children[["mother", "father"]].rename_axis("child").reset_index()
    return pairs.melt("child", value_name="person").drop(columns="variable")


def _with_resident_parent(registers: Registers, rules: Rules, children: pd.DataFrame) -> pd.DataFrame:
    pairs = _pairs(children)  # Q14: a parent's days count for each child by themselves
    start, stop = rules.parent_residency
    ends = pd.Series([start, stop])
    first, last = date(ends, pd.Series([1, 12]), pd.Series([1, 31]))
    enough = days_registered(pairs.assign(first=first, last=last), registers.addresses()) >= last - first + 1 - SLACK
    return children[children.index.isin(pairs.child[enough])].copy()


def _parental_income(registers: Registers, rules: Rules, children: pd.DataFrame) -> pd.Series:
    """Mean gross income over the years of each parent, summed."""
    first, last = rules.parent_income
    years = pd.concat([registers.personal(year, "BRUT") for year in range(first, last + 1)])
    income = years.groupby(level=0).mean()
    both = pd.DataFrame({"mother": children.mother.map(income), "father": children.father.map(income)})
    return both.sum(axis=1, min_count=1)  # Q18: one parent without income does not blank the other


def _parental_wealth(following: Following, children: pd.DataFrame) -> pd.Series:
    """Wealth of the parents' household or households, of the first age at which it is known; of the core only."""
    wealth = pd.Series(float("nan"), index=children.index)
    for age in following.rules.wealth_ages:
        for birth_year, born in following.core(children).groupby("birth_year"):
            households = following.registers.wealth(int(birth_year) + age, "VEHW1000VERH")
            mother, father = (households.reindex(born[parent]).set_axis(born.index) for parent in ("mother", "father"))
            together = mother.household.str[1:] == father.household.str[1:]  # by the number only
            summed = pd.DataFrame({"mother": mother.wealth, "father": father.wealth}).sum(axis=1, min_count=1)
            one = father.wealth.fillna(mother.wealth)
            wealth = wealth.fillna(summed.mask(together, one))
    return wealth


def _origin(people: pd.DataFrame, children: pd.DataFrame) -> pd.Series:
    """Origin by the codes of the country; a native child of the second generation has that of a parent."""
    mother, father = (people.reindex(children[parent]).set_axis(children.index) for parent in ("mother", "father"))
    native = children.generation == "0"
    third = native & ((mother.generation == "2") | (father.generation == "2"))
    by_mother = third & (mother.generation == "2") & ~mother.roots.isin(["----", "0000"])
    by_father = third & ~by_mother & (father.generation == "2")
    roots = children.roots.mask(third, None).mask(by_mother, mother.roots).mask(by_father, father.roots)
    return roots.map(ORIGINS).fillna("other")
