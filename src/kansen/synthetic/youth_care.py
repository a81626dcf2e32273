"""The register table on the care costs of the young: in group 8, at 16 and at 20."""

from __future__ import annotations

import numpy as np

from kansen.synthetic.care import FEWEST_EUR, REGISTRATION_EUR, of_year
from kansen.synthetic.country import stream
from kansen.synthetic.days import day, year_of
from kansen.synthetic.delivery import Columns
from kansen.synthetic.school_tables import last_in_group_8
from kansen.synthetic.tables import person_key
from kansen.synthetic.young import Young

SHARES = {
    "ZVWKHUISARTS": 0.16, "ZVWKMULTIDISC": 0.01, "ZVWKFARMACIE": 0.12, "ZVWKMONDZORG": 0.24,
    "ZVWKPARAMEDISCH": 0.05, "ZVWKHULPMIDDEL": 0.04, "ZVWKZIEKENVERVOER": 0.02, "ZVWKBUITENLAND": 0.01,
    "ZVWKOVERIG": 0.02, "ZVWKGERIATRISCH": 0.0, "ZVWKWYKVERPLEGING": 0.0, "ZVWKEERSTELIJNSVERBLIJF": 0.0,
}  # fmt: skip
"""Parts of the costs of minors without hospital, birth and mental health care; the hospital gets the rest."""
ADULT_SHARES = SHARES | {"ZVWKHUISARTS": 0.15, "ZVWKFARMACIE": 0.13, "ZVWKMONDZORG": 0.02}
"""The same from 18 on, when dental care is no longer insured."""
ADULT_AGE = 20


def care(young: Young, year: int) -> Columns:
    """ZVWZORGKOSTENTAB of one year: pupils of group 8, children of 16, and who turns 20.

    The parts add up to the drawn costs exactly; registration with a general practitioner comes on top and is named
    apart, as are birth care and mental health care. Mental health care of minors is not paid from this insurance.
    Negative amounts stand for not insured.
    """
    rng, world = stream(young.seed, 5000 + year, young.part), young.truth.world
    age = year - year_of(young.people.children.born)
    eighth = last_in_group_8(young) == year
    who = np.flatnonzero(registered_in(young, year) & (eighth | (age == 16) | (age == ADULT_AGE))).astype(np.int32)
    who = who[rng.random(len(who)) >= world["youth_care"]["not_insured"]]
    minor = age[who] < ADULT_AGE
    minors, adults = _minors(young, rng, who[minor], age[who[minor]] == 16), _adults(young, rng, who[~minor])
    columns = {
        name: np.concatenate([minors[name], adults[name]])[np.argsort(np.argsort(~minor, kind="stable"))]
        for name in minors
    }
    return {**person_key(young, who), **of_year(columns, year)}


def registered_in(young: Young, year: int) -> np.ndarray:
    """Which children are registered in some part of the year, bool of shape (children,)."""
    n = len(young.people.children)
    presence = young.people.presence.take(slice(0, n))
    return young.here & (presence.days_within(day(year), day(year, 12, 31)) > 0)


def _total(rng: np.random.Generator, expected: np.ndarray, shape: float) -> np.ndarray:
    return np.rint(expected * rng.standard_gamma(shape, len(expected)) / shape).astype(np.int64)


def _minors(young: Young, rng: np.random.Generator, who: np.ndarray, older: np.ndarray) -> dict[str, np.ndarray]:
    """Amounts of pupils of group 8 and (`older`) of 16."""
    truth, n = young.truth, len(who)
    expected = np.where(older, truth.care(young.at_fifteen.take(who)), truth.care(young.at_ten.take(who)))
    total = _total(rng, expected, truth.world["youth_care"]["shape"])
    amounts = {name: (total * share).astype(np.int64) for name, share in SHARES.items()}
    # nobody has a little of everything: each part is there for some and else goes to the hospital
    hospital = total.copy()
    for name, amount in amounts.items():
        if name != "ZVWKHUISARTS":
            amount[rng.random(n) < 0.4] = 0
        hospital -= amount
    small = hospital < 90
    amounts["ZVWKHUISARTS"] += np.where(small, hospital, 0)
    hospital[small] = 0
    birth = young.people.children.woman[who] & older & (rng.random(n) < 0.002)
    nothing = np.zeros(n, np.int64)
    return _columns(rng, amounts, hospital, birth, nothing, nothing)


def _adults(young: Young, rng: np.random.Generator, who: np.ndarray) -> dict[str, np.ndarray]:
    """Amounts of who turns 20: medicines, hospital and mental health care are there for who is drawn to have them."""
    truth, n, x = young.truth, len(who), young.at_fifteen.take(who)
    part = truth.world["adult_care"]
    pharma, in_hospital, mental = (rng.random(n) < truth.chance(name, x) for name in ("pharma", "hospital", "mhc"))
    total = np.maximum(_total(rng, truth.care(x, "adult_care"), part["shape"]), FEWEST_EUR)
    amounts = {name: (total * share).astype(np.int64) for name, share in ADULT_SHARES.items()}
    amounts["ZVWKFARMACIE"] = np.where(pharma, np.maximum(amounts["ZVWKFARMACIE"], 1), 0)
    rest = total.copy()
    for name, amount in amounts.items():
        if name not in ("ZVWKHUISARTS", "ZVWKFARMACIE"):
            amount[rng.random(n) < 0.5] = 0
        rest -= amount
    hospital = np.where(in_hospital, rest, 0)
    amounts["ZVWKHUISARTS"] += rest - hospital
    specialist = mental & (rng.random(n) < part["specialist"])
    basic = mental & (~specialist | (rng.random(n) < 0.1))
    birth = young.people.children.woman[who] & (rng.random(n) < part["birth"])
    return _columns(
        rng,
        amounts,
        hospital,
        birth,
        np.where(basic, rng.integers(200, 1600, n), 0),
        np.where(specialist, rng.integers(400, 9000, n), 0),
    )


def _columns(
    rng: np.random.Generator,
    amounts: dict[str, np.ndarray],
    hospital: np.ndarray,
    birth: np.ndarray,
    basic: np.ndarray,
    specialist: np.ndarray,
) -> dict[str, np.ndarray]:
    n = len(hospital)
    abroad = (amounts["ZVWKBUITENLAND"] == 0) & (rng.random(n) < 0.003)
    return {
        "ZVWKHUISARTS": amounts["ZVWKHUISARTS"] + REGISTRATION_EUR,
        "NOPZVWKHUISARTSINSCHRIJF": np.full(n, REGISTRATION_EUR, np.int64),
        **{name: values for name, values in amounts.items() if name not in ("ZVWKHUISARTS", "ZVWKBUITENLAND")},
        "ZVWKBUITENLAND": np.where(abroad, -1, amounts["ZVWKBUITENLAND"]),
        "ZVWKZIEKENHUIS": hospital,
        "ZVWKGEBOORTEZORG": np.where(birth, rng.integers(900, 4500, n), 0),
        "ZVWKGENBASGGZ": basic,
        "ZVWKSPECGGZ": specialist,
    }
