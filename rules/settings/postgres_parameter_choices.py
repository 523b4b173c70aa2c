"""What PostgreSQL's parameters should be, by what is seen of an instance."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.base import Confidence
from rules.settings.parameter_change import Kept, Wish
from rules.settings.parameter_spelling import is_off
from rules.settings.parameter_symptoms import temporary_files, wait_ratio
from rules.settings.parameters_seen import Seen
from rules.settings.postgres_memory_choices import checkpoints, work_mem
from rules.wording import duration, share

_IDLE, _STATEMENTS = "idle_in_transaction_session_timeout", "statement_timeout"
_LIBRARIES, _LIBRARY = "shared_preload_libraries", "pg_stat_statements"
_LONG_IDLE_SECONDS = 300.0
_MANY_READS_RATIO = 0.1
_LOG_TEMP_KB = 10240
_DEAR_PAGE = 4.0
# Reading the clock is slow on these machines.
_OLD_CLOCK = re.compile(r"db\.(t[12]|m[1-4]|r[3-4])\.")


def postgres_parameters(seen: Seen) -> Iterator[Wish | Kept]:
    yield from _idle_transactions(seen)
    yield from _statement_timeout(seen)
    yield from _lock_waits(seen)
    yield from _timing(seen)
    yield from _libraries(seen)
    yield from work_mem(seen)
    yield from _logged_files(seen)
    yield from checkpoints(seen)
    yield from _page_cost(seen)


def _idle_transactions(seen: Seen) -> Iterator[Wish | Kept]:
    limit, idled = seen.number(_IDLE), seen.counted.longest_idle_in_transaction_seconds
    if limit is None:
        return
    risk = "Transactions that idle longer end with an error that the application must handle."
    if idled is not None and idled >= _LONG_IDLE_SECONDS and not 0 < limit / 1000 < idled:
        yield Wish(
            _IDLE,
            "300000",
            f"A session has idled in a transaction for {duration(idled)}; it holds its locks and "
            "keeps vacuum from removing rows. 5 minutes would have ended it.",
            risk,
        )
    elif limit == 0:
        yield Wish(
            _IDLE,
            "3600000",
            "With 0, nothing ends a transaction that was forgotten; it holds its locks and keeps "
            "vacuum from removing rows. An hour is a limit that hardly any work needs.",
            risk,
            Confidence.HEURISTIC,
        )
    else:
        yield Kept(_IDLE, seen.value(_IDLE), f"It ends after {duration(limit / 1000)}.")


def _statement_timeout(seen: Seen) -> Iterator[Kept]:
    if seen.number(_STATEMENTS) == 0:
        yield Kept(
            _STATEMENTS,
            "0",
            "Dumps and migrations need longer than any limit for all. Give one to the "
            "application's role instead: ALTER ROLE … SET statement_timeout.",
        )


def _lock_waits(seen: Seen) -> Iterator[Wish]:
    if not is_off(seen.value("log_lock_waits")):
        return
    ratio = wait_ratio(seen, "Lock")
    why = f"{share(ratio)} of the load waits for locks, and " if ratio else "When statements wait, "
    yield Wish(
        "log_lock_waits",
        "1",
        f"{why}who held the lock is not logged.",
        "A line in the log for each wait longer than deadlock_timeout (1 s).",
        Confidence.VALIDATED,
    )


def _timing(seen: Seen) -> Iterator[Wish | Kept]:
    name = "track_io_timing"
    if not is_off(seen.value(name)):
        return
    if _OLD_CLOCK.match(seen.instance.instance_class):
        yield Kept(name, "off", f"Reading the clock is slow on {seen.instance.instance_class}.")
        return
    ratio = wait_ratio(seen, "IO", "DataFileRead")
    why = f"{share(ratio)} of the load waits for reads, and nobody" if ratio else "Nobody"
    yield Wish(
        name,
        "1",
        f"{why} can tell which statements wait for reads.",
        "Two readings of the clock for each block read: some 50 ns each on this class.",
    )


def _libraries(seen: Seen) -> Iterator[Wish]:
    """Only where the value is told; what the group says is kept, with one more."""
    value, parameter = seen.value(_LIBRARIES), seen.parameter(_LIBRARIES)
    if value is None or parameter is None or _LIBRARY in re.split(r"[,\s]+", value):
        return
    given = [word.strip() for word in (parameter.value or "").split(",") if word.strip()]
    yield Wish(
        _LIBRARIES,
        ",".join((*given, _LIBRARY)),
        f"{_LIBRARY} is not loaded: what each statement costs is not counted.",
        "Some per cent of CPU at tens of thousands of statements a second; CREATE EXTENSION "
        f"{_LIBRARY} after the reboot.",
        Confidence.VALIDATED,
    )


def _logged_files(seen: Seen) -> Iterator[Wish]:
    shown = temporary_files(seen)
    if shown and seen.number("log_temp_files") == -1:
        yield Wish(
            "log_temp_files",
            str(_LOG_TEMP_KB),
            f"{shown[0].upper()}{shown[1:]}, and the log does not say whose they are.",
            "A line in the log for each file over 10 MB, with the statement's text.",
        )


def _page_cost(seen: Seen) -> Iterator[Wish | Kept]:
    """Aurora's planner and storage are its own; magnetic storage does seek."""
    name, cost = "random_page_cost", seen.number("random_page_cost")
    if cost is None or seen.instance.aurora or seen.instance.storage_type == "standard":
        return
    ratio = wait_ratio(seen, "IO", "DataFileRead")
    if cost < _DEAR_PAGE:
        yield Kept(name, seen.value(name), "It was lowered already.")
    elif ratio is None or ratio < _MANY_READS_RATIO:
        seldom = "is not known" if ratio is None else f"is {share(ratio)}"
        yield Kept(name, seen.value(name), f"The share of load that waits for reads {seldom}.")
    else:
        yield Wish(
            name,
            "1.1",
            f"{share(ratio)} of the load waits for reads, and {cost:g} is the cost of a disk that "
            f"seeks, which {seen.instance.storage_type} is not.",
            "Plans change for better or worse: SET it in a session and EXPLAIN the dearest "
            "statements first.",
            Confidence.HEURISTIC,
        )
