"""The statements that make most of the load, by what they wait for, from Performance Insights."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import collector
from collectors.fields import counter, label, note, row
from collectors.rds.needs import Action, Insights
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


@row
class TopSql:
    """One statement and wait. Of each minute only the 25 statements with most load are told.

    `digest` is dbtriage's own where the whole text is known, so that it joins to the database's
    statistics; a `truncated` text (Performance Insights cuts at 500 bytes) has a digest made of
    what the engine itself calls the statement: `engine_id`.
    """

    digest: str = label("Names the normalised statement, on every engine.")
    wait_type: str = label("CPU where it waits for nothing.")
    wait_event: str = label()
    load_seconds: float = counter("Time that sessions were active in it.")
    query: str = note("Normalised text without literals.")
    truncated: bool = note()
    engine_id: str = note("queryid of PostgreSQL, digest of MySQL and MariaDB; may be empty.")


@collector(Action("pi:DescribeDimensionKeys"), Insights(), every=timedelta(minutes=1))
def top_sql(aws: AwsSession) -> Snapshot[TopSql]:
    """Totals since dbtriage first asked, one hour before then included."""
    raise NotImplementedError
