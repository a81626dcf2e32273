"""The tables of age35 that only some outcomes need, written by hand beside those of `handmade`.

A child may also have, each as in `NORMAL` when it says nothing:

jobs : rows (year, wage, hours, type of contract) of the register of jobs
wealth : (net worth, net worth without the own home) of its household, per year
poverty : income of its household in percent of the poverty line, per year
gifts : rows (year, type of exemption, amount)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cohorts import handmade

NORMAL: dict[str, Any] = {"jobs": [], "wealth": {}, "poverty": {}, "gifts": []}

OWNERS: dict[str, dict[int, tuple[str, int]]] = {
    # dwelling: year: type of owner, residents on 1 January
    "H1": {2017: ("E", 5), 2018: ("E", 2), 2019: ("E", 4)},
    "H2": {2017: ("H", 4), 2018: ("H", 4)},
    "H4": {2017: ("H", 0), 2018: ("H", 0)},
    "H5": {2017: ("H", 1), 2018: ("H", 3)},
    "H6": {2018: ("-", 2)},
}

AREAS = [
    # dwelling, first day, last day, square metres
    ("H1", "20100101", "88888888", "100"),
    ("H2", "20100101", "88888888", "80"),
    ("H3", "20100101", "88888888", "70"),
    ("H4", "20100101", "88888888", "60"),
    ("H5", "20100101", "20171231", "90"),
    ("H5", "20180101", "88888888", "120"),
    ("H6", "20180102", "88888888", "75"),
]

STRANGER = handmade.person(999_999_999)


def home_since_2011(dwelling: str, until: str = "99991231") -> list[tuple[str, str, str]]:
    """A childhood in D1, and then a dwelling of `OWNERS`."""
    return [("19830615", "20101231", "D1"), ("20110101", until, dwelling)]


def write(root: Path, children: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Write all tables of these children below `root`; returns the person key of each name."""
    keys = handmade.write(root, children)
    rows: dict[str, list[dict[str, Any]]] = {}

    def add(file: str, **row: Any) -> None:
        rows.setdefault(file, []).append(row)

    for name, own in children.items():
        child, number = {**NORMAL, **own}, keys[name][1:]
        for year, wage, hours, contract in child["jobs"]:
            _add_job(add, number, year, wage, hours, contract)
        for year, (all_of_it, without_home) in child["wealth"].items():
            _add_wealth(add, number, year, all_of_it, without_home)
        for year, percent in child["poverty"].items():
            add(f"InkomenBestedingen/INHARMATAB/INHARMA{year}TABV1", **_home(number), INHARMOEDE=float(percent))
        for year, kind, amount in child["gifts"]:
            _add_gift(add, number, year, kind, amount)
    _add_strangers(add)
    for dwelling, years in OWNERS.items():
        for year, (owner, residents) in years.items():
            _add_owner(add, dwelling, year, owner, residents)
    for dwelling, start, end, metres in AREAS:
        add(
            "BouwenWonen/LEVCYCLWOONNIETWOONBUS/LEVCYCLWOONNIETWOONBUSV2024122", **_dwelling(dwelling),
            AANVLEVCYCLWOONNIETWOON=start, EINDLEVCYCLWOONNIETWOON=end, VBOOPPERVLAKTE=metres,
        )  # fmt: skip
    handmade.write_tables(root, rows)
    return keys


def _home(number: str) -> dict[str, str]:
    return {"RINPERSOONSHKW": "R", "RINPERSOONHKW": number}


def _dwelling(name: str) -> dict[str, str]:
    return {"SOORTOBJECTNUMMER": "B", "RINOBJECTNUMMER": name}


def _add_job(add: Any, number: str, year: int, wage: float | None, hours: float | None, contract: str | None) -> None:
    add(
        f"Spolis/SPOLISBUS/SPOLISBUS{year}V1", RINPERSOONS="R", RINPERSOON=number, SBASISLOON=wage, SBASISUREN=hours,
        SCONTRACTSOORT=contract,
    )  # fmt: skip


def _add_wealth(add: Any, number: str, year: int, all_of_it: float, without_home: float) -> None:
    add(
        f"InkomenBestedingen/VEHTAB/VEH{year}TABV1", **_home(number), VEHW1000VERH=float(all_of_it),
        VEHWVEREXEWH=float(without_home),
    )  # fmt: skip


def _add_gift(add: Any, number: str, year: int, kind: str, amount: float | None) -> None:
    add(
        f"InkomenBestedingen/SCHTAB/{year}/SCH{year}TABV1", RINPERSOONSONTVANGER="R", RINPERSOONONTVANGER=number,
        SCHTYPEVRIJ=kind, SCHBRUTSCHK=amount,
    )  # fmt: skip


def _add_owner(add: Any, dwelling: str, year: int, owner: str, residents: int) -> None:
    add(
        f"BouwenWonen/EIGENDOMTAB/EIGENDOM{year}TABV1", **_dwelling(dwelling), TypeEigenaar=owner,
        AantalBewoners=residents,
    )  # fmt: skip


def _add_strangers(add: Any) -> None:
    """A stranger in every year of every table."""
    for year in range(2016, 2021):
        _add_job(add, STRANGER, year, 1.0, 1.0, "Bepaalde tijd")
    for year in (*range(2006, 2012), *range(2016, 2021)):
        _add_wealth(add, STRANGER, year, 1.0, 1.0)
    for year in range(2015, 2021):
        add(f"InkomenBestedingen/INHARMATAB/INHARMA{year}TABV1", **_home(STRANGER), INHARMOEDE=100.0)
        _add_owner(add, "H0", year, "E", 1)
    for year in range(2008, 2020):
        _add_gift(add, STRANGER, year, "1", 1.0)
    for year in range(2006, 2011):
        add(
            f"InkomenBestedingen/KOPPELPERSOONHUISHOUDEN/Koppeltabel_IPI_IHI_IVB{year}", RINPERSOONS="R",
            RINPERSOON=STRANGER, RINPERSOONSKERN="R", RINPERSOONKERN=STRANGER,
        )  # fmt: skip
    add(
        "InkomenBestedingen/KOPPELPERSOONHUISHOUDEN/KOPPELPERSOONHUISHOUDEN2011", RINPERSOONS="R", RINPERSOON=STRANGER,
        **_home(STRANGER),
    )  # fmt: skip
