"""Makes synthetic registers rougher where the young cohorts read them: all of it is something a delivery may hold.

Rows out of order, overlapping spells and gaps around the days that count, unknown and odd codes, pupils at two schools,
parents without keys, mothers who are told in one register only, deaths in one register only, amounts with ties.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

COUNTRIES = ("6030", "6043", "5022", "5007", "7011", "5107", "5010", "----", "0000")
ADVICES = ("1", "10", "20", "22", "34", "42", "44", "45", "52", "53", "60", "61", "70", "80", "-")
TESTS = ("10", "11", "20", "22", "30", "34", "42", "44", "60", "61", "70", "-")
LEVELS = (
    "1111",
    "1212",
    "1220",
    "1221",
    "1222",
    "2110",
    "2130",
    "2132",
    "3110",
    "3113",
    "3210",
    "3212",
    "9999",
    "----",
)
AFTER = (0, 6, 7, 8, 27, 28, 29, 364, 365, 366)
"""Days from birth to the deaths that are added."""

Change = Callable[["Hand", pd.DataFrame], pd.DataFrame]


class Hand:
    """A source of chance for one table."""

    def __init__(self, *seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def some(self, table: pd.DataFrame, share: float) -> np.ndarray:
        return self.random.random(len(table)) < share

    def put(self, table: pd.DataFrame, column: str, share: float, *values: object) -> None:
        """One of the values in some of the rows."""
        drawn = pd.Series(self.random.choice(np.array(values, dtype=object), len(table)), index=table.index)
        table[column] = table[column].astype(object).mask(self.some(table, share), drawn)

    def amounts(self, table: pd.DataFrame, column: str, *odd: float) -> None:
        """Round amounts, so that there are ties, and odd ones."""
        value = pd.to_numeric(table[column]).astype(float)
        value = value.mask(self.some(table, 0.3) & (value.abs() < 1e8), (value / 10_000).round() * 10_000)
        for amount in odd:
            value = value.mask(self.some(table, 0.03), amount)
        table[column] = value

    def double(self, table: pd.DataFrame, share: float, *columns: str) -> pd.DataFrame:
        """Some rows a second time, with the given columns of other rows."""
        again = table[self.some(table, share)].copy()
        again[list(columns)] = table[list(columns)].sample(len(again), random_state=self.random).to_numpy()
        return pd.concat([table, again], ignore_index=True)

    def shuffle(self, table: pd.DataFrame) -> pd.DataFrame:
        return table.iloc[self.random.permutation(len(table))].reset_index(drop=True)

    def gaps(self, table: pd.DataFrame, start: str, stop: str) -> None:
        """Some spells end earlier and some start later, by at most two months, but never the wrong way round."""
        begin, end = (pd.to_datetime(table[name], format="%Y%m%d", errors="coerce") for name in (start, stop))
        for name, moved in ((stop, end - self._days(table)), (start, begin + self._days(table))):
            fits = self.some(table, 0.08) & (end - begin > pd.Timedelta(days=130)) & moved.notna()
            table[name] = table[name].mask(fits, moved.dt.strftime("%Y%m%d"))

    def strangers(self, table: pd.DataFrame) -> pd.DataFrame:
        """Some rows are of somebody who is not in the register of persons, by a key of another kind."""
        some = self.some(table, 0.02)
        kind = table.RINPERSOONS.mask(some, "S")
        return table.assign(RINPERSOONS=kind)

    def _days(self, table: pd.DataFrame) -> pd.TimedeltaIndex:
        return pd.to_timedelta(self.random.integers(1, 60, len(table)), unit="D")


def roughen(root: Path, seed: int) -> None:
    """Change the register tables (Parquet) below `root` in place; the same seed gives the same tables."""
    for number, (place, change) in enumerate(CHANGES.items()):
        for path in sorted(root.glob(place)):
            hand = Hand(seed, number, *path.name.encode())
            change(hand, pd.read_parquet(path)).to_parquet(path, index=False)
    _deaths(Hand(seed), root)


def _persons(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    hand.put(table, "GBAGESLACHT", 0.01, "-")
    hand.put(table, "GBAGEBOORTEDAG", 0.003, "00", "31")
    hand.put(table, "GBAGENERATIE", 0.1, "0", "1", "2", "-")
    for column in ("GBAHERKOMSTGROEPERING", "GBAGEBOORTELANDMOEDER", "GBAGEBOORTELANDVADER"):
        hand.put(table, column, 0.1, *COUNTRIES)
    leap = (
        (table.GBAGEBOORTEMAAND == "02") & (table.GBAGEBOORTEDAG == "28") & table.GBAGEBOORTEJAAR.isin(["2000", "2004"])
    )
    table["GBAGEBOORTEDAG"] = table.GBAGEBOORTEDAG.mask(leap, "29")
    born_late = table.GBAGEBOORTEJAAR.between("2011", "2020")
    return hand.shuffle(table[~(born_late & hand.some(table, 0.05))])


def _parents(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    for kind, number in (("RINPERSOONSMa", "RINPERSOONMa"), ("RINPERSOONSpa", "RINPERSOONpa")):
        unknown = hand.some(table, 0.02)
        table[kind], table[number] = table[kind].mask(unknown, "-"), table[number].mask(unknown, "---------")
        table[kind] = table[kind].mask(hand.some(table, 0.02), "G")
    swapped = hand.some(table, 0.02)
    mothers = ["RINPERSOONSMa", "RINPERSOONMa"]
    fathers = ["RINPERSOONSpa", "RINPERSOONpa"]
    table.loc[swapped, mothers + fathers] = table.loc[swapped, fathers + mothers].to_numpy()
    return hand.shuffle(table[~hand.some(table, 0.01)])


def _addresses(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    hand.gaps(table, "GBADATUMAANVANGADRESHOUDING", "GBADATUMEINDEADRESHOUDING")
    table = hand.double(table, 0.05, "SOORTOBJECTNUMMER", "RINOBJECTNUMMER")
    table["GBADATUMEINDEADRESHOUDING"] = table.GBADATUMEINDEADRESHOUDING.mask(
        (table.GBADATUMEINDEADRESHOUDING > "2023") & hand.some(table, 0.3), "88888888"
    )
    lost = set(table.RINPERSOON.drop_duplicates().sample(frac=0.01, random_state=hand.random))
    return hand.shuffle(table[~table.RINPERSOON.isin(lost)])


def _households(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    hand.put(table, "TYPHH", 0.1, *"12345678")
    hand.gaps(table, "DATUMAANVANGHH", "DATUMEINDEHH")
    lost = set(table.RINPERSOON.drop_duplicates().sample(frac=0.02, random_state=hand.random))
    return hand.shuffle(table[~table.RINPERSOON.isin(lost)])


def _births(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    hand.put(table, "amddd", 0.02, 167, 168, 258, 259, 294, 295)
    hand.put(table, "geboortegew", 0.1, 1748, 1703, 2618, 2644)
    for column in ("amddd", "geboortegew"):
        table[column] = pd.to_numeric(table[column]).astype("Int64")
    hand.put(table, "sterfte", 0.1, *"0123456")
    hand.put(table, "gesl", 0.1, *"123")
    hand.put(table, "CBKSoortNr_Moeder", 0.03, "G")
    unknown = hand.some(table, 0.03)
    table["CBKSoortNr_Moeder"] = table.CBKSoortNr_Moeder.mask(unknown, "-")
    table["Rinpersoon_Moeder"] = table.Rinpersoon_Moeder.mask(unknown, "---------")
    return hand.shuffle(table)


def _deaths(hand: Hand, root: Path) -> None:
    """Children who died some days after birth, in both registers of deaths, in one, or in another file year."""
    births = pd.read_parquet(next(root.glob("PERINED/*.parquet"))).sample(400, random_state=hand.random)
    born = pd.to_datetime(births.ddgeb.astype(str).str[:10])
    died = born + pd.to_timedelta(hand.random.choice(AFTER, len(births)), unit="D")
    told = pd.Series(hand.random.choice(["both", "causes", "deaths", "later"], len(births), p=[0.7, 0.1, 0.1, 0.1]))
    told.index = births.index
    key = pd.DataFrame({"RINPERSOONS": births.CBKSoortNr_Kind, "RINPERSOON": births.Rinpersoon_Kind})
    text = died.dt.strftime("%Y%m%d")
    for year in range(2011, 2022):
        own = died.dt.year == year
        if year <= 2012:
            rows = key[own].rename(columns=str.lower).assign(
                ovljr=text.str[:4], ovlmnd=text.str[4:6], ovldag=text.str[6:]
            )  # fmt: skip
            _append(root / f"GezondheidWelzijn/DO/{year}/DO {year}V1.parquet", rows)
            continue
        late = (told == "later") & (died.dt.year == max(year - 1, 2013))
        _append(
            root / f"GezondheidWelzijn/DOODOORZTAB/{year}/DOODOORZ{year}TABV1.parquet",
            key[(own & told.isin(["both", "causes"])) | (late & (year > 2013))],
        )
        _append(
            root / f"Bevolking/GBAOVERLIJDENTAB/{year}/GBAOVERLIJDEN{year}TABV1.parquet",
            key[own & (told != "causes")].assign(GBADatumOverlijden=text),
        )


def _append(path: Path, rows: pd.DataFrame) -> None:
    table = pd.concat([pd.read_parquet(path), rows], ignore_index=True)
    table.drop_duplicates([name for name in table if str(name).lower() == "rinpersoon"]).to_parquet(path, index=False)


def _incomes(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    hand.amounts(table, "INPPERSBRUT", 999_999_999, 9_999_999_999, -5000, 0)
    unknown = hand.some(table, 0.02)
    table["RINPERSOONSHKW"] = table.RINPERSOONSHKW.mask(unknown, "-")
    table["RINPERSOONHKW"] = table.RINPERSOONHKW.mask(unknown, "---------")
    return hand.shuffle(table[~hand.some(table, 0.03)])


def _household_incomes(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    hand.amounts(table, "INHBRUTINKH", 999_999_999, -5000, 0)
    return hand.shuffle(table[~hand.some(table, 0.03)])


def _links(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    unknown = hand.some(table, 0.02)
    table["RINPERSOONSHKW"] = table.RINPERSOONSHKW.mask(unknown, "-")
    table["RINPERSOONHKW"] = table.RINPERSOONHKW.mask(unknown, "---------")
    return hand.shuffle(table[~hand.some(table, 0.03)])


def _net_worths(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    hand.amounts(table, "VEHW1000VERH", 99_999_999_999, -50_000, 0)
    return hand.shuffle(table)


def _levels(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    for column in [name for name in table if str(name).startswith("OPLNIVSOI")]:
        hand.put(table, str(column), 0.1, *LEVELS)
    return hand.shuffle(table[~hand.some(table, 0.01)])


def _primary(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    for column in ("WPOREKENEN", "WPOTAALLV", "WPOTAALTV"):
        hand.put(table, column, 0.1, *"1234-")
    hand.put(table, "WPOTOETSADVIES", 0.1, *TESTS)
    for column in ("WPOADVIESVO", "WPOADVIESHERZ"):
        hand.put(table, column, 0.1, *ADVICES)
    table["WPOGROEPSGROOTTE"] = table.WPOGROEPSGROOTTE.mask(hand.some(table, 0.05))
    table = hand.double(table, 0.03, "WPOBRIN_crypt", "WPOBRINVEST", "WPOTOETSADVIES")
    hand.put(table, "WPOBRINVEST", 0.05, "00", "01", "77")
    return hand.shuffle(hand.strangers(table))


def _secondary(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    table = hand.double(table, 0.03, "BRIN_crypt", "VOBRINVEST")
    hand.put(table, "VOLEERJAAR", 0.03, "3", "4")
    return hand.shuffle(table)


def _care(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    for column in [str(name) for name in table if "ZVWK" in str(name)]:
        value = pd.to_numeric(table[column]).astype(float)
        value = value.mask(hand.some(table, 0.03), -1).mask(hand.some(table, 0.03))
        table[column] = value.mask(hand.some(table, 0.03), 100)
    return hand.shuffle(table[~hand.some(table, 0.01)])


def _twice(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    return hand.shuffle(pd.concat([table, table[hand.some(table, 0.2)]]))


def _floors(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    hand.put(table, "VBOOPPERVLAKTE", 0.03, "999999", "0", "1")
    return hand.shuffle(hand.double(table, 0.05, "VBOOPPERVLAKTE"))


def _residents(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    table["AantalBewoners"] = table.AantalBewoners.mask(hand.some(table, 0.03), 0)
    return hand.shuffle(table[~hand.some(table, 0.02)])


def _borders(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    unknown = hand.some(table, 0.02)
    table["gem2023"], table["wc2023"] = table.gem2023.mask(unknown, "----"), table.wc2023.mask(unknown, "------")
    return hand.shuffle(table[~hand.some(table, 0.02)])


def _postcodes(hand: Hand, table: pd.DataFrame) -> pd.DataFrame:
    hand.put(table, "POSTCODENUM", 0.02, "----")
    return hand.shuffle(table[~hand.some(table, 0.02)])


CHANGES: dict[str, Change] = {
    "Bevolking/GBAPERSOONTAB/2023/*.parquet": _persons,
    "Bevolking/KINDOUDERTAB/*.parquet": _parents,
    "Bevolking/GBAADRESOBJECTBUS/*.parquet": _addresses,
    "Bevolking/GBAHUISHOUDENSBUS/*.parquet": _households,
    "PERINED/*.parquet": _births,
    "InkomenBestedingen/INPATAB/*.parquet": _incomes,
    "InkomenBestedingen/INHATAB/*.parquet": _household_incomes,
    "InkomenBestedingen/KOPPELPERSOONHUISHOUDEN/KOPPEL*.parquet": _links,
    "InkomenBestedingen/VEHTAB/*.parquet": _net_worths,
    "Onderwijs/HOOGSTEOPLTAB/*/*.parquet": _levels,
    "Onderwijs/INSCHRWPOTAB/*.parquet": _primary,
    "Onderwijs/ONDERWIJSINSCHRTAB/*.parquet": _secondary,
    "GezondheidWelzijn/ZVWZORGKOSTENTAB/*/*.parquet": _care,
    "VeiligheidRecht/JGDBESCHERMBUS/*.parquet": _twice,
    "BouwenWonen/LEVCYCLWOONNIETWOONBUS/*.parquet": _floors,
    "BouwenWonen/EIGENDOMTAB/*.parquet": _residents,
    "BouwenWonen/VSLGWBTAB/*.parquet": _borders,
    "BouwenWonen/VSLPOSTCODEBUS/*.parquet": _postcodes,
}
