"""Every expression and operation that cohorts are made of gives the same bits on DuckDB and on Spark."""

from __future__ import annotations

from pathlib import Path

import narwhals.stable.v2 as nw
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from engine.both import Both, table, tables
from kansen.cohorts.recipes import add_rank
from kansen.cohorts.tables import days_present
from kansen.engine import Engine, at_age, day_number, is_date, rounded
from kansen.engine.expressions import is_leap

col = nw.col

# Shrinking would start hundreds of Spark jobs; a table of sixty rows can be read as it is.
few = settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.generate])


@pytest.fixture(scope="module")
def both(duckdb_engine: Engine, spark_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Both:
    return Both(duckdb_engine, spark_engine, tmp_path_factory.mktemp("tables"))


DATES = (col("year"), col("month"), col("day"))

ROW_BY_ROW: dict[str, dict[str, nw.Expr]] = {
    "dates": {
        "number": day_number(*DATES),
        "leap": is_leap(col("year")),
        "real": is_date(*DATES),
        "birthday": at_age(*DATES, 15),
        "new_year": day_number(col("year") + 35, nw.lit(12), nw.lit(31)),
    },
    "whole numbers": {
        "floor_divided": col("whole") // 7,
        "floor_divided_by_less": col("small").cast(nw.Int64) // -3,
        "floor_divided_by_column": nw.when(col("small") != 0).then(col("whole") // col("small")),
        "remainder": col("whole") % 7,
        "negative": -col("whole"),
        "absolute": col("whole").abs(),
        "square": col("small").cast(nw.Int64) * col("small").cast(nw.Int64),
        "from_flag": col("flag").cast(nw.Int64),
        "wider": col("small").cast(nw.Int64) + col("whole"),
    },
    "amounts": {
        "in_prices": col("amount") / 0.9173,
        "share": col("amount") * col("share"),
        "mean": (col("amount").fill_null(0.0) + col("share").fill_null(0.0)) / 2,
        "guarded": nw.when(col("small") > 0).then(col("amount") / col("small")),
        "whole": col("amount").floor().cast(nw.Int64),
        "cents": rounded(col("amount"), 2),
        "millionths": rounded(col("amount"), 6),
        "from_whole": col("whole").cast(nw.Float64) / 3,
        "clipped": col("amount").clip(0.0, 1e6),
    },
    "truth": {
        "in_codes": col("code").is_in(["6030", "0", "é"]),
        "in_codes_or_null": col("code").is_in(["6030", None]),
        "not_in": ~col("small").is_in([1, 2, 3]),
        "in_nothing": col("small").is_in([]),
        "between": col("small").is_between(-2, 2),
        "and_null": col("flag") & (col("small") > 0),
        "or_null": col("flag") | (col("small") > 0),
        "any": nw.any_horizontal(col("flag"), col("small") > 0, ignore_nulls=True),
        "all": nw.all_horizontal(col("flag"), col("small") > 0, ignore_nulls=True),
        "any_null": nw.any_horizontal(col("flag"), col("small") > 0, ignore_nulls=False),
        "missing": col("amount").is_null(),
        "equal_text": col("key") == col("other"),
        "before": col("key") < col("other"),
    },
    "choices": {
        "without_otherwise": nw.when(col("flag")).then(col("amount")),
        "chain": nw.when(col("small") > 3)
        .then(nw.lit("high"))
        .when(col("small") > 0)
        .then(nw.lit("low"))
        .otherwise(nw.lit("none")),
        "nothing": nw.lit(None).cast(nw.Float64),
        "no_text": nw.lit(None).cast(nw.String),
        "first_known": nw.coalesce(col("key"), col("other"), nw.lit("none")),
        "filled": col("small").fill_null(0),
    },
    "horizontal": {
        "most": nw.max_horizontal("start", "end"),
        "least": nw.min_horizontal("start", "end", nw.lit(30)),
        "most_amount": nw.max_horizontal(col("amount"), col("share"), nw.lit(0.0)),
        "sum": nw.sum_horizontal("start", "end"),
    },
    "text": {
        "joined": nw.concat_str(nw.lit("GM"), col("code")),
        "joined_with": nw.concat_str(col("key"), col("other"), separator="|"),
        "first_four": col("code").str.slice(0, 4),
        "from_third": col("code").str.slice(2),
        "last_two": col("code").str.slice(-2),
        "stripped": col("code").str.strip_chars(" "),
        "no_dashes": col("code").str.strip_chars("-"),
        "filled": col("digits").str.zfill(6),
        "filled_code": col("code").str.zfill(5),
        "upper": col("key").str.to_uppercase(),
        "length": col("code").str.len_chars().cast(nw.Int64),
        "starts": col("code").str.starts_with("0"),
        "ends": col("code").str.ends_with("0"),
        "contains": col("code").str.contains("8", literal=True),
        "without": col("code").str.replace_all(" ", "", literal=True),
        "number": col("digits").cast(nw.Int64),
        "amount": col("digits").cast(nw.Float64),
        "as_text": col("whole").cast(nw.String),
        "year_as_text": col("year").cast(nw.String),
    },
}


@pytest.mark.parametrize("name", ROW_BY_ROW)
@few
@given(content=tables(at_least=1))
def test_row_by_row(name: str, both: Both, content: pa.Table) -> None:
    both.equal(lambda frame: frame.select("id", **ROW_BY_ROW[name]), content)


@few
@given(tables(), st.sampled_from(["small", "amount", "share"]))
def test_ranks_and_totals_within_a_group(both: Both, content: pa.Table, value: str) -> None:
    def make(frame: nw.LazyFrame) -> nw.LazyFrame:
        return frame.select(
            "id",
            rank=col(value).rank(method="average").over("key"),
            lowest=col(value).min().over("key"),
            highest=col(value).max().over("key"),
            total=col("whole").sum().over("key").cast(nw.Int64),
            known=col(value).count().over("key").cast(nw.Int64),
            rows=nw.len().over("key").cast(nw.Int64),
            classmates=(col("small").sum().over("key").cast(nw.Int64) - col("small").fill_null(0)).cast(nw.Int64),
        )

    both.equal(make, content)


@few
@given(tables())
def test_order_within_a_group(both: Both, content: pa.Table) -> None:
    order = ("start", "end", "id")
    both.equal(
        lambda frame: frame.select(
            "id",
            reach=col("end").cum_max().over("key", order_by=order),
            before=col("end").shift(1).over("key", order_by=order),
            after=col("end").shift(-1).over("key", order_by=order),
            running=col("small").cum_sum().over("key", order_by=order).cast(nw.Int64),
            place=col("id").cum_count().over("key", order_by=order).cast(nw.Int64),
        ),
        content,
    )


@few
@given(tables())
def test_sums_of_groups(both: Both, content: pa.Table) -> None:
    both.equal(
        lambda frame: frame.group_by("key", "small").agg(
            first=col("id").min(),
            last=col("amount").max(),
            total=col("whole").sum().cast(nw.Int64),
            known=col("amount").count().cast(nw.Int64),
            flags=col("flag").cast(nw.Int64).sum().cast(nw.Int64),
            any=col("flag").cast(nw.Int64).max(),
            rows=nw.len().cast(nw.Int64),
            codes=col("code").n_unique().cast(nw.Int64),
            earliest=col("code").min(),
        ),
        content,
    )


@few
@given(tables())
def test_sums_of_everything(both: Both, content: pa.Table) -> None:
    both.equal(
        lambda frame: frame.select(
            rows=nw.len().cast(nw.Int64), total=col("whole").sum().fill_null(0).cast(nw.Int64), most=col("amount").max()
        ),
        content,
    )


@pytest.mark.parametrize("how", ["inner", "left", "semi", "anti"])
@few
@given(left=tables(), right=tables())
def test_joins(how: str, both: Both, left: pa.Table, right: pa.Table) -> None:
    names = [] if how in ("semi", "anti") else ["theirs", "worth"]

    def on_one(a: nw.LazyFrame, b: nw.LazyFrame) -> nw.LazyFrame:
        other = b.select("key", theirs=col("id"), worth=col("amount"))
        return a.select("id", "key", "amount").join(other, on="key", how=how).select("id", "key", "amount", *names)  # type: ignore[arg-type]

    def on_two(a: nw.LazyFrame, b: nw.LazyFrame) -> nw.LazyFrame:
        other = b.select("key", wide=col("small").cast(nw.Int64), theirs=col("id"), worth=col("amount"))
        mine = a.select("id", "key", wide=col("small").cast(nw.Int64))
        return mine.join(other, on=["key", "wide"], how=how).select("id", "key", "wide", *names)  # type: ignore[arg-type]

    both.equal(on_one, left, right)
    both.equal(on_two, left, right)


@few
@given(tables())
def test_a_table_joined_with_its_own_minimum(both: Both, content: pa.Table) -> None:
    def make(frame: nw.LazyFrame) -> nw.LazyFrame:
        first = frame.group_by("key").agg(col("id").min())
        return frame.join(first, on=["key", "id"], how="inner").select("id", "key", "code")

    found = both.equal(make, content)
    assert None not in found.column("key").to_pylist()


@few
@given(tables(), tables())
def test_below_each_other_and_distinct(both: Both, one: pa.Table, other: pa.Table) -> None:
    def make(a: nw.LazyFrame, b: nw.LazyFrame) -> nw.LazyFrame:
        parts = [a.select("key", "small"), b.select("key", "small").filter(~col("small").is_null())]
        return nw.concat(parts, how="vertical").unique()

    both.equal(make, one, other)


@few
@given(tables())
def test_a_filter_drops_what_is_unknown(both: Both, content: pa.Table) -> None:
    found = both.equal(lambda frame: frame.filter(col("small") > 0).select("id", "small"), content)
    assert all(value > 0 for value in found.column("small").to_pylist())


@few
@given(tables())
def test_the_rank_of_cohorts(both: Both, content: pa.Table) -> None:
    both.equal(lambda frame: add_rank(frame.select("id", "small", "amount"), "amount", "small"), content)


@few
@given(tables())
def test_days_present(both: Both, content: pa.Table) -> None:
    def make(frame: nw.LazyFrame) -> nw.LazyFrame:
        spells = frame.filter(~col("start").is_null() & ~col("end").is_null() & ~col("key").is_null()).select(
            "start", "end", person=col("key"), from_day=nw.lit(20).cast(nw.Int64), to_day=nw.lit(40).cast(nw.Int64)
        )
        return days_present(spells, "start", "end")

    both.equal(make, content)


def test_the_written_file_is_the_same(both: Both, tmp_path: Path) -> None:
    content = table([(key, None, 2000, 1, 1, n, n, 0, 1, n / 3, 0.5, "1", "é", None) for n, key in enumerate("cab")])
    source = tmp_path / "source.parquet"
    pq.write_table(content, source)
    files = [tmp_path / f"{engine.name}.parquet" for engine in both.engines]
    for engine, path in zip(both.engines, files, strict=True):
        assert engine.write(engine.scan(source), path, sort_by=["key"]) == 3
    assert files[0].read_bytes() == files[1].read_bytes()
    assert pq.read_table(files[0]).column("key").to_pylist() == ["a", "b", "c"]
