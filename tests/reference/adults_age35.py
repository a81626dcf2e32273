"""The outcomes of age35 once more, in pandas, from the published rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

import pandas as pd

from reference.adults_following import AGE35, Following, birthday, grouped, ranked
from reference.adults_tables import Registers, covering, date, rank, soon_after

GENERAL_CARE = (
    "HUISARTS", "MULTIDISC", "FARMACIE", "MONDZORG", "ZIEKENHUIS", "PARAMEDISCH", "HULPMIDDEL", "ZIEKENVERVOER",
    "BUITENLAND", "OVERIG", "GERIATRISCH", "WYKVERPLEGING", "EERSTELIJNSVERBLIJF",
)  # fmt: skip
HBO = ("3110", "3111", "3112", "3113", "3211", "3212", "3213")
UNIVERSITY = ("3113", "3212", "3213")


def age35(registers: Registers) -> tuple[pd.DataFrame, dict[str, int]]:
    """The cohort with all its outcomes by person, and how many children each rule left."""
    following = Following(registers, AGE35)
    children = grouped(following, ranked(following))
    children["household_income"] = _mean_of_two(children, lambda year: registers.household_income(year, "INHBRUTINKH"))
    children = following.keep("c35_household_income", children[children.household_income.notna()]).copy()
    outcomes = pd.concat(
        [
            _incomes(registers, children),
            _work(registers, children),
            _education(registers, children),
            care_outcomes(registers, children, 35),
            _wealth(registers, children),
            _dwellings(registers, children),
            _gifts(registers, children),
            _leaving_home(registers, children),
        ],
        axis=1,
    )
    return pd.concat([children, outcomes.add_prefix("c35_")], axis=1), following.left


def per_year(children: pd.DataFrame, age: int, read: Callable[[int], pd.Series]) -> pd.Series:
    """What `read` has of each child, by person, in the year in which it reaches an age."""
    parts = [
        read(int(birth_year) + age).reindex(born.index).astype("object")
        for birth_year, born in children.groupby("birth_year")
    ]
    return pd.concat(parts).reindex(children.index)


def whether(found: pd.Series, codes: Iterable[str]) -> pd.Series:
    """1 or 0: whether a code is in a list; missing when there is no code."""
    return found.isin(list(codes)).astype("float64").where(found.notna())


def care_outcomes(registers: Registers, children: pd.DataFrame, age: int) -> pd.DataFrame:
    """Use of care, and its costs, in the year of an age; who is not in the file has none."""

    def column(*names: str) -> pd.Series:
        def read(year: int) -> pd.Series:
            care = registers.care(year)
            return care[[f"ZVWK{name}" for name in names if f"ZVWK{name}" in care]].sum(axis=1)

        return per_year(children, age, read).astype("float64").fillna(0)

    def registration(year: int) -> pd.Series:
        return registers.care(year).NOPZVWKHUISARTSINSCHRIJF

    mental = (column("GENBASGGZ", "SPECGGZ") > 0).astype("float64")
    fee = per_year(children, age, registration).astype("float64").fillna(0)
    return pd.DataFrame(
        {
            "pharma": (column("FARMACIE") > 0).astype("float64"),
            "basic_mhc": mental,
            "mhc": mental,  # Q37
            "specialist_mhc": (column("SPECGGZ") > 0).astype("float64"),
            "hospital": (column("ZIEKENHUIS") > 0).astype("float64"),
            "total_health_costs": column(*GENERAL_CARE) - fee,  # Q31: nothing about birth care
        }
    )


def _mean_of_two(children: pd.DataFrame, read: Callable[[int], pd.Series]) -> pd.Series:
    years = pd.DataFrame({age: per_year(children, age, read).astype("float64") for age in (34, 35)})
    return years.mean(axis=1)


def _incomes(registers: Registers, children: pd.DataFrame) -> pd.DataFrame:
    out = pd.DataFrame({"household_income": children.household_income})
    for name, column in (("disposable", "INHBESTINKH"), ("primary", "INHPRIMINKH")):
        out[f"{name}_household_income"] = _mean_of_two(
            children, lambda year, column=column: registers.household_income(year, column)
        )
    out["income"] = _mean_of_two(children, lambda year: registers.personal(year, "BRUT"))
    out["earnings"] = _mean_of_two(children, lambda year: registers.personal(year, "PRIM"))
    out["individual_income"], out["individual_earnings"] = out.income, out.earnings
    for name in list(out):
        out[f"{name}_perc"] = rank(out[name], children.birth_year)
    for name in ("income", "household_income"):
        place = out[f"{name}_perc"]
        out[f"top_20_{name}"] = (place >= 0.8).astype("float64").where(place.notna())
        out[f"bottom_20_{name}"] = (place <= 0.2).astype("float64").where(place.notna())
    out["more_than_parents"] = (out.household_income > children.parents_income).astype("float64")
    poor = [per_year(children, age, registers.poverty).astype("float64") for age in (34, 35)]
    below = (poor[0] < 100) & (poor[1] < 100)
    above = (poor[0] >= 100) | (poor[1] >= 100)
    out["household_below_poverty"] = below.astype("float64").where(below | above)
    return out


def _work(registers: Registers, children: pd.DataFrame) -> pd.DataFrame:
    on = date(children.birth_year + 35, 12, 31)
    status = covering(pd.DataFrame({"person": children.index, "on": on}, index=children.index), registers.statuses())
    code = status.code.reindex(children.index)
    # Q27: no category on the day is missing for all three
    out = pd.DataFrame({"employed": whether(code, ["11", "12", "13", "14"])})
    out["social_assistance"] = whether(code, ["22"])
    out["disability"] = whether(code, ["24"])

    def hours(year: int) -> pd.Series:
        return registers.jobs(year).groupby("person").hours.sum(min_count=1)

    def unknown_hours(year: int) -> pd.Series:
        return registers.jobs(year).groupby("person").hours.agg(lambda hours: hours.isna().any())

    def wage(year: int) -> pd.Series:
        return registers.jobs(year).groupby("person").wage.sum(min_count=1)

    def permanent(year: int) -> pd.Series:
        most = registers.jobs(year).groupby(["person", "contract"]).hours.sum().rename("hours").reset_index()
        most["permanent"] = (most.contract == "Onbepaalde tijd").astype("float64")
        most = most.sort_values(["hours", "permanent"], kind="stable").drop_duplicates("person", keep="last")
        return most.set_index("person").permanent

    worked = per_year(children, 35, hours).astype("float64")
    out["hrs_work_pw"] = (worked / 52).mask(per_year(children, 35, unknown_hours).eq(True))
    out["hourly_wage"] = per_year(children, 35, wage).astype("float64") / worked.where(worked > 0)  # Q26
    for bound in (11, 14, 16):
        low = (out.hourly_wage < bound).astype("float64")
        out[f"hourly_wage_max_{bound}"] = low.where(out.hourly_wage.notna())
    out["permanent_contract"] = per_year(children, 35, permanent).astype("float64")
    return out


def _education(registers: Registers, children: pd.DataFrame) -> pd.DataFrame:
    level = per_year(children, 35, registers.level)
    return pd.DataFrame(
        {"hbo_attained": whether(level, HBO).fillna(0), "wo_attained": whether(level, UNIVERSITY).fillna(0)}
    )


def _wealth(registers: Registers, children: pd.DataFrame) -> pd.DataFrame:
    def read(column: str) -> pd.Series:
        found = per_year(children, 35, lambda year: registers.wealth(year, column).wealth.dropna())
        return found.astype("float64")

    out = pd.DataFrame({"wealth": read("VEHW1000VERH"), "wealth_no_home": read("VEHWVEREXEWH")})
    out["home_wealth"] = out.wealth - out.wealth_no_home
    out["debt"] = (-out.wealth).clip(lower=0)
    out["wealth_perc"] = rank(out.wealth, children.birth_year)
    return out


def _dwellings(registers: Registers, children: pd.DataFrame) -> pd.DataFrame:
    addresses, floors = registers.addresses(), registers.floors()

    def owner_and_space(age: int) -> tuple[pd.Series, pd.Series]:
        on = date(children.birth_year + age, 1, 1)
        at = covering(pd.DataFrame({"person": children.index, "on": on}, index=children.index), addresses)
        at = at.assign(birth_year=children.birth_year.reindex(at.index))
        by_dwelling = pd.DataFrame({"person": at.dwelling, "on": at.on}, index=at.index)
        area = covering(by_dwelling, floors).area.reindex(at.index)
        owners = [
            registers.owners(int(birth_year) + age).reindex(lived.dwelling).set_axis(lived.index)
            for birth_year, lived in at.groupby("birth_year")
        ]
        of = pd.concat(owners).reindex(at.index)
        return of.owner.reindex(children.index), (area / of.residents).reindex(children.index)

    owner, space = owner_and_space(35)
    _, before = owner_and_space(34)  # Q28: area and residents of one address and year
    return pd.DataFrame({"homeowner": whether(owner, ["E"]), "living_space_pp": space.fillna(before)})


def _gifts(registers: Registers, children: pd.DataFrame) -> pd.DataFrame:
    def received(year: int) -> pd.Series:
        return registers.gifts(year).groupby("person").amount.sum()

    parts = [per_year(children, age, received).astype("float64") for age in range(27, 35)]
    any_gift = reduce(lambda one, other: one | other, (part.notna() for part in parts))
    total = reduce(lambda one, other: one + other, (part.fillna(0) for part in parts))
    return pd.DataFrame({"gifts_received": any_gift.astype("float64"), "sum_gifts": total})


def _leaving_home(registers: Registers, children: pd.DataFrame) -> pd.DataFrame:
    spells = registers.households()
    spells = spells[spells.person.isin(children.index)]
    left = pd.Series(35, index=children.index)
    for age in range(35, 14, -1):
        role = role_at(spells, children, age)
        left = left.mask(role.notna() & (role != "1"), age)
    return pd.DataFrame({"age_left_parents": left.astype("float64")})


def role_at(spells: pd.DataFrame, children: pd.DataFrame, age: int) -> pd.Series:
    """Place in the household (PLHH) on a birthday, else the first that starts within 365 days after it."""
    asked = pd.DataFrame({"person": children.index, "on": birthday(children, age)}, index=children.index)
    on_the_day = covering(asked, spells)
    later = soon_after(asked.drop(on_the_day.index), spells, 365)
    return pd.concat([on_the_day.role, later.role]).reindex(children.index)
