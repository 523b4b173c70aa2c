"""Which errors the server raised."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import counter, identity, label, row
from collectors.mysql.needs import PerformanceSchema, Reads
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.variants import Variants

# The row without a number stands for all that found no room; its symbol says so, here.
ERRORS = Variants(
    {
        "mysql >= 8.0": """
    SELECT COALESCE(ERROR_NAME, CONCAT('ERROR_', ERROR_NUMBER), 'OTHERS') AS error,
           COALESCE(ERROR_NUMBER, 0) AS number,
           SUM_ERROR_RAISED AS raised,
           SUM_ERROR_HANDLED AS handled
      FROM performance_schema.events_errors_summary_global_by_error
     WHERE SUM_ERROR_RAISED > 0
"""
    }
)


@row
class ErrorCount:
    """One error of events_errors_summary_global_by_error that was raised at least once."""

    error: str = label("Its symbol: ER_LOCK_DEADLOCK, ER_CON_COUNT_ERROR, …")
    number: int = identity("1213, 1040, …")
    raised: int = counter("Times raised.")
    handled: int = counter("Times handled inside the server.")


@collector(
    Runs(ERRORS), PerformanceSchema(), Reads("performance_schema"), every=timedelta(minutes=1)
)
def errors(db: SqlSession) -> Snapshot[ErrorCount]:
    return Snapshot(db.now(), db.rows(ERRORS, ErrorCount), db.server.started_at)
