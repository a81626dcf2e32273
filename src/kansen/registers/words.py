"""Words that stand for codes: a label where its code belongs, or codes of the file's own with a label that is known.

The codes of contracts, for example, differ between deliveries, while their labels do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb

from kansen.registers.catalogue import CodeList, Column
from kansen.registers.convert import code_text, quote_name
from kansen.registers.sources import Source

_LIMIT = 10_000
"""A column with more distinct values than this holds no words; its check will say what it holds."""


def learn_words(connection: duckdb.DuckDBPyConnection, source: Source, columns: Sequence[Column]) -> Source:
    """`source` with, per column of codes, the delivered words that stand for a code (or, with None, for unknown)."""
    spoken = {
        column.parts[0]: found
        for column in columns
        if column.codes is not None and (found := _spoken(connection, source, column, column.codes))
    }
    return replace(source, spoken=spoken)


def _spoken(
    connection: duckdb.DuckDBPyConnection, source: Source, column: Column, codes: CodeList
) -> dict[str, str | None]:
    delivered = column.parts[0]
    words, own = codes.spoken(), source.labels.get(delivered, {})
    if source.types[delivered] != "text" and not own:
        return {}
    meant = {value: words[label.strip().lower()] for value, label in own.items() if label.strip().lower() in words}
    if not words and not meant:
        return {}
    raw = quote_name(source.names[delivered])
    text = code_text(raw, column, source, delivered)
    found = connection.execute(
        f"SELECT DISTINCT {text} FROM {source.scan} WHERE {raw} IS NOT NULL LIMIT {_LIMIT}"
    ).fetchall()
    return {text: code for (text,) in found for code in _meaning(str(text), codes, words, meant)}


def _meaning(
    text: str, codes: CodeList, words: Mapping[str, str | None], own: Mapping[str, str | None]
) -> list[str | None]:
    """The code that a text stands for, as a list of one; empty when the text is a code itself, or nothing known."""
    if codes.knows(text) or text in codes.missing:
        return []
    for one in (text, text.lstrip("0")):
        if one in own:
            return [own[one]]
    return [words[text.lower()]] if text.lower() in words else []
