"""A dozen children per cohort with every table that it takes, written by hand: to be spoilt by tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cohorts import handmade, handmade_age35, handmade_newborns, handmade_residents, handmade_young
from kansen import registers
from kansen.cohorts import Cohort, CohortDeclaration, build_cohort
from kansen.engine import load_engine
from kansen.geography import load_areas

Child = dict[str, Any]

TWELVE = range(12)
FLOORS = {"D1": [("19900101", "88888888", "90")], "D2": [("19900101", "88888888", "120")]}


def write(cohort: str, root: Path) -> None:
    """Write the tables of a cohort below `root`."""
    WORLDS[cohort](root)


def follow(cohort: CohortDeclaration, root: Path, vault: Path) -> Cohort:
    """Build a cohort from the tables below `root`."""
    engine = load_engine("duckdb", vault / "scratch")
    try:
        return build_cohort(cohort, registers.find(root), vault, engine, load_areas())
    finally:
        engine.close()


def _age35(root: Path) -> None:
    def child(number: int) -> Child:
        mother = {**handmade.NORMAL["mother"], "incomes": {2003 + number % 5: 10000 + 1000 * number}}
        return {
            "born": (str(1981 + number % 5), "06", "15"),
            "mother": mother,
            "household_incomes": dict.fromkeys(range(2015, 2021), 40000.0 + number),
            "incomes": dict.fromkeys(range(2015, 2021), 20000.0 + number),
            "levels": dict.fromkeys(range(2016, 2021), "3112"),
            "jobs": [(year, 100.0, 10.0, "Bepaalde tijd") for year in range(2016, 2021)],
            "gifts": [(2012, "1", 100.0)],
        }

    handmade_age35.write(root, {f"child {number}": child(number) for number in TWELVE})


def _age21(root: Path) -> None:
    def child(number: int) -> Child:
        born = 1995 + number % 5
        return {
            "born": (str(born), "06", "15"),
            "sex": "2",
            "income": 10000.0 * (number + 1),
            "levels": {born + 21: ("2111", "3112")},
            "mbo": {born + 21: (number % 2 == 0, number % 3 == 0)},
            "classes": [(born + 15, "A1", "4")],
            "children": [((str(born + 19), "01", "01"), number % 2 == 0)],
        }

    years = {
        "levels": range(2016, 2021),
        "costs": range(2015, 2020),
        "classes": range(2007, 2019),
        "mbo": range(2016, 2021),
    }
    _young(root, child, incomes=range(2008, 2013), wealth=range(2008, 2013), years=years)


def _age16(root: Path) -> None:
    def child(number: int) -> Child:
        born = 2000 + number % 5
        return {
            "born": (str(born), "06", "15"),
            "income": 10000.0 * (number + 1),
            "levels": {born + 16: ("1112", "2131")},
            "groups": [(born + 12, "A1", {})],
            "classes": [(born + 15, "B1", "4")],
        }

    last = range(2016, 2021)
    years = {"levels": last, "costs": last, "protected": last, "dwellings": last, "groups": range(2008, 2020),
             "classes": range(2012, 2024)}  # fmt: skip
    _young(root, child, incomes=range(2014, 2019), wealth=range(2014, 2019), years=years)


def _prim8(births: range, school: range, incomes: range, wealth: range) -> Callable[[Path], None]:
    def child(number: int) -> Child:
        tests = {"WPOREKENEN": "3", "WPOTAALLV": "4", "WPOTAALTV": "3", "WPOTOETSADVIES": "60"}
        pupil = {**tests, "WPOADVIESVO": "44", "WPOADVIESHERZ": "60"}
        born = births[number % len(births)]
        return {
            "born": (str(born), "06", "15"),
            "income": 10000.0 * (number + 1),
            "groups": [(school[number % len(school)], "A1", pupil)],
        }

    years = {"levels": range(births[0] + 10, births[-1] + 11), "costs": school, "dwellings": school, "groups": school,
             "protected": [year for year in school if year > 2014]}  # fmt: skip
    return lambda root: _young(root, child, incomes=incomes, wealth=wealth, years=years)


def _young(root: Path, child: Callable[[int], Child], **more: Any) -> None:
    children = {f"child {number}": child(number) for number in TWELVE}
    residents = {(year, home): 3 for year in more["years"].get("dwellings", ()) for home in ("D1", "D2")}
    handmade_young.write(root, children, floors=FLOORS, residents=residents, **more)


def _newborns(root: Path) -> None:
    def child(number: int) -> Child:
        born = 2011 + number % 10
        return {
            "born": f"{born}-03-10",
            "homes": [(f"{born}0310", "99991231", "D1")],
            "households": [(f"{born}0310", "99991231", "5", "1")],
            "mother": {"wealth": {born: 1000.0 * number}},
        }

    handmade_newborns.write(root, {f"child {number}": child(number) for number in TWELVE})


def _working_life(root: Path) -> None:
    def resident(number: int) -> Child:
        born = (str(1955 + number), "06", "15")
        return {"born": born, "incomes": {year: 9_000.0 + 1_000 * (number + year % 9) for year in range(2003, 2023)}}

    handmade_residents.write(root, {f"resident {number}": resident(number) for number in TWELVE})


WORLDS: dict[str, Callable[[Path], None]] = {
    "age35": _age35,
    "age21": _age21,
    "age16": _age16,
    "prim8_a": _prim8(range(2003, 2007), range(2014, 2019), range(2014, 2019), range(2014, 2018)),
    "prim8_b": _prim8(range(2009, 2012), range(2020, 2025), range(2015, 2020), range(2019, 2022)),
    "newborns": _newborns,
    "working_life": _working_life,
}
