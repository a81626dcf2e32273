"""The register tables on the children as adults: incomes, education, socioeconomic category, care costs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kansen.synthetic import days
from kansen.synthetic.adults import MISSING_BOTH, MISSING_LAST, NEGATIVE_BEFORE
from kansen.synthetic.care import FEWEST_EUR, REGISTRATION_EUR, of_year
from kansen.synthetic.country import Country, stream
from kansen.synthetic.delivery import Columns, Step, yearly
from kansen.synthetic.files import coded, codes, text
from kansen.synthetic.homes import Spells
from kansen.synthetic.incomes import MISSING, on_one_side
from kansen.synthetic.levels import HBO_LEVELS, LEVELS, WO_LEVELS
from kansen.synthetic.money import disposable, in_words, whole
from kansen.synthetic.parameters import price_level
from kansen.synthetic.parent_tables import FIRST_WORDS
from kansen.synthetic.tables import person_key

INCOME_YEARS = tuple(range(2015, 2021))
OUTCOME_YEARS = tuple(range(2016, 2021))


def steps(country: Country) -> list[Step]:
    """The tables of the children born 1981-1985 and their parents that the cohort `age35` needs."""
    return [
        Step("secmbus", 0, lambda: categories(country)),
        *yearly("zvwzorgkosten", OUTCOME_YEARS, care, country),
        *yearly("inpa", INCOME_YEARS, income, country),
        *yearly("inha", INCOME_YEARS, household_income, country),
        *yearly("koppel", INCOME_YEARS, household_link, country),
        *yearly("hoogsteopl", OUTCOME_YEARS, education, country),
    ]


def present(country: Country, year: int) -> np.ndarray:
    """Children who lived in the country in some part of the year."""
    n = len(country.people.children)
    presence = country.people.presence.take(slice(0, n))
    return np.flatnonzero(presence.days_within(days.day(year), days.day(year, 12, 31)) > 0).astype(np.int32)


def _incomes(country: Country, year: int, who: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Individual, partner's and household income of one year, euros of that year, whole numbers of shape (who,).

    The years of age 34 and 35 average exactly to the drawn income, but for rounding; other years follow a profile.
    """
    adults, drawn = country.adults, country.adults.drawn
    age = (year - adults.thirty_five[who]).astype(np.int32)
    noise = stream(country.seed, 100 + year).standard_normal(len(who))
    profile = np.exp(0.02 * np.minimum(age, 0) + 0.1 * noise)
    spread = np.select([age == 0, age == -1], [1 - adults.spread[who], 1 + adults.spread[who]], profile)
    partner_spread = np.select(
        [age == 0, age == -1], [1 - adults.partner_spread[who], 1 + adults.partner_spread[who]], profile
    )
    level = price_level(year)
    real = drawn.income[who] * spread
    if country.line is not None:
        # The years of age 34 and 35 lie on one side as they are, and have to average to what was drawn.
        real = np.where((age == 0) | (age == -1), real, on_one_side(real, drawn.income[who], country.line))
    own = np.rint(real * level)
    partner = np.rint(drawn.partner_income[who] * partner_spread * level)
    other = np.rint((drawn.household_income - drawn.income - drawn.partner_income)[who] * level)
    household = own + partner + other
    state = adults.income_state[who]
    own = np.where((state == NEGATIVE_BEFORE) & (age == -1), -np.rint(0.2 * own) - 100, own)
    own = np.where(
        ((state == MISSING_LAST) & (age == 0)) | ((state == MISSING_BOTH) & (age >= -1) & (age <= 0)), MISSING, own
    )
    # a household with a loss at 34 has its usual income, the mean, at 35
    loss = adults.household_negative[who]
    usual = np.rint(drawn.household_income[who] * level)
    household = np.select(
        [loss & (age == -1), loss & (age == 0)], [-np.rint(0.1 * usual) - 100, np.maximum(usual, household)], household
    )
    household = np.where(adults.household_missing[who] == 1, MISSING, household)
    return own.astype(np.int64), partner.astype(np.int64), household.astype(np.int64)


def breadwinner(country: Country, who: np.ndarray) -> np.ndarray:
    """Number of the person with the largest income of each child's household: the child or the partner."""
    drawn = country.adults.drawn
    return np.where(drawn.partner_income[who] > drawn.income[who], country.people.partners[who], who.astype(np.int64))


def income(country: Country, year: int) -> Columns:
    """INPATAB of one year."""
    who = present(country, year)
    own, _, _ = _incomes(country, year, who)
    primary = np.where(
        own == MISSING, own, np.where(country.adults.drawn.employed[who], own * 96 // 100, own * 15 // 100)
    )
    return {
        **person_key(country, who),
        "INPPERSBRUT": pa.array(own),
        "INPPERSPRIM": pa.array(primary) if year < FIRST_WORDS else in_words(primary, MISSING),
        **person_key(country, breadwinner(country, who), "HKW"),
    }


def household_incomes(country: Country, year: int, who: np.ndarray) -> np.ndarray:
    """Gross income of the households of some children, whole euros of the year or MISSING, shape (who,)."""
    return _incomes(country, year, who)[2]


def household_income(country: Country, year: int) -> Columns:
    """INHATAB of one year."""
    who = present(country, year)
    gross = household_incomes(country, year, who)
    missing = gross == MISSING
    return {
        **person_key(country, breadwinner(country, who), "HKW"),
        "INHBRUTINKH": pa.array(gross),
        "INHPRIMINKH": pa.array(np.where(missing, gross, whole(0.9 * gross))),
        "INHBESTINKH": pa.array(np.where(missing, gross, disposable(gross))),
    }


def household_link(country: Country, year: int) -> Columns:
    """KOPPELPERSOONHUISHOUDEN of one year; a few people are linked to no household."""
    who = present(country, year)
    who = who[country.adults.household_missing[who] != 2]
    return {**person_key(country, who), **person_key(country, breadwinner(country, who), "HKW")}


def education(country: Country, year: int) -> Columns:
    """HOOGSTEOPLTAB of one year: levels no longer change at this age."""
    adults, drawn = country.adults, country.adults.drawn
    who = present(country, year)
    who = who[~adults.without_level[who]]
    names = [*LEVELS, *HBO_LEVELS, *WO_LEVELS, "9999"]
    fine = stream(country.seed, 200).random(len(adults.final))[who]

    def position(shares: dict[str, float], draw: np.ndarray) -> np.ndarray:
        return np.searchsorted(np.cumsum(list(shares.values()))[:-1], draw)

    attained = np.where(
        drawn.wo[who],
        len(LEVELS) + len(HBO_LEVELS) + position(WO_LEVELS, fine),
        np.where(drawn.hbo[who], len(LEVELS) + position(HBO_LEVELS, fine), position(LEVELS, drawn.below_hbo[who])),
    )
    attained = np.where(adults.level_unknown[who], len(names) - 1, attained)
    # some followed a higher level than they finished
    higher = (fine > 0.95) & (attained < names.index("3112"))
    followed = np.where(higher, names.index("3112"), attained)
    old = year <= 2018
    return {
        **person_key(country, who),
        "OPLNIVSOI2016AGG4HBMETNIRWO" if old else "OPLNIVSOI2021AGG4HBmetNIRWO": coded(attained, names),
        "OPLNIVSOI2016AGG4HGMETNIRWO" if old else "OPLNIVSOI2021AGG4HGmetNIRWO": coded(followed, names),
    }


def categories(country: Country) -> Columns:
    """SECMBUS: study, first work, and the state at 35, which lasts."""
    adults, drawn, children = country.adults, country.adults.drawn, country.people.children
    rng = stream(country.seed, 300)
    n = len(adults.final)
    adult = children.born + int(18 * days.YEAR)
    works = adult + (rng.uniform(0.5, 8, n) * days.YEAR).astype(np.int64)
    latest = np.array([days.day(int(year), 12, 1) for year in range(2016, 2021)])[adults.thirty_five - 2016]
    changes = works + (rng.random(n) * (latest - works)).astype(np.int64)
    draw, lives = rng.random(n), country.circumstances
    worker = np.where(lives.jobs.employee, np.where(draw < 0.02, 12, 11), np.where(draw < 0.75, 13, 14))
    idle = np.select([draw < 0.45, draw < 0.52, draw < 0.62, drawn.income <= 0], [21, 23, 26, 31], 32)
    state = np.where(drawn.employed, worker, np.select([drawn.social_assistance, lives.disabled], [22, 24], idle))
    first = np.where(rng.random(n) < 0.9, 11, 21)
    person = np.arange(n, dtype=np.int32)
    # who has no category at 35 was last seen before
    stops = np.where(adults.without_status, changes - 1, days.OPEN)
    parts = [
        (person, adult, works - 1, np.where(draw < 0.8, 26, 31)),
        (person, works, changes - 1, first),
        (person, changes, stops, state),
    ]
    presence = country.people.presence.take(slice(0, n))
    last = np.minimum(presence.end, presence.away - 1)
    columns: list[list[np.ndarray]] = [[], [], [], []]
    windows = [(presence.begin, last), (presence.back, np.where(presence.back < days.OPEN, presence.end, -1))]
    for begin, end in windows:
        for who, start, stop, code in parts:
            first_day, last_day = np.maximum(start, begin), np.minimum(stop, end)
            keep = (first_day <= last_day) & (first_day <= days.day(2021, 12, 31)) & (end > days.day(1995))
            for column, values in zip(columns, (who, first_day, last_day, code), strict=True):
                column.append(values[keep])
    who, start, stop, code = (np.concatenate(column) for column in columns)
    order = np.argsort(who, kind="stable")
    spells = Spells(who[order], start[order], stop[order], code[order])
    return {
        **person_key(country, spells.person),
        "AANVSECM": text(days.text(spells.start)),
        "EINDSECM": text(days.text(np.where(spells.end > days.day(2021, 12, 31), days.OPEN, spells.end))),
        "SECM": codes(spells.what),
    }


CARE = {
    "ZVWKHUISARTS": 0.14, "ZVWKMULTIDISC": 0.01, "ZVWKFARMACIE": 0.14, "ZVWKMONDZORG": 0.02,
    "ZVWKPARAMEDISCH": 0.02, "ZVWKHULPMIDDEL": 0.05, "ZVWKZIEKENVERVOER": 0.03, "ZVWKBUITENLAND": 0.02,
    "ZVWKOVERIG": 0.02, "ZVWKGERIATRISCH": 0.0, "ZVWKWYKVERPLEGING": 0.01, "ZVWKEERSTELIJNSVERBLIJF": 0.0,
}  # fmt: skip
"""Shares of the components in the costs without hospital, birth and mental health care; the hospital gets the rest."""


def care(country: Country, year: int) -> Columns:
    """ZVWZORGKOSTENTAB of one year.

    The components add up to the drawn costs exactly: registration with a general practitioner comes on top and is
    named apart. Birth care and mental health care are no part of the total. Negative amounts stand for not insured.
    """
    adults, drawn, children = country.adults, country.adults.drawn, country.people.children
    rng = stream(country.seed, 400 + year)
    who = present(country, year)
    who = who[drawn.insured[who]]
    n = len(who)
    this_year = adults.thirty_five[who] == year
    total = np.rint(drawn.care[who] * np.where(this_year, 1.0, 0.8 + 0.4 * rng.random(n))).astype(np.int64)
    total = np.maximum(total, FEWEST_EUR)
    amounts = {name: (total * share).astype(np.int64) for name, share in CARE.items()}
    # nobody has a little of everything: each component is there for some, and the rest goes to the hospital of those
    # who have been there, or to the general practitioner
    lives = country.circumstances
    amounts["ZVWKFARMACIE"] = np.where(lives.pharma[who], np.maximum(amounts["ZVWKFARMACIE"], 1), 0)
    rest = total.copy()
    for name in CARE:
        if name not in ("ZVWKHUISARTS", "ZVWKFARMACIE"):
            amounts[name][rng.random(n) < 0.5] = 0
        rest -= amounts[name]
    hospital = np.where(lives.hospital[who], rest, 0)
    amounts["ZVWKHUISARTS"] = amounts["ZVWKHUISARTS"] + rest - hospital + REGISTRATION_EUR
    mental, specialist = drawn.mhc[who], lives.specialist[who]
    birth = children.woman[who] & (rng.random(n) < 0.09)
    abroad = (amounts["ZVWKBUITENLAND"] == 0) & (rng.random(n) < 0.003)
    columns = {
        **amounts,
        "ZVWKBUITENLAND": np.where(abroad, -1, amounts["ZVWKBUITENLAND"]),
        "NOPZVWKHUISARTSINSCHRIJF": np.full(n, REGISTRATION_EUR, np.int64),
        "ZVWKZIEKENHUIS": hospital,
        "ZVWKGEBOORTEZORG": np.where(birth, rng.integers(900, 4500, n), 0),
        "ZVWKGENBASGGZ": np.where(mental & (~specialist | (rng.random(n) < 0.1)), rng.integers(200, 1600, n), 0),
        "ZVWKSPECGGZ": np.where(specialist, rng.integers(400, 9000, n), 0),
    }
    return {**person_key(country, who), **of_year(columns, year)}
