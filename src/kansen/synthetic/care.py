"""What the tables on care costs of the young and of adults share."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

REGISTRATION_EUR = 64
"""Costs of the registration with a general practitioner, which are no part of the costs of care."""
FEWEST_EUR = 3
"""Costs of an adult that leave a euro for medicines and one for the hospital."""
FIRST = {"ZVWKMULTIDISC": 2015, "ZVWKWYKVERPLEGING": 2015, "ZVWKEERSTELIJNSVERBLIJF": 2018}
"""Parts that are told apart from that year on."""


def of_year(amounts: dict[str, np.ndarray], year: int) -> dict[str, pa.Array]:
    """The parts of care that were told apart in that year; before that, they are in the costs of the practitioner."""
    late = [name for name, first in FIRST.items() if year < first]
    kept = {name: values for name, values in amounts.items() if name not in late}
    kept["ZVWKHUISARTS"] = sum((amounts[name] for name in late), kept["ZVWKHUISARTS"])
    return {name: pa.array(values) for name, values in kept.items()}
