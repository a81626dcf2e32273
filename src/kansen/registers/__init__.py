"""Register tables as they are delivered: find them, check them, convert them once."""

from kansen.registers.catalogue import Catalogue, Column, Table, load_catalogue
from kansen.registers.find import Delivery, FoundFile, find
from kansen.registers.ingest import Ingested, ingest
from kansen.registers.listing import list_codes, list_columns, list_tables
from kansen.registers.readiness import Lack, Needs, Readiness, Requirement, check, lacks

__all__ = [
    "Catalogue",
    "Column",
    "Delivery",
    "FoundFile",
    "Ingested",
    "Lack",
    "Needs",
    "Readiness",
    "Requirement",
    "Table",
    "check",
    "find",
    "ingest",
    "lacks",
    "list_codes",
    "list_columns",
    "list_tables",
    "load_catalogue",
]
