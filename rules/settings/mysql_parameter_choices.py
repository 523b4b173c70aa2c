"""What parameters of MySQL and MariaDB should be, by what is seen of an instance."""

from __future__ import annotations

from collections.abc import Iterator

from rules.base import Confidence
from rules.settings.parameter_change import Kept, Wish
from rules.settings.parameter_spelling import is_off
from rules.settings.parameter_symptoms import deadlocks, wait_ratio
from rules.settings.parameters_seen import Seen
from rules.wording import duration, share, size

_SCHEMA = "performance_schema"
_LOCK_WAIT, _SLOW, _LONG = "innodb_lock_wait_timeout", "slow_query_log", "long_query_time"
_CARRIES_BYTES = 4 * 2**30
_SLOW_SECONDS = 10.0
_LOCKED_RATIO = 0.05
_SHORTER_WAIT_SECONDS = 10


def mysql_parameters(seen: Seen) -> Iterator[Wish | Kept]:
    yield from _performance_schema(seen)
    yield from _slow_log(seen)
    yield from _log_tables(seen)
    yield from _lock_waits(seen)
    yield from _deadlocks(seen)


def _performance_schema(seen: Seen) -> Iterator[Wish | Kept]:
    """Where nobody set it, Performance Insights switches it on by itself."""
    parameter, memory = seen.parameter(_SCHEMA), seen.instance.memory_bytes
    if parameter is None or not is_off(seen.value(_SCHEMA)):
        return
    risk = "100 to 400 MB of memory and a few per cent of CPU."
    blind = "What statements and waits cost is not counted"
    if memory is not None and memory < _CARRIES_BYTES:
        yield Kept(_SCHEMA, seen.value(_SCHEMA), f"It takes too much of {size(memory)} memory.")
    elif seen.instance.insights and parameter.source == "user":
        why = f"{blind}; with AWS's default back, Performance Insights switches it on."
        yield Wish(_SCHEMA, None, why, risk, Confidence.VALIDATED)
    elif seen.instance.insights:
        why = "Performance Insights switches it on by itself at the next reboot."
        yield Kept(_SCHEMA, seen.value(_SCHEMA), why)
    elif memory is None:
        yield Kept(_SCHEMA, seen.value(_SCHEMA), "Whether the memory carries it is not known.")
    else:
        yield Wish(_SCHEMA, "1", f"{blind}; {size(memory)} memory carry it.", risk)


def _slow_log(seen: Seen) -> Iterator[Wish | Kept]:
    longest = seen.number(_LONG)
    if is_off(seen.value(_SLOW)):
        yield Wish(
            _SLOW,
            "1",
            "Single slow runs of a statement, and the rows they read, are not logged.",
            "A line for each statement over long_query_time: see that it is not tiny.",
            Confidence.HEURISTIC,
        )
    if longest is not None and longest >= _SLOW_SECONDS:
        yield Wish(
            _LONG,
            "1",
            f"Only statements over {duration(longest)} count as slow.",
            "More lines in the slow log; new sessions only.",
            Confidence.HEURISTIC,
        )
    elif longest is not None:
        yield Kept(_LONG, seen.value(_LONG), f"Statements over {duration(longest)} are logged.")


def _log_tables(seen: Seen) -> Iterator[Wish]:
    name, value = "log_output", seen.value("log_output")
    if value is None or "TABLE" not in value.upper():
        return
    yield Wish(
        name,
        "FILE",
        f"With {value}, logs are written to tables, which is slow, grows the storage and "
        "can't be exported to CloudWatch Logs.",
        "Whoever reads mysql.slow_log finds nothing new there: read the log file.",
        Confidence.VALIDATED,
    )


def _lock_waits(seen: Seen) -> Iterator[Wish | Kept]:
    """RDS counts waits for row locks among those for tables: only Aurora tells them apart."""
    limit = seen.number(_LOCK_WAIT)
    ratio = wait_ratio(seen, "Lock", "row") if seen.instance.aurora else None
    if limit is None:
        return
    if ratio is None:
        why = "How much of the load waits for row locks is not told."
        yield Kept(_LOCK_WAIT, seen.value(_LOCK_WAIT), why)
        return
    if ratio < _LOCKED_RATIO or limit <= _SHORTER_WAIT_SECONDS:
        yield Kept(_LOCK_WAIT, seen.value(_LOCK_WAIT), f"{share(ratio)} of the load waits for it.")
        return
    yield Wish(
        _LOCK_WAIT,
        str(_SHORTER_WAIT_SECONDS),
        f"{share(ratio)} of the load waits for row locks, each up to {duration(limit)}: sessions "
        "pile up behind one holder.",
        "Statements that wait longer fail with error 1205 and must be tried again; new sessions "
        "only.",
        Confidence.HEURISTIC,
    )


def _deadlocks(seen: Seen) -> Iterator[Wish]:
    shown = deadlocks(seen)
    if shown and is_off(seen.value("innodb_print_all_deadlocks")):
        yield Wish(
            "innodb_print_all_deadlocks",
            "1",
            f"{shown[0].upper()}{shown[1:]}: only the last one is kept to be looked at.",
            "Some lines in the error log for each deadlock.",
            Confidence.VALIDATED,
        )
