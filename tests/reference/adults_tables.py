"""Register tables for the second computation: Parquet files at their usual places, read with pandas.

Nothing here comes from Kansen. Days are whole numbers since 1970, keys are kind and number of the person or household
together, and `line` is the place of a row in its file: "the first row" of the published rules is that of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

OPEN = 4_000_000
"""The day on which a spell ends that is still open."""

PRICES = {
    2003: 82.43, 2004: 83.48, 2005: 84.88, 2006: 85.82, 2007: 87.20, 2008: 89.37, 2009: 90.44, 2010: 91.59, 2011: 93.73,
    2012: 96.04, 2013: 98.44, 2014: 99.40, 2015: 100.00, 2016: 100.32, 2017: 101.70, 2018: 103.44, 2019: 106.16,
    2020: 107.51,
}  # fmt: skip
"""Consumer prices, 2015 = 100."""

NOT_OBSERVED = (999_999_999, 9_999_999_999, 99_999_999_999)


@dataclass(frozen=True)
class Registers:
    """A folder of register tables."""

    root: Path

    def read(self, place: str, columns: list[str], year: int | None = None) -> pd.DataFrame:
        """Columns of the one file that the pattern `place` finds; `{y}` stands for the year."""
        found = sorted(self.root.glob(place.format(y=year)))
        assert len(found) == 1, f"{place} of {year}: {found}"
        return pq.read_table(found[0], columns=columns).to_pandas(ignore_metadata=True)

    def people(self) -> pd.DataFrame:
        """Everybody, by person: birth (year, month, day, and the day number), sex, generation, countries."""
        columns = ["GBAGESLACHT", "GBAGEBOORTEJAAR", "GBAGEBOORTEMAAND", "GBAGEBOORTEDAG", "GBAGENERATIE"]
        roots = ["GBAHERKOMSTGROEPERING", "GBAGEBOORTELANDMOEDER", "GBAGEBOORTELANDVADER"]
        place = "Bevolking/GBAPERSOONTAB/2023/GBAPERSOON*TABV*.parquet"
        read = self.read(place, ["RINPERSOONS", "RINPERSOON", *columns, *roots])
        born = day(read.GBAGEBOORTEJAAR + read.GBAGEBOORTEMAAND + read.GBAGEBOORTEDAG)
        people = pd.DataFrame(
            {
                "person": read.RINPERSOONS + read.RINPERSOON,
                "born": born,
                "birth_year": pd.to_numeric(read.GBAGEBOORTEJAAR, errors="coerce"),
                "month": pd.to_numeric(read.GBAGEBOORTEMAAND, errors="coerce"),
                "day": pd.to_numeric(read.GBAGEBOORTEDAG, errors="coerce"),
                "sex": read.GBAGESLACHT.map({"1": "men", "2": "women"}),
                "generation": read.GBAGENERATIE,
                "roots": read.GBAHERKOMSTGROEPERING,
                "mother_born": read.GBAGEBOORTELANDMOEDER,
                "father_born": read.GBAGEBOORTELANDVADER,
            }
        )
        return people.set_index("person")

    def parents(self) -> pd.DataFrame:
        """Mother and father of each child, by child; a parent who is not known has a key that nobody has."""
        columns = ["RINPERSOONS", "RINPERSOON", "RINPERSOONSMa", "RINPERSOONMa", "RINPERSOONSpa", "RINPERSOONpa"]
        read = self.read("Bevolking/KINDOUDERTAB/KINDOUDER*TABV*.parquet", columns)
        keys = {
            "person": read.RINPERSOONS + read.RINPERSOON,
            "mother": read.RINPERSOONSMa + read.RINPERSOONMa,
            "father": read.RINPERSOONSpa + read.RINPERSOONpa,
        }
        return pd.DataFrame(keys).set_index("person")

    def addresses(self) -> pd.DataFrame:
        """Spells of people at dwellings: person, dwelling, start, stop, line."""
        columns = ["GBADATUMAANVANGADRESHOUDING", "GBADATUMEINDEADRESHOUDING", "SOORTOBJECTNUMMER", "RINOBJECTNUMMER"]
        place = "Bevolking/GBAADRESOBJECTBUS/GBAADRESOBJECT*BUSV*.parquet"
        read = self.read(place, ["RINPERSOONS", "RINPERSOON", *columns])
        return _spells(
            read, columns[0], columns[1], dwelling=read.SOORTOBJECTNUMMER + read.RINOBJECTNUMMER, person=_person(read)
        )

    def households(self) -> pd.DataFrame:
        """Spells of people in households: person, kind (TYPHH), role (PLHH), start, stop, line."""
        columns = ["RINPERSOONS", "RINPERSOON", "DATUMAANVANGHH", "DATUMEINDEHH", "TYPHH", "PLHH"]
        read = self.read("Bevolking/GBAHUISHOUDENSBUS/GBAHUISHOUDENS*BUSV*.parquet", columns)
        return _spells(
            read, columns[2], columns[3], person=_person(read), kind=_known(read.TYPHH), role=_known(read.PLHH)
        )

    def statuses(self) -> pd.DataFrame:
        """Spells of people in a socioeconomic category: person, code, start, stop, line."""
        columns = ["RINPERSOONS", "RINPERSOON", "AANVSECM", "EINDSECM", "SECM"]
        read = self.read("InkomenBestedingen/SECMBUS/SECMBUS*V*.parquet", columns)
        return _spells(read, "AANVSECM", "EINDSECM", person=_person(read), code=_known(read.SECM))

    def floors(self) -> pd.DataFrame:
        """Spells of dwellings with a floor area: person is the dwelling, area in square metres, start, stop, line."""
        columns = ["SOORTOBJECTNUMMER", "RINOBJECTNUMMER", "VBOOPPERVLAKTE"]
        ends = ["AANVLEVCYCLWOONNIETWOON", "EINDLEVCYCLWOONNIETWOON"]
        read = self.read("BouwenWonen/LEVCYCLWOONNIETWOONBUS/*.parquet", columns + ends)
        area = pd.to_numeric(read.VBOOPPERVLAKTE, errors="coerce").where(lambda area: (area > 0) & (area < 999_999))
        return _spells(read, *ends, person=read.SOORTOBJECTNUMMER + read.RINOBJECTNUMMER, area=area)

    def postcodes(self, on: int) -> pd.Series:
        """Four-digit postcode by dwelling on a day."""
        columns = ["SOORTOBJECTNUMMER", "RINOBJECTNUMMER", "POSTCODENUM"]
        ends = ["DATUMAANVPOSTCODENUMADRES", "DATUMEINDPOSTCODENUMADRES"]
        read = self.read("BouwenWonen/VSLPOSTCODEBUS/VSLPOSTCODEBUSV*.parquet", columns + ends)
        spells = _spells(read, *ends, dwelling=read.SOORTOBJECTNUMMER + read.RINOBJECTNUMMER, code=read.POSTCODENUM)
        valid = spells[(spells.start <= on) & (spells.stop >= on) & (spells.code != "----")]
        return valid.drop_duplicates("dwelling").set_index("dwelling").code

    def areas(self, year: int) -> pd.DataFrame:
        """Municipality and wijk by dwelling, on the borders of a year; without those that have no code."""
        columns = ["SOORTOBJECTNUMMER", "RINOBJECTNUMMER", f"gem{year}", f"wc{year}"]
        read = self.read(f"BouwenWonen/VSLGWBTAB/VSLGWB{year}TAB*.parquet", columns)
        read["dwelling"] = read.SOORTOBJECTNUMMER + read.RINOBJECTNUMMER
        read = read[~read[f"gem{year}"].str.startswith("-")]
        known = {"municipality": "GM" + read[f"gem{year}"], "wijk": "WK" + read[f"wc{year}"]}
        return read.assign(**known).set_index("dwelling")[["municipality", "wijk"]]

    def owners(self, year: int) -> pd.DataFrame:
        """By dwelling on 1 January: type of owner, and residents of whom there is at least one."""
        columns = ["SOORTOBJECTNUMMER", "RINOBJECTNUMMER", "TypeEigenaar", "AantalBewoners"]
        read = self.read("BouwenWonen/EIGENDOMTAB/EIGENDOM{y}TABV*.parquet", columns, year)
        read["dwelling"] = read.SOORTOBJECTNUMMER + read.RINOBJECTNUMMER
        read["owner"] = _known(read.TypeEigenaar)
        read["residents"] = read.AantalBewoners.where(read.AantalBewoners > 0)
        return read.set_index("dwelling")[["owner", "residents"]]

    def personal(self, year: int, column: str) -> pd.Series:
        """Personal income of a year by person in euros of 2020, without what is negative or not observed.

        `column` is BRUT (gross) or PRIM (primary).
        """
        place = "InkomenBestedingen/INPATAB/INPA{y}TABV*.parquet"
        name = f"INPPERS{column}"
        if year <= 2010:
            place = "InkomenBestedingen/INTEGRAAL PERSOONLIJK INKOMEN/{y}/PERSOONINK{y}TABV*.parquet"
            name = f"PERS{column}"
        read = self.read(place, ["RINPERSOONS", "RINPERSOON", name], year)
        return _not_negative(read[name], year).set_axis(_person(read)).dropna()

    def household_of(self, year: int) -> pd.Series:
        """The household of each person in a year, by person."""
        place, key = "InkomenBestedingen/*/KOPPELPERSOONHUISHOUDEN{y}.parquet", "HKW"
        if year <= 2010:
            place, key = "InkomenBestedingen/*/Koppeltabel_IPI_IHI_IVB{y}.parquet", "KERN"
        read = self.read(place, ["RINPERSOONS", "RINPERSOON", f"RINPERSOONS{key}", f"RINPERSOON{key}"], year)
        return (read[f"RINPERSOONS{key}"] + read[f"RINPERSOON{key}"]).set_axis(_person(read))

    def of_households(self, year: int, place: str, column: str) -> pd.Series:
        """A figure of households of 2011 or later, or of wealth, by household: as in the file, text as missing."""
        columns = ["RINPERSOONSHKW", "RINPERSOONHKW", column]
        read = self.read(f"InkomenBestedingen/{place}", columns, year)
        figures = pd.to_numeric(read[column], errors="coerce")
        return figures.set_axis(read.RINPERSOONSHKW + read.RINPERSOONHKW)

    def household_income(self, year: int, column: str) -> pd.Series:
        """Income of the household by person in euros of 2020, without what is negative or not observed."""
        amounts = self.of_households(year, "INHATAB/INHA{y}TABV*.parquet", column)
        return _of_members(self.household_of(year), _not_negative(amounts, year))

    def wealth(self, year: int, column: str) -> pd.DataFrame:
        """Household and its wealth (euros of 2020, may be negative) by person."""
        amounts = self.of_households(year, "VEHTAB/VEH{y}TABV*.parquet", column)
        amounts = amounts.where(~amounts.isin(NOT_OBSERVED)) / (PRICES[year] / PRICES[2020])
        household = self.household_of(year)
        return pd.DataFrame({"household": household, "wealth": household.map(amounts)})

    def poverty(self, year: int) -> pd.Series:
        """Income of the household in percent of the poverty line, by person."""
        figures = self.of_households(year, "INHARMATAB/INHARMA{y}TABV*.parquet", "INHARMOEDE")
        return _of_members(self.household_of(year), figures.where(~figures.isin([998, 999])))

    def level(self, year: int, followed: bool = False) -> pd.Series:
        """Highest level of education attained or followed by person, 2013 or later; unknown is missing."""
        kind = "HG" if followed else "HB"
        column = f"OPLNIVSOI2016AGG4{kind}METNIRWO" if year < 2019 else f"OPLNIVSOI2021AGG4{kind}metNIRWO"
        place = "Onderwijs/HOOGSTEOPLTAB/{y}/HOOGSTEOPL{y}TABV*.parquet"
        read = self.read(place, ["RINPERSOONS", "RINPERSOON", column], year)
        return read[column].where(read[column] != "9999").set_axis(_person(read)).dropna()

    def works(self, year: int) -> pd.Series:
        """Whether somebody works ("0" or "1"), by person, of those who have been in mbo and turn 21 in the year."""
        read = self.read(
            "Onderwijs/MBOCOHORT/MBOCOHORT{y}TABV*.parquet", ["RINPERSOONS", "RINPERSOON", "WERKEND"], year
        )
        return read.WERKEND.set_axis(_person(read))

    def care(self, year: int) -> pd.DataFrame:
        """Care costs of a year by person, euros of that year; what is negative or unknown is zero."""
        found = next(iter(sorted(self.root.glob(f"GezondheidWelzijn/ZVWZORGKOSTENTAB/{year}/*.parquet"))))
        read = pq.read_table(found).to_pandas(ignore_metadata=True)
        costs = read.drop(columns=["RINPERSOONS", "RINPERSOON"]).fillna(0).clip(lower=0)
        return costs.set_index(_person(read))

    def jobs(self, year: int) -> pd.DataFrame:
        """Months in jobs: person, wage (euros of 2020, negative is missing), hours, contract."""
        columns = ["RINPERSOONS", "RINPERSOON", "SBASISLOON", "SBASISUREN", "SCONTRACTSOORT"]
        read = self.read("Spolis/SPOLISBUS/SPOLISBUS{y}V*.parquet", columns, year)
        wage = _not_negative(read.SBASISLOON, year)
        return pd.DataFrame(
            {"person": _person(read), "wage": wage, "hours": read.SBASISUREN, "contract": read.SCONTRACTSOORT}
        )

    def gifts(self, year: int) -> pd.DataFrame:
        """Gifts with an exemption of type 1, 2 or 3: person and amount in euros of 2020."""
        columns = ["RINPERSOONSONTVANGER", "RINPERSOONONTVANGER", "SCHTYPEVRIJ", "SCHBRUTSCHK"]
        read = self.read("InkomenBestedingen/SCHTAB/{y}/SCH*.parquet", columns, year)
        read = read[read.SCHTYPEVRIJ.isin(["1", "2", "3"])]
        person = read.RINPERSOONSONTVANGER + read.RINPERSOONONTVANGER
        return pd.DataFrame({"person": person, "amount": _not_negative(read.SCHBRUTSCHK, year)})

    def fourth_year(self, year: int) -> pd.DataFrame:
        """Pupils of year 4 of a known secondary school: person, school (with its location and the year), year."""
        columns = ["RINPERSOONS", "RINPERSOON", "VOLEERJAAR", "BRIN_crypt", "VOBRINVEST"]
        read = self.read("Onderwijs/ONDERWIJSINSCHRTAB/ONDERWIJSINSCHRTAB{y}V*.parquet", columns, year)
        read = read[(read.VOLEERJAAR == "4") & (read.RINPERSOONS == "R")]
        school = read.BRIN_crypt + " " + read.VOBRINVEST + f" {year}"
        return pd.DataFrame({"person": _person(read), "school": school, "year": year}).dropna(subset=["school"])


def day(texts: pd.Series) -> pd.Series:
    """Days of dates like 20151231; 88888888 is open; what is no day of the calendar is missing."""
    numbers = pd.to_numeric(texts, errors="coerce")
    year, month, of_month = numbers // 10_000, numbers // 100 % 100, numbers % 100
    possible = month.between(1, 12) & of_month.between(1, 31)
    safe = [part.where(possible, 1).astype("int64").to_numpy() for part in (year, month, of_month)]
    months = (safe[0] - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (safe[1] - 1)
    days = months.astype("datetime64[D]") + (safe[2] - 1)
    possible &= days.astype("datetime64[M]") == months
    out = pd.Series(days.astype("int64"), index=texts.index, dtype="float64").where(possible)
    return out.mask(numbers == 88_888_888, OPEN)


def date(year: pd.Series, month: pd.Series | int, of_month: pd.Series | int) -> pd.Series:
    """Days of dates in parts; 29 February of a year without it is 28 February."""
    numbers = year * 10_000 + month * 100 + of_month
    days = day(numbers.astype("int64").astype(str))
    return days.fillna(day((numbers - 1).astype("int64").astype(str)))


def covering(asked: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """The first spell in file order that holds a day, by the index of `asked` (columns person, on)."""
    both = asked.rename_axis("asked").reset_index().merge(spells, on="person")
    both = both[(both.start <= both.on) & (both.on <= both.stop)]
    return both.sort_values("line").drop_duplicates("asked").set_index("asked")


def soon_after(asked: pd.DataFrame, spells: pd.DataFrame, within: int) -> pd.DataFrame:
    """The first spell in file order that starts at most `within` days after a day, by the index of `asked`."""
    both = asked.rename_axis("asked").reset_index().merge(spells, on="person")
    both = both[(both.start > both.on) & (both.start <= both.on + within)]
    return both.sort_values("line").drop_duplicates("asked").set_index("asked")


def days_registered(asked: pd.DataFrame, spells: pd.DataFrame) -> pd.Series:
    """On how many days from `first` to `last` somebody had an address, by the index of `asked`; both ends count."""
    both = asked.rename_axis("asked").reset_index().merge(spells, on="person")
    both["start"] = both[["start", "first"]].max(axis=1)
    both["stop"] = both[["stop", "last"]].min(axis=1)
    both = both[both.start <= both.stop].sort_values(["asked", "start"])
    before = both.groupby("asked").stop.cummax().groupby(both.asked).shift()
    both["start"] = both.start.where(before.isna() | (before < both.start), before + 1)
    both["days"] = (both.stop - both.start + 1).clip(lower=0)
    return both.groupby("asked").days.sum().reindex(asked.index, fill_value=0)


def rank(values: pd.Series, within: pd.Series) -> pd.Series:
    """Average rank divided by the highest, within groups; missing stays missing. Equal to a millionth is equal."""
    ranks = values.round(6).groupby(within).rank(method="average")
    return ranks / ranks.groupby(within).transform("max")


def _person(read: pd.DataFrame) -> pd.Series:
    return read.RINPERSOONS + read.RINPERSOON


def _known(codes: pd.Series) -> pd.Series:
    """Codes without those that are empty or nothing but dashes."""
    return codes.mask(codes.str.strip("-") == "")


def _spells(read: pd.DataFrame, start: str, stop: str, **columns: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({**columns, "start": day(read[start]), "stop": day(read[stop]), "line": np.arange(len(read))})


def _not_negative(amounts: pd.Series, year: int) -> pd.Series:
    numbers = pd.to_numeric(amounts, errors="coerce")
    return numbers.where((numbers >= 0) & ~numbers.isin(NOT_OBSERVED)) / (PRICES[year] / PRICES[2020])


def _of_members(household: pd.Series, figures: pd.Series) -> pd.Series:
    return household.map(figures).dropna()
