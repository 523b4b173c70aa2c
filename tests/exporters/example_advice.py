"""Advice of every severity, and the strings that break pages, terminals and tickets."""

from __future__ import annotations

from collections.abc import Iterator

from exporters.report import Advice
from rules.base import (
    Confidence,
    Finding,
    Gain,
    Impact,
    Remedy,
    Rule,
    Severity,
    Subject,
    Value,
    rule,
)
from rules.evaluate import Recommendation

NOW = 1_795_395_600.0
SCRIPT = "<script>alert(1)</script>"
ESCAPE = "\x1b[31mred\x1b[0m\x07\x9b2J"
DIRECTION = "\u202efdp.exe\u200f"
MARKS = "a`b``c|d *e* _f_ [g](javascript:h) 'i' \"j\" \\k <!-- l -->"
NASTY = f"{SCRIPT} {ESCAPE}\r\nsecond line {DIRECTION} 🐘👩‍💻 {MARKS}"
LONG = " ".join(("SELECT", *(f"column_{n:04} +" for n in range(370)), "0 FROM wide"))
FENCES = "SELECT '```' AS fence;\n```\n# not a heading"
CONCURRENTLY = "CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders (customer_id);"
BODY = "DO $$\nBEGIN\n    RAISE NOTICE 'two  spaces';\nEND $$;"


def _advice(made: Rule[...], finding: Finding, age_seconds: float) -> Advice:
    given = Recommendation("orders", made, finding, finding.confidence or made.confidence)
    return Advice(given, NOW - age_seconds, NOW)


def _none() -> Iterator[Finding]:
    """A session holds a lock that others wait for, and runs nothing.

    Why it matters
        No progress of the blocker will free the lock: only its client can.
        Each waiter holds a connection, so the pool drains.

    What to do
        End the blocking session now; then find where the application keeps a
        transaction open across <script>alert(1)</script> or a remote call.

    When to ignore
        A two-phase commit coordinator that resolves within its own timeout.
    """
    yield from ()


def _rule(name: str, title: str, severity: Severity) -> Rule[[]]:
    def judge() -> Iterator[Finding]:
        return _none()

    judge.__name__ = name
    judge.__doc__ = _none.__doc__
    manual = "https://www.postgresql.org/docs/current/explicit-locking.html"
    return rule(title=title, severity=severity, see=(manual, "javascript:alert(1)"))(judge)


BLOCKER = _rule("idle_blocker", "An idle transaction blocks others", Severity.CRITICAL)
MISSING = _rule("missing_index", "A frequent filter has no index", Severity.HIGH)
WRAPAROUND = _rule("transaction_age", "Transaction ids are running out", Severity.HIGH)
SPILLS = _rule("sorts_spill", "Sorts spill to disk", Severity.MEDIUM)
UNUSED = _rule("unused_index", "An index is never used", Severity.LOW)
SETTING = _rule("track_io_timing_off", "Block reads are not timed", Severity.INFO)


def _finding(
    subject: Subject, summary: str, evidence: dict[str, Value], remedy: Remedy, impact: Impact
) -> Finding:
    return Finding(
        subject=subject, summary=summary, evidence=evidence, remedy=remedy, impact=impact
    )


def everything() -> tuple[Advice, ...]:
    return (
        _advice(BLOCKER, _BLOCKER, 360),
        _advice(MISSING, _MISSING, 86400 * 3),
        _advice(WRAPAROUND, _WRAPAROUND, 86400 * 12),
        _advice(SPILLS, _SPILLS, 7200),
        _advice(UNUSED, _UNUSED, 86400 * 30),
        _advice(SETTING, _SETTING, 30),
    )


_BLOCKER = _finding(
    Subject("table", "public.orders", "orders"),
    "Session 18200 sits idle in a transaction and blocks 4 sessions on public.orders.",
    {
        "waited_seconds": 342.5,
        "blocked_sessions": 4,
        "blocker_state": "idle in transaction",
        "blocker_query": "UPDATE orders SET note = $1 WHERE id = $2",
    },
    Remedy(
        "End the idle session; it rolls back one uncommitted transaction. Then set a limit for "
        "the role, so that the next one ends by itself.",
        (
            "SELECT pg_terminate_backend(18200);",
            "ALTER ROLE app SET idle_in_transaction_session_timeout = '60s';",
        ),
        "Drops the client's uncommitted work; ask the owner of app0 first if it is a batch.",
        "The blocking tree is empty and active sessions are back to normal within 10 seconds.",
        "ALTER ROLE app RESET idle_in_transaction_session_timeout;",
    ),
    Impact(Gain.SESSIONS, 4),
)
_MISSING = Finding(
    subject=Subject("table", "public.orders", "orders"),
    summary="An index on public.orders (customer_id) removes 99.7 % of the time of statement "
    "3f1c9a5be2d40718, for 9.3 MB.",
    evidence={
        "digest": "3f1c9a5be2d40718",
        "calls_per_second": 20.4,
        "mean_seconds": 0.0909,
        "share_ratio": 0.41,
        "cost_before": 25433.0,
        "cost_after": 47.7,
        "index_size_bytes": 9_751_756,
        "validated_by_planner": True,
    },
    remedy=Remedy(
        "Build the index without blocking writes.",
        ("SET lock_timeout = '2s';", CONCURRENTLY),
        "SHARE UPDATE EXCLUSIVE lock: reads and writes go on; about 1 minute. Updates that change "
        "customer_id lose HOT. A cancelled build leaves an INVALID index.",
        "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'orders_customer_id_idx';",
        "DROP INDEX CONCURRENTLY public.orders_customer_id_idx;",
    ),
    impact=Impact(Gain.TIME, 1480.0),
    confidence=Confidence.VALIDATED,
)
_WRAPAROUND = _finding(
    Subject("database", f"archive {NASTY}"),
    f"Database {NASTY} has used 61 % of its transaction ids.",
    {"used_ratio": 0.61, "oldest_table": NASTY, "stops_at": NOW + 86400 * 9, NASTY: NASTY},
    Remedy(NASTY, (BODY, FENCES, LONG, f'VACUUM (FREEZE) "{NASTY}";'), NASTY, NASTY, NASTY),
    Impact(Gain.HEADROOM, 0.61),
)
_SPILLS = _finding(
    Subject("setting", "work_mem"),
    "Sorts and hashes wrote 48 GB of temporary files in 15 minutes.",
    {"temp_written_bytes_per_hour": 2.06e11, "work_mem_bytes": 4_194_304, "largest_sort": None},
    Remedy(
        "Raise work_mem for the reporting role only.",
        ("ALTER ROLE reporting SET work_mem = '64MB';",),
        "Each sort of each session may take this much memory.",
        "Temporary bytes an hour fall by half within one hour.",
        "ALTER ROLE reporting RESET work_mem;",
    ),
    Impact(Gain.TIME, 212.0),
)
_UNUSED = _finding(
    Subject("index", "public.orders_legacy_idx", "orders"),
    "Index public.orders_legacy_idx was not used in 30 days and takes 1.2 GB.",
    {"size_bytes": 1_288_490_188, "scans": 0, "watched_seconds": 2_592_000.0},
    Remedy(
        "Drop it, once you know that no replica reads it.",
        ("DROP INDEX CONCURRENTLY public.orders_legacy_idx;",),
        "A monthly job may need it.",
        "",
        "CREATE INDEX CONCURRENTLY orders_legacy_idx ON public.orders (legacy_code);",
    ),
    Impact(Gain.SPACE, 1_288_490_188),
)
_SETTING = _finding(
    Subject("setting", "track_io_timing"),
    "track_io_timing is off, so time spent on block reads is unknown.",
    {"track_io_timing": False},
    Remedy("Turn it on.", ("ALTER SYSTEM SET track_io_timing = 'on';",)),
    Impact(),
)
