"""Every exception that Kansen raises on purpose.

::

    KansenError                     exit code 2 unless said otherwise
    ├── InputError                  something that was handed in is wrong
    │   ├── UsageError              the command line asks for something impossible
    │   ├── MissingInputError       a file, table or column is not there
    │   ├── TableError              a delivered table cannot be used: type, code, duplicate, truncation
    │   ├── DeclarationError        a declaration (TOML) or spec is wrong
    │   ├── AreaError               an area code or an area file is wrong
    │   └── ReleaseError            a release directory is missing, damaged or of another format
    ├── EmptyResultError            nobody is left, so there is nothing to publish
    │   └── NobodyBornError         nobody of a cohort is in the registers to begin with
    ├── StorageError                the disk is full or refuses
    ├── EngineError                 the engine that was asked for cannot start, or was lost
    └── CheckFailed                 a check such as the audit found something (exit code 1)

A caller who wants them all writes::

    try:
        kansen.pipeline.build(root, out)
    except kansen.errors.KansenError as error:
        print(error)          # one message: what, where, found, expected, what to do
"""

from __future__ import annotations

from pathlib import Path


class KansenError(Exception):
    """Base of all errors. The text is the whole message that a user sees.

    Parameters
    ----------
    what : what is wrong, one clause.
    where : file, and column or row where known.
    found, expected : what was met, and what would have been right.
    todo : what the reader can do about it.
    """

    exit_code = 2

    def __init__(
        self,
        what: str,
        *,
        where: str | Path | None = None,
        column: str | None = None,
        row: int | None = None,
        found: object = None,
        expected: object = None,
        todo: str | None = None,
    ) -> None:
        self.what, self.where, self.column, self.row = what, where, column, row
        self.found, self.expected, self.todo = found, expected, todo
        super().__init__(self._message())

    def _message(self) -> str:
        lines = [self.what.rstrip(".") + "."]
        place = [str(self.where)] if self.where is not None else []
        if self.column is not None:
            place.append(f"column {self.column}")
        if self.row is not None:
            place.append(f"row {self.row}")
        if place:
            lines.append("  where:    " + ", ".join(place))
        if self.found is not None:
            lines.append(f"  found:    {self.found}")
        if self.expected is not None:
            lines.append(f"  expected: {self.expected}")
        if self.todo is not None:
            lines.append(f"  to do:    {self.todo}")
        return "\n".join(lines)


class InputError(KansenError):
    """Something that was handed in is wrong."""


class UsageError(InputError):
    """The command line asks for something impossible."""


class MissingInputError(InputError):
    """A file, table or column is not there."""


class TableError(InputError):
    """A delivered table cannot be used: a wrong type, an unknown code, a duplicate key, a truncated file."""


class DeclarationError(InputError):
    """A declaration (TOML) or a spec is wrong."""


class AreaError(InputError):
    """An area code or an area file is wrong."""


class ReleaseError(InputError):
    """A release directory is missing, damaged or of another format."""


class EmptyResultError(KansenError):
    """Nobody is left, so there is nothing to publish."""


class NobodyBornError(EmptyResultError):
    """Nobody of a cohort's years of birth is in the registers."""


class StorageError(KansenError):
    """The disk is full or refuses to write."""


class EngineError(KansenError):
    """The engine that was asked for cannot start, or was lost on the way."""


class CheckFailed(KansenError):
    """A check such as the audit found something."""

    exit_code = 1
