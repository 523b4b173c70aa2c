"""A statement whose temporary tables go to disk."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.statements import MysqlStatement
from collectors.session import Server
from collectors.snapshot import Activity
from rules.base import MYSQL, Finding, Remedy, Severity, rule
from rules.mysql_wording import reset_variable, set_variable
from rules.statements.by_digest import sample_call
from rules.statements.mysql_costs import (
    DISK_TABLES_PER_MINUTE,
    DISK_TABLES_RATIO,
    MysqlCost,
    disk_tables_per_minute,
    disk_tables_ratio,
    noticeable,
    plan_words,
    spills_tables,
)
from rules.wording import share, size

MB = 1024 * 1024
# Each session may fill one or several: more is for a single statement, not for all.
_AMPLE_BYTES = 64 * MB


@rule(
    title="A statement's temporary tables go to disk",
    severity=Severity.MEDIUM,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/internal-temporary-tables.html",
        "https://mariadb.com/kb/en/server-system-variables/#tmp_table_size",
    ),
    engines=MYSQL,
)
def disk_temporary_tables(
    statements: Activity[MysqlStatement],
    server: Server,
    *,
    least_active_sessions: float = 0.1,
    least_disk_ratio: float = DISK_TABLES_RATIO,
    least_disk_tables_per_minute: float = DISK_TABLES_PER_MINUTE,
) -> Iterator[Finding]:
    """Over a quarter of its internal temporary tables go to disk, ten a minute or more.

    Why it matters
        A GROUP BY, DISTINCT, UNION or derived table is written to a file and read back, for data
        that is thrown away when the statement ends.

    What to do
        First let fewer or narrower rows reach that step: an index in the order of GROUP BY, a
        filter before it, no TEXT or BLOB column in it. Then raise tmp_table_size, for the
        sessions that need it or for all.

    When to ignore
        A nightly job with the disk to itself. MySQL 8 may send them to memory-mapped files
        instead (temptable_max_mmap): those are not counted. It is high where the statement takes
        over a fifth of all time or keeps a session busy.
    """
    for cost in noticeable(statements, least_active_sessions):
        spills = spills_tables(cost, least_disk_ratio, least_disk_tables_per_minute)
        if spills:
            yield _finding(cost, server)


def _finding(cost: MysqlCost, server: Server) -> Finding:
    ratio, often = disk_tables_ratio(cost), disk_tables_per_minute(cost)
    return Finding(
        subject=cost.subject,
        summary=f"{cost.name} sends {share(ratio)} of its temporary tables to disk, {often:,.0f} "
        f"a minute; it takes {share(cost.share_ratio)} of the execution time.",
        evidence=cost.evidence(
            disk_ratio=ratio,
            disk_tables_per_minute=often,
            temp_tables=cost.total.temp_tables,
            disk_temp_tables=cost.total.disk_temp_tables,
            tmp_table_size_bytes=_limit(server),
        ),
        # How much of the time is the disk's is not counted: a third is a cautious guess.
        impact=cost.gain(0.33),
        severity=cost.severity,
        remedy=_remedy(cost, server),
    )


def _remedy(cost: MysqlCost, server: Server) -> Remedy:
    text = (
        "Let fewer and narrower rows reach the step that needs the table: an index in the order "
        "of GROUP BY or DISTINCT, a filter before it, columns looked up after it. "
        f"{plan_words(server, cost)}. The plan names the step."
    )
    if _keeps_no_text(server):
        text += " With a TEXT or BLOB column such a table always goes to disk: leave it out."
    verify = "SUM_CREATED_TMP_DISK_TABLES of this statement stands still in the next window."
    limit = _limit(server)
    if limit is None or limit >= _AMPLE_BYTES:
        return Remedy(
            text=text,
            statements=sample_call(server, cost),
            risk="None for the plan: the statement is not run.",
            verify=verify,
            rollback="None needed: the plan changes nothing.",
        )
    names = [n for n in _limiting(server) if float(server.settings[n]) < _AMPLE_BYTES]
    changes = [s for name in names for s in set_variable(server, name, str(_AMPLE_BYTES))]
    return Remedy(
        text=f"{text} If that cannot be done, raise {' and '.join(names)} from {size(limit)} to "
        f"{size(_AMPLE_BYTES)}. Worst case: that much for each temporary table of each active "
        f"session, so {size(20 * _AMPLE_BYTES)} for 20 at once.{_shared_memory(server)}",
        statements=(*sample_call(server, cost), *changes),
        risk="No lock, milliseconds, new sessions only. Memory: see the worst case.",
        verify=f"After its sessions reconnect: {verify}",
        rollback="\n".join(reset_variable(server, name, server.settings[name]) for name in names),
    )


def _limit(server: Server) -> float | None:
    """Up to which size one stays in memory."""
    found = [server.settings.get(name) for name in _limiting(server)]
    return min(float(value) for value in found if value) if all(found) else None


def _limiting(server: Server) -> tuple[str, ...]:
    if _in_temptable(server):
        # Before 8.0.28 only what all of them together take was limited.
        return ("tmp_table_size",) if server.at_least(8, 0, 28) else ("temptable_max_ram",)
    return ("tmp_table_size", "max_heap_table_size")


def _in_temptable(server: Server) -> bool:
    return server.settings.get("internal_tmp_mem_storage_engine") == "TempTable"


def _keeps_no_text(server: Server) -> bool:
    return not (_in_temptable(server) and server.at_least(8, 0, 13))


def _shared_memory(server: Server) -> str:
    together = server.settings.get("temptable_max_ram")
    if not _in_temptable(server) or not together:
        return ""
    return f" All together stay under temptable_max_ram, {size(float(together))} now."
