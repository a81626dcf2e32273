"""The register tables that the second account of the young cohorts reads, as plain pandas: one method per question."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd

OPEN = 90_000
"""The day on which a spell ends that is still open."""

SLACK = 31
PRICES = {
    2010: 91.59, 2011: 93.73, 2012: 96.04, 2013: 98.44, 2014: 99.40, 2015: 100.00, 2016: 100.32, 2017: 101.70,
    2018: 103.44, 2019: 106.16, 2020: 107.51, 2021: 110.39, 2022: 121.43, 2023: 126.09, 2024: 130.26,
}  # fmt: skip
CARE = (
    "HUISARTS", "FARMACIE", "MONDZORG", "ZIEKENHUIS", "PARAMEDISCH", "HULPMIDDEL", "ZIEKENVERVOER", "BUITENLAND",
    "OVERIG", "GERIATRISCH",
)  # fmt: skip
LATER_CARE = {"MULTIDISC": 2015, "WYKVERPLEGING": 2015, "EERSTELIJNSVERBLIJF": 2018}
"""Kinds of care to the first year in which they are told apart."""

NO_INCOME = (999999999, 9999999999, 99999999999)


def clean(codes: pd.Series) -> pd.Series:
    """Codes without spaces; nothing but dashes is missing."""
    text = codes.astype("string").str.strip()
    return text.where(~text.str.fullmatch("-*")).astype(object)


def day(text: pd.Series) -> pd.Series:
    """Days since 1970 of yyyymmdd; what is still open ends far away, and what is no day is missing."""
    words = pd.Series(text.astype("string").str.strip().unique()).dropna()
    still = (words == "88888888") | (words > "21000000")
    days = pd.to_datetime(words.mask(still, "19700101"), format="%Y%m%d", errors="coerce")
    number = (days - pd.Timestamp(1970, 1, 1)).dt.days.mask(still, OPEN)
    return text.astype("string").str.strip().map(dict(zip(words, number, strict=True))).astype(float)


def of_date(year: pd.Series, month: pd.Series | int, dom: pd.Series | int) -> pd.Series:
    """Days since 1970 of a year, month and day; 29 February becomes the 28th in a year that lacks it."""
    parts = pd.DataFrame({"year": year, "month": month, "day": dom}).dropna()
    leap = (parts.year % 4 == 0) & ((parts.year % 100 != 0) | (parts.year % 400 == 0))
    parts["day"] = parts.day.where((parts.month != 2) | (parts.day != 29) | leap, 28)
    days = (pd.to_datetime(parts, errors="coerce") - pd.Timestamp(1970, 1, 1)).dt.days
    return days.reindex(year.index).astype(float)


TODAY = (date(2023, 12, 31) - date(1970, 1, 1)).days


class Tables:
    """A folder of register tables."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, place: str, *columns: str) -> pd.DataFrame:
        return pd.read_parquet(self.root / f"{place}.parquet", columns=list(columns) or None)

    @staticmethod
    def key(frame: pd.DataFrame, kind: str = "RINPERSOONS", number: str = "RINPERSOON") -> pd.Series:
        known = clean(frame[number])
        return (frame[kind] + known).where(known.notna() & clean(frame[kind]).notna())

    def price(self, year: int) -> float:
        return PRICES[year] / PRICES[2020]

    @cached_property
    def persons(self) -> pd.DataFrame:
        raw = self.read("Bevolking/GBAPERSOONTAB/2023/GBAPERSOON2023TABV1")
        year, month, dom = (
            pd.to_numeric(raw[f"GBAGEBOORTE{part}"], errors="coerce") for part in ("JAAR", "MAAND", "DAG")
        )
        country = {
            name: clean(raw[column]).where(lambda codes: codes != "0000")
            for name, column in {
                "roots": "GBAHERKOMSTGROEPERING",
                "land_mother": "GBAGEBOORTELANDMOEDER",
                "land_father": "GBAGEBOORTELANDVADER",
            }.items()
        }
        parts = {"year": year, "month": month, "day": dom}
        frame = pd.DataFrame(
            {
                "person": self.key(raw),
                "birth_year": year,
                "birth": (pd.to_datetime(pd.DataFrame(parts), errors="coerce") - pd.Timestamp(1970, 1, 1)).dt.days,
                "month": month,
                "dom": dom,
                "sex": clean(raw.GBAGESLACHT).map({"1": "men", "2": "women"}),
                "generation": clean(raw.GBAGENERATIE),
                **country,
            }
        )
        return frame.dropna(subset=["birth_year"]).astype({"birth_year": int}).set_index("person")

    @cached_property
    def parents(self) -> pd.DataFrame:
        raw = self.read("Bevolking/KINDOUDERTAB/KINDOUDER2023TABV1")
        return pd.DataFrame(
            {
                "person": self.key(raw),
                "mother": self.key(raw, "RINPERSOONSMa", "RINPERSOONMa"),
                "father": self.key(raw, "RINPERSOONSpa", "RINPERSOONpa"),
            }
        ).set_index("person")

    # Homes

    @cached_property
    def addresses(self) -> pd.DataFrame:
        raw = self.read("Bevolking/GBAADRESOBJECTBUS/GBAADRESOBJECT2023BUSV1")
        return pd.DataFrame(
            {
                "who": self.key(raw),
                "dwelling": self.key(raw, "SOORTOBJECTNUMMER", "RINOBJECTNUMMER"),
                "start": day(raw.GBADATUMAANVANGADRESHOUDING),
                "stop": day(raw.GBADATUMEINDEADRESHOUDING),
            }
        )

    def dwelling_of(self, who: pd.Series, when: pd.Series) -> pd.Series:
        """The dwelling of `who` (a person per row) on a day; of several spells the first row."""
        asked = pd.DataFrame({"who": who, "when": when}).rename_axis("id").reset_index().dropna()
        spells = self.addresses.reset_index(names="row")
        found = asked.merge(spells, on="who")
        found = found[(found.start <= found.when) & (found.when <= found.stop)]
        return found.sort_values("row").drop_duplicates("id").set_index("id").dwelling.rename_axis("person")

    def dwelling_on(self, when: pd.Series) -> pd.Series:
        return self.dwelling_of(pd.Series(when.index, index=when.index), when)

    @cached_property
    def postcodes(self) -> pd.Series:
        raw = self.read("BouwenWonen/VSLPOSTCODEBUS/VSLPOSTCODEBUSV2024031")
        code = clean(raw.POSTCODENUM)
        valid = (day(raw.DATUMAANVPOSTCODENUMADRES) <= TODAY) & (day(raw.DATUMEINDPOSTCODENUMADRES) >= TODAY)
        code.index = pd.Index(self.key(raw, "SOORTOBJECTNUMMER", "RINOBJECTNUMMER"))
        code = code[valid.to_numpy() & code.notna().to_numpy()]
        return code[~code.index.duplicated()]

    @cached_property
    def borders(self) -> pd.DataFrame:
        raw = self.read("BouwenWonen/VSLGWBTAB/VSLGWB2023TAB03V1")
        return pd.DataFrame(
            {
                "dwelling": self.key(raw, "SOORTOBJECTNUMMER", "RINOBJECTNUMMER"),
                "municipality": "GM" + clean(raw.gem2023),
                "wijk": "WK" + clean(raw.wc2023),
            }
        ).set_index("dwelling")

    def areas(self, dwellings: pd.Series) -> pd.DataFrame:
        """Municipality, wijk and PC4 of dwellings today."""
        return pd.DataFrame(
            {
                "municipality": dwellings.map(self.borders.municipality),
                "wijk": dwellings.map(self.borders.wijk),
                "pc4": dwellings.map(self.postcodes),
            }
        )

    def postcode_about(self, when: pd.Series) -> pd.Series:
        """PC4 on a day, else of the first spell in the file that ended or begins at most 31 days from it."""
        dwelling = self.dwelling_on(when)
        asked = when[~when.index.isin(dwelling.index)].rename("when").rename_axis("who").reset_index()
        near = asked.merge(self.addresses.reset_index(names="row"), on="who")
        near = near[(near.start - SLACK <= near.when) & (near.when <= near.stop + SLACK)]
        near = near.sort_values("row").drop_duplicates("who")
        both = pd.concat([dwelling, near.set_index("who").dwelling.rename_axis("person")])
        return both.map(self.postcodes).reindex(when.index)

    # Residence

    def _days(self, asked: pd.DataFrame) -> pd.Series:
        """Days in the register between `first` and `last`, per id (columns id, who, first, last)."""
        found = asked.merge(self.addresses[["who", "start", "stop"]], on="who")
        found["start"] = found[["start", "first"]].max(axis=1)
        found["stop"] = found[["stop", "last"]].min(axis=1)
        found = found[found.start <= found.stop].sort_values(["id", "start"])
        before = found.groupby("id").stop.cummax().groupby(found.id).shift()
        begin = found[["start"]].assign(before=before + 1).max(axis=1)
        days = (found.stop - begin + 1).clip(lower=0)
        return days.groupby(found.id).sum()

    def resident(self, pairs: pd.DataFrame, years: tuple[int, int]) -> pd.Series:
        """Whether at least one parent lived here in all of these years, but for 31 days; per child."""
        first, last = ((date(y, m, d) - date(1970, 1, 1)).days for y, m, d in ((years[0], 1, 1), (years[1], 12, 31)))
        unique = pairs.parent.drop_duplicates()
        days = self._days(pd.DataFrame({"id": unique, "who": unique, "first": first, "last": last}))
        enough = pairs.parent.map(days).fillna(0) >= last - first + 1 - SLACK
        return enough.groupby(pairs.person).any()

    def resident_in(self, who: pd.Index, year: pd.Series) -> pd.Series:
        """Whether somebody lived here all of a calendar year, but for 31 days."""
        asked = pd.DataFrame({"id": who, "year": year.reindex(who).to_numpy()}).dropna().astype({"year": int})
        asked["who"] = asked.id
        asked["first"], asked["last"] = of_date(asked.year, 1, 1), of_date(asked.year, 12, 31)
        length = (asked["last"] - asked["first"] + 1).set_axis(asked.id)
        return self._days(asked).reindex(length.index).fillna(0) >= length - SLACK

    # Households, incomes, wealth

    @cached_property
    def household_spells(self) -> pd.DataFrame:
        raw = self.read("Bevolking/GBAHUISHOUDENSBUS/GBAHUISHOUDENS2023BUSV1")
        return pd.DataFrame(
            {
                "who": self.key(raw),
                "start": day(raw.DATUMAANVANGHH),
                "stop": day(raw.DATUMEINDEHH),
                "kind": clean(raw.TYPHH),
            }
        )

    def household_of(self, who: pd.Series, when: pd.Series) -> pd.Series:
        """TYPHH of the first spell that holds a day, per id."""
        asked = pd.DataFrame({"who": who, "when": when}).rename_axis("id").reset_index().dropna()
        found = asked.merge(self.household_spells.reset_index(names="row"), on="who")
        found = found[(found.start <= found.when) & (found.when <= found.stop)]
        return found.sort_values("row").drop_duplicates("id").set_index("id").kind

    def household_on(self, when: pd.Series) -> pd.Series:
        return self.household_of(pd.Series(when.index, index=when.index), when)

    def incomes(self, year: int) -> pd.Series:
        """Gross personal income per person; missing left out."""
        raw = self.read(f"InkomenBestedingen/INPATAB/INPA{year}TABV1", "RINPERSOONS", "RINPERSOON", "INPPERSBRUT")
        return self.amounts(raw.INPPERSBRUT, self.key(raw))

    @staticmethod
    def amounts(values: pd.Series, keys: pd.Series) -> pd.Series:
        number = pd.to_numeric(values, errors="coerce").astype(float)
        number = number.where(~number.isin(NO_INCOME)).set_axis(pd.Index(keys))
        return number[number.notna() & number.index.notna()]

    def households(self, year: int) -> pd.Series:
        """The household of each person in a year."""
        place, kind, number = (
            (f"KOPPELPERSOONHUISHOUDEN{year}", "RINPERSOONSHKW", "RINPERSOONHKW")
            if year > 2010
            else (f"Koppeltabel_IPI_IHI_IVB{year}", "RINPERSOONSKERN", "RINPERSOONKERN")
        )
        raw = self.read(f"InkomenBestedingen/KOPPELPERSOONHUISHOUDEN/{place}")
        return self.key(raw, kind, number).set_axis(pd.Index(self.key(raw))).dropna()

    def net_worth(self, year: int) -> pd.Series:
        raw = self.read(f"InkomenBestedingen/VEHTAB/VEH{year}TABV1")
        return self.amounts(raw.VEHW1000VERH, self.key(raw, "RINPERSOONSHKW", "RINPERSOONHKW"))

    # Education

    def attained(self, year: int) -> pd.Series:
        """Highest level attained per person."""
        place = f"Onderwijs/HOOGSTEOPLTAB/{year}/HOOGSTEOPL{year}TABV1"
        raw = self.read(place)
        if year >= 2013:
            column = "OPLNIVSOI2016AGG4HBMETNIRWO" if year <= 2018 else "OPLNIVSOI2021AGG4HBmetNIRWO"
            return clean(raw[column]).set_axis(pd.Index(self.key(raw)))
        folder = "Utilities/Code_Listings/SSBreferentiebestanden"
        trainings = self.read(f"{folder}/OPLEIDINGSNRREFV33")
        kinds = self.read(f"{folder}/CTOREFV12")
        cto = clean(raw.OPLNRHB).map(clean(trainings.CTO2021V).set_axis(pd.Index(clean(trainings.OPLNR))))
        level = cto.map(clean(kinds.OPLNIVSOI2016AGG4HB).set_axis(pd.Index(clean(kinds.CTO))))
        return level.set_axis(pd.Index(self.key(raw)))

    def followed(self, year: int) -> pd.Series:
        """Highest level followed; 9999 is missing."""
        raw = self.read(f"Onderwijs/HOOGSTEOPLTAB/{year}/HOOGSTEOPL{year}TABV1")
        column = "OPLNIVSOI2016AGG4HGMETNIRWO" if year <= 2018 else "OPLNIVSOI2021AGG4HGmetNIRWO"
        code = clean(raw[column])
        return code.where(code != "9999").set_axis(pd.Index(self.key(raw))).dropna()

    def of_year(self, year: pd.Series, table: Callable[[int], pd.Series]) -> pd.Series:
        """What a yearly table says of each child in its own year."""
        parts = [
            pd.Series(year.index[year == y], index=year.index[year == y]).map(table(int(y)))
            for y in sorted(year.dropna().unique())
        ]
        return pd.concat(parts).reindex(year.index)

    def classes(self, table: str, years: Iterable[int]) -> pd.DataFrame:
        """Enrolments in group 8 or year 4, with the school location and year as group."""
        parts = []
        for year in years:
            if table == "inschrwpo":
                raw = self.read(f"Onderwijs/INSCHRWPOTAB/INSCHRWPOTAB{year}V1")
                raw = raw[(raw.WPOLEERJAAR.astype("string").str.strip() == "8") & (raw.RINPERSOONS == "R")]
                codes = {
                    name: clean(raw[column])
                    for name, column in {
                        "math": "WPOREKENEN",
                        "reading": "WPOTAALLV",
                        "language": "WPOTAALTV",
                        "test_advice": "WPOTOETSADVIES",
                        "advice": "WPOADVIESVO",
                        "reconsidered": "WPOADVIESHERZ",
                    }.items()
                }
                more = {**codes, "size_told": pd.to_numeric(raw.WPOGROEPSGROOTTE, errors="coerce")}
                school = self.key(raw, "WPOBRIN_crypt", "WPOBRINVEST")
            else:
                raw = self.read(f"Onderwijs/ONDERWIJSINSCHRTAB/ONDERWIJSINSCHRTAB{year}V1")
                raw = raw[(raw.VOLEERJAAR.astype("string").str.strip() == "4") & (raw.RINPERSOONS == "R")]
                more, school = {}, self.key(raw, "BRIN_crypt", "VOBRINVEST")
            group = school.str.strip() + f"-{year}"
            parts.append(pd.DataFrame({"person": self.key(raw), "year": year, "group": group, **more}))
        return pd.concat(parts, ignore_index=True).drop_duplicates(["person", "group"], ignore_index=True)

    # Circumstances

    def care(self, year: int) -> pd.Series:
        """Care costs without mental health and birth care, euros of 2020."""
        raw = self.read(f"GezondheidWelzijn/ZVWZORGKOSTENTAB/{year}/ZVWZORGKOSTEN{year}TABV1")
        parts = [
            *CARE,
            *(["MULTIDISC", "WYKVERPLEGING"] if year >= 2015 else []),
            *(["EERSTELIJNSVERBLIJF"] if year >= 2018 else []),
        ]
        amounts = raw[[f"ZVWK{part}" for part in parts]].apply(pd.to_numeric, errors="coerce")
        enrolment = pd.to_numeric(raw.NOPZVWKHUISARTSINSCHRIJF, errors="coerce")
        total = amounts.clip(lower=0).fillna(0).sum(axis=1) - enrolment.clip(lower=0).fillna(0)
        return (total / self.price(year)).set_axis(pd.Index(self.key(raw)))

    def protected(self, year: int) -> pd.Series:
        """1 for whoever is in the file of child protection; 2014 takes that of 2015."""
        raw = self.read(f"VeiligheidRecht/JGDBESCHERMBUS/JGDBESCHERM{max(year, 2015)}BUSV1")
        return pd.Series(1.0, index=pd.Index(self.key(raw).dropna().unique()))

    @cached_property
    def floors(self) -> pd.DataFrame:
        raw = self.read("BouwenWonen/LEVCYCLWOONNIETWOONBUS/LEVCYCLWOONNIETWOONBUSV2024122")
        area = pd.to_numeric(raw.VBOOPPERVLAKTE, errors="coerce")
        return pd.DataFrame(
            {
                "dwelling": self.key(raw, "SOORTOBJECTNUMMER", "RINOBJECTNUMMER"),
                "start": day(raw.AANVLEVCYCLWOONNIETWOON),
                "stop": day(raw.EINDLEVCYCLWOONNIETWOON),
                "area": area.where((area > 0) & (area != 999999)),
            }
        )

    def living_space(self, year: pd.Series) -> pd.Series:
        """Floor area per resident of the home on 1 January of each child's year."""
        known = year.dropna().astype(int)
        when = of_date(known, 1, 1).rename("when")
        homes = self.dwelling_on(when).rename("dwelling").to_frame().join(when).join(known.rename("year")).reset_index()
        found = homes.merge(self.floors, on="dwelling")
        found = found[(found.start <= found.when) & (found.when <= found.stop)].drop_duplicates("person")
        parts = []
        for y, group in found.groupby("year"):
            raw = self.read(f"BouwenWonen/EIGENDOMTAB/EIGENDOM{y}TABV1")
            residents = pd.to_numeric(raw.AantalBewoners, errors="coerce")
            residents = residents.where(residents > 0).set_axis(
                pd.Index(self.key(raw, "SOORTOBJECTNUMMER", "RINOBJECTNUMMER"))
            )
            parts.append((group.area / group.dwelling.map(residents)).set_axis(pd.Index(group.person)))
        return pd.concat(parts).reindex(year.index)
