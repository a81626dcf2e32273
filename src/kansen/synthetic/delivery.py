"""Where every register table is delivered, and the files that grow while parts of the population are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import pyarrow as pa

from kansen.progress import Task
from kansen.synthetic.files import TableFile, parquet_to_sav
from kansen.synthetic.strangers import stranger

_INCOME = "InkomenBestedingen"

DELIVERED = {
    "gbapersoon": "Bevolking/GBAPERSOONTAB/{year}/GBAPERSOON{year}TABV1",
    "kindouder": "Bevolking/KINDOUDERTAB/KINDOUDER2023TABV1",
    "gbaadresobject": "Bevolking/GBAADRESOBJECTBUS/GBAADRESOBJECT2023BUSV1",
    "gbahuishoudens": "Bevolking/GBAHUISHOUDENSBUS/GBAHUISHOUDENS{year}BUSV1",
    "gbaoverlijden": "Bevolking/GBAOVERLIJDENTAB/{year}/GBAOVERLIJDEN{year}TABV1",
    "vslpostcode": "BouwenWonen/VSLPOSTCODEBUS/VSLPOSTCODEBUSV2024031",
    "vslgwb": "BouwenWonen/VSLGWBTAB/VSLGWB2023TAB03V1",
    "persoonink": f"{_INCOME}/INTEGRAAL PERSOONLIJK INKOMEN/{{year}}/PERSOONINK{{year}}TABV1",
    "inpa": f"{_INCOME}/INPATAB/INPA{{year}}TABV1",
    "inha": f"{_INCOME}/INHATAB/INHA{{year}}TABV1",
    "huishbvrink": f"{_INCOME}/INTEGRAAL HUISHOUDENS INKOMEN/{{year}}/HUISHBVRINK{{year}}TABV1",
    "koppel_kern": f"{_INCOME}/KOPPELPERSOONHUISHOUDEN/Koppeltabel_IPI_IHI_IVB{{year}}",
    "inharma": f"{_INCOME}/INHARMATAB/INHARMA{{year}}TABV1",
    "veh": f"{_INCOME}/VEHTAB/VEH{{year}}TABV1",
    "sch": f"{_INCOME}/SCHTAB/{{year}}/SCH{{year}}TABV1",
    "eigendom": "BouwenWonen/EIGENDOMTAB/EIGENDOM{year}TABV1",
    "levcyclwoonnietwoon": "BouwenWonen/LEVCYCLWOONNIETWOONBUS/LEVCYCLWOONNIETWOONBUSV2024122",
    "spolisbus": "Spolis/SPOLISBUS/SPOLISBUS{year}V1",
    "hoogsteopl_old": "Onderwijs/HOOGSTEOPLTAB/{year}/HOOGSTEOPL{year}TABV1",
    "opleidingsnrref": "Utilities/Code_Listings/SSBreferentiebestanden/OPLEIDINGSNRREFV33",
    "ctoref": "Utilities/Code_Listings/SSBreferentiebestanden/CTOREFV12",
    "koppel": f"{_INCOME}/KOPPELPERSOONHUISHOUDEN/KOPPELPERSOONHUISHOUDEN{{year}}",
    "secmbus": f"{_INCOME}/SECMBUS/SECMBUS2021V1",
    "hoogsteopl": "Onderwijs/HOOGSTEOPLTAB/{year}/HOOGSTEOPL{year}TABV1",
    "inschrwpo": "Onderwijs/INSCHRWPOTAB/INSCHRWPOTAB{year}V1",
    "onderwijsinschr": "Onderwijs/ONDERWIJSINSCHRTAB/ONDERWIJSINSCHRTAB{year}V1",
    "mbocohort": "Onderwijs/MBOCOHORT/MBOCOHORT{year}TABV1",
    "mboenquete": "Onderwijs/MBOENQUETE/MBOENQUETE{year}TABV1",
    "zvwzorgkosten": "GezondheidWelzijn/ZVWZORGKOSTENTAB/{year}/ZVWZORGKOSTEN{year}TABV1",
    "jgdbescherm": "VeiligheidRecht/JGDBESCHERMBUS/JGDBESCHERM{year}BUSV1",
    "do": "GezondheidWelzijn/DO/{year}/DO {year}V1",
    "doodoorz": "GezondheidWelzijn/DOODOORZTAB/{year}/DOODOORZ{year}TABV1",
    "perined": "PERINED/8151_PERINED",
}
"""Catalogue id -> folder and file name below the root, without extension; {year} is the year of the file."""

Columns = dict[str, pa.Array]


@dataclass(frozen=True)
class Step:
    """One part of one file: the table's id in the catalogue, the year of the file (0: none), and who makes the rows."""

    table: str
    year: int
    make: Callable[[], Columns]

    @property
    def place(self) -> str:
        """Folder and file name below the root, without extension."""
        return DELIVERED[self.table].format(year=self.year)


P = TypeVar("P")


def yearly(table: str, years: Iterable[int], make: Callable[[P, int], Columns], population: P) -> list[Step]:
    """The steps of a table that is delivered once a year."""
    return [Step(table, year, lambda year=year: make(population, year)) for year in years]


class Delivery:
    """Register tables below a folder, written part by part; use it as a context.

    Every file is written as Parquet; at the end of the context each is turned into SPSS where that is asked for.
    """

    def __init__(self, root: Path, formats: Sequence[str]) -> None:
        self.root, self.formats = root, formats
        self.files: dict[str, tuple[Step, TableFile]] = {}

    def __enter__(self) -> Delivery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, file in self.files.values():
            file.close()

    def write(self, steps: Sequence[Step], task: Task, units: int | None = None) -> None:
        """Make and append all parts. The parts of one file keep their order, so the same steps give the same bytes.

        units : what the whole is for the progress, told step by step; the number of steps by default.
        """
        each = 1 if units is None else units // max(len(steps), 1)
        groups: dict[str, list[Step]] = {}
        for step in steps:
            groups.setdefault(step.place, []).append(step)
        for parts in groups.values():
            self._open(parts[0])

        def run(parts: list[Step]) -> None:
            for step in parts:
                self.files[step.place][1].append(step.make())
                task.advance(each)

        with ThreadPoolExecutor(max_workers=2) as workers:
            for done in [workers.submit(run, parts) for parts in groups.values()]:
                done.result()
        task.advance((units or len(steps)) - each * len(steps))

    def _open(self, step: Step) -> None:
        if step.place not in self.files:
            self.files[step.place] = (step, TableFile(self.root / (step.place + ".parquet")))

    def finish(self) -> None:
        """Close all files and give them the formats asked for.

        A yearly register that would be empty gets a stranger; any other table without rows is not delivered.
        """
        for step, file in self.files.values():
            other = None if file.rows else stranger(step.table, step.year)
            if other:
                file.append(other)
            file.close()
            if not file.rows:
                file.path.unlink()
                continue
            if "sav" in self.formats:
                parquet_to_sav(file.path, file.path.with_name(file.path.stem + ".sav"), step.table)
            if "parquet" not in self.formats:
                file.path.unlink()
