"""The statements that make most of the load, by what they wait for, from Performance Insights."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from collectors.base import collector
from collectors.fields import counter, label, note, row
from collectors.rds.insights_rounds import InsightsRounds
from collectors.rds.insights_texts import InsightsText
from collectors.rds.insights_waits import Wait
from collectors.rds.needs import Action, Insights
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


@row
class TopSql:
    """One statement and wait. Of each minute only the 25 statements with most load are told.

    `digest` is dbtriage's own where the whole text is known, so that it joins to the database's
    statistics; a `truncated` text (Performance Insights cuts at 500 bytes) has a digest made of
    what the engine itself calls the statement: `engine_id`. The smallest waits of a statement
    come as one, with an empty type and the event "other".
    """

    digest: str = label("Names the normalised statement, on every engine.")
    wait_type: str = label("CPU where it waits for nothing.")
    wait_event: str = label()
    load_seconds: float = counter("Time that sessions were active in it.")
    query: str = note("Normalised text without literals.")
    truncated: bool = note()
    engine_id: str = note("queryid of PostgreSQL, digest of MySQL and MariaDB; may be empty.")


@collector(
    Action("pi:DescribeDimensionKeys"),
    Action("pi:ListAvailableResourceMetrics", optional=True),
    Action("pi:GetDimensionKeyDetails", optional=True),
    Insights(),
    every=timedelta(minutes=1),
)
def top_sql(aws: AwsSession) -> Snapshot[TopSql]:
    """Totals since dbtriage first asked, one hour before then included."""
    rounds = aws.keep(InsightsRounds)
    rounds.catch_up(aws)
    seconds: dict[tuple[str, Wait], float] = defaultdict(float)
    texts: dict[str, InsightsText] = {}
    for total in rounds.totals.values():
        texts[total.text.digest] = total.text
        for wait, spent in total.waits.items():
            seconds[total.text.digest, wait] += spent
    rows = (_row(texts[digest], wait, spent) for (digest, wait), spent in seconds.items())
    return Snapshot(rounds.ended, tuple(rows), rounds.started, rounds.gaps())


def _row(text: InsightsText, wait: Wait, load_seconds: float) -> TopSql:
    return TopSql(
        digest=text.digest,
        wait_type=wait.type,
        wait_event=wait.event,
        load_seconds=load_seconds,
        query=text.query,
        truncated=text.truncated,
        engine_id=text.engine_id,
    )
