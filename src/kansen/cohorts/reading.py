"""Reading declarations: TOML tables as the frozen classes that they declare, checked on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any, cast

from kansen.cohorts.labels import Label
from kansen.errors import DeclarationError


def tuples(content: Mapping[str, Any]) -> dict[str, Any]:
    """The same with lists as tuples."""
    return {name: tuple(cast("list[Any]", value)) if isinstance(value, list) else value
            for name, value in content.items()}  # fmt: skip


def check_words(where: str, **values: tuple[str, Iterable[str]]) -> None:
    """`DeclarationError` when a value is none of those that are allowed."""
    for name, (value, allowed) in values.items():
        if value not in allowed:
            raise DeclarationError(f"Unknown {name}", where=where, found=value, expected=", ".join(allowed))


def read_fields(
    kind: Any, content: Mapping[str, Any], where: str, skip: frozenset[str] | set[str] = frozenset()
) -> Any:
    """An object of the dataclass `kind`; labels are read. `DeclarationError` for fields too many or too few.

    skip : fields that are not declared, but filled in later.
    """
    names = {item.name: item for item in fields(kind) if item.name not in skip}
    unknown = sorted(set(content) - set(names))
    absent = sorted(
        n for n, item in names.items() if n not in content and item.default is item.default_factory is MISSING
    )
    if unknown or absent:
        raise DeclarationError(
            "A declaration has fields too many or too few",
            where=where,
            found=f"unknown: {', '.join(unknown) or 'none'}; absent: {', '.join(absent) or 'none'}",
            expected=", ".join(names),
        )
    labelled = {n for n, item in names.items() if item.type in (Label, "Label")}
    return kind(**{n: Label.read(v, f"{where} {n}") if n in labelled else v for n, v in content.items()})
