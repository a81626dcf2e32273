"""Regressions with fixed effects and clustered errors, by pyfixest (the extra `kansen[analysis]`)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from kansen.errors import InputError, MissingInputError
from kansen.measures.frames import as_table

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """One coefficient. `value`, `se`, `lwr`, `upr` in the unit of the outcome; p is two-sided, with clusters - 1
    degrees.

    rows, clusters : that it rests on. reason : why there is no value (then NaN), else None. people : that it rests on;
    typical, largest : how much one of them moves it on average, and the one who moves it most. NaN: not known.
    """

    name: str
    value: float
    se: float
    lwr: float
    upr: float
    p: float
    rows: int
    clusters: int
    reason: str | None = None
    people: float = math.nan
    typical: float = math.nan
    largest: float = math.nan

    @classmethod
    def of(cls, name: str, value: float, se: float, rows: int, clusters: int) -> Estimate:
        """With its interval and p-value from Student's t."""
        half = float(stdtrit(clusters - 1, (1 + CONFIDENCE) / 2)) * se
        p = float(2 * stdtr(clusters - 1, -abs(value) / se)) if se > 0 else float(value == 0)
        return cls(name, value, se, value - half, value + half, p, rows, clusters)

    def over(self, people: float) -> Estimate:
        """The same, over so many people: independent, each of n moves it by se / sqrt(n) on average."""
        return replace(self, people=float(people), typical=self.se / math.sqrt(people) if people > 0 else math.nan)

    @classmethod
    def nothing(cls, name: str, reason: str, rows: int = 0, clusters: int = 0) -> Estimate:
        """No value, and why."""
        none = float("nan")
        return cls(name, none, none, none, none, none, rows, clusters, reason)


@dataclass(frozen=True)
class Fit:
    """Coefficients by name with their covariance, and what they rest on.

    largest : how much each moves when the row that moves it most is left out; NaN of a weighted fit. Shape (names,).
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    covariance: NDArray[np.float64]
    rows: int
    clusters: int
    largest: NDArray[np.float64]

    def estimate(self, name: str, shown_as: str | None = None) -> Estimate:
        """One of them; with a reason instead when it cannot be told from the fixed effects."""
        if name not in self.names:
            return Estimate.nothing(shown_as or name, "no_variation", self.rows, self.clusters)
        i = self.names.index(name)
        se = float(np.sqrt(max(self.covariance[i, i], 0.0)))
        found = Estimate.of(shown_as or name, float(self.values[i]), se, self.rows, self.clusters)
        return replace(found.over(self.rows), largest=float(self.largest[i]))


def library() -> Any:
    """pyfixest; `MissingInputError` says how to get it."""
    try:
        with _quiet():
            return import_module("pyfixest")
    except ImportError as error:
        raise MissingInputError(
            "The library for regressions is not installed",
            found=f"no {error.name}",
            expected="pyfixest",
            todo="install it with: pip install 'kansen[analysis]'",
        ) from error


def _quiet() -> Any:
    """What the library says of its own dependencies, or of fixed effects with one row, is not about our input."""
    return warnings.catch_warnings(action="ignore")


def fit(columns: Mapping[str, Any], formula: str, cluster: str, weights: str | None = None) -> Fit:
    """Least squares with fixed effects; errors clustered with the usual correction for few clusters (CRV1).

    columns : by name, of one length. formula : `y ~ x + z | fixed + effects`. Coefficients that follow from the fixed
    effects are left out. `InputError` when nothing is left to estimate.
    """
    pyfixest, pandas = library(), import_module("pandas")
    frame = pandas.DataFrame({name: np.asarray(values) for name, values in columns.items()})
    try:
        with _quiet():
            found = pyfixest.feols(formula, data=frame, vcov={"CRV1": cluster}, weights=weights)
    except (ValueError, np.linalg.LinAlgError) as error:
        raise InputError(
            "Nothing can be estimated from these rows", found=str(error).split("\n")[0], expected="variation"
        ) from error
    names = tuple(str(name) for name in found._coefnames)
    values, covariance = np.asarray(found._beta_hat, np.float64), np.atleast_2d(np.asarray(found._vcov, np.float64))
    clusters = len(np.unique(np.asarray(found._data[cluster])))
    largest = _largest(found) if weights is None else np.full(len(names), np.nan)
    return Fit(names, values, covariance, int(found._N), clusters, largest)


def _largest(found: Any) -> NDArray[np.float64]:
    """How much each coefficient moves when the row that moves it most is left out. Shape (coefficients,).

    Leave-one-out as Cook (1977): (X'X)^-1 x u / (1 - h). Of the leverage that fixed effects take, what the smallest
    cell of a row takes is counted, one over its rows.
    """
    x, residual = np.asarray(found._X, np.float64), np.asarray(found._u_hat, np.float64).ravel()
    inverse = np.linalg.pinv(x.T @ x, hermitian=True)
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    if found._fe is not None:
        cells = np.asarray(found._fe).reshape(len(x), -1).T
        counts = [np.unique(codes, return_inverse=True, return_counts=True)[1:] for codes in cells]
        leverage = leverage + np.max([1 / size[place.ravel()] for place, size in counts], axis=0)
    moved = np.abs(x @ inverse) * np.abs(residual / np.maximum(1 - leverage, 0.05))[:, None]
    return moved.max(axis=0)


def table_of(frame: Any, columns: Mapping[str, str], what: str) -> pa.Table:
    """The named columns of a data frame (Arrow, pandas, polars, ...) as a table.

    columns : name and kind (`text`, `number`, `whole`). `InputError` names a column that is not there or of another
    kind.
    """
    table = as_table(frame)
    missing = [name for name in columns if name not in table.column_names]
    if missing:
        raise InputError(
            f"{what} lack a column",
            column=missing[0],
            found=", ".join(table.column_names),
            expected=", ".join(columns),
        )
    kinds = {"text": pa.string(), "number": pa.float64(), "whole": pa.int64()}
    cast = {}
    for name, kind in columns.items():
        try:
            cast[name] = table[name].cast(kinds[kind])
        except pa.ArrowException as error:
            raise InputError(
                f"{what} have a column of another kind", column=name, found=table[name].type, expected=kind
            ) from error
    return pa.table(cast)


def numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    """A column as floats, NaN where null."""
    return table[name].cast(pa.float64()).to_numpy(zero_copy_only=False)


def codes(values: pa.ChunkedArray) -> tuple[NDArray[np.int64], list[Any]]:
    """Positions in the sorted distinct values, -1 where null, and those values."""
    known = sorted(value for value in values.unique().to_pylist() if value is not None)
    place = {value: i for i, value in enumerate(known)}
    encoded = values.combine_chunks().dictionary_encode()
    translated = np.array([place.get(value, -1) for value in encoded.dictionary.to_pylist()] + [-1], np.int64)
    return translated[encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)], known
