"""Where cohort expressions run. An engine scans Parquet files, and writes a lazy frame to one; the rest is Narwhals."""

from kansen.engine.base import Engine, load_engine
from kansen.engine.expressions import at_age, calendar, day, day_number, is_date, rounded

__all__ = ["Engine", "at_age", "calendar", "day", "day_number", "is_date", "load_engine", "rounded"]
