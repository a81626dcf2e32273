"""Residents written by hand, with every table that a cohort of working life takes.

Everybody is a man of Dutch origin, born on 15 June 1965, lives in dwelling D1 throughout and has an income of 30,000
euros of 2020 in every year, unless a resident says otherwise.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cohorts.handmade import ALWAYS, DWELLINGS, person, write_tables
from kansen.cohorts.prices import price_factor

YEARS = range(2003, 2023)
USUAL = 30_000.0
INCOME_OLD = "InkomenBestedingen/INTEGRAAL PERSOONLIJK INKOMEN"

Resident = dict[str, Any]


def write(root: Path, residents: dict[str, Resident]) -> dict[str, str]:
    """Write the tables below `root`; returns the person key of each name.

    A resident may say: born, sex, generation, country, homes (start, end, dwelling), lead (the name of the one that the
    household is named after), incomes (euros of 2020 by year; None: no row) and nominal (euros as delivered, by year).
    """
    rows: dict[str, list[dict[str, Any]]] = {}

    def add(file: str, **row: Any) -> None:
        rows.setdefault(file, []).append(row)

    keys = {name: person(100_000_000 + number) for number, name in enumerate(residents, 1)}
    for name, own in residents.items():
        key = {"RINPERSOONS": "R", "RINPERSOON": keys[name]}
        year, month, day = own.get("born", ("1965", "06", "15"))
        country = own.get("country", "6030")
        add(
            "Bevolking/GBAPERSOONTAB/2023/GBAPERSOON2023TABV1", **key, GBAGEBOORTELAND=country,
            GBAGESLACHT=own.get("sex", "1"), GBAGEBOORTELANDMOEDER=country, GBAGEBOORTELANDVADER=country,
            GBAGEBOORTEJAAR=year, GBAGEBOORTEMAAND=month, GBAGEBOORTEDAG=day, GBAGENERATIE=own.get("generation", "0"),
            GBAHERKOMSTGROEPERING=country,
        )  # fmt: skip
        for start, end, dwelling in own.get("homes", [(*ALWAYS, "D1")]):
            add(
                "Bevolking/GBAADRESOBJECTBUS/GBAADRESOBJECT2023BUSV1", **key, GBADATUMAANVANGADRESHOUDING=start,
                GBADATUMEINDEADRESHOUDING=end, SOORTOBJECTNUMMER="B", RINOBJECTNUMMER=dwelling,
            )  # fmt: skip
        lead = keys[own.get("lead", name)]
        for at in YEARS:
            real = own.get("incomes", {}).get(at, USUAL)
            amount = own.get("nominal", {}).get(at, None if real is None else real * price_factor(at, 2020))
            if amount is None:
                continue
            if at <= 2010:
                add(
                    f"{INCOME_OLD}/{at}/PERSOONINK{at}TABV1", **key, PERSBRUT=amount, PERSPRIM=0.0,
                    RINPERSOONSKERN="R", RINPERSOONKERN=lead,
                )  # fmt: skip
            else:
                add(
                    f"InkomenBestedingen/INPATAB/INPA{at}TABV1", **key, INPPERSBRUT=amount, INPPERSPRIM=0.0,
                    RINPERSOONSHKW="R", RINPERSOONHKW=lead,
                )  # fmt: skip
    for dwelling, (postcodes, municipality, wijk) in DWELLINGS.items():
        key = {"SOORTOBJECTNUMMER": "B", "RINOBJECTNUMMER": dwelling}
        for start, end, code in postcodes:
            add(
                "BouwenWonen/VSLPOSTCODEBUS/VSLPOSTCODEBUSV2024031", **key, POSTCODENUM=code,
                DATUMAANVPOSTCODENUMADRES=start, DATUMEINDPOSTCODENUMADRES=end,
            )  # fmt: skip
        if municipality:
            add("BouwenWonen/VSLGWBTAB/VSLGWB2023TAB03V1", **key, gem2023=municipality, wc2023=wijk)
    write_tables(root, rows)
    return {name: "R" + key for name, key in keys.items()}


def series(first: int, *amounts: float | None) -> dict[int, float | None]:
    """Incomes of the years from `first` on."""
    return dict(enumerate(amounts, first))


LOW, HIGH = 10_000.0, 40_000.0

RESIDENTS: dict[str, Resident] = {
    "usual": {},
    "woman": {"sex": "2", "generation": "1", "country": "6043", "lead": "usual"},
    "rich": {"incomes": dict.fromkeys(YEARS, HIGH)},
    "poor": {"incomes": dict.fromkeys(YEARS, LOW)},
    "leaves at once": {"incomes": series(2003, HIGH, HIGH, LOW)},
    "leaves after three years": {"incomes": series(2003, HIGH, HIGH, LOW, LOW, LOW, HIGH)},
    "leaves after two years": {"incomes": series(2003, HIGH, LOW, LOW, HIGH)},
    "low from the first year": {"incomes": series(2003, LOW, LOW, LOW, HIGH)},
    "unknown before": {"incomes": series(2003, HIGH, None, LOW, HIGH)},
    "unknown at the start": {"incomes": series(2003, None, LOW, LOW, HIGH)},
    "comes back": {"incomes": series(2003, HIGH, HIGH, LOW, HIGH, HIGH, LOW)},
    "unknown after": {"incomes": series(2003, HIGH, HIGH, LOW, None)},
    "unknown, then leaves": {"incomes": series(2003, HIGH, HIGH, LOW, None, HIGH)},
    "enters": {"incomes": series(2003, HIGH, HIGH, HIGH, HIGH, LOW)},
    "at the line": {"incomes": series(2003, 15_000.0, 15_000.0, 15_000.0, 14_999.99)},
    "loss": {"nominal": {2003: -500.0}},
    "not observed": {"nominal": {2004: 999999999.0}},
    "only later": {"incomes": series(2003, None, None, None)},
    "gone": {"incomes": {year: None for year in YEARS if year > 2009}},
    "not here yet": {"homes": [("20030102", "99991231", "D1")]},
    "moved": {"homes": [("19800101", "20021231", "D1"), ("20030101", "99991231", "D2")]},
    "demolished": {"homes": [(*ALWAYS, "D3")]},
    "old": {"born": ("1955", "02", "01")},
    "young": {"born": ("1973", "12", "31")},
    "too old": {"born": ("1954", "12", "31")},
    "too young": {"born": ("1974", "01", "01")},
    "no day": {"born": ("1965", "00", "00")},
}  # fmt: skip


def deliver(root: Path) -> None:
    """Write all of them."""
    write(root, RESIDENTS)


def deliver_later(root: Path) -> None:
    """The same, as if everything were seven years later."""

    def later(own: Resident) -> Resident:
        out = dict(own)
        for name in ("incomes", "nominal"):
            if name in own:
                out[name] = {year + 7: amount for year, amount in own[name].items() if year + 7 in YEARS}
        born = own.get("born", ("1965", "06", "15"))
        return {**out, "born": (str(int(born[0]) + 7), *born[1:])}

    write(root, {name: later(own) for name, own in RESIDENTS.items()})
