"""What statements cost by Performance Insights, in the form of every engine's statements."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import collector
from collectors.fields import counter, row
from collectors.rds.needs import Action, Insights
from collectors.session import AwsSession
from collectors.snapshot import Snapshot
from collectors.snapshots.statements import Statement


@row(noun="statement")
class InsightsStatement(Statement):
    """`exec_seconds` is the load: time that sessions were active in it. `database` is empty.

    Calls and rows are what Performance Insights counted a second, 0 where it counts none.
    """

    rows_examined: int | None = counter("Rows read to get there (MySQL, MariaDB).")


@collector(Action("pi:DescribeDimensionKeys"), Insights(), every=timedelta(minutes=1))
def statements(aws: AwsSession) -> Snapshot[InsightsStatement]:
    """Asked of targets without a SQL connection only; the same answer as top_sql's."""
    raise NotImplementedError
