"""The exposition: parsers accept it, sums add up, counters only grow, limits hold."""

from __future__ import annotations

import dataclasses
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families as plain_families

from agent.discovery import all_collectors
from collectors.fields import counter, exported, label, names, noun, row
from collectors.mysql.statements import MysqlStatement
from collectors.rds.top_sql import TopSql
from collectors.snapshot import Snapshot
from collectors.snapshots.sessions import Connections
from collectors.snapshots.statements import Statement
from exporters.prometheus.counters import OTHER, Counters, Top
from exporters.prometheus.families import Family, family, labels
from exporters.prometheus.own import own
from exporters.prometheus.page import OPENMETRICS, PLAIN, Body, Page
from exporters.prometheus.target import Run, SelfStatus, TargetMetrics
from tests.exporters.example_advice import NASTY, SCRIPT
from tests.exporters.example_report import ORDERS, UNREACHABLE
from tests.make import activity, make, snapshot

STATUS = SelfStatus(
    {"postgres.statements": Run(1e9, 0.02, 3), "postgres.wal": Run(None, 0, 0)}, 4.5, 1
)
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
Samples = dict[str, dict[tuple[tuple[str, str], ...], float]]


@row
class Thing:
    """A noun of this test."""

    database: str = label()
    name: str = label()
    hits: int = counter("Hits.")
    seconds: float | None = counter("Time.")


def thing(name: str, hits: int, seconds: float | None = 0.0) -> Thing:
    return Thing("shop", name, hits, seconds)


def assembled(page: Page, format: str = PLAIN) -> Body:
    page.assemble()
    return page.body(format)


def parsed(body: Body, format: str = PLAIN) -> Samples:
    """By name and sorted labels, as Prometheus would take them; twice the same is an error."""
    families = openmetrics_families if format == OPENMETRICS else plain_families
    found: Samples = defaultdict(dict)
    for each in families(body.plain.decode()):
        for sample in each.samples:
            of = tuple(sorted(sample.labels.items()))
            assert of not in found[sample.name], f"{sample.name} twice: {of}"
            found[sample.name][of] = sample.value
    return found


def metrics(
    page: Page, *, statement_series: int = 100, series_limit: int = 20_000
) -> TargetMetrics:
    return TargetMetrics(
        page, ("orders", "postgres"), statement_series=statement_series, series_limit=series_limit
    )


def statements(*digests: str, seconds: float = 1.0, query: str = "SELECT $1") -> list[Statement]:
    return [
        make(Statement, database="shop", digest=d, calls=1, exec_seconds=seconds, query=query)
        for d in digests
    ]


@pytest.fixture
def full() -> Page:
    """With everything a target shows, and names that break naive exporters."""
    page = Page()
    shown = TargetMetrics(page, ("orders", "postgres"), extra_labels={"team": NASTY})
    other = TargetMetrics(page, ("shop", "mysql"))
    for collector in all_collectors():
        each, of_target = collector.row, shown if collector.engine == "postgres" else other
        values = dict.fromkeys(names(each, "counter", "gauge"), 1)
        texts = [dict.fromkeys(names(each, "label"), text) for text in (NASTY, SCRIPT)]
        of = [make(each, **values, **text) for text in texts]
        of_target.counted(each, activity(*of))
        of_target.seen(each, snapshot(*of))
    shown.named(statements(NASTY, query=NASTY))
    shown.judged(ORDERS, STATUS, 30.0)
    TargetMetrics(page, ("billing", "postgres")).judged(UNREACHABLE, STATUS, 30.0)
    page.put("", "self", own("0.1"))
    return page


@pytest.mark.parametrize("format", [PLAIN, OPENMETRICS])
def test_parsers_accept_it(full: Page, format: str) -> None:
    found = parsed(assembled(full, format), format)
    assert found["dbtriage_up"] == {
        (("engine", "postgres"), ("target", "orders")): 1,
        (("engine", "postgres"), ("target", "billing")): 0,
    }
    assert found["dbtriage_build_info"] == {(("version", "0.1"),): 1}
    assert found["dbtriage_collector_failures_total"]
    assert found["process_cpu_seconds_total"]


def test_the_fixed_names_are_there(full: Page) -> None:
    found = parsed(assembled(full))
    wanted = {
        "dbtriage_up": "target engine",
        "dbtriage_statement_calls_total": "target engine database digest",
        "dbtriage_statement_exec_seconds_total": "target engine database digest",
        "dbtriage_statement_rows_total": "target engine database digest",
        "dbtriage_active_sessions": "target engine wait_type wait_event",
        "dbtriage_blocked_sessions": "target",
        "dbtriage_blocked_seconds_total": "target",
        "dbtriage_recommendations": "target severity",
        "dbtriage_recommendation_info": "target rule severity subject",
        "dbtriage_collector_last_success_timestamp_seconds": "target collector",
        "dbtriage_collector_duration_seconds": "target collector",
        "dbtriage_collector_failures_total": "target collector",
        "dbtriage_self_database_seconds_total": "target",
        "dbtriage_series_evicted_total": "target",
        "dbtriage_build_info": "version",
    }
    for name, of in wanted.items():
        assert {key for pairs in found[name] for key, _ in pairs} == set(of.split()), name


def test_a_digest_has_its_text() -> None:
    page = Page()
    shown = metrics(page)
    rows = statements("abc", query='SELECT "a" AS "b"')
    shown.counted(Statement, activity(*rows))
    shown.named([*rows, *statements("not shown")])
    found = parsed(assembled(page))["dbtriage_statement_info"]
    assert list(found) == [
        (("digest", "abc"), ("query", 'SELECT "a" AS "b"'), ("target", "orders"))
    ]


def test_gauges_of_statements_are_of_those_with_a_series() -> None:
    """And stay where a round leaves out what did not run."""
    page = Page()
    shown = TargetMetrics(page, ("shop", "mysql"), statement_series=1)
    busy, idle = (
        make(MysqlStatement, database="shop", digest=d, exec_seconds=s, p95_seconds=0.2)
        for d, s in (("busy", 9.0), ("idle", 0.1))
    )
    shown.seen(MysqlStatement, snapshot(busy, idle))
    shown.seen(MysqlStatement, Snapshot(1e9, (idle,), partial=True))
    found = parsed(assembled(page))["dbtriage_statement_p95_seconds"]
    assert [dict(of)["digest"] for of in found] == ["busy"]


def test_statements_of_performance_insights_are_bounded_too() -> None:
    page = Page()
    shown = TargetMetrics(page, ("orders", "rds"), statement_series=2)
    rows = [
        make(TopSql, digest=f"{n}", wait_type="CPU", load_seconds=float(n), query=f"SELECT {n}")
        for n in range(1, 9)
    ]
    shown.counted(TopSql, activity(*rows))
    shown.named(rows)
    found = parsed(assembled(page))
    load = found["dbtriage_top_sql_load_seconds_total"]
    assert {dict(of)["digest"]: value for of, value in load.items()} == {
        "8": 8.0,
        "7": 7.0,
        OTHER: 21.0,
    }
    assert {dict(of)["digest"] for of in found["dbtriage_statement_info"]} == {"8", "7"}


def test_the_top_statements_of_performance_insights_have_all_their_waits() -> None:
    page = Page()
    shown = TargetMetrics(page, ("orders", "rds"), statement_series=100)
    rows = [
        make(TopSql, digest=f"d{n}", wait_type="IO", wait_event=f"e{w}", load_seconds=n * 2.0**-w)
        for n in range(1, 1001)
        for w in range(8)
    ]
    shown.counted(TopSql, activity(*rows))
    waits: dict[str, set[str]] = defaultdict(set)
    for of in parsed(assembled(page))["dbtriage_top_sql_load_seconds_total"]:
        waits[dict(of)["digest"]].add(dict(of)["wait_event"])
    assert waits.keys() == {OTHER, *(f"d{n}" for n in range(901, 1001))}
    assert set(map(len, waits.values())) == {8}


def test_a_target_takes_the_engine_it_turned_out_to_be() -> None:
    page = Page()
    shown = TargetMetrics(page, ("shop", "mysql"))
    shown.counted(Connections, activity())
    shown.found("mariadb")
    one = make(Connections, database="shop", user="a", state="idle", connections=2)
    shown.seen(Connections, snapshot(one))
    (of,) = parsed(assembled(page))["dbtriage_connections_connections"]
    assert dict(of)["engine"] == "mariadb"


@pytest.mark.parametrize("format", [PLAIN, OPENMETRICS])
def test_the_gzip_body_is_one_member_of_the_same_text(full: Page, format: str) -> None:
    body = assembled(full, format)
    unpacked = zlib.decompressobj(31)
    assert unpacked.decompress(body.gzipped) == body.plain
    assert (unpacked.eof, unpacked.unused_data) == (True, b"")
    assert len(body.gzipped) < len(body.plain)


def test_an_empty_page_is_valid() -> None:
    page = Page()
    body = assembled(page, OPENMETRICS)
    assert body.plain == b"# EOF\n"
    assert zlib.decompress(body.gzipped, 31) == body.plain
    assert zlib.decompress(assembled(page).gzipped, 31) == b""


@given(value=st.text(st.characters(codec="utf-8")))
def test_any_text_is_one_label(value: str) -> None:
    page = Page()
    page.put("o", "p", [family("x", "gauge", "A \\ help\ntext.", [(labels({"v": value}), 1.0)])])
    text = assembled(page).plain.decode()
    assert not CONTROL.search(text)
    ((found,),) = parsed(assembled(page))["x"]
    assert found == ("v", CONTROL.sub(lambda c: ascii(c[0])[1:-1], value))


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\nb", "a\\nb", "🐘 ünï", '\\"', "}", "a,b=c"])
def test_escapes(value: str) -> None:
    page = Page()
    page.put("o", "p", [family("x", "gauge", "Help.", [(labels({"v": value}), 1.0)])])
    for kind in (PLAIN, OPENMETRICS):
        assert list(parsed(assembled(page, kind), kind)["x"]) == [(("v", value),)]


def test_families_of_two_targets_are_one_block() -> None:
    page = Page()
    for target in ("a", "b"):
        shown = TargetMetrics(page, (target, "postgres"))
        shown.counted(Thing, activity(thing("x", 1)))
    text = assembled(page).plain.decode()
    assert text.count("# TYPE dbtriage_thing_hits_total counter") == 1
    assert text.count("\ndbtriage_thing_hits_total{") == 2


def test_a_target_that_is_removed_leaves_nothing() -> None:
    page = Page()
    gone, stays = metrics(page), TargetMetrics(page, ("billing", "postgres"))
    for shown in (gone, stays):
        shown.counted(Thing, activity(thing("x", 1)))
        shown.judged(ORDERS, STATUS, 1.0)
    gone.removed()
    text = assembled(page).plain.decode()
    assert 'target="orders"' not in text
    assert 'target="billing"' in text
    assert page.series("orders") == 0


def test_gauges_go_when_the_server_does() -> None:
    page = Page()
    shown = metrics(page)
    one = make(Connections, database="shop", user="a", state="idle", connections=2)
    two = dataclasses.replace(one, connections=3)
    shown.seen(Connections, snapshot(one, two))
    assert list(parsed(assembled(page))["dbtriage_connections_connections"].values()) == [5]
    shown.seen(Connections, None)
    assert assembled(page).plain == b""


def test_counters_only_grow() -> None:
    page = Page()
    shown = metrics(page)
    seen = []
    for hits in (5, 1, 0, 7):
        shown.counted(Thing, activity(thing("x", hits)))
        (value,) = parsed(assembled(page))["dbtriage_thing_hits_total"].values()
        seen.append(value)
    assert seen == [5, 6, 6, 13]


def test_what_is_not_counted_has_no_series() -> None:
    page = Page()
    shown = metrics(page)
    shown.counted(Thing, activity(thing("x", 1, None)))
    assert "dbtriage_thing_seconds_total" not in parsed(assembled(page))
    shown.counted(Thing, activity(thing("x", 1, 0.5)))
    assert list(parsed(assembled(page))["dbtriage_thing_seconds_total"].values()) == [0.5]


def test_rows_that_are_not_exported_make_no_series() -> None:
    page = Page()
    shown = metrics(page)
    for each in {c.row for c in all_collectors()}:
        if not exported(each):
            shown.counted(each, activity(make(each)))
            shown.seen(each, snapshot(make(each)))
    assert assembled(page).plain == b""


def totals(counters: Counters) -> dict[str, float]:
    """Hits by series."""
    found = {f.name: f for f in counters.families()}.get("dbtriage_thing_hits")
    lines = found.samples.splitlines() if found else []
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def top(k: int, patience: int = 5) -> Counters:
    return Counters(Thing, 'target="t"', Top("hits", ("database", "name"), k, patience))


ROUNDS = st.lists(
    st.dictionaries(st.sampled_from("abcdefghij"), st.integers(0, 1000), max_size=10), max_size=30
)


@given(rounds=ROUNDS, k=st.integers(0, 5), patience=st.integers(0, 5))
def test_what_series_grow_by_is_what_was_fed(
    rounds: Iterable[Mapping[str, int]], k: int, patience: int
) -> None:
    """Whoever comes, goes or shares the remainder: no hit is lost and none is shown twice."""
    counters = top(k, patience)
    before: dict[str, float] = {}
    for fed in rounds:
        counters.add([thing(name, hits) for name, hits in fed.items()])
        now = totals(counters)
        growth = [value - before.get(series, 0.0) for series, value in now.items()]
        assert min(growth, default=0.0) >= 0
        assert sum(growth) == sum(fed.values())
        assert len(now) <= 2 * k + 1
        before = now


@given(rounds=ROUNDS, limit=st.integers(2, 12))
def test_a_limit_folds_and_loses_nothing(rounds: list[dict[str, int]], limit: int) -> None:
    counters = Counters(Thing, 'target="t"', limit=limit)
    for fed in rounds:
        counters.add([thing(name, hits) for name, hits in fed.items()])
    found = totals(counters)
    assert sum(found.values()) == sum(sum(fed.values()) for fed in rounds)
    assert 2 * (len(found) - 1) <= limit


def shown_names(counters: Counters) -> set[str]:
    return {str(key[1]) for key in counters.shown()}


def test_a_newcomer_enters_at_once_and_the_old_one_leaves_late() -> None:
    counters = top(2, patience=3)
    counters.add([thing("a", 100), thing("b", 90), thing("c", 1)])
    assert shown_names(counters) == {"a", "b"}
    for _ in range(3):
        counters.add([thing(n, 10_000) for n in "wxyz"])
        assert {"a", "b"} <= shown_names(counters) | {"a", "b"}
    assert counters.evicted in (0, 2)
    for _ in range(4):
        counters.add([thing(n, 10_000) for n in "wxyz"])
    assert not {"a", "b"} & shown_names(counters)
    assert counters.evicted == 2


def test_within_twice_the_rank_nobody_leaves() -> None:
    counters = top(2, patience=1)
    counters.add([thing("a", 100), thing("b", 90), thing("c", 1)])
    for _ in range(20):
        counters.add([thing("b", 10), thing("c", 50), thing("a", 40)])
    assert {"a", "c"} <= shown_names(counters)
    assert counters.evicted == 0


# What is ranked here is the digest; a statement has several waits.
LOADS = st.lists(
    st.dictionaries(
        st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["CPU", "IO", "Lock"])),
        st.integers(0, 1000),
        max_size=24,
    ),
    max_size=20,
)
Waits = Mapping[tuple[str, str], int]


def loads(k: int, patience: int = 5, limit: int = 20_000) -> Counters:
    return Counters(TopSql, "", Top("load_seconds", ("digest",), k, patience), limit)


def feed(counters: Counters, fed: Waits) -> dict[tuple[str, str], float]:
    """Load by digest and wait."""
    rows = [make(TopSql, digest=d, wait_type=w, load_seconds=s) for (d, w), s in fed.items()]
    counters.add(rows)
    text = "".join(f.samples for f in counters.families())
    found = re.findall(r'digest="(\w+)",wait_type="(\w+)".* (\d+)', text)
    return {(digest, wait): float(value) for digest, wait, value in found}


def by(at: int, values: Mapping[tuple[str, str], float]) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    for of, value in values.items():
        sums[of[at]] += value
    return dict(sums)


@given(rounds=LOADS, k=st.integers(0, 4), patience=st.integers(0, 3))
def test_loads_add_up_by_wait(rounds: list[Waits], k: int, patience: int) -> None:
    counters, before = loads(k, patience), dict[tuple[str, str], float]()
    for fed in rounds:
        now = feed(counters, fed)
        growth = {of: value - before.get(of, 0.0) for of, value in now.items()}
        assert min(growth.values(), default=0.0) >= 0
        grown = by(1, growth)
        assert {w: s for w, s in grown.items() if s} == {w: s for w, s in by(1, fed).items() if s}
        assert len({key[0] for key in counters.shown()}) <= 2 * k
        before = now


@given(fed=LOADS.filter(bool).map(lambda rounds: rounds[0]), k=st.integers(0, 4))
def test_the_first_k_statements_have_series_with_all_their_waits(fed: Waits, k: int) -> None:
    found, sums = feed(loads(k), fed), by(0, fed)
    own = {of: value for of, value in found.items() if of[0] != OTHER}
    shown = by(0, own).keys()
    assert own == {of: s for of, s in fed.items() if of[0] in shown}
    assert sorted((sums[d] for d in shown), reverse=True) == sorted(sums.values(), reverse=True)[:k]


@given(rounds=LOADS, k=st.integers(0, 8), limit=st.integers(10, 40))
def test_the_limit_holds_for_statements_with_waits(rounds: list[Waits], k: int, limit: int) -> None:
    """And a statement is in with all its waits or not at all; those outside add up by wait."""
    counters, before = loads(k, limit=limit), dict[tuple[str, str], float]()
    for fed in rounds:
        now = feed(counters, fed)
        assert 2 * len(now) <= limit
        growth = {of: value - before.get(of, 0.0) for of, value in now.items()}
        shown = {digest for digest, _ in now} - {OTHER}
        for (digest, wait), seconds in fed.items():
            assert digest not in shown or growth[digest, wait] == seconds
        assert sum(growth.values()) == sum(fed.values())
        before = now


def test_evictions_are_counted_by_series() -> None:
    counters = loads(1, patience=0)
    feed(counters, {("a", "CPU"): 9, ("a", "IO"): 1})
    assert feed(counters, {("a", "Lock"): 2})["a", "Lock"] == 2, "a new wait of who is in"
    for _ in range(9):
        feed(counters, {("b", "CPU"): 90, ("c", "CPU"): 80})
    assert {key[0] for key in counters.shown()} == {"b"}
    assert counters.evicted == 3


def test_the_remainder_is_named() -> None:
    counters = top(1)
    counters.add([thing("a", 5), thing("b", 2), thing("c", 1)])
    assert totals(counters) == {
        'dbtriage_thing_hits_total{target="t",database="shop",name="a"}': 5,
        f'dbtriage_thing_hits_total{{target="t",database="shop",name="{OTHER}"}}': 3,
    }


def samples_of(page: Page) -> dict[str, int]:
    return {name: len(of) for name, of in parsed(assembled(page)).items()}


def test_the_series_budget_holds_and_does_not_flap() -> None:
    page = Page()
    shown = metrics(page, series_limit=100)
    for _ in range(5):
        shown.counted(Thing, activity(*[thing(str(n), 1) for n in range(30)]))
        assert samples_of(page)["dbtriage_thing_hits_total"] == 30
        assert page.series("orders") <= 100
    many = [make(Connections, database=str(n), connections=1) for n in range(60)]
    for _ in range(3):
        shown.seen(Connections, snapshot(*many))
        assert page.series("orders") <= 100
        assert samples_of(page)["dbtriage_thing_hits_total"] == 30
    shown.judged(ORDERS, STATUS, 1.0)
    (cut,) = parsed(assembled(page))["dbtriage_series_evicted_total"].values()
    assert cut > 0


def test_the_series_budget_holds_for_statements() -> None:
    page = Page()
    shown = metrics(page, statement_series=1000, series_limit=500)
    for _ in range(3):
        rows = statements(*[f"d{n}" for n in range(300)])
        shown.counted(Statement, activity(*rows))
        shown.named(rows)
        assert page.series("orders") <= 500
    calls = parsed(assembled(page))["dbtriage_statement_calls_total"]
    assert sum(calls.values()) == 900
    assert len(calls) > 3


def test_every_statement_can_have_its_series() -> None:
    page = Page()
    shown = metrics(page, statement_series=1000, series_limit=200_000)
    rows = statements(*[f"d{n}" for n in range(1000)])
    shown.counted(Statement, activity(*rows))
    assert samples_of(page)["dbtriage_statement_calls_total"] == 1000
    assert OTHER not in assembled(page).plain.decode()


def test_an_unchanged_family_is_not_packed_again() -> None:
    page, made = Page(), Family("x", "gauge", "Help.", "x{} 1\n", 1)
    page.put("o", "p", [made])
    before = assembled(page)
    page.put("o", "p", [dataclasses.replace(made)])
    assert assembled(page) == before


def test_a_part_that_is_put_again_takes_its_place() -> None:
    page = Page()
    page.put("o", "p", [family("x", "gauge", "Help.", [("", 1.0)]), family("y", "gauge", "H.", [])])
    page.put("o", "p", [family("x", "gauge", "Help.", [("", 2.0)])])
    assert parsed(assembled(page)) == {"x": {(): 2.0}}


def test_own_metrics_name_this_process() -> None:
    found = {f.name for f in own("1")}
    assert {"dbtriage_build_info", "process_cpu_seconds", "process_resident_memory_bytes"} <= found


def test_nouns_of_statements_are_those_of_the_contract() -> None:
    assert noun(Statement) == "statement"


def test_series_of_dropped_tables_go() -> None:
    counters = Counters(Thing, 'target="t"')
    counters.add([thing("old", 1), thing("new", 1)])
    assert counters.keep([thing("new", 5)])
    assert counters.shown() == {("shop", "new")}
    assert not counters.keep([thing("new", 9)]), "nothing changed"


def test_a_first_look_is_shown_at_zero() -> None:
    """A rate needs two values: without the zero it would miss the first difference."""
    rows = [make(Statement, digest=f"d{n}", exec_seconds=float(n)) for n in range(5)]
    counters = Counters(Statement, 'target="t"', Top("exec_seconds", ("database", "digest"), 2))
    counters.begin(rows)
    shown = {key[1] for key in counters.shown()}
    assert shown == {"d4", "d3"}, "the most expensive so far"
    text = "".join(f.samples for f in counters.families())
    assert 'digest="d4"} 0\n' in text
    assert f'digest="{OTHER}"}} 0\n' in text
    counters.add([make(Statement, digest="d1", exec_seconds=7.0)])
    assert ("", "d1") in counters.shown(), "what happens now outweighs the past"
