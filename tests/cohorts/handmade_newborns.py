"""Births and what belongs to them, written by hand. Everything is as in `NORMAL` unless a child says otherwise.

A child has a key of its own and a mother, who is another person per child unless `mother` names one of `mothers`.

registered : the child is in the register of persons
mother_key : type of the mother's key in the register of births; None: the mother is not told there
linked : the mother is in the register of children and parents
causes, deaths : (file year, day of death as yyyymmdd) in the registers of causes of death and of deaths
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cohorts import handmade
from cohorts.handmade import ALWAYS

NORMAL: dict[str, Any] = {
    "born": "2015-03-10",
    "days": 280,
    "grams": 3500,
    "told_sex": "1",
    "stage": "0",
    "registered": True,
    "sex": "1",
    "generation": "0",
    "country": "6030",
    "homes": [("20150310", "99991231", "D1")],
    "households": [("20150310", "99991231", "5", "1")],
    "mother": {},
    "mother_key": "R",
    "linked": True,
    "causes": [],
    "deaths": [],
}

MOTHER: dict[str, Any] = {
    "generation": "0",
    "country": "6030",
    "homes": [(*ALWAYS, "D1")],
    "households": [(*ALWAYS, "5", "5")],
    "incomes": {2014: 40000.0},
    "wealth": {},
    "levels": {},
}

TRAININGS = {"100001": "AAA1", "200002": "BBB2"}
"""Number of a training to its type."""

TYPES = {"AAA1": "3212", "BBB2": "3112"}
"""Type of training to level."""

STRANGER = handmade.person(999_999_999)
PERSONS = "Bevolking/GBAPERSOONTAB/2023/GBAPERSOON2023TABV1"
BIRTHS = "PERINED/8151_PERINED"


def write(
    root: Path, children: dict[str, dict[str, Any]], mothers: dict[str, dict[str, Any]] | None = None
) -> dict[str, str]:
    """Write all tables of these children below `root`; returns the person key of each name."""
    rows: dict[str, list[dict[str, Any]]] = {}

    def add(file: str, **row: Any) -> None:
        rows.setdefault(file, []).append(row)

    keys: dict[str, str] = {}
    shared = {name: handmade.person(500_000_000 + number) for number, name in enumerate(mothers or {})}
    for name, number in shared.items():
        _add_mother(add, number, {**MOTHER, **(mothers or {})[name]})
    for place, (name, own) in enumerate(children.items(), 1):
        child, number = {**NORMAL, **own}, handmade.person(100_000_000 + 10 * place)
        keys[name] = "R" + number
        mother = shared.get(child["mother"]) if isinstance(child["mother"], str) else None
        if mother is None:
            mother = handmade.person(100_000_000 + 10 * place + 1)
            _add_mother(add, mother, {**MOTHER, **child["mother"]})
        _add_child(add, number, mother, child)
    _add_strangers(add)
    _add_dwellings(add)
    handmade.write_tables(root, rows)
    return keys


def _key(number: str) -> dict[str, str]:
    return {"RINPERSOONS": "R", "RINPERSOON": number}


def _home(number: str) -> dict[str, str]:
    return {"RINPERSOONSHKW": "R", "RINPERSOONHKW": number}


def _add_child(add: Any, number: str, mother: str, child: dict[str, Any]) -> None:
    told = child["mother_key"]
    add(
        BIRTHS, CBKSoortNr_Kind="R", Rinpersoon_Kind=number, CBKSoortNr_Moeder=told or "-",
        Rinpersoon_Moeder=mother if told == "R" else "888888888" if told else "---------",
        ddgeb=f"{child['born']} 00:00:00", amddd=child["days"], geboortegew=child["grams"], gesl=child["told_sex"],
        sterfte=child["stage"], etnic="UNK",
    )  # fmt: skip
    if child["registered"]:
        _add_person(add, number, child["sex"], child["generation"], child["country"])
    if child["linked"]:
        add(
            "Bevolking/KINDOUDERTAB/KINDOUDER2023TABV1", **_key(number), XKOPPELNUMMER="1", RINPERSOONSMa="R",
            RINPERSOONMa=mother, RINPERSOONSpa="-", RINPERSOONpa="---------",
        )  # fmt: skip
    _add_spells(add, number, child)
    for year, _ in child["causes"]:
        _add_cause(add, number, year, dict(child["causes"])[year])
    for year, day in child["deaths"]:
        add(f"Bevolking/GBAOVERLIJDENTAB/{year}/GBAOVERLIJDEN{year}TABV1", **_key(number), GBADatumOverlijden=day)


def _add_mother(add: Any, number: str, mother: dict[str, Any]) -> None:
    _add_person(add, number, "2", mother["generation"], mother["country"])
    _add_spells(add, number, mother)
    for year, income in mother["incomes"].items():
        add(f"InkomenBestedingen/INHATAB/INHA{year}TABV1", **_home(number), INHBRUTINKH=float(income))
    for year, worth in mother["wealth"].items():
        add(f"InkomenBestedingen/VEHTAB/VEH{year}TABV1", **_home(number), VEHW1000VERH=float(worth))
    for year in sorted({*mother["incomes"], *mother["wealth"]}):
        _add_link(add, number, year)
    for year, level in mother["levels"].items():
        _add_level(add, number, year, level)


def _add_person(add: Any, number: str, sex: str, generation: str, country: str) -> None:
    add(PERSONS, **_key(number), GBAGESLACHT=sex, GBAGENERATIE=generation, GBAHERKOMSTGROEPERING=country)


def _add_spells(add: Any, number: str, who: dict[str, Any]) -> None:
    for start, end, dwelling in who["homes"]:
        add(
            "Bevolking/GBAADRESOBJECTBUS/GBAADRESOBJECT2023BUSV1", **_key(number), GBADATUMAANVANGADRESHOUDING=start,
            GBADATUMEINDEADRESHOUDING=end, SOORTOBJECTNUMMER="B", RINOBJECTNUMMER=dwelling,
        )  # fmt: skip
    for start, end, kind, place in who["households"]:
        add(
            "Bevolking/GBAHUISHOUDENSBUS/GBAHUISHOUDENS2023BUSV1", **_key(number), DATUMAANVANGHH=start,
            DATUMEINDEHH=end, TYPHH=kind, PLHH=place,
        )  # fmt: skip


def _add_cause(add: Any, number: str, year: int, day: str) -> None:
    if year > 2012:
        add(f"GezondheidWelzijn/DOODOORZTAB/{year}/DOODOORZ{year}TABV1", **_key(number))
        return
    file = f"GezondheidWelzijn/DO/DO{year}V1" if year < 2012 else "GezondheidWelzijn/DO/2012/DO 2012V1"
    add(file, rinpersoons="R", rinpersoon=number, ovljr=day[:4], ovlmnd=day[4:6], ovldag=day[6:])


def _add_link(add: Any, number: str, year: int) -> None:
    add(
        f"InkomenBestedingen/KOPPELPERSOONHUISHOUDEN/KOPPELPERSOONHUISHOUDEN{year}", **_key(number), **_home(number),
    )  # fmt: skip


def _add_level(add: Any, number: str, year: int, level: str) -> None:
    """A level, or until 2012 the number of a training."""
    column = "OPLNRHB" if year < 2013 else f"OPLNIVSOI{'2016AGG4HBMET' if year < 2019 else '2021AGG4HBmet'}NIRWO"
    add(f"Onderwijs/HOOGSTEOPLTAB/{year}/HOOGSTEOPL{year}TABV1", **_key(number), **{column: level})


def _add_strangers(add: Any) -> None:
    for year in range(2014, 2019):
        add(f"InkomenBestedingen/INHATAB/INHA{year}TABV1", **_home(STRANGER), INHBRUTINKH=1.0)
    for year in range(2011, 2021):
        add(f"InkomenBestedingen/VEHTAB/VEH{year}TABV1", **_home(STRANGER), VEHW1000VERH=1.0)
        _add_link(add, STRANGER, year)
        _add_level(add, STRANGER, year, "100001" if year < 2013 else "1112")
    for year in range(2011, 2022):
        _add_cause(add, STRANGER, year, f"{year}0101")
    for year in range(2013, 2022):
        file = f"Bevolking/GBAOVERLIJDENTAB/{year}/GBAOVERLIJDEN{year}TABV1"
        add(file, **_key(handmade.person(900_000_000 + year)), GBADatumOverlijden=f"{year}0101")


def _add_dwellings(add: Any) -> None:
    references = "Utilities/Code_Listings/SSBreferentiebestanden"
    for training, kind in TRAININGS.items():
        add(f"{references}/OPLEIDINGSNRREFV34", OPLNR=training, CTO2021V=kind)
    for kind, level in TYPES.items():
        add(f"{references}/CTOREFV12", CTO=kind, OPLNIVSOI2016AGG4HB=level)
    for dwelling, (postcodes, municipality, wijk) in handmade.DWELLINGS.items():
        own = {"SOORTOBJECTNUMMER": "B", "RINOBJECTNUMMER": dwelling}
        for start, end, code in postcodes:
            add(
                "BouwenWonen/VSLPOSTCODEBUS/VSLPOSTCODEBUSV2024031", **own, POSTCODENUM=code,
                DATUMAANVPOSTCODENUMADRES=start, DATUMEINDPOSTCODENUMADRES=end,
            )  # fmt: skip
        if municipality:
            add("BouwenWonen/VSLGWBTAB/VSLGWB2023TAB03V1", **own, gem2023=municipality, wc2023=wijk)
