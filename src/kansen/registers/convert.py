"""The SQL that turns one delivered column into one typed column, generated from the declaration.

The same expression runs on the distinct values (to check them) and on every row (to convert them), so a value that
passed the check cannot come out differently.
"""

from __future__ import annotations

from dataclasses import dataclass

from kansen.registers.catalogue import Column, KeyShape
from kansen.registers.sources import Source

OPEN_END = 2_932_896
"""9999-12-31 as days since 1970-01-01: the end of a spell that is still open."""

DASHES = tuple("-" * count for count in range(1, 13))
"""Text that is nothing but dashes means unknown in every column."""

_ISO_DAY = "'[0-9]{4}-[0-9]{2}-[0-9]{2}([ T].*)?'"


@dataclass(frozen=True)
class KeyRule:
    """What the two halves of a composite key look like, as patterns; `width` is that of a number that lost its zeros.

    Where `lost_zeros` is false, a number cannot be made whole again: it would match no other table.
    """

    kind: str
    number: str
    width: int
    expected_kind: str
    expected_number: str
    lost_zeros: bool


KEYS: dict[KeyShape, KeyRule] = {
    "person": KeyRule("[A-Z]", "[0-9]{9}", 9, "one capital letter of type", "nine digits, leading zeros kept", True),
    "dwelling": KeyRule(
        "[A-Z]", "[0-9A-Za-z]+", 0, "one capital letter of type", "digits and letters, leading zeros kept", False
    ),
    "school": KeyRule("[!-~]+", "[0-9A-Za-z]{1,4}", 2, "the (encrypted) number of a school", "its location", True),
}
"""The rules of the composite keys, by what they identify."""


def quote_name(name: str) -> str:
    """A column name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """A text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def expression(column: Column, source: Source) -> str:
    """The SQL expression of an output column over the rows of `source`; null where the value is missing."""
    if column.kind == "key":
        return key_expression(column, source)
    raw, delivered = quote_name(source.names[column.parts[0]]), column.parts[0]
    make = {
        "code": code_expression,
        "date": date_expression,
        "int": int_expression,
        "money": amount_expression,
        "number": amount_expression,
    }[column.kind]
    return make(raw, column, source, delivered)


def missing_texts(column: Column, source: Source) -> tuple[str, ...]:
    """Values that mean missing: declared in the catalogue, by the file itself, dashes, and blank."""
    return tuple(dict.fromkeys(("", *column.missing, *source.missing.get(column.parts[0], ()), *DASHES)))


def _in(value: str, texts: tuple[str, ...]) -> str:
    return f"{value} IN ({', '.join(quote_text(text) for text in texts)})"


def _whole(raw: str) -> str:
    """A number as text without decimals, when it has none."""
    # TRY_CAST, because the engine may cast NaN before it looks at the condition.
    whole = f"{raw} = floor({raw}) AND abs({raw}) < 1e15"
    return f"CASE WHEN {whole} THEN CAST(TRY_CAST({raw} AS BIGINT) AS VARCHAR) ELSE CAST({raw} AS VARCHAR) END"


def _padded(text: str, width: int) -> str:
    return f"lpad({text}, CAST(greatest(length({text}), {width}) AS INTEGER), '0')" if width else text


def _without_range(value: str, number: str, source: Source, delivered: str) -> str:
    """Null inside a range that an SPSS file declares missing."""
    if delivered not in source.missing_ranges:
        return value
    low, high = source.missing_ranges[delivered]
    return f"CASE WHEN {number} BETWEEN {low!r}::DOUBLE AND {high!r}::DOUBLE THEN NULL ELSE {value} END"


def code_text(raw: str, column: Column, source: Source, delivered: str) -> str:
    """A code as stripped text without decimals, a number padded to the declared width."""
    width = column.codes.width if column.codes else 0
    if source.types[delivered] == "number":
        return _padded(_whole(raw), width)
    plain = f"trim(CAST({raw} AS VARCHAR))"
    return f"CASE WHEN {plain} LIKE '%.0' THEN {_padded(f'left({plain}, -2)', width)} ELSE {plain} END"


def code_expression(raw: str, column: Column, source: Source, delivered: str) -> str:
    """A code as stripped text, null where it means unknown; a word that stands for a code becomes that code."""
    codes, text = column.codes, code_text(raw, column, source, delivered)
    width, missing, value = codes.width if codes else 0, missing_texts(column, source), text
    if source.types[delivered] == "number":
        missing = tuple(dict.fromkeys((*missing, *(one.rjust(width, "0") for one in missing if one.isdigit()))))
        value = _without_range(text, raw, source, delivered)
    value = f"CASE WHEN {_in(text, missing)} THEN NULL ELSE {value} END"
    spoken = source.spoken.get(delivered)
    if spoken:
        cases = " ".join(f"WHEN {quote_text(word)} THEN {_or_null(code)}" for word, code in spoken.items())
        value = f"CASE {text} {cases} ELSE {value} END"
    if codes and codes.strip_zeros:
        value = f"CASE WHEN {value} LIKE '0_%' THEN ltrim({value}, '0') ELSE {value} END"
    return value


def _or_null(text: str | None) -> str:
    return "NULL" if text is None else quote_text(text)


def date_expression(raw: str, column: Column, source: Source, delivered: str) -> str:
    """A day as int32 days since 1970-01-01; null where it is no valid day."""
    kind = source.types[delivered]
    if kind == "date":
        day = f"(CAST({raw} AS DATE) - DATE '1970-01-01')"
        if column.open_end:
            day = f"CASE WHEN year({raw}) > 9000 THEN {OPEN_END} ELSE {day} END"
        return f"CAST({day} AS INTEGER)"
    if kind == "text":
        iso = f"TRY_CAST(replace(left(trim({raw}), 10), '-', '') AS INTEGER)"
        number = (
            f"CASE WHEN length(trim({raw})) = 8 THEN TRY_CAST({raw} AS INTEGER) "
            f"WHEN regexp_full_match(trim({raw}), {_ISO_DAY}) THEN {iso} END"
        )
    else:
        number = f"CASE WHEN {raw} = floor({raw}) THEN TRY_CAST({raw} AS INTEGER) END"
    inner = f"({number})"
    day = f"TRY(make_date({inner} // 10000, {inner} // 100 % 100, {inner} % 100)) - DATE '1970-01-01'"
    if column.open_end:
        day = f"CASE WHEN {inner} = 88888888 OR {inner} >= 90000000 THEN {OPEN_END} ELSE {day} END"
    return f"CAST({day} AS INTEGER)"


def int_expression(raw: str, column: Column, source: Source, delivered: str) -> str:
    """A whole number as int32; null where it is missing or not whole."""
    if source.types[delivered] == "text":
        plain = f"trim({raw})"
        # A text such as 12.5 would be rounded by the cast, so only digits pass.
        number = f"TRY_CAST(TRY_CAST({plain} AS DOUBLE) AS INTEGER)"
        return (
            f"CASE WHEN {_in(plain, missing_texts(column, source))} THEN NULL "
            f"WHEN regexp_full_match({plain}, '-?[0-9]+(\\.0+)?') THEN {number} END"
        )
    missing = tuple(one for one in missing_texts(column, source) if one.lstrip("-").isdigit())
    value = f"CASE WHEN {raw} = floor({raw}) THEN TRY_CAST({raw} AS INTEGER) END"
    if missing:
        value = f"CASE WHEN {raw} IN ({', '.join(str(int(one)) for one in missing)}) THEN NULL ELSE {value} END"
    return _without_range(value, raw, source, delivered)


def amount_number(raw: str, source: Source, delivered: str) -> str:
    """A column of amounts as double, null where the text is no number."""
    if source.types[delivered] == "text":
        # The cast alone would also take 1_000.
        return f"CASE WHEN NOT contains({raw}, '_') THEN TRY_CAST(replace(trim({raw}), ',', '.') AS DOUBLE) END"
    return f"CAST({raw} AS DOUBLE)"


def amount_expression(raw: str, column: Column, source: Source, delivered: str) -> str:
    """An amount as double; declared missing amounts are null."""
    number = amount_number(raw, source, delivered)
    missing = [float(text) for text in missing_texts(column, source) if _is_number(text)]
    value = number
    if missing:
        amounts = ", ".join(f"{one!r}::DOUBLE" for one in missing)
        value = f"CASE WHEN {number} IN ({amounts}) THEN NULL ELSE {number} END"
    return _without_range(value, number, source, delivered)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def key_parts(column: Column, source: Source) -> tuple[str, str]:
    """SQL for the type and the number of a composite key, as stripped text."""
    kind, number = (quote_name(source.names[part]) for part in column.parts)
    kind = f"trim({kind})" if source.types[column.parts[0]] == "text" else _whole(kind)
    if source.types[column.parts[1]] == "text":
        return kind, f"trim({number})"
    return kind, _padded(_whole(number), key_rule(column).width)


def key_rule(column: Column) -> KeyRule:
    """What the halves of a composite key look like."""
    return KEYS[column.key or "person"]


def is_unknown_key(column: Column, kind: str, number: str) -> str:
    """SQL for a key that means unknown: its number blank or dashes; of a school, either half."""
    unknown = f"regexp_full_match({number}, '-*')"
    if column.key != "school":
        return unknown
    return f"({unknown} OR {kind} IS NULL OR regexp_full_match({kind}, '-*'))"


def key_expression(column: Column, source: Source) -> str:
    """A composite key as one text, type before number; null where it is unknown."""
    kind, number = key_parts(column, source)
    return f"CASE WHEN {is_unknown_key(column, kind, number)} THEN NULL ELSE {kind} || {number} END"
