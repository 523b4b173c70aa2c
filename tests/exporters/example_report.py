"""A report with everything in it, and the strings that break pages, terminals and tickets."""

from __future__ import annotations

import dataclasses

from collectors.outcomes import Outcome, Outcomes
from collectors.session import Server
from collectors.snapshots.locks import LockWait, trees
from collectors.snapshots.sessions import LoadMoment, SessionLoad, WaitLoad
from exporters.report import Coverage, Gap, Report, StatementCost, TargetReport
from rules.evaluate import RuleOutcome
from tests.exporters.example_advice import FENCES, LONG, NASTY, NOW, SCRIPT, everything
from tests.make import make


def _wait(waiter: int, blocker: int, kind: str, waited_seconds: float, query: str) -> LockWait:
    return make(
        LockWait,
        database="orders",
        object="public.orders",
        waiter=waiter,
        blocker=blocker,
        kind=kind,
        waited_seconds=waited_seconds,
        waiter_user="app",
        waiter_application="checkout",
        waiter_query=query,
        blocker_user="app",
        blocker_application="app0",
        blocker_state="idle in transaction",
        blocker_state_seconds=360.0,
        blocker_transaction_seconds=371.0,
        blocker_query="UPDATE orders SET note = $1 WHERE id = $2",
    )


BLOCKING = trees(
    (
        _wait(18201, 18200, "ShareLock", 342.5, "UPDATE orders SET status = $1 WHERE id = $2"),
        _wait(18202, 18200, "AccessExclusiveLock", 301.2, "ALTER TABLE orders ADD COLUMN zz int"),
        _wait(18202, 18201, "AccessExclusiveLock", 301.2, "ALTER TABLE orders ADD COLUMN zz int"),
        _wait(18203, 18202, "AccessShareLock", 190.0, NASTY),
        _wait(18204, 18202, "AccessShareLock", 12.0, LONG),
    )
)


def _timeline() -> tuple[LoadMoment, ...]:
    return tuple(
        LoadMoment(
            NOW - 900 + 15 * n,
            (
                ("CPU", 1.2 + 0.5 * ((n * 7) % 5) / 5),
                ("IO", 0.4 + 0.3 * ((n * 3) % 7) / 7),
                ("Lock", 0.0 if n < 36 else min(4.0, (n - 36) / 4)),
                ("LWLock", 0.1 * ((n * 5) % 3)),
                (f"Odd {SCRIPT}", 0.05),
            ),
        )
        for n in range(60)
    )


LOAD = SessionLoad(
    seconds=900.0,
    samples=895,
    average_active_sessions=3.42,
    by_wait=(
        WaitLoad("CPU", "", 1.41),
        WaitLoad("Lock", "relation", 1.13),
        WaitLoad("IO", "DataFileRead", 0.55),
        WaitLoad("Lock", "transactionid", 0.21),
        WaitLoad("LWLock", "WALWrite", 0.09),
        WaitLoad("Odd", NASTY, 0.03),
    ),
    by_digest=(),
    timeline=_timeline(),
)


def _cost(place: int, query: str) -> StatementCost:
    share = 0.41 / (1 + place)
    calls = 18_400 * (place + 1)
    seconds = share * 3078
    return StatementCost(
        digest=f"{place}f1c9a5be2d4071{place}",
        database=NASTY if place == 1 else "orders",
        query=query,
        calls=calls,
        exec_seconds=seconds,
        mean_seconds=seconds / calls,
        share_ratio=share,
        rows=calls * 20 if place else None,
        shared_read_bytes=place * 10_000_000,
        shared_hit_bytes=place * 900_000_000,
        temp_written_bytes=None,
        wal_bytes=None,
    )


QUERIES = (
    "SELECT * FROM orders WHERE customer_id = $1 AND status = $2 ORDER BY created_at DESC LIMIT $3",
    NASTY,
    LONG,
    "UPDATE orders SET status = $1 WHERE id = $2",
    "INSERT INTO events (kind, payload) VALUES ($1, $2)",
    FENCES,
    "SELECT count(*) FROM carts WHERE touched_at > now() - $1::interval",
    "DELETE FROM sessions WHERE expires_at < $1",
    "SELECT name FROM customers WHERE lower(email) = $1",
    "",
)

COLLECTORS = (
    Outcome("postgres.indexes", "answered", "no CONNECT privilege on database billing"),
    Outcome("postgres.lock_waits", "answered"),
    Outcome("postgres.sessions", "answered"),
    Outcome("postgres.slots", "failed", "statement timeout after 5 s"),
    Outcome("postgres.statements", "answered"),
    Outcome("postgres.vacuum_progress", "skipped", f"needs a primary {NASTY}"),
    Outcome(
        "postgres.wal",
        "skipped",
        "needs membership of pg_monitor; role dbtriage has none; run GRANT pg_monitor TO dbtriage",
        privilege=True,
    ),
)
NEEDS_WAL = "needs membership of pg_monitor; role dbtriage has none"
RULES = (
    *(RuleOutcome(a.recommendation.rule.id, "evaluated", findings=1) for a in everything()),
    RuleOutcome("checkpoints-too-frequent", "not-evaluated", NEEDS_WAL),
    RuleOutcome("inactive-slot", "not-evaluated", "statement timeout after 5 s"),
    RuleOutcome("wal-too-fast", "not-evaluated", NEEDS_WAL),
    RuleOutcome("broken-rule", "failed", f"ZeroDivisionError: {NASTY}"),
)
SERVER = make(
    Server,
    name="orders",
    engine="postgres",
    versions={"postgres": (17, 2)},
    version="17.2",
    platform="self-managed",
    cpus=4,
)
ORDERS = TargetReport(
    name="orders",
    engine="postgres",
    server=SERVER,
    error=None,
    window_kind="difference",
    window_seconds=900.0,
    counting_since=None,
    outcomes=Outcomes(COLLECTORS),
    rule_outcomes=RULES,
    coverage=Coverage(
        0.91,
        (
            Gap("statements evicted from pg_stat_statements", 0.06),
            Gap(f"database {NASTY} could not be read"),
        ),
    ),
    load=LOAD,
    statements=tuple(_cost(place, query) for place, query in enumerate(QUERIES)),
    blocking=BLOCKING,
    advice=everything(),
)
UNREACHABLE = TargetReport(
    name=f"billing {NASTY}",
    engine="mysql",
    server=None,
    error=f"connection refused by 127.0.0.1:3306 {NASTY}",
    window_kind="difference",
    window_seconds=0.0,
    counting_since=None,
    outcomes=Outcomes(()),
    rule_outcomes=(),
    coverage=Coverage(None, ()),
    load=None,
    statements=(),
    blocking=(),
    advice=(),
)

QUIET = dataclasses.replace(
    ORDERS, coverage=Coverage(1.0, ()), load=None, statements=(), blocking=(), advice=(),
    outcomes=Outcomes(COLLECTORS[1:3]), rule_outcomes=RULES[:6],
)  # fmt: skip
FIRST_SECONDS = dataclasses.replace(
    UNREACHABLE, name="cart", engine="postgres", server=SERVER, error=None
)
SINCE_RESET = dataclasses.replace(
    ORDERS, window_kind="since-reset", window_seconds=86400 * 12.0,
    counting_since=NOW - 86400 * 12,
)  # fmt: skip


def report(*targets: TargetReport) -> Report:
    """Of these targets; of one with everything and one that is not reachable, if none is named."""
    return Report(NOW, "difference", 900.0, targets or (ORDERS, UNREACHABLE))
