"""Somebody outside the country's families, for yearly registers that nobody of these families is in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kansen.synthetic.files import coded, constant, text

NUMBER = b"999999998"
"""The identification of a person who is in no other table: it lies beyond those that are given out."""
LAST_OWN_GIFT = "4"
"""Type of gift that is no gift of parents."""


def stranger(table: str, year: int) -> dict[str, pa.Array] | None:
    """One row of a yearly register in which a small country may have nobody; None for other tables.

    Registers of deaths, protection, gifts and classes are about everyone, and so never empty; the tables written here
    are about some families, and a country of a thousand people has years without any event.
    """
    key = {"RINPERSOONS": constant("R", 1), "RINPERSOON": text(np.array([NUMBER]))}
    if table == "sch":
        kinds = ["-", "1", "2", "3", LAST_OWN_GIFT]
        return {
            **{f"{name}ONTVANGER": values for name, values in key.items()},
            "SCHTYPEVRIJ": coded(np.array([kinds.index(LAST_OWN_GIFT)]), kinds),
            "SCHBRUTSCHK": pa.array([2_500]),
        }
    if table == "do":
        day = {"ovljr": str(year).encode(), "ovlmnd": b"07", "ovldag": b"01"}
        return {
            **{name.lower(): values for name, values in key.items()},
            **{name: text(np.array([value])) for name, value in day.items()},
        }
    if table in ("doodoorz", "jgdbescherm"):
        return key
    if table == "gbaoverlijden":
        return {**key, "GBADatumOverlijden": text(np.array([f"{year}0701".encode()]))}
    if table == "onderwijsinschr":
        school = {"BRIN_crypt": text(np.array([b"00000000"])), "VOBRINVEST": text(np.array([b"00"]))}
        return {**key, "OPLNR": constant("430110", 1), "VOLEERJAAR": constant("3", 1), **school}
    if table == "mbocohort":
        return {**key, "WERKEND": constant("0", 1)}
    if table == "mboenquete":
        answers = {"DISCRSTAGE": constant("0", 1), "DISCRWERK": constant("0", 1)}
        return {**key, "GEWICHT": pa.array([0.0]), "MBOSCHOOL": constant("00ZZ", 1), **answers}
    if table == "inschrwpo":
        school = {"WPOBRIN_crypt": text(np.array([b"00000000"])), "WPOBRINVEST": text(np.array([b"00"]))}
        empty = ("REKENEN", "TAALLV", "TAALTV", "TOETSADVIES", "ADVIESVO", "ADVIESHERZ")
        return {
            **key,
            **school,
            "WPOTYPEPO": constant("BAO", 1),
            "WPOLEERJAAR": constant(" 7", 1),
            "WPOGROEPSGROOTTE": pa.array([None], pa.int64()),
            **{f"WPO{name}": constant("-", 1) for name in empty},
        }
    return None
