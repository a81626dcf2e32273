"""A dozen register tables written by hand, in which every row's fate is known.

Everybody is born on 15 June 1983 and everything happens as in `NORMAL`, unless a child says otherwise. So the income
years are 2017 and 2018, the 15th birthday is 15 June 1998, and residency is asked for 2017-01-01 to 2018-12-31.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ALWAYS = ("19800101", "99991231")
COSTS = [
    "HUISARTS",
    "MULTIDISC",
    "FARMACIE",
    "MONDZORG",
    "ZIEKENHUIS",
    "PARAMEDISCH",
    "HULPMIDDEL",
    "ZIEKENVERVOER",
    "BUITENLAND",
    "OVERIG",
    "GERIATRISCH",
    "WYKVERPLEGING",
    "EERSTELIJNSVERBLIJF",
    "GEBOORTEZORG",
    "GENBASGGZ",
    "SPECGGZ",
]

NORMAL: dict[str, Any] = {
    "born": ("1983", "06", "15"),
    "sex": "1",
    "generation": "0",
    "country": "6030",
    "linked": True,
    "mother": {"generation": "0", "country": "6030", "incomes": {2003: 20000}, "spells": [ALWAYS]},
    "father": {"generation": "0", "country": "6030", "incomes": {}, "spells": [ALWAYS]},
    "homes": [(*ALWAYS, "D1")],
    "households": [(*ALWAYS, "5", "1")],
    "incomes": {2017: 30000.0, 2018: 32000.0},
    "household_incomes": {2017: 50000.0, 2018: 52000.0},
    "earnings": {},  # of the years of `incomes`; zero unless said
    "primary": {},  # of the years of `household_incomes`, likewise
    "disposable": {},
    "levels": {2018: "3112"},
    "secm": [(*ALWAYS, "11")],
    "costs": {2018: {"HUISARTS": 100.0}},
}

DWELLINGS = {
    # dwelling: postcode spells, municipality, wijk
    "D1": ([("19900101", "99991231", "1061")], "0363", "036386"),
    "D2": ([("19900101", "99991231", "3011")], "0599", "059901"),
    "D3": ([("19900101", "20101231", "1061")], None, None),  # demolished: no postcode, no borders
    "D4": ([("19900101", "99991231", "----")], "----", "------"),
    "D5": ([("19900101", "99991231", "1061")], "----", "------"),  # in the table of borders, municipality unknown
}


def person(number: int) -> str:
    """The nine digits of a person."""
    return f"{number:09d}"


def write(root: Path, children: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Write the tables of the given children below `root`; returns the person key of each name."""
    rows: dict[str, list[dict[str, Any]]] = {}

    def add(file: str, **row: Any) -> None:
        rows.setdefault(file, []).append(row)

    keys: dict[str, str] = {}
    for number, (name, own) in enumerate(children.items(), 1):
        child = {**NORMAL, **own}
        key = person(100_000_000 + 10 * number)
        keys[name] = "R" + key
        parents = {role: person(100_000_000 + 10 * number + step) for step, role in ((1, "mother"), (2, "father"))}
        _add_person(add, key, child, child["born"])
        for role, parent in parents.items():
            if child[role] is None:
                continue
            _add_person(add, parent, {"sex": "2" if role == "mother" else "1", **child[role]}, ("1955", "01", "01"))
            for start, end in child[role]["spells"]:
                _add_address(add, parent, start, end, "D1")
            for year, income in child[role]["incomes"].items():
                add(f"{INCOME_OLD}/{year}/PERSOONINK{year}TABV1", **_key(parent), PERSBRUT=float(income), PERSPRIM=0.0)
        if child["linked"]:
            unknown = ("-", "---------")
            mother = ("R", parents["mother"]) if child["mother"] else unknown
            father = ("R", parents["father"]) if child["father"] else unknown
            add(
                "Bevolking/KINDOUDERTAB/KINDOUDER2023TABV1", **_key(key), XKOPPELNUMMER="1",
                RINPERSOONSMa=mother[0], RINPERSOONMa=mother[1], RINPERSOONSpa=father[0], RINPERSOONpa=father[1],
            )  # fmt: skip
        for start, end, dwelling in child["homes"]:
            _add_address(add, key, start, end, dwelling)
        for start, end, kind, place in child["households"]:
            add(
                "Bevolking/GBAHUISHOUDENSBUS/GBAHUISHOUDENS2020BUSV1", **_key(key), DATUMAANVANGHH=start,
                DATUMEINDEHH=end, TYPHH=kind, PLHH=place,
            )  # fmt: skip
        for year, income in child["incomes"].items():
            add(
                f"InkomenBestedingen/INPATAB/INPA{year}TABV1",
                **_key(key),
                **_home(key),
                INPPERSBRUT=income,
                INPPERSPRIM=child["earnings"].get(year, 0.0),
            )
        for year, income in child["household_incomes"].items():
            add(
                f"{INHA}/INHA{year}TABV1", **_home(key), INHBRUTINKH=income,
                INHPRIMINKH=child["primary"].get(year, 0.0), INHBESTINKH=child["disposable"].get(year, 0.0),
            )  # fmt: skip
            add(f"{KOPPEL}/KOPPELPERSOONHUISHOUDEN{year}", **_key(key), **_home(key))
        for year, level in child["levels"].items():
            _add_level(add, key, year, level)
        for start, end, code in child["secm"]:
            add("InkomenBestedingen/SECMBUS/SECMBUS2021V1", **_key(key), AANVSECM=start, EINDSECM=end, SECM=code)
        for year, costs in child["costs"].items():
            _add_costs(add, key, year, costs)
    _add_fillers(add)
    for dwelling, (postcodes, municipality, wijk) in DWELLINGS.items():
        for start, end, code in postcodes:
            add(
                "BouwenWonen/VSLPOSTCODEBUS/VSLPOSTCODEBUSV2024031", **_dwelling(dwelling), POSTCODENUM=code,
                DATUMAANVPOSTCODENUMADRES=start, DATUMEINDPOSTCODENUMADRES=end,
            )  # fmt: skip
        if municipality:
            add("BouwenWonen/VSLGWBTAB/VSLGWB2023TAB03V1", **_dwelling(dwelling), gem2023=municipality, wc2023=wijk)
    write_tables(root, rows)
    return keys


def write_tables(root: Path, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Write a Parquet file for each table (its path below `root`, without extension) with these rows."""
    for file, content in rows.items():
        path = root / f"{file}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(content), path)


INCOME_OLD = "InkomenBestedingen/INTEGRAAL PERSOONLIJK INKOMEN"
INHA = "InkomenBestedingen/INHATAB"
KOPPEL = "InkomenBestedingen/KOPPELPERSOONHUISHOUDEN"


def _key(number: str) -> dict[str, str]:
    return {"RINPERSOONS": "R", "RINPERSOON": number}


def _home(number: str) -> dict[str, str]:
    return {"RINPERSOONSHKW": "R", "RINPERSOONHKW": number}


def _dwelling(name: str) -> dict[str, str]:
    return {"SOORTOBJECTNUMMER": "B", "RINOBJECTNUMMER": name}


def _add_person(add: Any, number: str, who: dict[str, Any], born: tuple[str, str, str]) -> None:
    add(
        "Bevolking/GBAPERSOONTAB/2023/GBAPERSOON2023TABV1", **_key(number), GBAGEBOORTELAND="6030",
        GBAGESLACHT=who["sex"], GBAGEBOORTELANDMOEDER="6030", GBAGEBOORTELANDVADER="6030", GBAGEBOORTEJAAR=born[0],
        GBAGEBOORTEMAAND=born[1], GBAGEBOORTEDAG=born[2], GBAGENERATIE=who["generation"],
        GBAHERKOMSTGROEPERING=who["country"],
    )  # fmt: skip


def _add_address(add: Any, number: str, start: str, end: str, dwelling: str) -> None:
    add(
        "Bevolking/GBAADRESOBJECTBUS/GBAADRESOBJECT2023BUSV1", **_key(number), GBADATUMAANVANGADRESHOUDING=start,
        GBADATUMEINDEADRESHOUDING=end, **_dwelling(dwelling),
    )  # fmt: skip


def _add_level(add: Any, number: str, year: int, level: str) -> None:
    names = (
        ("2016AGG4HBMETNIRWO", "2016AGG4HGMETNIRWO") if year <= 2018 else ("2021AGG4HBmetNIRWO", "2021AGG4HGmetNIRWO")
    )
    add(
        f"Onderwijs/HOOGSTEOPLTAB/{year}/HOOGSTEOPL{year}TABV1", **_key(number),
        **{f"OPLNIVSOI{names[0]}": level, f"OPLNIVSOI{names[1]}": level},
    )  # fmt: skip


def _add_costs(add: Any, number: str, year: int, costs: dict[str, float]) -> None:
    amounts = {f"ZVWK{name}": costs.get(name, 0.0) for name in COSTS if year >= 2018 or name != "EERSTELIJNSVERBLIJF"}
    add(
        f"GezondheidWelzijn/ZVWZORGKOSTENTAB/{year}/ZVWZORGKOSTEN{year}TABV1", **_key(number), **amounts,
        NOPZVWKHUISARTSINSCHRIJF=costs.get("NOP", 0.0),
    )  # fmt: skip


def _add_fillers(add: Any) -> None:
    """One stranger in every yearly table, so that each year of the cohort has a file."""
    stranger = person(999_999_999)
    for year in range(2003, 2008):
        add(f"{INCOME_OLD}/{year}/PERSOONINK{year}TABV1", **_key(stranger), PERSBRUT=1.0, PERSPRIM=0.0)
    for year in range(2015, 2021):
        add(
            f"InkomenBestedingen/INPATAB/INPA{year}TABV1",
            **_key(stranger),
            **_home(stranger),
            INPPERSBRUT=1.0,
            INPPERSPRIM=0.0,
        )
        add(f"{INHA}/INHA{year}TABV1", **_home(stranger), INHBRUTINKH=1.0, INHPRIMINKH=0.0, INHBESTINKH=0.0)
        add(f"{KOPPEL}/KOPPELPERSOONHUISHOUDEN{year}", **_key(stranger), **_home(stranger))
    for year in range(2016, 2021):
        _add_level(add, stranger, year, "1112")
        _add_costs(add, stranger, year, {})
