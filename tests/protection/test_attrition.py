"""Attrition in numbers that may be told."""

from __future__ import annotations

import pyarrow as pa

from kansen.cohorts import Attrition, load_cohort
from kansen.cohorts.attrition import HOME, Breakdown, rules
from kansen.protection import protect_attrition

RULES = rules(load_cohort("age35"))


def attrition(*rows: tuple[int | None, str | None, int], **others: int) -> Attrition:
    schema = pa.schema([("fate", pa.int64()), ("category", pa.string()), ("children", pa.int64())])
    columns = dict(zip(schema.names, map(list, zip(*rows, strict=True)), strict=True))
    table = pa.table(columns, schema=schema)
    national = table.group_by("fate").aggregate([("children", "sum")]).rename_columns(["fate", "children"])
    parts = {"municipality": Breakdown(table, HOME), "sex": Breakdown(table)}
    return Attrition(load_cohort("age35"), national, parts, others)


def test_counts_are_tens_and_small_ones_are_not_told() -> None:
    after_home = RULES.index(HOME) + 1
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
    assert {row["cohort"] for row in found} == {"age35"}
    national = [row for row in found if row["level"] == "nl" and row["dimension"] == "all"]
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
    assert steps[0] == RULES[RULES.index(HOME) + 1]


def test_a_category_below_ten_is_not_told_and_starts_where_it_is_known() -> None:
    found = protect_attrition(attrition((0, "men", 400), (None, "men", 1000), (0, None, 50), (1, "women", 9))).rows
    by_sex = [row for row in found if row["dimension"] == "sex"]
    assert {row["category"] for row in by_sex} == {"men"}
    assert (by_sex[0]["step"], by_sex[0]["before"], by_sex[0]["dropped"]) == (RULES[0], 1400, 400)


def test_children_without_a_code_are_counted_like_the_others() -> None:
    told = protect_attrition(attrition((None, "GM0363", 1000), wijk=124, pc4=3)).rows
    found = {row["step"]: (row["before"], row["dropped"], row["left"]) for row in told}
    assert found["in_wijk"] == (1000, 120, 880)
    assert found["in_pc4"] == (1000, None, 1000)
