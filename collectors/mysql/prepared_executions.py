"""Executions of prepared statements that performance_schema counts under no digest.

MariaDB makes a digest of what it parses, and an execution over the binary protocol parses nothing.
It is counted with the prepared statement while the consumer events_statements_current is on, and
otherwise only as one of all executions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from collectors.mysql.statement_consumers import Consumers, switch_on
from collectors.mysql.statement_counters import COUNTED, numbers
from collectors.session import ConnectionLost, SessionError, SqlSession
from collectors.variants import Variants

# Those with a name were prepared by a statement, and EXECUTE, which runs them, has a digest.
_INSTANCES = """
    SELECT CONCAT(p.OWNER_THREAD_ID, '/', p.STATEMENT_ID) AS id,
           t.PROCESSLIST_DB AS `schema`,
           p.SQL_TEXT AS text,
           CONCAT_WS(_latin1',', COUNT_EXECUTE, SUM_TIMER_EXECUTE, {counted}) AS packed
      FROM performance_schema.prepared_statements_instances p
      LEFT JOIN performance_schema.threads t ON t.THREAD_ID = p.OWNER_THREAD_ID
     WHERE p.STATEMENT_NAME IS NULL
       AND p.COUNT_EXECUTE > 0
"""
_ALL = """
    SELECT CONCAT_WS(_latin1',', COUNT_STAR, SUM_TIMER_WAIT, {counted}) AS packed
      FROM performance_schema.events_statements_summary_global_by_event_name
     WHERE EVENT_NAME = 'statement/com/Execute'
       AND COUNT_STAR > 0
"""
INSTANCES: Final = Variants(
    {
        "mysql >= 5.7": _INSTANCES.format(counted=COUNTED),
        "mariadb >= 10.5": _INSTANCES.format(counted=COUNTED),
    }
)
ALL: Final = Variants({"mariadb >= 10.5": _ALL.format(counted=COUNTED)})


@dataclass(frozen=True, slots=True)
class _Instance:
    id: str
    schema: str | None
    text: str | None
    packed: str


@dataclass(frozen=True, slots=True)
class _All:
    packed: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """`text`, as it was sent, is None of all executions taken together."""

    database: str
    entry: str
    text: str | None
    numbers: list[int]
    counting_since: float | None


class PreparedExecutions:
    """An instance keeps the schema and the moment it was first met with: they are its key.

    `unread` is why the last look failed.
    """

    def __init__(self) -> None:
        self.unread = ""
        self._process: tuple[str | None, float | None] = (None, None)
        self._met: dict[str, tuple[str, float]] = {}
        self._apart = False
        self._periods = 0
        self._unattributed = 0

    def read(self, db: SqlSession, consuming: Consumers, *, digested: bool) -> list[Prepared]:
        """`digested`: the digests have them already."""
        self._unattributed, self.unread = 0, ""
        if digested or (db.server.engine == "mysql" and db.server.at_least(9, 7)):
            return []
        try:
            return self._read(db, consuming)
        except ConnectionLost:
            raise
        except SessionError as error:
            self._unattributed, self.unread = 0, str(error)
            return []

    def _read(self, db: SqlSession, consuming: Consumers) -> list[Prepared]:
        process = (db.server.instance, db.server.started_at)
        # A server that starts gives the same ids again.
        met = self._met if process == self._process else {}
        found, now = db.rows(INSTANCES, _Instance), db.now()
        self._process = process
        self._met = {i.id: met.get(i.id) or (i.schema or "", now) for i in found}
        prepared = list(self._instances(found))
        apart = bool(consuming.current)
        # What was told apart meanwhile is among all of them: they begin anew.
        self._periods += apart and not self._apart
        self._apart = apart
        if not apart and db.server.engine == "mariadb":
            prepared += self._together(db)
        return prepared

    def _instances(self, found: Iterable[_Instance]) -> Iterator[Prepared]:
        for each in found:
            schema, met_at = self._met[each.id]
            yield Prepared(
                schema, f"prepared/{each.id}", each.text or "", numbers(each.packed), met_at
            )

    def _together(self, db: SqlSession) -> Iterator[Prepared]:
        for each in db.rows(ALL, _All):
            counts, entry = numbers(each.packed), f"prepared/all/{self._periods}"
            self._unattributed = counts[0]
            yield Prepared("", entry, None, counts, db.server.started_at)

    def gaps(self) -> Iterable[str]:
        if self.unread:
            yield f"executions of prepared statements cannot be read: {self.unread}"
        if self._unattributed:
            yield (
                f"{self._unattributed:,} executions of prepared statements are counted under no "
                f"statement; to tell them apart, {switch_on('events_statements_current')}"
            )
