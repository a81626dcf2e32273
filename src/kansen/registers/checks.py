"""Checks on a delivered table: types, codes, dates, amounts, keys and spells.

Each check is one aggregate query. Only when it fails, a second query looks for the first row that is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb

from kansen.errors import TableError
from kansen.registers.catalogue import Column
from kansen.registers.convert import (
    OPEN_END,
    amount_expression,
    amount_number,
    expression,
    is_unknown_key,
    key_parts,
    key_rule,
    missing_texts,
    quote_name,
    quote_text,
)
from kansen.registers.find import FoundFile
from kansen.registers.sources import Source

_SHOWN = 5
_AMOUNTS = {"money": ("an amount in euros", " euros"), "number": ("a number", "")}
_THOUSANDS = "'[-+]?[1-9][0-9]{0,2}([.,][0-9]{3})+'"
_DISTINCT_LIMIT = 2_000_000
_FIRST_DAY, _LAST_DAY = ((one - date(1970, 1, 1)).days for one in (date(1800, 1, 1), date(2100, 12, 31)))


def check_source(
    connection: duckdb.DuckDBPyConnection, file: FoundFile, source: Source, columns: Sequence[Column]
) -> None:
    """Check every value of `columns` before anything is converted. Raises `TableError`."""
    for column in columns:
        _check_types(file, source, column)
    for column in columns:
        if column.kind in ("code", "date", "int"):
            _check_domain(connection, file, source, column)
    amounts = [column for column in columns if column.kind in _AMOUNTS]
    if amounts:
        _check_amounts(connection, file, source, amounts)
    keys = [column for column in columns if column.kind == "key"]
    if keys:
        _check_keys(connection, file, source, keys)


def check_converted(
    connection: duckdb.DuckDBPyConnection, file: FoundFile, relation: str, columns: Sequence[str]
) -> None:
    """Check the converted table: nothing required is empty, no spell ends before it starts, keys occur once."""
    table = file.table
    for name in table.required:
        if name in columns:
            _check_required(connection, file, relation, name)
    if table.spell and set(table.spell) <= set(columns):
        _check_spells(connection, file, relation, table.spell)
    if table.unique and set(table.unique) <= set(columns):
        _check_unique(connection, file, relation, table.unique)


def times(count: int) -> str:
    """How often, in words.

    >>> times(1), times(1200)
    ('once', '1,200 times')
    """
    return "once" if count == 1 else f"{count:,} times"


def rows(count: int) -> str:
    """How many rows, in words.

    >>> rows(1), rows(1200)
    ('1 row', '1,200 rows')
    """
    return "1 row" if count == 1 else f"{count:,} rows"


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple:
    row = connection.execute(query).fetchone()
    if row is None:
        raise AssertionError(f"an aggregate query without a row: {query}")
    return row


def _first_row(connection: duckdb.DuckDBPyConnection, source: Source, condition: str) -> int | None:
    """The number of the first wrong row, counted from 1 as in a table viewer; None where it cannot be found again."""
    (row,) = _one(connection, f"SELECT min(file_row_number) FROM {source.scan} WHERE {condition}")
    return None if row is None else int(row) + 1


def _first_wrong(
    connection: duckdb.DuckDBPyConnection, source: Source, condition: str, shown: str
) -> tuple[int | None, Any]:
    """The first row where `condition` holds, counted from 1, and the value of `shown` there."""
    row = _first_row(connection, source, condition)
    if row is None:
        return None, "a value that cannot be found again"
    return row, _one(connection, f"SELECT {shown} FROM {source.scan} WHERE file_row_number = {row - 1}")[0]


def _check_types(file: FoundFile, source: Source, column: Column) -> None:
    """Only a column of days may be delivered as dates."""
    for part in column.parts:
        if source.types[part] == "date" and column.kind != "date":
            raise TableError(
                f"The register table {file.table.id} has a column of a wrong type",
                where=file.path,
                column=part,
                found="dates",
                expected={"money": "amounts in euros", "number": "numbers"}.get(column.kind, "text or whole numbers"),
                todo="correct the file",
            )


def _check_domain(connection: duckdb.DuckDBPyConnection, file: FoundFile, source: Source, column: Column) -> None:
    """Check the distinct values of a code, date or whole number."""
    raw = quote_name(source.names[column.parts[0]])
    values = connection.execute(
        f"SELECT value, {expression(column, _renamed(source, column))}, n FROM "
        f"(SELECT {raw} AS value, count(*) AS n FROM {source.scan} GROUP BY 1 LIMIT {_DISTINCT_LIMIT})"
    ).fetchall()
    missing = set(missing_texts(column, source))
    wrong = [
        (value, count)
        for value, converted, count in values
        if value is not None and not _fits(value, converted, column, source, missing)
    ]
    if not wrong:
        return
    wrong.sort(key=lambda one: (-one[1], str(one[0])))
    value = wrong[0][0]
    row = _first_row(connection, source, _equals(raw, value))
    found = ", ".join(f"{_shown(one)} ({times(n)})" for one, n in wrong[:_SHOWN])
    if len(wrong) > _SHOWN:
        found += f" and {len(wrong) - _SHOWN} other values"
    what = {"code": "holds an unknown code", "date": "holds an invalid date", "int": "holds a wrong number"}
    raise TableError(
        f"The register table {file.table.id} {what[column.kind]}",
        where=file.path,
        column=column.parts[0],
        row=row,
        found=found,
        expected=_expected(column),
        todo="correct the file, or add the code to the catalogue when it is right"
        if column.kind == "code"
        else "correct the file",
    )


def _renamed(source: Source, column: Column) -> Source:
    """`source` as seen by a query in which the column is called `value`."""
    return replace(source, names={**source.names, column.parts[0]: "value"})


def _fits(value: object, converted: object, column: Column, source: Source, missing: set[str]) -> bool:
    if column.kind == "code":
        own = source.labels.get(column.parts[0], {})
        code = str(converted)
        known = column.codes is not None and column.codes.knows(code)
        return converted is None or known or code in own or code.lstrip("0") in own or str(value).strip() in own
    if converted is None:
        return _is_missing(value, missing) or _in_missing_range(value, column, source)
    if column.kind == "date" and isinstance(converted, int):
        return _FIRST_DAY <= converted <= _LAST_DAY or (column.open_end and converted == OPEN_END)
    if column.range is not None and isinstance(converted, int):
        return column.range[0] <= converted <= column.range[1]
    return True


def _is_missing(value: object, missing: set[str]) -> bool:
    """Whether a value is among the declared missing ones; a number by its value, so that 0 is the declared 00."""
    if isinstance(value, (int, float)):
        return value in {int(one) for one in missing if one.lstrip("-").isdigit()}
    return str(value).strip() in missing


def _in_missing_range(value: object, column: Column, source: Source) -> bool:
    bounds = source.missing_ranges.get(column.parts[0])
    return bounds is not None and isinstance(value, (int, float)) and bounds[0] <= value <= bounds[1]


def _shown(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


def _equals(raw: str, value: object) -> str:
    """SQL that finds a value again."""
    if isinstance(value, str):
        return f"{raw} = {quote_text(value)}"
    kind = "DOUBLE" if isinstance(value, float) else "BIGINT" if isinstance(value, int) else "VARCHAR"
    return f"{raw} = CAST({quote_text(str(value))} AS {kind})"


def _expected(column: Column) -> str:
    if column.codes is not None:
        return column.codes.describe()
    if column.kind == "date":
        open_end = ", or 88888888 or 99991231 while it is open" if column.open_end else ""
        return f"a day as yyyymmdd, from 1800 to 2100{open_end}"
    low, high = column.range or (0, 0)
    return f"a whole number from {low:.0f} to {high:.0f}; missing: {' '.join(column.missing)}"


def _check_amounts(
    connection: duckdb.DuckDBPyConnection, file: FoundFile, source: Source, columns: Sequence[Column]
) -> None:
    """Check that amounts are numbers, finite and of a plausible size."""
    tests: list[tuple[Column, str, str]] = []
    for column in columns:
        delivered = column.parts[0]
        raw = quote_name(source.names[delivered])
        number, value = amount_number(raw, source, delivered), amount_expression(raw, column, source, delivered)
        what, unit = _AMOUNTS[column.kind]
        if source.types[delivered] == "text" and not column.words_are_missing:
            texts = ", ".join(quote_text(text) for text in missing_texts(column, source))
            tests.append((column, f"{number} IS NULL AND trim({raw}) NOT IN ({texts})", what))
            if _reads_as_thousands(connection, source, raw):
                expected = "amounts without marks between thousands: 1234, 1234.50 or 1234,50"
                tests.append((column, f"regexp_full_match(trim({raw}), {_THOUSANDS})", expected))
        tests.append((column, f"NOT isfinite({value})", f"{what} that is finite; missing values are left empty"))
        if column.range is not None:
            low, high = column.range
            tests.append((column, f"{value} NOT BETWEEN {low!r} AND {high!r}", f"from {low:.0f} to {high:.0f}{unit}"))
    counts = _one(
        connection,
        "SELECT " + ", ".join(f"count(*) FILTER (WHERE {condition})" for _, condition, _ in tests)
        + f" FROM {source.scan}",
    )  # fmt: skip
    for (column, condition, expected), count in zip(tests, counts, strict=True):
        if count:
            raw = quote_name(source.names[column.parts[0]])
            row, value = _first_wrong(connection, source, condition, raw)
            raise _amount_error(file, column, row, f"{_shown(value)} ({rows(count)} wrong)", expected)


def _reads_as_thousands(connection: duckdb.DuckDBPyConnection, source: Source, raw: str) -> bool:
    """Whether texts such as 1.234 may mean 1234: some look so, and none shows another number of decimals."""
    looks_so = f"regexp_full_match(trim({raw}), {_THOUSANDS})"
    other = f"regexp_matches({raw}, '[.,][0-9]') AND NOT regexp_matches(trim({raw}), '[.,][0-9]{{3}}$')"
    query = f"SELECT count(*) FILTER (WHERE {looks_so}), count(*) FILTER (WHERE {other}) FROM {source.scan}"
    marked, decimals = _one(connection, query)
    return bool(marked) and not decimals


def _amount_error(file: FoundFile, column: Column, row: int | None, found: str, expected: str) -> TableError:
    return TableError(
        f"The register table {file.table.id} holds a value of a wrong type or size",
        where=file.path,
        column=column.parts[0],
        row=row,
        found=found,
        expected=expected,
        todo="correct the file",
    )


def _check_keys(
    connection: duckdb.DuckDBPyConnection, file: FoundFile, source: Source, columns: Sequence[Column]
) -> None:
    """Check that the two halves of keys look as their rule says: for a person one letter and nine digits."""
    tests: list[tuple[Column, str, str]] = []
    for column in columns:
        kind, number = key_parts(column, source)
        rule, known = key_rule(column), f"NOT {is_unknown_key(column, kind, number)}"
        fits, expected = f"regexp_full_match({number}, '{rule.number}')", rule.expected_number
        if not rule.lost_zeros and source.types[column.parts[1]] == "number":
            expected = "text: a number has lost its leading zeros, and would match no other table"
            fits = "false"
        tests.append((column, f"{known} AND NOT {fits}", expected))
        letter = f"coalesce(regexp_full_match({kind}, '{rule.kind}'), false)"
        tests.append((column, f"{known} AND NOT {letter}", rule.expected_kind))
    counts = _one(
        connection,
        "SELECT " + ", ".join(f"count(*) FILTER (WHERE {condition})" for _, condition, _ in tests)
        + f" FROM {source.scan}",
    )  # fmt: skip
    for (column, condition, expected), count in zip(tests, counts, strict=True):
        if count:
            kind, number = key_parts(column, source)
            row, found = _first_wrong(connection, source, condition, f"concat_ws(' and ', {kind}, {number})")
            raise TableError(
                f"The register table {file.table.id} has a malformed key",
                where=file.path,
                column=" + ".join(column.parts),
                row=row,
                found=f"{found} (in {rows(count)})",
                expected=expected,
                todo="deliver keys as text, exactly as CBS writes them",
            )


def _check_required(connection: duckdb.DuckDBPyConnection, file: FoundFile, relation: str, name: str) -> None:
    count, row = _one(connection, f"SELECT count(*), min(row) FROM {relation} WHERE {quote_name(name)} IS NULL")
    if count:
        raise TableError(
            f"The register table {file.table.id} has rows without a value that every row needs",
            where=file.path,
            column=" + ".join(file.table.column(name, file.year).parts),
            row=row + 1,
            found=f"{rows(count)} without it",
            expected="a value in every row",
            todo="correct the file",
        )


def _check_spells(
    connection: duckdb.DuckDBPyConnection, file: FoundFile, relation: str, spell: tuple[str, str]
) -> None:
    start, end = (quote_name(name) for name in spell)
    count, row = _one(connection, f"SELECT count(*), min(row) FROM {relation} WHERE {end} < {start}")
    if count:
        days = _one(
            connection,
            f"SELECT DATE '1970-01-01' + {start}, DATE '1970-01-01' + {end} FROM {relation} WHERE row = {row}",
        )
        raise TableError(
            f"The register table {file.table.id} has spells that end before they start",
            where=file.path,
            column=" and ".join(file.table.column(name, file.year).parts[0] for name in spell),
            row=row + 1,
            found=f"from {days[0]} to {days[1]} (in {rows(count)})",
            expected="a last day on or after the first day",
            todo="correct the file",
        )


def _check_unique(
    connection: duckdb.DuckDBPyConnection, file: FoundFile, relation: str, unique: tuple[str, ...]
) -> None:
    key = ", ".join(quote_name(name) for name in unique)
    known = " AND ".join(f"{quote_name(name)} IS NOT NULL" for name in unique)
    # A 64-bit hash first: far cheaper than counting texts, and it can only overstate the number of repeats.
    total, keys = _one(connection, f"SELECT count(*), count(DISTINCT hash({key})) FROM {relation} WHERE {known}")
    if total == keys:
        return
    repeats = connection.execute(
        f"SELECT {key}, count(*), min(row) + 1, max(row) + 1 FROM {relation} WHERE {known} "
        f"GROUP BY {key} HAVING count(*) > 1 ORDER BY min(row)"
    ).fetchall()
    if not repeats:
        return
    *_, count, first, last = repeats[0]
    parts = " + ".join(part for name in unique for part in file.table.column(name, file.year).parts)
    raise TableError(
        f"The register table {file.table.id} has more than one row for one {' and '.join(unique)}",
        where=file.path,
        column=parts,
        row=last,
        found=f"{len(repeats)} of {keys:,} keys more than once; the first has {count} rows, such as {first} and {last}",
        expected=f"one row per {' and '.join(unique)}",
        todo="remove the rows that should not be there",
    )
