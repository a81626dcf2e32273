"""Make synthetic registers rougher than they are written: rows out of order, overlaps, gaps, odd and missing values.

The synthetic country is tidy in ways that hide mistakes: files are sorted, spells never overlap, little is unknown.
Everything here is something that a delivered table may hold and that the rules have an answer to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ROOTS = ("6030", "6043", "5022", "5007", "7011", "5107", "5010", "----", "0000")
TWENTY = {2015: 1995, 2016: 1996, 2017: 1997, 2018: 1998, 2019: 1999}


@dataclass
class _Hand:
    """A source of chance; each use of it takes another share of the rows."""

    random: np.random.Generator

    def some(self, table: pd.DataFrame, share: float) -> np.ndarray:
        return self.random.random(len(table)) < share

    def put(self, table: pd.DataFrame, column: str, share: float, value: object) -> None:
        """The same value in some of the rows."""
        table[column] = table[column].mask(self.some(table, share), value)

    def draw(self, table: pd.DataFrame, column: str, share: float, values: tuple[str, ...]) -> None:
        """One of the values in some of the rows."""
        drawn = pd.Series(self.random.choice(values, len(table)), index=table.index)
        table[column] = table[column].mask(self.some(table, share), drawn)

    def lose(self, table: pd.DataFrame, share: float) -> pd.DataFrame:
        return table[~self.some(table, share)]

    def shuffle(self, table: pd.DataFrame) -> pd.DataFrame:
        return table.iloc[self.random.permutation(len(table))].reset_index(drop=True)

    def double(self, table: pd.DataFrame, share: float, columns: list[str]) -> pd.DataFrame:
        """Some rows a second time, with the given columns of other rows."""
        again = table[self.some(table, share)].copy()
        again[columns] = table[columns].sample(len(again), random_state=self.random).to_numpy()
        return pd.concat([table, again], ignore_index=True)

    def shorten(self, table: pd.DataFrame, start: str, stop: str, share: float, most: int) -> None:
        """Some spells that have an end before 2024 end earlier, though not before they start."""
        begin = pd.to_datetime(table[start], format="%Y%m%d")
        end = pd.to_datetime(table[stop].where(table[stop] < "2024"), format="%Y%m%d")
        end -= pd.to_timedelta(self.random.integers(1, most, len(table)), unit="D")
        fits = self.some(table, share) & (end >= begin)
        table[stop] = table[stop].mask(fits, end.dt.strftime("%Y%m%d"))

    def stretch(self, table: pd.DataFrame, start: str, share: float, most: int) -> None:
        """Some spells that start after 1995 start earlier, so that they overlap the one before."""
        begin = pd.to_datetime(table[start].where(table[start] > "1996"), format="%Y%m%d")
        begin -= pd.to_timedelta(self.random.integers(1, most, len(table)), unit="D")
        table[start] = table[start].mask(self.some(table, share) & begin.notna(), begin.dt.strftime("%Y%m%d"))

    def amounts(self, table: pd.DataFrame, column: str, missing: int) -> None:
        """Unknown in two ways, negative, round (so that there are ties), and the same for many."""
        if not pd.api.types.is_numeric_dtype(table[column]):
            return
        table[column] = table[column].astype("float64")
        round_amounts = (table[column] / 5000).round() * 5000
        observed = table[column].abs() < 900_000_000
        table[column] = table[column].mask(self.some(table, 0.3) & observed, round_amounts)
        self.put(table, column, 0.02, None)
        self.put(table, column, 0.02, missing)
        self.put(table, column, 0.03, -2500)
        table[column] = table[column].round().astype("Int64")


def roughen(root: Path, seed: int) -> None:
    """Change the register tables (Parquet) below `root` in place; the same seed gives the same tables."""
    people = pd.read_parquet(next(root.glob("Bevolking/GBAPERSOONTAB/2023/*.parquet")))
    _add_care_at_20(root, people, np.random.default_rng(seed))
    for number, (place, change) in enumerate(_CHANGES.items()):
        for path in sorted(root.glob(place)):
            hand = _Hand(np.random.default_rng([seed, number, len(path.name), int(_year(path) or 0)]))
            change(hand, pd.read_parquet(path)).to_parquet(path, index=False)


def _year(path: Path) -> str:
    return "".join(letter for letter in path.stem if letter.isdigit())[:4]


def _people(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    hand.put(table, "GBAGESLACHT", 0.01, "-")
    second = hand.some(table, 0.06)
    roots = pd.Series(hand.random.choice(ROOTS, len(table)), index=table.index)
    table["GBAGENERATIE"] = table.GBAGENERATIE.mask(second, "2")
    table["GBAHERKOMSTGROEPERING"] = table.GBAHERKOMSTGROEPERING.mask(second, roots)
    hand.put(table, "GBAGENERATIE", 0.01, "-")
    hand.draw(table, "GBAGEBOORTELANDMOEDER", 0.05, ("6030", "5022", "----", "0000"))
    hand.draw(table, "GBAGEBOORTELANDVADER", 0.05, ("6030", "5022", "----", "0000"))
    leap = hand.some(table, 0.02)
    table["GBAGEBOORTEMAAND"] = table.GBAGEBOORTEMAAND.mask(leap, "02")
    table["GBAGEBOORTEDAG"] = table.GBAGEBOORTEDAG.mask(leap, "29")
    hand.put(table, "GBAGEBOORTEDAG", 0.003, "00")
    return hand.shuffle(table)


def _children(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    mother, father = ["RINPERSOONSMa", "RINPERSOONMa"], ["RINPERSOONSpa", "RINPERSOONpa"]
    swap = hand.some(table, 0.05)
    table.loc[swap, mother + father] = table.loc[swap, father + mother].to_numpy()
    other = hand.some(table, 0.02)
    table.loc[other, father] = table.loc[hand.random.permutation(np.flatnonzero(other)), mother].to_numpy()
    for parent in (mother, father):
        table.loc[hand.some(table, 0.03), parent] = ["-", "---------"]
    return hand.shuffle(hand.lose(table, 0.01))


def _addresses(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    table = hand.double(table, 0.06, ["SOORTOBJECTNUMMER", "RINOBJECTNUMMER"])
    hand.shorten(table, "GBADATUMAANVANGADRESHOUDING", "GBADATUMEINDEADRESHOUDING", 0.15, 90)
    hand.stretch(table, "GBADATUMAANVANGADRESHOUDING", 0.05, 200)
    return hand.shuffle(hand.lose(table, 0.02))


def _households(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    table = hand.double(table, 0.06, ["TYPHH", "PLHH"])
    hand.shorten(table, "DATUMAANVANGHH", "DATUMEINDEHH", 0.2, 700)
    hand.stretch(table, "DATUMAANVANGHH", 0.08, 700)
    hand.put(table, "PLHH", 0.01, "--")
    hand.put(table, "TYPHH", 0.01, "-")
    hand.draw(table, "TYPHH", 0.05, ("2", "3", "7", "8"))
    hand.draw(table, "PLHH", 0.03, ("10", "9"))
    return hand.shuffle(hand.lose(table, 0.03))


def _statuses(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    table = hand.double(table, 0.05, ["SECM"])
    hand.shorten(table, "AANVSECM", "EINDSECM", 0.2, 400)
    hand.stretch(table, "AANVSECM", 0.05, 400)
    hand.put(table, "SECM", 0.01, "--")
    return hand.shuffle(hand.lose(table, 0.03))


def _postcodes(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    hand.put(table, "POSTCODENUM", 0.02, "----")
    hand.put(table, "DATUMEINDPOSTCODENUMADRES", 0.02, "20231230")
    return hand.shuffle(table)


def _areas(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    lost = hand.some(table, 0.02)
    table.loc[lost, ["gem2023", "wc2023"]] = ["----", "------"]
    return hand.shuffle(table)


def _floors(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    table = hand.double(table, 0.05, ["VBOOPPERVLAKTE"])
    hand.put(table, "VBOOPPERVLAKTE", 0.02, "999999")
    hand.put(table, "VBOOPPERVLAKTE", 0.02, None)
    hand.shorten(table, "AANVLEVCYCLWOONNIETWOON", "EINDLEVCYCLWOONNIETWOON", 0.3, 300)
    hand.put(table, "VBOOPPERVLAKTE", 0.01, "0")
    return hand.shuffle(table)


def _owners(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    hand.put(table, "TypeEigenaar", 0.02, "-")
    table["AantalBewoners"] = table.AantalBewoners.astype("Int64")
    hand.put(table, "AantalBewoners", 0.02, 0)
    hand.put(table, "AantalBewoners", 0.02, None)
    return hand.shuffle(hand.lose(table, 0.03))


def _incomes(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    for column in table.columns:
        if not column.startswith("RIN"):
            hand.amounts(table, column, 9_999_999_999)
    return hand.shuffle(hand.lose(table, 0.03))


def _wealth(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    hand.amounts(table, "VEHW1000VERH", 99_999_999_999)
    hand.amounts(table, "VEHWVEREXEWH", 99_999_999_999)
    return hand.shuffle(hand.lose(table, 0.05))


def _links(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    household = [column for column in table if column not in ("RINPERSOONS", "RINPERSOON")]
    moved = np.flatnonzero(hand.some(table, 0.06))
    table.loc[moved, household] = table.loc[hand.random.permutation(moved), household].to_numpy()
    return hand.shuffle(hand.lose(table, 0.02))


def _poverty(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    hand.put(table, "INHARMOEDE", 0.03, 100)
    hand.put(table, "INHARMOEDE", 0.03, 998)
    hand.put(table, "INHARMOEDE", 0.03, None)
    hand.put(table, "INHARMOEDE", 0.1, 80)
    return hand.shuffle(hand.lose(table, 0.03))


def _jobs(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    table["SBASISLOON"] = table.SBASISLOON.astype("Int64")
    hand.put(table, "SBASISLOON", 0.02, -300)
    hand.put(table, "SBASISLOON", 0.01, None)
    hand.put(table, "SBASISUREN", 0.3, 120.0)
    hand.put(table, "SBASISUREN", 0.03, 0.0)
    hand.put(table, "SBASISUREN", 0.005, None)
    hand.draw(table, "SCONTRACTSOORT", 0.3, ("Onbepaalde tijd", "Bepaalde tijd", "Niet van toepassing"))
    idle = table.RINPERSOON.isin(table.RINPERSOON[hand.some(table, 0.002)])
    table["SBASISUREN"] = table.SBASISUREN.mask(idle, 0.0)
    return hand.shuffle(hand.lose(table, 0.2))


def _gifts(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    table = hand.double(table, 0.1, ["SCHBRUTSCHK"])
    table["SCHBRUTSCHK"] = table.SCHBRUTSCHK.astype("Int64")
    hand.put(table, "SCHBRUTSCHK", 0.05, None)
    hand.put(table, "SCHBRUTSCHK", 0.02, -100)
    hand.draw(table, "SCHTYPEVRIJ", 0.1, ("1", "4", "-"))
    return hand.shuffle(table)


def _care(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    for column in table.columns:
        if not column.startswith("RIN"):
            table[column] = table[column].astype("Int64")
            hand.put(table, column, 0.02, -1)
            hand.put(table, column, 0.02, None)
    return hand.shuffle(hand.lose(table, 0.03))


def _levels(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    for column in table.columns:
        if not column.startswith("RIN"):
            hand.draw(table, column, 0.1, ("9999", "3210", "2110", "1222", "3110", "3113"))
    return hand.shuffle(hand.lose(table, 0.03))


def _pupils(hand: _Hand, table: pd.DataFrame) -> pd.DataFrame:
    table = hand.double(table, 0.05, ["BRIN_crypt", "VOBRINVEST"])
    table = hand.double(table, 0.03, ["VOLEERJAAR"])
    alone = hand.some(table, 0.05)
    table["BRIN_crypt"] = table.BRIN_crypt.mask(alone, table.RINPERSOON)
    hand.put(table, "RINPERSOONS", 0.01, "S")
    hand.put(table, "VOBRINVEST", 0.01, None)
    repeats = pd.DataFrame(table[hand.some(table, 0.5)])
    return hand.shuffle(pd.concat([table, repeats], ignore_index=True))


_CHANGES: dict[str, Callable[[_Hand, pd.DataFrame], pd.DataFrame]] = {
    "Bevolking/GBAPERSOONTAB/2023/*.parquet": _people,
    "Bevolking/KINDOUDERTAB/*.parquet": _children,
    "Bevolking/GBAADRESOBJECTBUS/*.parquet": _addresses,
    "Bevolking/GBAHUISHOUDENSBUS/*.parquet": _households,
    "InkomenBestedingen/SECMBUS/*.parquet": _statuses,
    "BouwenWonen/VSLPOSTCODEBUS/*.parquet": _postcodes,
    "BouwenWonen/VSLGWBTAB/*.parquet": _areas,
    "BouwenWonen/LEVCYCLWOONNIETWOONBUS/*.parquet": _floors,
    "BouwenWonen/EIGENDOMTAB/*.parquet": _owners,
    "InkomenBestedingen/INTEGRAAL PERSOONLIJK INKOMEN/*/*.parquet": _incomes,
    "InkomenBestedingen/INPATAB/*.parquet": _incomes,
    "InkomenBestedingen/INHATAB/*.parquet": _incomes,
    "InkomenBestedingen/VEHTAB/*.parquet": _wealth,
    "InkomenBestedingen/KOPPELPERSOONHUISHOUDEN/*.parquet": _links,
    "InkomenBestedingen/INHARMATAB/*.parquet": _poverty,
    "Spolis/SPOLISBUS/*.parquet": _jobs,
    "InkomenBestedingen/SCHTAB/*/*.parquet": _gifts,
    "GezondheidWelzijn/ZVWZORGKOSTENTAB/*/*.parquet": _care,
    "Onderwijs/HOOGSTEOPLTAB/*/*.parquet": _levels,
    "Onderwijs/ONDERWIJSINSCHRTAB/*.parquet": _pupils,
}


def _add_care_at_20(root: Path, people: pd.DataFrame, random: np.random.Generator) -> None:
    """Care costs of people in the year in which they turn 20, for who is not in the file."""
    keys = ["RINPERSOONS", "RINPERSOON"]
    folder = root / "GezondheidWelzijn" / "ZVWZORGKOSTENTAB"
    columns = pd.read_parquet(next((folder / "2017").glob("*.parquet"))).columns
    for year, born in TWENTY.items():
        path = next((folder / str(year)).glob("*.parquet"), folder / str(year) / f"ZVWZORGKOSTEN{year}TABV1.parquet")
        there = pd.read_parquet(path) if path.exists() else pd.DataFrame(columns=columns)
        twenty = people[str(born) == people.GBAGEBOORTEJAAR][keys]
        twenty = twenty[~twenty.RINPERSOON.isin(there.RINPERSOON)].reset_index(drop=True)
        names = [column for column in there.columns if column not in keys]
        used = random.random((len(twenty), len(names))) < 0.2
        amounts = np.where(used, random.integers(1, 4000, used.shape), 0)
        added = pd.concat([twenty, pd.DataFrame(amounts, columns=names)], axis=1)
        path.parent.mkdir(exist_ok=True)
        (pd.concat([there, added], ignore_index=True) if len(there) else added).to_parquet(path, index=False)
