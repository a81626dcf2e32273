"""The catalogue as rows for people: tables, columns and code lists, as the data dictionary shows them."""

from __future__ import annotations

from kansen.registers.catalogue import OPEN_YEAR, Catalogue, CodeList, Table, load_catalogue

Row = dict[str, str]


def list_tables(catalogue: Catalogue | None = None) -> list[Row]:
    """One row per table: table, title, folder, file names, file years, one row per."""
    return [
        {
            "table": table.id,
            "title": table.label,
            "folder": "; ".join(table.folders),
            "file names": "; ".join(table.files),
            "file years": _span(*table.years) if table.years else "newest file",
            "one row per": _unit(table),
        }
        for table in (catalogue or load_catalogue()).tables.values()
    ]


def list_columns(catalogue: Catalogue | None = None) -> list[Row]:
    """One row per output column: table, column, delivered as, kind, file years, code list, missing, label."""
    return [
        {
            "table": table.id,
            "column": template.column.output,
            "delivered as": " + ".join(template.column.parts),
            "kind": template.column.kind,
            "file years": _column_years(table, template.first, template.last),
            "code list": template.column.codes.id if template.column.codes else "",
            "missing": " ".join(template.column.missing),
            "label": template.column.label,
        }
        for table in (catalogue or load_catalogue()).tables.values()
        for template in table.templates
    ]


def list_codes(catalogue: Catalogue | None = None) -> list[Row]:
    """One row per code list in use: code list, codes, missing."""
    found: dict[str, CodeList] = {}
    for table in (catalogue or load_catalogue()).tables.values():
        found |= {one.column.codes.id: one.column.codes for one in table.templates if one.column.codes}
    return [
        {"code list": codes.id, "codes": _codes_text(codes), "missing": " ".join(codes.missing)}
        for codes in found.values()
    ]


def _unit(table: Table) -> str:
    if table.unique:
        return " and ".join(table.unique)
    if table.spell:
        return f"spell of a {table.required[0]}"
    return "several per person"


def _column_years(table: Table, first: int | None, last: int | None) -> str:
    """The file years that have a column, within those of its table; empty where files have no year."""
    if table.years is None:
        return ""
    return _span(max(first or 0, table.years[0]), min(last or OPEN_YEAR, table.years[1]))


def _span(first: int, last: int) -> str:
    """Years as a span, open where the table is still being made.

    >>> _span(2003, 2010), _span(2011, 2100)
    ('2003–2010', 'from 2011')
    """
    return f"from {first}" if last == OPEN_YEAR else f"{first}–{last}"


def _codes_text(codes: CodeList) -> str:
    if all(code == label for code, label in codes.values.items()) and codes.open is None:
        return "; ".join(codes.values)
    text = "; ".join(f"{code} {label}" for code, label in codes.values.items())
    return f"{text}; other codes {codes.open}" if text and codes.open else text or f"pattern {codes.open}"
