"""Texts behind statement statistics and sessions, normalised once and remembered per target."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import ClassVar, Final, NamedTuple

from collectors.session import ConnectionLost, SessionError, SqlSession
from collectors.sql_text import Dialect, digest, normalise
from collectors.variants import Variants

# Reading one text makes the server read its file of all texts, so all that are new come together.
TEXTS = Variants(
    {
        "pg_stat_statements >= 1.8": """
    SELECT queryid,
           userid::int8 AS userid,
           dbid::int8 AS dbid,
           left(query, 200000) AS query
      FROM @extschema:pg_stat_statements@.pg_stat_statements(true)
     WHERE queryid = ANY (%(queryids)s::int8[])
"""
    }
)

# As the server writes it; a client that sends this prefix has no more than names to show.
_AUTOVACUUM: Final = re.compile(
    r"autovacuum: (?:VACUUM|ANALYZE|VACUUM ANALYZE|BRIN summarize) [\w.\" ]{1,200}"
    r"(?: \(to prevent wraparound\))?"
)
OWN_MARK: Final = "/* dbtriage */"
HIDDEN: Final = "<insufficient privilege>"
MOST_ENTRIES: Final = 50_000
MOST_ACTIVE: Final = 2_000
FIRST_PAUSE_SECONDS: Final = 60.0
LONGEST_PAUSE_SECONDS: Final = 600.0


class Entry(NamedTuple):
    """What pg_stat_statements, and pg_stat_activity from 14 on, know a statement by."""

    queryid: int
    userid: int
    dbid: int


@dataclass(frozen=True, slots=True)
class Text:
    """`query` is empty where the text is not known; the digest then names the entry."""

    digest: str
    query: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    queryid: int
    userid: int
    dbid: int
    query: str | None


def text_of(raw: str, dialect: Dialect = "postgres") -> Text:
    """What is kept of a raw text."""
    return Text(digest(raw, dialect), normalise(raw, dialect), OWN_MARK in raw)


def unknown(queryid: int) -> Text:
    return Text(blake2b(str(queryid).encode(), digest_size=8).hexdigest(), "")


class StatementTexts:
    """Asks for the texts of entries it has not seen, forgets those that left the server.

    One text that is not valid in our encoding makes the server refuse all of them. It is asked
    again after a pause that grows, so that its log does not fill with our errors.
    """

    def __init__(self) -> None:
        self._known: dict[Entry, Text] = {}
        self._unread: frozenset[Entry] = frozenset()
        self._error = ""
        self._pause_seconds = 0.0
        self._retry_at = 0.0

    def get(self, entry: Entry) -> Text | None:
        return self._known.get(entry)

    def learn(self, db: SqlSession, entries: Sequence[Entry]) -> tuple[str, ...]:
        """Read the texts that are new; say which could not be read."""
        wanted = entries[:MOST_ENTRIES]
        known = self._known
        self._known = {entry: known[entry] for entry in wanted if entry in known}
        missing = {entry for entry in wanted if entry not in known}
        if missing and self._may_read(db.now(), missing):
            self._read(db, missing)
            missing.difference_update(self._known)
            self._plan(db.now(), frozenset(missing))
        return tuple(self._gaps(len(missing), len(entries)))

    def _may_read(self, now: float, missing: set[Entry]) -> bool:
        if now >= self._retry_at:
            return True
        return not self._error and not missing <= self._unread

    def _read(self, db: SqlSession, missing: set[Entry]) -> None:
        self._error = ""
        queryids = sorted({entry.queryid for entry in missing})
        try:
            found = db.rows(TEXTS, _Read, queryids=queryids)
        except ConnectionLost:
            raise
        except SessionError as error:
            self._error = str(error)
            return
        texts: dict[str, Text] = {}
        for each in found:
            entry, raw = Entry(each.queryid, each.userid, each.dbid), each.query
            if raw is not None and raw != HIDDEN and entry in missing:
                if raw not in texts:
                    texts[raw] = text_of(raw)
                self._known[entry] = texts[raw]

    def _plan(self, now: float, unread: frozenset[Entry]) -> None:
        self._unread = unread
        longer = min(max(FIRST_PAUSE_SECONDS, 2 * self._pause_seconds), LONGEST_PAUSE_SECONDS)
        self._pause_seconds = longer if unread else 0.0
        self._retry_at = now + self._pause_seconds

    def _gaps(self, missing: int, entries: int) -> Iterable[str]:
        if missing and self._error:
            yield (
                f"the texts of {missing} statements cannot be read: {self._error}; "
                "if a database of encoding SQL_ASCII holds the bytes that are not valid here, "
                "connect dbtriage to that database"
            )
        elif missing:
            yield f"the server has no text for {missing} statements"
        if entries > MOST_ENTRIES:
            yield f"only {MOST_ENTRIES} of {entries} statements are given a text"


class ActivityTexts:
    """Texts of statements in flight, kept by a hash of the raw one: no literal stays in memory.

    Two generations: a text that is not met again while the younger one fills is forgotten.
    Sessions of several threads may share it.
    """

    dialect: ClassVar[Dialect] = "postgres"

    def __init__(self) -> None:
        self._young: dict[bytes, Text] = {}
        self._old: dict[bytes, Text] = {}

    def of(self, raw: str) -> Text:
        """The digest is empty for what is no statement: nothing, hidden, or of autovacuum."""
        if not raw or raw == HIDDEN:
            return Text("", "")
        if _AUTOVACUUM.fullmatch(raw):
            return Text("", raw)
        key = blake2b(raw.encode(), digest_size=16).digest()
        text = self._young.get(key)
        if text is None:
            text = self._old.get(key) or text_of(raw, self.dialect)
            if len(self._young) >= MOST_ACTIVE // 2:
                self._old, self._young = self._young, {}
            self._young[key] = text
        return text
