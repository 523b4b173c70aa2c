"""What statements cost by Performance Insights, in the form of every engine's statements."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import collector
from collectors.fields import counter, row
from collectors.rds.insights_rounds import InsightsRounds, StatementTotal, counted
from collectors.rds.needs import Action, Insights
from collectors.session import AwsSession
from collectors.snapshot import Snapshot
from collectors.snapshots.statements import Statement

# A block of PostgreSQL on RDS and Aurora.
_BLOCK_BYTES = 8192
# What only the database itself tells.
_UNKNOWN = (
    "plans",
    "plan_seconds",
    "exec_seconds_squared",
    "block_read_seconds",
    "block_write_seconds",
    "temp_block_seconds",
    "wal_records",
    "wal_full_page_images",
    "wal_bytes",
    "jit_seconds",
)


@row(noun="statement", unknown=_UNKNOWN)
class InsightsStatement(Statement):
    """`exec_seconds` is the load: time that sessions were active in it. `database` is empty.

    Calls and rows are what Performance Insights counted a second. Where it counts nothing of
    statements, calls are 0, which then says nothing, and the rest is None.
    """

    rows_examined: int | None = counter("Rows read to get there (MySQL, MariaDB).")


@collector(
    Action("pi:DescribeDimensionKeys"),
    Action("pi:ListAvailableResourceMetrics", optional=True),
    Action("pi:GetDimensionKeyDetails", optional=True),
    Insights(),
    every=timedelta(minutes=1),
)
def statements(aws: AwsSession) -> Snapshot[InsightsStatement]:
    """Asked of targets without a SQL connection only; the same answer as top_sql's."""
    rounds = aws.keep(InsightsRounds)
    rounds.catch_up(aws)
    rows = tuple(_statement(total, rounds.offered) for total in rounds.totals.values())
    return Snapshot(rounds.ended, rows, rounds.started, rounds.gaps())


def _statement(total: StatementTotal, offered: frozenset[str]) -> InsightsStatement:
    def count(*names: str) -> int | None:
        found = counted(total, offered, *(f"{name}_per_sec" for name in names))
        return None if found is None else round(found)

    def blocks(name: str) -> int | None:
        found = counted(total, offered, f"{name}_per_sec")
        return None if found is None else round(found * _BLOCK_BYTES)

    return InsightsStatement(
        database="",
        digest=total.text.digest,
        entry=total.id,
        calls=count("calls", "count_star") or 0,
        exec_seconds=total.load_seconds,
        rows=count("rows", "sum_rows_affected", "sum_rows_sent"),
        shared_hit_bytes=blocks("shared_blks_hit"),
        shared_read_bytes=blocks("shared_blks_read"),
        shared_dirtied_bytes=blocks("shared_blks_dirtied"),
        shared_written_bytes=blocks("shared_blks_written"),
        temp_read_bytes=blocks("temp_blks_read"),
        temp_written_bytes=blocks("temp_blks_written"),
        user=None,
        query=total.text.query,
        own=total.text.own,
        nested=False,
        counting_since=None,
        rows_examined=count("sum_rows_examined"),
        **dict.fromkeys(_UNKNOWN),
    )
