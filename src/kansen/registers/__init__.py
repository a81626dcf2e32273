"""Register tables as they are delivered: find them, check them, convert them once."""

from kansen.registers.catalogue import Catalogue, Column, Table, catalogue_table, load_catalogue
from kansen.registers.find import Delivery, FoundFile, find
from kansen.registers.ingest import Ingested, ingest

__all__ = [
    "Catalogue",
    "Column",
    "Delivery",
    "FoundFile",
    "Ingested",
    "Table",
    "catalogue_table",
    "find",
    "ingest",
    "load_catalogue",
]
