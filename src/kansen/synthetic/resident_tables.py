"""The register tables of residents of working age: who they are, where they live, and what they earn in a year."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kansen.synthetic import days
from kansen.synthetic.days import OPEN, REGISTER_START
from kansen.synthetic.delivery import Columns, Step, yearly
from kansen.synthetic.files import coded, codes, constant, text
from kansen.synthetic.incomes import MISSING, MISSING_OLD
from kansen.synthetic.money import in_words
from kansen.synthetic.parent_tables import FIRST_WORDS, LAST_OLD
from kansen.synthetic.places import load_places
from kansen.synthetic.residents import Residents, yearly_amounts
from kansen.synthetic.tables import FIRST, NATIVE, PERSONS_OF, SECOND, country_codes, dwelling_key

NETHERLANDS = b"6030"


def steps(residents: Residents) -> list[Step]:
    """All tables of one part; the largest first."""
    old = [year for year in residents.years.tolist() if year <= LAST_OLD]
    new = [year for year in residents.years.tolist() if year > LAST_OLD]
    return [
        Step("gbaadresobject", 0, lambda: addresses(residents)),
        Step("gbapersoon", PERSONS_OF, lambda: persons(residents)),
        Step("vslpostcode", 0, lambda: postcodes(residents)),
        Step("vslgwb", 0, lambda: areas(residents)),
        *yearly("persoonink", old, incomes, residents),
        *yearly("inpa", new, incomes, residents),
    ]


def _key(residents: Residents, who: np.ndarray, suffix: str = "") -> Columns:
    return {f"RINPERSOONS{suffix}": constant("R", len(who)), f"RINPERSOON{suffix}": text(residents.number[who])}


def persons(residents: Residents) -> Columns:
    """GBAPERSOONTAB. Of who was born here with an origin abroad, the mother was born there."""
    year, month, of_month = days.parts(residents.born)
    abroad = residents.origin > 0
    here = np.full(len(residents), NETHERLANDS, "S4")
    own = np.where(residents.foreign, residents.country, here)
    mother = np.where(abroad, residents.country, here)
    return {
        **_key(residents, np.arange(len(residents))),
        "GBAGEBOORTELAND": country_codes(own),
        "GBAGESLACHT": coded(residents.woman, ["1", "2"]),
        "GBAGEBOORTELANDMOEDER": country_codes(mother),
        "GBAGEBOORTELANDVADER": country_codes(np.where(residents.foreign, residents.country, here)),
        "GBAGEBOORTEJAAR": codes(year, 4),
        "GBAGEBOORTEMAAND": codes(month, 2),
        "GBAGEBOORTEDAG": codes(of_month, 2),
        "GBAGENERATIE": coded(np.select([residents.foreign, abroad], [FIRST, SECOND], NATIVE), ["0", "1", "2"]),
        "GBAHERKOMSTGROEPERING": country_codes(mother),
    }


def _dwellings(residents: Residents) -> tuple[np.ndarray, np.ndarray]:
    """Number and wijk (position) of every home: one of each household, a second one of who moved."""
    lead = np.unique(residents.lead)
    again = lead[residents.moved[lead] < OPEN]
    number = np.concatenate([lead, len(residents) + again])
    return number, np.concatenate([residents.wijk[0][lead], residents.wijk[1][again]])


def addresses(residents: Residents) -> Columns:
    """GBAADRESOBJECTBUS: a spell until somebody moves and one after it, as far as somebody is registered then."""
    everyone = np.arange(len(residents))
    begin = np.maximum(residents.begin, REGISTER_START)
    person = np.concatenate([everyone, everyone])
    start = np.concatenate([begin, np.maximum(begin, residents.moved)])
    end = np.concatenate([np.minimum(residents.end, residents.moved - 1), residents.end])
    end[: len(everyone)][residents.moved == OPEN] = residents.end[residents.moved == OPEN]
    home = np.concatenate([residents.lead, len(residents) + residents.lead])
    kept = (start <= end) & np.concatenate([np.ones(len(everyone), bool), residents.moved < OPEN])
    order = np.flatnonzero(kept)[np.argsort(person[kept], kind="stable")]
    return {
        **_key(residents, person[order]),
        "GBADATUMAANVANGADRESHOUDING": text(days.text(start[order])),
        "GBADATUMEINDEADRESHOUDING": text(days.text(end[order])),
        **dwelling_key(residents, home[order]),
    }


def postcodes(residents: Residents) -> Columns:
    """VSLPOSTCODEBUS: one postcode per dwelling."""
    number, wijk = _dwellings(residents)
    rng = np.random.default_rng([residents.seed, residents.part, len(number)])
    postcode = load_places().draw_postcode(rng, wijk)
    return {
        **dwelling_key(residents, number),
        "POSTCODENUM": codes(postcode, 4),
        "DATUMAANVPOSTCODENUMADRES": text(days.text(np.full(len(number), REGISTER_START))),
        "DATUMEINDPOSTCODENUMADRES": text(days.text(np.full(len(number), OPEN))),
    }


def areas(residents: Residents) -> Columns:
    """VSLGWBTAB: municipality and wijk by the borders of 2023."""
    places = load_places()
    number, wijk = _dwellings(residents)
    return {
        **dwelling_key(residents, number),
        "gem2023": coded(places.municipality[wijk], [code[2:] for code in places.municipality_id]),
        "wc2023": coded(wijk, [code[2:] for code in places.wijk]),
    }


def incomes(residents: Residents, year: int) -> Columns:
    """PERSOONINK (until 2010) or INPATAB of one year."""
    amount, recorded = yearly_amounts(residents, year)
    who = np.flatnonzero(recorded)
    gross = amount[who]
    unseen = gross == MISSING_OLD
    primary = gross * 93 // 100
    person = _key(residents, who)
    if year <= LAST_OLD:
        return {
            **person,
            "PERSBRUT": pa.array(gross),
            "PERSPRIM": pa.array(np.where(unseen, MISSING_OLD, primary)),
            **_key(residents, residents.lead[who], "KERN"),
        }
    primary = np.where(unseen, MISSING, primary)
    return {
        **person,
        "INPPERSBRUT": pa.array(np.where(unseen, MISSING, gross)),
        "INPPERSPRIM": pa.array(primary) if year < FIRST_WORDS else in_words(primary, MISSING),
        **_key(residents, residents.lead[who], "HKW"),
    }
