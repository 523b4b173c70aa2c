from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshots.schema import Column, Index
from collectors.snapshots.statements import Statement
from collectors.sql_text import digest, normalise
from rules.base import Confidence, Finding, Gain, Severity
from rules.indexes.missing_index import missing_index
from rules.planner import Plan, ProposedIndex
from tests.make import activity, make, snapshot

ROWS = 1_000_000
PAGES = 20_000
DISTINCT = {
    "id": ROWS, "customer_id": 100_000, "status": 4, "created_at": 900_000, "region": 200,
    "Ref": 500_000, "order": 90_000, "document": 900_000, "body": 900_000, "closed_at": 100,
    "shop": 150,
}  # fmt: skip
TYPES = {"status": "text", "document": "jsonb", "created_at": "timestamptz", "body": "text"}


def orders(**given: Any) -> PostgresTable:
    about = {
        "database": "shop",
        "schema": "public",
        "table": "orders",
        "kind": "table",
        "rows": float(ROWS),
        "heap_bytes": PAGES * 8192,
    }
    return make(PostgresTable, **{**about, **given})


def columns(table: str = "orders", schema: str = "public", **given: Any) -> list[Column]:
    return [
        make(
            Column,
            database="shop",
            schema=schema,
            table=table,
            column=name,
            type=TYPES.get(name, "integer"),
            average_bytes=2000 if name == "body" else 4,
            distinct_values=float(distinct),
            null_ratio=0.999 if name == "closed_at" else 0.0,
            **given,
        )
        for name, distinct in DISTINCT.items()
    ]


def index(*keys: str, name: str = "orders_idx", **given: Any) -> Index:
    about = {
        "database": "shop",
        "schema": "public",
        "table": "orders",
        "index": name,
        "method": "btree",
        "columns": keys,
        "valid": True,
        "ready": True,
    }
    return make(Index, **{**about, **given})


def ran(sql: str, **given: Any) -> Statement:
    """A tenth of a second a call, one call a second, the whole table touched, one row returned."""
    about = {
        "database": "shop",
        "digest": digest(sql),
        "query": normalise(sql),
        "user": "app",
        "calls": 3600,
        "exec_seconds": 360.0,
        "rows": 3600,
        "shared_hit_bytes": 3600 * PAGES * 8192,
        "shared_read_bytes": 0,
    }
    return make(Statement, **{**about, **given})


def judged(
    *statements: Statement,
    tables: Sequence[PostgresTable] = (),
    indexes: Sequence[Index] = (),
    planner: FakePlanner | None = None,
    written: PostgresTable | None = None,
    known: Sequence[Column] | None = None,
) -> list[Finding]:
    return missing_index(
        activity(*statements),
        snapshot(*(tables or [orders()])),
        snapshot(*indexes),
        snapshot(*(columns() if known is None else known)),
        planner,
        activity(written) if written else None,
    )


def keys(findings: Sequence[Finding]) -> list[str]:
    return [f.subject.name.partition(" ")[2] for f in findings]


@dataclass
class FakePlanner:
    """Each statement costs 1,000; with a key that begins as one of `costs` does, that."""

    hypothetical: bool = True
    costs: dict[tuple[str, ...], float] = field(default_factory=dict)
    indexes: tuple[str, ...] = ()
    asked: list[tuple[str, tuple[tuple[str, ...], ...]]] = field(default_factory=list)

    def plan(
        self, database: str, query: str, proposed: Sequence[ProposedIndex] = ()
    ) -> Plan | None:
        assert database == "shop"
        given = tuple(p.columns for p in proposed)
        self.asked.append((query, given))
        usable = [
            (cost, i)
            for i, key in enumerate(given)
            for start, cost in self.costs.items()
            if key[: len(start)] == start
        ]
        if not usable:
            return Plan(1000.0, self.indexes, ())
        cost, position = min(usable)
        return Plan(cost, (), (position,))


@pytest.mark.parametrize(
    ("sql", "key"),
    [
        pytest.param("select * from orders where customer_id = 1", "(customer_id)", id="equality"),
        pytest.param("select * from public.orders o where o.customer_id = 1", "(customer_id)",
                     id="qualified, with an alias"),
        pytest.param("select * from orders where 1 = customer_id and status = 'x'",
                     "(customer_id)", id="the selective column alone"),
        pytest.param("select count(*) from orders where region = 1 and status = 'x' and shop = 2",
                     "(region, shop)", id="two columns that need each other"),
        pytest.param("select * from orders where customer_id in (1, 2, 3)", "(customer_id)",
                     id="a list"),
        pytest.param("select * from orders where customer_id = any($1)", "(customer_id)",
                     id="an array"),
        pytest.param("update orders set status = 'x' where customer_id = 1", "(customer_id)",
                     id="update"),
        pytest.param("delete from orders where customer_id = 1", "(customer_id)", id="delete"),
        pytest.param("with x as (select * from orders where customer_id = 1) select * from x",
                     "(customer_id)", id="a common table expression"),
        pytest.param("select count(*) from (select 1 from orders where customer_id = 1) x",
                     "(customer_id)", id="a subquery"),
        pytest.param("select * from orders where closed_at is null and customer_id = 1",
                     "(customer_id)", id="is null beside it"),
        pytest.param("select * from orders order by created_at desc limit 10", "(created_at)",
                     id="the newest rows"),
        pytest.param("select * from orders where created_at between $1 and $2", "(created_at)",
                     id="a range that returned few rows"),
        pytest.param('select * from orders where "Ref" = 1', '("Ref")', id="a quoted name"),
        pytest.param('select * from orders where "order" = 1', '("order")', id="a keyword"),
        pytest.param("select * from orders where customer_id = $1::bigint", "(customer_id)",
                     id="a cast of the value within its kind"),
        pytest.param("select * from orders where customer_id = 1 and created_at > $1",
                     "(customer_id)", id="a range that adds nothing"),
        pytest.param("select * from orders where (customer_id = 1) and (lower(status) = 'x')",
                     "(customer_id)", id="an expression beside a column"),
    ],
)  # fmt: skip
def test_fires(sql: str, key: str) -> None:
    (finding,) = judged(ran(sql))
    assert keys([finding]) == [key]
    assert finding.confidence is Confidence.ESTIMATED
    assert finding.impact.gain is Gain.TIME
    assert finding.impact.value == pytest.approx(342, rel=0.02)


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("select count(*) from orders where status = 'x'", id="a common value"),
        pytest.param("select * from orders where status = 'x' or customer_id = 1", id="or"),
        pytest.param("select * from orders where body like 'x%'", id="like"),
        pytest.param("select * from orders where lower(status) = 'x'", id="a function"),
        pytest.param("select * from orders where customer_id + 1 = 2", id="arithmetic"),
        pytest.param("select * from orders where customer_id::text = 'x'", id="a cast column"),
        pytest.param("select * from orders where customer_id = $1::numeric", id="a fraction"),
        pytest.param("select * from orders where customer_id <> 1", id="unequal"),
        pytest.param("select * from orders where not customer_id = 1", id="not"),
        pytest.param("select * from orders where customer_id not in (1, 2)", id="not in"),
        pytest.param("select * from orders order by lower(status), created_at limit 10",
                     id="an order no index gives"),
        pytest.param("select * from orders order by created_at desc nulls last limit 10",
                     id="an order with NULLs elsewhere"),
        pytest.param("select * from orders order by created_at, id desc limit 10",
                     id="an order that turns round"),
        pytest.param("select body as created_at from orders order by created_at limit 10",
                     id="ordered by an output of the same name"),
        pytest.param("select * from orders order by created_at", id="all rows in order"),
        pytest.param("select * from orders where customer_id <> all($1)", id="unequal to all"),
        pytest.param("select count(*) from orders where customer_id not between 1 and 2",
                     id="not between"),
        pytest.param("select * from orders where customer_id is not null", id="is not null"),
        pytest.param("select * from orders where document = $1", id="jsonb"),
        pytest.param("select * from orders where body = $1", id="a wide column"),
        pytest.param("select count(*) from orders", id="all rows"),
        pytest.param("select count(*) from orders where created_at > $1",
                     id="a range that may be wide"),
        pytest.param("select * from orders where customer_id = region", id="its own columns"),
        pytest.param("select * from nowhere where customer_id = 1", id="a table not known"),
        pytest.param("select * from archive.orders where customer_id = 1", id="another schema"),
        pytest.param("select * from orders where nothing = 1", id="a column not known"),
        pytest.param("with orders as (select 1) select * from orders where customer_id = 1",
                     id="a common table expression of the same name"),
        pytest.param("insert into orders (id) values (1)", id="insert"),
        pytest.param("merge into orders o using x on o.customer_id = x.a when matched then delete",
                     id="merge"),
        pytest.param("select * from orders where customer_id in (1,", id="a text cut short"),
        pytest.param("vacuum orders", id="upkeep"),
    ],
)  # fmt: skip
def test_stays_quiet(sql: str) -> None:
    assert judged(ran(sql)) == []


SEARCH = "select * from orders where customer_id = 1 and status = 'x'"


@pytest.mark.parametrize(
    ("given", "fires"),
    [
        pytest.param({}, True, id="heavy"),
        pytest.param({"exec_seconds": 180.0 / 0.94}, True, id="just heavy enough"),
        pytest.param({"exec_seconds": 180.0}, False, id="just too light"),
        pytest.param({"exec_seconds": 0.0}, False, id="no time"),
        pytest.param({"calls": 0}, False, id="nothing ran"),
        pytest.param({"own": True}, False, id="our own"),
        pytest.param({"shared_hit_bytes": 3600 * 50 * 8192}, False, id="few blocks touched"),
        pytest.param({"shared_hit_bytes": None}, False, id="blocks not counted"),
        pytest.param({"rows": 3600 * 200_000}, False, id="returns a fifth of the table"),
        pytest.param({"rows": None}, True, id="rows not counted"),
        pytest.param({"query": ""}, False, id="text unknown"),
    ],
)
def test_weight(given: dict[str, Any], fires: bool) -> None:
    assert bool(judged(ran(SEARCH, **given))) is fires


@pytest.mark.parametrize(
    ("table", "fires"),
    [
        pytest.param(orders(), True, id="big"),
        pytest.param(orders(heap_bytes=10 * 2**20 - 1), False, id="just too small"),
        pytest.param(orders(rows=9_999.0), False, id="few rows"),
        pytest.param(orders(rows=None), False, id="never analysed"),
        pytest.param(orders(modified_rows=ROWS + 1), False, id="statistics are stale"),
        pytest.param(orders(kind="partitioned table", heap_bytes=0, row_bytes=160.0), True,
                     id="partitioned"),
    ],
)  # fmt: skip
def test_table(table: PostgresTable, fires: bool) -> None:
    assert bool(judged(ran(SEARCH), tables=[table])) is fires


@pytest.mark.parametrize(
    ("existing", "fires"),
    [
        pytest.param(index("customer_id"), False, id="the same"),
        pytest.param(index("customer_id", "region"), False, id="a wider one"),
        pytest.param(index("customer_id", unique=True), False, id="unique"),
        pytest.param(index("region", "customer_id"), True, id="customers not first"),
        pytest.param(index("customer_id", valid=False), True, id="invalid"),
        pytest.param(index("customer_id", predicate="(status = 'y')"), True, id="partial"),
        pytest.param(index("customer_id", method="hash"), True, id="hash"),
        pytest.param(index("", expressions="lower(status)"), True, id="over an expression"),
        pytest.param(index("customer_id", table="lines"), True, id="of another table"),
    ],
)
def test_indexes_that_exist(existing: Index, fires: bool) -> None:
    planner = FakePlanner(costs={("customer_id",): 10.0})
    statement = ran("select * from orders where customer_id = 1")
    assert bool(judged(statement, indexes=[existing], planner=planner)) is fires


def test_columns_compared_for_equality_come_in_any_order() -> None:
    """The planner knows no such index, so it would like one."""
    planner = FakePlanner(costs={("customer_id", "status"): 10.0})
    assert judged(ran(SEARCH), planner=planner)
    assert judged(ran(SEARCH), planner=planner, indexes=[index("status", "customer_id")]) == []


def test_never_analysed_columns_are_not_judged() -> None:
    bare = [make(Column, database="shop", schema="public", table="orders", column="customer_id")]
    assert judged(ran("select * from orders where customer_id = 1"), known=bare) == []


def test_skew_counts() -> None:
    """Half of all rows hold one value, and so do half of the lookups."""
    skewed = columns(common_ratios=(0.5,))
    assert judged(ran("select count(*) from orders where customer_id = 1"), known=skewed) == []
    assert judged(ran("select count(*) from orders where customer_id = 1"))


def lines(**given: Any) -> PostgresTable:
    return orders(**{"table": "lines", **given})


JOIN = 'select * from orders o join lines l on l."order" = o.id where o.customer_id = 1'


def test_join() -> None:
    """The lines of one customer's ten orders, found one order at a time."""
    tables, known = [orders(), lines()], [*columns(), *columns("lines")]
    existing = [index("customer_id")]
    (finding,) = judged(ran(JOIN), tables=tables, known=known, indexes=existing)
    assert finding.subject.name == 'public.lines ("order")'


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("select * from orders o, lines l where l.\"order\" = o.id", id="all of both"),
        pytest.param("select * from orders join lines using (id) where customer_id = 1",
                     id="a column of either"),
        pytest.param("select * from orders o right join lines l on o.customer_id = 1",
                     id="an outer join keeps all rows"),
        pytest.param("select * from lines l left join orders o on l.id = 1 and o.region < 7",
                     id="a condition on the side that is kept"),
        pytest.param("select customer_id from orders, lines where customer_id = 1",
                     id="ambiguous"),
    ],
)  # fmt: skip
def test_joins_that_no_index_helps(sql: str) -> None:
    assert judged(ran(sql), tables=[orders(), lines()], known=[*columns(), *columns("lines")]) == []


def test_bare_names_are_those_of_the_search_path() -> None:
    others = [orders(schema="archive"), orders(schema="old")]
    known = [c for schema in ("public", "archive", "old", "app") for c in columns(schema=schema)]
    (finding,) = judged(ran(SEARCH), tables=[orders(), *others], known=known)
    assert finding.subject.name == "public.orders (customer_id)"
    assert judged(ran(SEARCH), tables=others, known=known) == []
    assert judged(ran(SEARCH), tables=[orders(), orders(schema="app")], known=known) == []


def test_the_planner_confirms() -> None:
    planner = FakePlanner(
        costs={
            ("customer_id",): 50.0,
            ("customer_id", "status"): 47.0,
            ("customer_id", "status", "created_at"): 46.0,
        }
    )
    sql = f"{SEARCH} order by created_at desc limit 20"
    (finding,) = judged(ran(sql, rows=3600 * 20), planner=planner)
    assert keys([finding]) == ["(customer_id)"]
    assert finding.confidence is Confidence.VALIDATED
    assert finding.evidence["cost_before"] == 1000.0
    assert finding.evidence["cost_after"] == 50.0
    assert finding.impact.value == pytest.approx(342)
    assert all("LIMIT 20" in query for query, _ in planner.asked)


def test_a_wider_key_where_it_pays() -> None:
    planner = FakePlanner(costs={("customer_id",): 200.0, ("customer_id", "status"): 10.0})
    (finding,) = judged(ran(SEARCH), planner=planner)
    assert keys([finding]) == ["(customer_id, status)"]


@pytest.mark.parametrize(
    ("sql", "confidence"),
    [
        ("select * from orders where created_at > $1", Confidence.VALIDATED),
        ("select count(*) from orders where created_at > $1", Confidence.ESTIMATED),
        ("select count(*) from orders where created_at between $1 and $2", Confidence.ESTIMATED),
    ],
)
def test_the_planner_guesses_at_ranges(sql: str, confidence: Confidence) -> None:
    (finding,) = judged(ran(sql), planner=FakePlanner(costs={("created_at",): 5.0}))
    assert finding.confidence is confidence


def test_a_common_value_that_the_planner_takes_for_a_rare_one() -> None:
    skewed = columns(common_ratios=(0.97,))
    sql = "select count(*) from orders where customer_id = 1"
    planner = FakePlanner(costs={("customer_id",): 5.0})
    assert judged(ran(sql), planner=planner)
    assert judged(ran(sql), planner=planner, known=skewed) == []


@pytest.mark.parametrize(
    ("costs", "asked"),
    [
        pytest.param({}, 2, id="the planner uses none of them"),
        pytest.param({("customer_id", "status"): 800.0}, 4, id="saves too little"),
    ],
)
def test_the_planner_refuses(costs: dict[tuple[str, ...], float], asked: int) -> None:
    planner = FakePlanner(costs=costs)
    assert judged(ran(SEARCH), planner=planner) == []
    assert len(planner.asked) <= asked


def test_a_planner_without_hypopg_tells_what_is_used_now() -> None:
    (finding,) = judged(ran(SEARCH), planner=FakePlanner(hypothetical=False))
    assert finding.confidence is Confidence.ESTIMATED
    assert finding.evidence["indexes_used_now"] == "none"


def test_a_small_gain_over_an_index_in_use_is_none() -> None:
    """By status and region it touches 15,000 blocks; by region alone the estimate is 4,400."""
    used = index("region", "id", name="by_region", predicate="(id > 0)")
    planner = FakePlanner(hypothetical=False, indexes=("by_region",))
    statement = ran(
        "select count(*) from orders where region = 1", shared_hit_bytes=3600 * 15_000 * 8192
    )
    assert judged(statement, indexes=[used])
    assert judged(statement, indexes=[used], planner=planner) == []


def test_updates_are_planned_as_reads() -> None:
    planner = FakePlanner(costs={("customer_id",): 1.0})
    assert judged(ran("update orders o set status = 'x' where o.customer_id = 1"), planner=planner)
    assert {query for query, _ in planner.asked} == {
        "SELECT FROM orders AS o WHERE o.customer_id = ?"
    }


def test_one_index_for_several_statements() -> None:
    planner = FakePlanner(costs={("customer_id",): 10.0, ("customer_id", "status"): 1.0})
    first = ran("select * from orders where customer_id = 1", exec_seconds=100.0)
    other = ran("select id from orders where customer_id = 1", exec_seconds=200.0)
    (finding,) = judged(first, other, planner=planner)
    assert finding.evidence["digest"] == other.digest
    assert finding.evidence["statements_served"] == 2
    assert first.digest in str(finding.evidence["also_served"])
    assert finding.impact.value == pytest.approx(297)


def test_an_index_that_another_begins_with_goes_into_it() -> None:
    planner = FakePlanner(costs={("region",): 300.0, ("region", "shop"): 3.0})
    first = ran("select * from orders where region = 1")
    wide = ran("select * from orders where region = 1 and shop = 2")
    (finding,) = judged(first, wide, planner=planner)
    assert keys([finding]) == ["(region, shop)"]
    assert finding.evidence["statements_served"] == 2


@pytest.mark.parametrize(
    ("written", "fires"),
    [
        pytest.param(orders(inserts=1000), True, id="few writes"),
        pytest.param(orders(inserts=30_000_000), True, id="writes cost a quarter"),
        pytest.param(orders(inserts=60_000_000), False, id="writes cost half"),
        pytest.param(orders(updates=60_000_000), False, id="updates that move rows"),
        pytest.param(orders(updates=60_000_000, hot_updates=60_000_000), True, id="hot updates"),
        pytest.param(orders(table="lines", inserts=60_000_000), True, id="another table"),
    ],
)
def test_writes_must_be_paid(written: PostgresTable, fires: bool) -> None:
    assert bool(judged(ran(SEARCH), written=written)) is fires


def test_setting_an_indexed_column_costs() -> None:
    change = ran(
        "update orders set customer_id = 2 where id = 1", exec_seconds=30.0, rows=10_000_000
    )
    (finding,) = judged(ran(SEARCH), indexes=[index("id", unique=True)])
    assert finding.evidence["write_seconds_per_hour"] == 0
    assert judged(ran(SEARCH), change, indexes=[index("id", unique=True)]) == []


def test_names_that_are_taken_or_too_long() -> None:
    taken = index("region", name="orders_customer_id_idx")
    (finding,) = judged(ran(SEARCH), indexes=[taken])
    assert finding.remedy.statements[-1] == (
        "CREATE INDEX CONCURRENTLY orders_customer_id_idx1 ON public.orders (customer_id);"
    )
    long = orders(table="ö" * 31)
    (finding,) = judged(
        ran(f'select * from "{long.table}" where customer_id = 1'),
        tables=[long],
        known=columns(long.table),
    )
    name = finding.remedy.statements[-1].split()[3].strip('"')
    assert len(name.encode()) <= 63
    assert name.endswith("_idx")


def test_quoted_names_can_be_pasted() -> None:
    table = orders(schema="Sales", table="My Orders")
    (finding,) = judged(
        ran('select * from "Sales"."My Orders" where "order" = 1'),
        tables=[table],
        known=columns("My Orders", "Sales"),
    )
    assert finding.remedy.statements[-1] == (
        'CREATE INDEX CONCURRENTLY "My Orders_order_idx" ON "Sales"."My Orders" ("order");'
    )
    assert finding.remedy.rollback == 'DROP INDEX CONCURRENTLY "Sales"."My Orders_order_idx";'


def test_a_partitioned_table_gets_an_index_for_each_partition() -> None:
    parent = orders(kind="partitioned table", heap_bytes=0, row_bytes=160.0)
    (finding,) = judged(ran(SEARCH), tables=[parent])
    _, make_parent, make_parts, _ = finding.remedy.statements
    assert make_parent == "CREATE INDEX orders_customer_id_idx ON ONLY public.orders (customer_id);"
    assert "CREATE INDEX CONCURRENTLY %I" in make_parts
    assert finding.remedy.rollback == "DROP INDEX public.orders_customer_id_idx;"


def test_severity_follows_load() -> None:
    (finding,) = judged(ran(SEARCH))
    assert finding.severity is Severity.MEDIUM
    (finding,) = judged(ran(SEARCH, exec_seconds=3600.0))
    assert finding.severity is Severity.HIGH
    assert finding.summary.startswith("An index on public.orders (customer_id) saves 95 % of")
