"""Register tables of the younger cohorts, written by hand: every row follows from what a child says of itself.

A child is a set of fields over `NORMAL`; `write` turns children into Parquet tables below a folder, with a stranger in
every yearly table, so that each year has a file. Days are yyyymmdd.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cohorts.handmade import ALWAYS, COSTS
from kansen import registers
from kansen.cohorts import Cohort, build_cohort, load_cohort, quirks_named, with_quirks
from kansen.engine import load_engine
from kansen.geography import load_areas

SINCE = {"MULTIDISC": 2015, "WYKVERPLEGING": 2015, "EERSTELIJNSVERBLIJF": 2018}

NORMAL: dict[str, Any] = {
    "born": ("2001", "06", "15"),
    "sex": "1",
    "type": "R",
    "born_in": ("6030", "6030"),  # mother's and father's country of birth
    "mother": {"homes": [(*ALWAYS, "D1")]},
    "father": None,
    "income": 20000.0,  # of the mother, in every income year
    "worth": [],  # (year, parent, number of the household, net worth of the household)
    "homes": [(*ALWAYS, "D1")],
    "households": [(*ALWAYS, "5", "1")],
    "levels": {},  # year: (attained, followed)
    "costs": {},  # year: {kind: euros}
    "mbo": {},  # year: in work, felt discriminated against
    "protected": [],  # years, once per measure
    "groups": [],  # (year, school, columns of the pupil), in group 8 unless the columns say otherwise
    "classes": [],  # (year, school, grade) in secondary education
    "children": [],  # (date of birth, whether it has a father)
}

DWELLINGS = {
    # dwelling: PC4, municipality, wijk
    "D1": ("1061", "0363", "036386"),
    "D2": ("3011", "0599", "059901"),
    "D3": ("1062", "0363", "036386"),
}

PERSONS = "Bevolking/GBAPERSOONTAB/2023/GBAPERSOON2023TABV1"
PARENTS = "Bevolking/KINDOUDERTAB/KINDOUDER2023TABV1"
ADDRESSES = "Bevolking/GBAADRESOBJECTBUS/GBAADRESOBJECT2023BUSV1"
HOUSEHOLDS = "Bevolking/GBAHUISHOUDENSBUS/GBAHUISHOUDENS2020BUSV1"
STRANGER = "R999999999"


class World:
    """Rows per file, written as one Parquet table each."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def add(self, file: str, **row: Any) -> None:
        """One more row."""
        self.rows.setdefault(file, []).append(row)

    def save(self, root: Path) -> None:
        """Every file below `root`; a column that a row lacks is empty there."""
        for file, rows in self.rows.items():
            names = list(dict.fromkeys(name for row in rows for name in row))
            columns = {name: [row.get(name) for row in rows] for name in names}
            path = root / f"{file}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.table(columns), path)


def keys(person: str, type_name: str = "RINPERSOONS", name: str = "RINPERSOON") -> dict[str, str]:
    """The two key columns of a person such as `R100000010`."""
    return {type_name: person[0], name: person[1:]}


def dwelling(name: str) -> dict[str, str]:
    """The two key columns of a dwelling."""
    return {"SOORTOBJECTNUMMER": "B", "RINOBJECTNUMMER": name}


def school(name: str, *, primary: bool) -> dict[str, str]:
    """The two key columns of a school and its location, such as `A1`."""
    names = ("WPOBRIN_crypt", "WPOBRINVEST") if primary else ("BRIN_crypt", "VOBRINVEST")
    return dict(zip(names, name, strict=True))


def write(
    root: Path,
    children: Mapping[str, Mapping[str, Any]],
    *,
    incomes: Iterable[int],
    wealth: Iterable[int],
    years: Mapping[str, Iterable[int]],
    floors: Mapping[str, Sequence[tuple[str, str, str]]] | None = None,
    residents: Mapping[tuple[int, str], int] | None = None,
) -> dict[str, str]:
    """Write the tables of these children; returns the name of each key.

    years : file years per yearly table: levels, costs, protected, groups, classes, dwellings, mbo.
    floors : floor area per dwelling as (first day, last day, square metres).
    residents : residents on 1 January per year and dwelling.
    """
    world, names, income_years = World(), {}, list(incomes)
    for number, (name, own) in enumerate(children.items(), 1):
        child = {**NORMAL, **own}
        digits = 100_000_000 + 100 * number
        key = f"{child['type']}{digits}"
        names[key] = name
        _add_person(world, key, child["sex"], child["born"], child["born_in"])
        parents = {role: f"R{digits + step}" for step, role in ((1, "mother"), (2, "father")) if child[role]}
        for role, parent in parents.items():
            _add_person(world, parent, "2" if role == "mother" else "1", ("1970", "01", "01"))
            for start, end, home in child[role]["homes"]:
                _add_address(world, parent, start, end, home)
            for year, attained in child[role].get("levels", {}).items():
                _add_level(world, parent, year, attained, attained)
        _add_family(world, key, parents.get("mother"), parents.get("father"))
        for year in income_years if child["income"] is not None else ():
            _add_income(world, f"R{digits + 1}", year, child["income"])
        for year, role, household, amount in child["worth"]:
            _add_worth(world, parents[role], f"R{digits + 50 + household}", year, amount)
        for start, end, home in child["homes"]:
            _add_address(world, key, start, end, home)
        for start, end, kind, place in child["households"]:
            spell = {"DATUMAANVANGHH": start, "DATUMEINDEHH": end}
            world.add(HOUSEHOLDS, **keys(key), **spell, TYPHH=kind, PLHH=place)
        for order, (born, has_father) in enumerate(child["children"]):
            baby, partner = f"R{digits + 10 + order}", f"R{digits + 30}"
            _add_person(world, baby, "1", born)
            mother, father = (key, partner if has_father else None) if child["sex"] == "2" else (partner, key)
            _add_family(world, baby, mother, father)
        _add_yearly(world, key, child)
    _add_strangers(world, income_years, wealth, years)
    _add_dwellings(world, floors or {}, residents or {})
    world.save(root)
    return names


def follow(
    cohort: str, root: Path, names: Mapping[str, str], quirks: str = ""
) -> tuple[Cohort, dict[str, dict[str, Any]]]:
    """Build a cohort from the tables below `root`, perhaps with quirks: the cohort, and its rows by name."""
    vault = root.with_name("vault")
    declared = with_quirks(load_cohort(cohort), quirks_named(quirks))
    built = build_cohort(declared, registers.find(root), vault, load_engine("duckdb", vault / "scratch"), load_areas())
    return built, {names[row["person"]]: row for row in pq.read_table(built.path).to_pylist()}


def dropped(cohort: Cohort) -> dict[str, int]:
    """How many children each rule dropped in the country, without the rules that dropped nobody."""
    return {row["step"]: row["dropped"] for row in cohort.attrition.steps() if row["level"] == "nl" and row["dropped"]}


def _add_person(
    world: World, key: str, sex: str, born: Sequence[str], born_in: Sequence[str] = ("6030", "6030")
) -> None:
    world.add(
        PERSONS, **keys(key), GBAGEBOORTELAND="6030", GBAGESLACHT=sex, GBAGEBOORTELANDMOEDER=born_in[0],
        GBAGEBOORTELANDVADER=born_in[1], GBAGEBOORTEJAAR=born[0], GBAGEBOORTEMAAND=born[1], GBAGEBOORTEDAG=born[2],
        GBAGENERATIE="0", GBAHERKOMSTGROEPERING="6030",
    )  # fmt: skip


def _add_family(world: World, child: str, mother: str | None, father: str | None) -> None:
    world.add(
        PARENTS, **keys(child), XKOPPELNUMMER="1", **keys(mother or "----------", "RINPERSOONSMa", "RINPERSOONMa"),
        **keys(father or "----------", "RINPERSOONSpa", "RINPERSOONpa"),
    )  # fmt: skip


def _add_address(world: World, key: str, start: str, end: str, home: str) -> None:
    spell = {"GBADATUMAANVANGADRESHOUDING": start, "GBADATUMEINDEADRESHOUDING": end}
    world.add(ADDRESSES, **keys(key), **spell, **dwelling(home))


def _add_income(world: World, key: str, year: int, income: float) -> None:
    if year <= 2010:
        file = f"InkomenBestedingen/INTEGRAAL PERSOONLIJK INKOMEN/{year}/PERSOONINK{year}TABV1"
        household = keys(key, "RINPERSOONSKERN", "RINPERSOONKERN")
        world.add(file, **keys(key), **household, PERSBRUT=income, PERSPRIM=0.0)
    else:
        household = keys(key, "RINPERSOONSHKW", "RINPERSOONHKW")
        world.add(
            f"InkomenBestedingen/INPATAB/INPA{year}TABV1", **keys(key), **household, INPPERSBRUT=income, INPPERSPRIM=0.0
        )


def _add_worth(world: World, person: str, household: str, year: int, amount: float) -> None:
    """Put somebody in a household of a year, and its net worth in the table of households, once."""
    folder, old = "InkomenBestedingen/KOPPELPERSOONHUISHOUDEN", year <= 2010
    file = f"{folder}/Koppeltabel_IPI_IHI_IVB{year}" if old else f"{folder}/KOPPELPERSOONHUISHOUDEN{year}"
    link = ("RINPERSOONSKERN", "RINPERSOONKERN") if old else ("RINPERSOONSHKW", "RINPERSOONHKW")
    world.add(file, **keys(person), **keys(household, *link))
    home = keys(household, "RINPERSOONSHKW", "RINPERSOONHKW")
    file, row = f"InkomenBestedingen/VEHTAB/VEH{year}TAB", {**home, "VEHW1000VERH": amount, "VEHWVEREXEWH": amount}
    if row not in world.rows.get(file, []):
        world.add(file, **row)


def _add_yearly(world: World, key: str, child: Mapping[str, Any]) -> None:
    for year, (attained, followed) in child["levels"].items():
        _add_level(world, key, year, attained, followed)
    for year, costs in child["costs"].items():
        _add_costs(world, key, year, costs)
    for year, (works, felt) in child["mbo"].items():
        _add_student_of_mbo(world, key, year, works, felt)
    for year in child["protected"]:
        world.add(f"VeiligheidRecht/JGDBESCHERMBUS/JGDBESCHERM{year}BUSV1", **keys(key))
    for year, where, columns in child["groups"]:
        _add_pupil(world, key, year, where, columns)
    for year, where, grade in child["classes"]:
        _add_student(world, key, year, where, grade)


def _add_level(world: World, key: str, year: int, attained: str, followed: str) -> None:
    old = ("2016AGG4HBMETNIRWO", "2016AGG4HGMETNIRWO")
    has, had = old if year <= 2018 else ("2021AGG4HBmetNIRWO", "2021AGG4HGmetNIRWO")
    levels = {f"OPLNIVSOI{has}": attained, f"OPLNIVSOI{had}": followed}
    world.add(f"Onderwijs/HOOGSTEOPLTAB/{year}/HOOGSTEOPL{year}TABV1", **keys(key), **levels)


def _add_student_of_mbo(world: World, key: str, year: int, works: bool, felt: bool) -> None:
    world.add(f"Onderwijs/MBOCOHORT/MBOCOHORT{year}TABV1", **keys(key), WERKEND=str(int(works)))
    answers = {"DISCRSTAGE": "0", "DISCRWERK": str(int(felt))}
    world.add(f"Onderwijs/MBOENQUETE/MBOENQUETE{year}TABV1", **keys(key), GEWICHT=2.5, MBOSCHOOL="00AM", **answers)


def _add_costs(world: World, key: str, year: int, costs: Mapping[str, float]) -> None:
    amounts = {f"ZVWK{name}": costs.get(name, 0.0) for name in COSTS if year >= SINCE.get(name, 0)}
    world.add(
        f"GezondheidWelzijn/ZVWZORGKOSTENTAB/{year}/ZVWZORGKOSTEN{year}TABV1", **keys(key), **amounts,
        NOPZVWKHUISARTSINSCHRIJF=costs.get("NOP", 0.0),
    )  # fmt: skip


def _add_pupil(world: World, key: str, year: int, where: str, columns: Mapping[str, Any]) -> None:
    unknown = dict.fromkeys(
        ("WPOREKENEN", "WPOTAALLV", "WPOTAALTV", "WPOTOETSADVIES", "WPOADVIESVO", "WPOADVIESHERZ"), "--"
    )
    pupil = {"WPOLEERJAAR": " 8", "WPOGROEPSGROOTTE": None, "WPOTYPEPO": "BAO", **unknown, **columns}
    world.add(f"Onderwijs/INSCHRWPOTAB/INSCHRWPOTAB{year}V1", **keys(key), **school(where, primary=True), **pupil)


def _add_student(world: World, key: str, year: int, where: str, grade: str) -> None:
    world.add(
        f"Onderwijs/ONDERWIJSINSCHRTAB/ONDERWIJSINSCHRTAB{year}V1", **keys(key), **school(where, primary=False),
        VOLEERJAAR=grade, OPLNR="123456",
    )  # fmt: skip


def _add_strangers(
    world: World, incomes: Iterable[int], wealth: Iterable[int], years: Mapping[str, Iterable[int]]
) -> None:
    """One stranger in every yearly table."""
    for year in incomes:
        _add_income(world, STRANGER, year, 1.0)
    for year in wealth:
        _add_worth(world, STRANGER, STRANGER, year, 1.0)
    for year in years.get("levels", ()):
        _add_level(world, STRANGER, year, "1112", "1112")
    for year in years.get("costs", ()):
        _add_costs(world, STRANGER, year, {})
    for year in years.get("mbo", ()):
        _add_student_of_mbo(world, STRANGER, year, works=False, felt=False)
    for year in years.get("protected", ()):
        world.add(f"VeiligheidRecht/JGDBESCHERMBUS/JGDBESCHERM{year}BUSV1", **keys(STRANGER))
    for year in years.get("groups", ()):
        _add_pupil(world, STRANGER, year, "Z9", {})
    for year in years.get("classes", ()):
        _add_student(world, STRANGER, year, "Z9", "4")
    for year in years.get("dwellings", ()):
        file = f"BouwenWonen/EIGENDOMTAB/EIGENDOM{year}TABV1"
        world.add(file, **dwelling("D9"), TypeEigenaar="E", AantalBewoners=1)


def _add_dwellings(
    world: World,
    floors: Mapping[str, Sequence[tuple[str, str, str]]],
    residents: Mapping[tuple[int, str], int],
) -> None:
    for name, (postcode, municipality, wijk) in DWELLINGS.items():
        spell = {"DATUMAANVPOSTCODENUMADRES": "19900101", "DATUMEINDPOSTCODENUMADRES": "99991231"}
        world.add("BouwenWonen/VSLPOSTCODEBUS/VSLPOSTCODEBUSV2024031", **dwelling(name), POSTCODENUM=postcode, **spell)
        world.add("BouwenWonen/VSLGWBTAB/VSLGWB2023TAB03V1", **dwelling(name), gem2023=municipality, wc2023=wijk)
    for name, spells in floors.items():
        for start, end, area in spells:
            spell = {"AANVLEVCYCLWOONNIETWOON": start, "EINDLEVCYCLWOONNIETWOON": end}
            file = "BouwenWonen/LEVCYCLWOONNIETWOONBUS/LEVCYCLWOONNIETWOONBUSV2024122"
            world.add(file, **dwelling(name), **spell, VBOOPPERVLAKTE=area)
    for (year, name), count in residents.items():
        file = f"BouwenWonen/EIGENDOMTAB/EIGENDOM{year}TABV1"
        world.add(file, **dwelling(name), TypeEigenaar="E", AantalBewoners=count)
