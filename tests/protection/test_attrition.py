"""Attrition in numbers that may be told."""

from __future__ import annotations

import pyarrow as pa

from kansen.cohorts import Attrition, load_cohort
from kansen.cohorts.attrition import HOME, RULES
from kansen.protection import protect_attrition


def attrition(*rows: tuple[int | None, str | None, int]) -> Attrition:
    columns = dict(zip(("fate", "municipality", "children"), map(list, zip(*rows, strict=True)), strict=True))
    schema = pa.schema([("fate", pa.int64()), ("municipality", pa.string()), ("children", pa.int64())])
    return Attrition(load_cohort("age35"), pa.table(columns, schema=schema))


def test_counts_are_tens_and_small_ones_are_not_told() -> None:
    after_home = list(RULES).index(HOME) + 1
    found = protect_attrition(
        attrition(
            (0, None, 4),
            (1, None, 126),
            (after_home, "GM0363", 9),
            (after_home + 1, "GM0363", 15),
            (None, "GM0363", 994),
            (None, "GM0014", 9),
            (after_home, "GM0014", 300),
        )
    ).rows
    assert all(row[name] is None or row[name] >= 10 for row in found for name in ("before", "dropped", "left"))
    assert all(row[name] is None or row[name] % 10 == 0 for row in found for name in ("before", "dropped", "left"))
    assert {row["area"] for row in found} == {"NL", "GM0363"}
    national = [row for row in found if row["level"] == "nl"]
    assert [(row["before"], row["dropped"], row["left"]) for row in national[:2]] == [
        (1460, None, 1450),
        (1450, 130, 1330),
    ]
    amsterdam = [row for row in found if row["area"] == "GM0363"]
    assert [row["dropped"] for row in amsterdam[:2]] == [None, 20]
    assert set(national[0]["label"]) == {"nl", "en"}


def test_municipalities_start_after_the_home_is_assigned() -> None:
    found = protect_attrition(attrition((0, None, 400), (None, "GM0363", 1000))).rows
    steps = [row["step"] for row in found if row["area"] == "GM0363"]
    assert steps[0] == list(RULES)[list(RULES).index(HOME) + 1]


def test_children_without_a_code_are_counted_like_the_others() -> None:
    counts = attrition((None, "GM0363", 1000))
    told = protect_attrition(Attrition(counts.declaration, counts.table, {"wijk": 124, "pc4": 3})).rows
    found = {row["step"]: (row["before"], row["dropped"], row["left"]) for row in told}
    assert found["in_wijk"] == (1000, 120, 880)
    assert found["in_pc4"] == (1000, None, 1000)
