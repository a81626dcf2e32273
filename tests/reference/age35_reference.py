"""The cohort age35 once more, written from its published description and nothing else: DuckDB SQL, one table per step.

It shares no code with Kansen on purpose, and computes the outcomes that the synthetic country is tuned to, fast enough
for all of it (`adults_age35` has every outcome and checks the cohort that Kansen builds)::

    python tests/reference/age35_reference.py DIR OUT.parquet

`DIR` holds the register tables as Parquet at the usual places. Choices where the description leaves any: residence and
window count both their first and last day; missing or negative years of income are left out; an unknown code
of education counts as not attained; costs neither include nor subtract birth care;
whoever has no category on the day is missing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

PRICES = {
    2003: 82.43, 2004: 83.48, 2005: 84.88, 2006: 85.82, 2007: 87.20,
    2015: 100.00, 2016: 100.32, 2017: 101.70, 2018: 103.44, 2019: 106.16, 2020: 107.51,
}  # fmt: skip
CARE = (
    "HUISARTS MULTIDISC FARMACIE MONDZORG ZIEKENHUIS PARAMEDISCH HULPMIDDEL ZIEKENVERVOER BUITENLAND OVERIG "
    "GERIATRISCH WYKVERPLEGING"
)


def cohort(root: Path, connection: duckdb.DuckDBPyConnection | None = None) -> duckdb.DuckDBPyRelation:
    """The final sample with groups, areas and outcomes, one row per child."""
    run = _Runner(root, connection or duckdb.connect())
    _population(run)
    _parents(run)
    _groups(run)
    _outcomes(run)
    return run.table("final")


class _Runner:
    """Creates tables one after the other."""

    def __init__(self, root: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.root, self.connection = root, connection
        prices = ", ".join(f"({year}, {index / PRICES[2020]})" for year, index in PRICES.items())
        connection.execute(f"create temp table price as select * from (values {prices}) as t(year, level)")

    def make(self, name: str, query: str) -> None:
        self.connection.execute(f"create or replace temp table {name} as {query}")

    def file(self, place: str) -> str:
        return f"read_parquet('{self.root / place}.parquet', file_row_number = true)"

    def years(self, place: str, years: range, columns: str) -> str:
        return " union all by name ".join(
            f"select {year} as year, {columns} from {self.file(place.format(y=year))}" for year in years
        )

    def table(self, name: str) -> duckdb.DuckDBPyRelation:
        return self.connection.table(name)


DAY = "try_strptime({0}, '%Y%m%d')::date"
END = "coalesce(try_strptime(nullif({0}, '88888888'), '%Y%m%d')::date, date '9999-12-31')"


def _population(run: _Runner) -> None:
    run.make(
        "born",
        f"""select RINPERSOONS || RINPERSOON as person, GBAGESLACHT as sex, GBAGENERATIE as generation,
            GBAHERKOMSTGROEPERING as roots,
            try_strptime(GBAGEBOORTEJAAR || GBAGEBOORTEMAAND || GBAGEBOORTEDAG, '%Y%m%d')::date as birth
            from {run.file("Bevolking/GBAPERSOONTAB/2023/GBAPERSOON2023TABV1")}""",
    )
    run.make(
        "linked",
        f"""select b.*, year(birth) as birth_year, RINPERSOONSMa || RINPERSOONMa as mother,
            RINPERSOONSpa || RINPERSOONpa as father, birth + interval 15 years as fifteen
            from born b join {run.file("Bevolking/KINDOUDERTAB/KINDOUDER2023TABV1")} k
            on b.person = k.RINPERSOONS || k.RINPERSOON where year(birth) between 1981 and 1985""",
    )
    run.make(
        "address",
        f"""select RINPERSOONS || RINPERSOON as person, SOORTOBJECTNUMMER || RINOBJECTNUMMER as dwelling,
            {DAY.format("GBADATUMAANVANGADRESHOUDING")} as start, {END.format("GBADATUMEINDEADRESHOUDING")} as stop,
            file_row_number as line
            from {run.file("Bevolking/GBAADRESOBJECTBUS/GBAADRESOBJECT2023BUSV1")}""",
    )
    run.make(
        "home",
        """select l.*, dwelling from linked l join (
            select person, arg_min(dwelling, line) as dwelling from (
                select a.person, a.dwelling, a.line from address a join linked l using (person)
                where a.start <= l.fifteen and l.fifteen <= a.stop) group by person) using (person)""",
    )
    run.make(
        "placed",
        f"""select h.*, pc4, municipality, wijk from home h left join (
                select SOORTOBJECTNUMMER || RINOBJECTNUMMER as dwelling, any_value(POSTCODENUM) as pc4
                from {run.file("BouwenWonen/VSLPOSTCODEBUS/VSLPOSTCODEBUSV2024031")}
                where DATUMAANVPOSTCODENUMADRES <= '20231231' and DATUMEINDPOSTCODENUMADRES >= '20231231'
                and POSTCODENUM <> '----' group by 1) p using (dwelling)
            left join (
                select SOORTOBJECTNUMMER || RINOBJECTNUMMER as dwelling, 'GM' || gem2023 as municipality,
                'WK' || wc2023 as wijk from {run.file("BouwenWonen/VSLGWBTAB/VSLGWB2023TAB03V1")}
                where gem2023 <> '----') g using (dwelling)""",
    )


def _days(source: str, start: str, stop: str) -> str:
    """Days at an address from start to stop, per row of `source` (columns id and person)."""
    return f"""select id, sum(date_diff('day', greatest(a.start, {start}), least(a.stop, {stop})) + 1) as days
        from {source} s join address a on a.person = s.person and a.start <= {stop} and a.stop >= {start}
        group by id"""


def _parents(run: _Runner) -> None:
    run.make(
        "pairs",
        """select person as child, mother as parent from placed union all
           select person as child, father as parent from placed""",
    )
    start, stop = "date '2003-01-01'", "date '2011-12-31'"
    run.make("parent", "select distinct parent as id, parent as person from pairs")
    run.make("parent_days", _days("parent", start, stop))
    run.make(
        "lived",
        f"""select distinct child as person from pairs join parent_days on parent = id
            where days >= date_diff('day', {start}, {stop}) + 1 - 31""",
    )
    incomes = run.years(
        "InkomenBestedingen/INTEGRAAL PERSOONLIJK INKOMEN/{y}/PERSOONINK{y}TABV1",
        range(2003, 2008),
        "RINPERSOONS || RINPERSOON as person, PERSBRUT as amount",
    )
    run.make(
        "parent_income",
        f"""select person as parent, avg(amount / level) as income from ({incomes}) join price using (year)
            where amount >= 0 and amount not in (999999999, 9999999999) group by person""",
    )
    run.make(
        "ranked",
        """with summed as (
            select child as person, sum(income) as parental_income
            from pairs left join parent_income using (parent) group by child),
           kept as (select p.*, parental_income from placed p join lived using (person) join summed using (person)
            where parental_income is not null),
           ordered as (select *, rank() over (partition by birth_year order by parental_income) as first,
            count(*) over (partition by birth_year, parental_income) as tied from kept),
           average as (select *, first + (tied - 1) / 2.0 as place from ordered)
           select * exclude (first, tied, place), place / max(place) over (partition by birth_year) as income_rank
           from average""",
    )


def _groups(run: _Runner) -> None:
    run.make(
        "household",
        f"""select person, arg_min(TYPHH, line) as kind from (
                select r.person, h.TYPHH, h.file_row_number as line from ranked r join
                {run.file("Bevolking/GBAHUISHOUDENSBUS/GBAHUISHOUDENS2020BUSV1")} h
                on r.person = h.RINPERSOONS || h.RINPERSOON
                where {DAY.format("DATUMAANVANGHH")} <= fifteen and {END.format("DATUMEINDEHH")} >= fifteen)
            group by person""",
    )
    run.make(
        "grouped",
        """select r.person, birth_year, pc4, municipality, wijk, income_rank,
            case r.sex when '1' then 'men' when '2' then 'women' end as sex,
            case when kind = '6' then 'single' when kind in ('4', '5') then 'two' else 'other' end as household_type,
            case when r.generation = '0' and (m.generation = '2' or f.generation = '2') then
                case when m.generation = '2' then m.roots else f.roots end
            else r.roots end as code,
            case when code = '6030' then 'none' when code = '6043' then 'turkey' when code = '5022' then 'morocco'
                when code = '5007' then 'suriname'
                when code in ('7011', '5095', '5016', '5107', '5108', '5109', '5110') then 'dutch_caribbean'
                else 'other' end as origin
           from ranked r join household using (person)
           left join born m on m.person = r.mother left join born f on f.person = r.father""",
    )
    run.make(
        "child_window",
        """select person as id, person, make_date(birth_year + 34, 1, 1) as first,
            make_date(birth_year + 35, 12, 31) as last from grouped""",
    )
    run.make("child_days", _days("child_window", "s.first", "s.last"))
    run.make(
        "resident",
        """select g.* from grouped g join child_days on g.person = id
           where days >= make_date(birth_year + 36, 1, 1) - make_date(birth_year + 34, 1, 1) - 31""",
    )


def _two_years(column: str) -> str:
    """Mean over the years of age 34 and 35 of amounts that are neither missing nor negative, euros of 2020."""
    return f"""select r.person, avg({column} / level) as value from resident r join amounts a on a.person = r.person
        and a.year between birth_year + 34 and birth_year + 35 join price using (year)
        where {column} >= 0 and {column} not in (999999999, 9999999999) group by r.person"""


def _outcomes(run: _Runner) -> None:
    income = run.years(
        "InkomenBestedingen/INPATAB/INPA{y}TABV1",
        range(2015, 2021),
        "RINPERSOONS || RINPERSOON as person, INPPERSBRUT as gross",
    )
    run.make("amounts", income)
    run.make("own_income", _two_years("gross"))
    links = run.years(
        "InkomenBestedingen/KOPPELPERSOONHUISHOUDEN/KOPPELPERSOONHUISHOUDEN{y}",
        range(2015, 2021),
        "RINPERSOONS || RINPERSOON as person, RINPERSOONSHKW || RINPERSOONHKW as household",
    )
    of_households = run.years(
        "InkomenBestedingen/INHATAB/INHA{y}TABV1",
        range(2015, 2021),
        "RINPERSOONSHKW || RINPERSOONHKW as household, INHBRUTINKH as gross",
    )
    run.make("amounts", f"select * from ({links}) join ({of_households}) using (year, household)")
    run.make("household_income", _two_years("gross"))
    levels = " union all ".join(
        f"select {year} as year, RINPERSOONS || RINPERSOON as person, "
        f"{'OPLNIVSOI2016AGG4HBMETNIRWO' if year < 2019 else 'OPLNIVSOI2021AGG4HBmetNIRWO'} as level "
        f"from {run.file(f'Onderwijs/HOOGSTEOPLTAB/{year}/HOOGSTEOPL{year}TABV1')}"
        for year in range(2016, 2021)
    )
    parts = " + ".join(f"greatest(coalesce(ZVWK{name}, 0), 0)" for name in CARE.split())
    care = " union all ".join(
        f"select {year} as year, RINPERSOONS || RINPERSOON as person, ZVWKGENBASGGZ > 0 or ZVWKSPECGGZ > 0 as mhc, "
        f"{parts}{' + greatest(ZVWKEERSTELIJNSVERBLIJF, 0)' if year >= 2018 else ''} "
        f"- greatest(NOPZVWKHUISARTSINSCHRIJF, 0) as costs "
        f"from {run.file(f'GezondheidWelzijn/ZVWZORGKOSTENTAB/{year}/ZVWZORGKOSTEN{year}TABV1')}"
        for year in range(2016, 2021)
    )
    run.make(
        "status",
        f"""select r.person, any_value(SECM) as code from resident r
            join {run.file("InkomenBestedingen/SECMBUS/SECMBUS2021V1")} s
            on r.person = s.RINPERSOONS || s.RINPERSOON
            where {DAY.format("AANVSECM")} <= make_date(birth_year + 35, 12, 31)
            and {END.format("EINDSECM")} >= make_date(birth_year + 35, 12, 31) group by r.person""",
    )
    run.make(
        "unranked",
        f"""select r.*, o.value as c35_income, h.value as c35_household_income,
            (s.code in ('11', '12', '13', '14'))::int as c35_employed, (s.code = '22')::int as c35_social_assistance,
            coalesce(level in ('3110', '3111', '3112', '3113', '3211', '3212', '3213'), false)::int as c35_hbo_attained,
            coalesce(level in ('3113', '3212', '3213'), false)::int as c35_wo_attained,
            coalesce(mhc, false)::int as c35_mhc, coalesce(costs, 0) as c35_total_health_costs
            from resident r join household_income h using (person) left join own_income o using (person)
            left join status s using (person)
            left join ({levels}) e on e.person = r.person and e.year = birth_year + 35
            left join ({care}) z on z.person = r.person and z.year = birth_year + 35""",
    )
    run.make(
        "final",
        """with ordered as (select *, rank() over (partition by birth_year order by c35_income nulls last) as first,
            count(*) over (partition by birth_year, c35_income) as tied from unranked),
           placed as (select *, case when c35_income is not null then first + (tied - 1) / 2.0 end as place
            from ordered),
           shared as (select *, place / max(place) over (partition by birth_year) as c35_income_perc from placed)
           select * exclude (first, tied, place), (c35_income_perc >= 0.8)::int as c35_top_20_income,
            (c35_income_perc <= 0.2)::int as c35_bottom_20_income from shared""",
    )


def main() -> None:
    """Write the cohort of a folder of register tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    cohort(given.root).write_parquet(str(given.out))


if __name__ == "__main__":
    main()
