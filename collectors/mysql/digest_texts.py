"""Texts of performance_schema's digests, normalised once and kept while the server has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from collectors.mysql.statement_counters import Counted
from collectors.session import ConnectionLost, Server, SessionError, SqlSession
from collectors.statement_texts import MOST_ENTRIES, Text, text_of
from collectors.variants import Variants

# Read by time: a list of thousands of digests would be text to send and to parse.
_TEXTS = """
    SELECT DIGEST AS digest,
           DIGEST_TEXT AS text,
           {sample} AS sample
      FROM performance_schema.events_statements_summary_by_digest
     WHERE FIRST_SEEN BETWEEN FROM_UNIXTIME(%(first)s) AND FROM_UNIXTIME(%(last)s)
       AND DIGEST IS NOT NULL
"""
# One execution as it was sent, where the digest may have been cut and this was not.
_SAMPLE = """IF(LENGTH(DIGEST_TEXT) >= %(long)s AND QUERY_SAMPLE_TEXT NOT LIKE '%%...',
              QUERY_SAMPLE_TEXT, NULL)"""
TEXTS: Final = Variants(
    {
        "mysql >= 5.7": _TEXTS.format(sample="NULL"),
        "mysql >= 8.0": _TEXTS.format(sample=_SAMPLE),
        "mariadb >= 10.5": _TEXTS.format(sample="NULL"),
    }
)
_EXECUTION = re.compile(r"EXECUTE (?!IMMEDIATE\b)[A-Z(]")
_TOKEN = re.compile(
    r"`([^`]*)`|(?:\(\?\)|\(\.\.\.\))(?: /\* , \.\.\. \*/)?|\?, \.\.\.|\?|[^\s`]+", re.DOTALL
)
# The server's own tokens: two bytes each, a name has its length and itself besides.
_TOKEN_BYTES: Final = 2
_LONGEST_NAME_BYTES: Final = 64
_MAX_DIGEST_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class DigestText:
    text: Text
    truncated: bool


@dataclass(frozen=True, slots=True)
class _Read:
    digest: str
    text: str | None
    sample: str | None


class DigestTexts:
    """Asks for the texts of digests it has not seen, forgets those that left the server."""

    def __init__(self) -> None:
        self._process: tuple[str | None, float | None] = (None, None)
        self._known: dict[str, DigestText] = {}
        # Executions over the binary protocol are digests too: MySQL 9.7, not MariaDB.
        self.tell_executions = False

    def get(self, digest: str) -> DigestText:
        return self._known.get(digest) or DigestText(Text(digest[:16], ""), truncated=False)

    def learn(self, db: SqlSession, counted: Sequence[Counted], *, whole: bool) -> list[str]:
        """Read the texts that are new; say which could not be read."""
        process = (db.server.instance, db.server.started_at)
        if process != self._process:
            self._process, self._known, self.tell_executions = process, {}, False
        known = self._known
        if whole:
            seen = {each.digest for each in counted}
            known = self._known = {d: text for d, text in known.items() if d in seen}
        missing = {e.digest: e for e in counted if e.digest and e.digest not in known}
        wanted = dict(list(missing.items())[: max(MOST_ENTRIES - len(known), 0)])
        error = self._read(db, wanted) if wanted else ""
        return list(_gaps(sum(d not in known for d in wanted), len(missing) - len(wanted), error))

    def _read(self, db: SqlSession, wanted: dict[str, Counted]) -> str:
        """Why it could not be done; empty if it could."""
        times = [each.first_seen for each in wanted.values()]
        longest = _longest(db.server)
        span = {"first": min(times) - 1, "last": max(times) + 1}
        try:
            found = db.rows(TEXTS, _Read, **span, long=longest // 2)
        except ConnectionLost:
            raise
        except SessionError as error:
            return str(error)
        for each in found:
            if each.digest in wanted and each.digest not in self._known and each.text is not None:
                self._known[each.digest] = _text(each.text, each.sample, longest)
                self.tell_executions |= _tells_executions(db.server, each.text)
        return ""


def _tells_executions(server: Server, text: str) -> bool:
    return server.engine == "mysql" and _EXECUTION.match(text) is not None


def _longest(server: Server) -> int:
    names = ("max_digest_length", "performance_schema_max_digest_length")
    return min(int(server.settings.get(name, _MAX_DIGEST_BYTES)) for name in names)


def _text(text: str, sample: str | None, longest: int) -> DigestText:
    if not was_cut(text, longest):
        return DigestText(text_of(text, "mysql"), truncated=False)
    if sample:
        return DigestText(text_of(sample, "mysql"), truncated=False)
    return DigestText(text_of(text, "mysql"), truncated=True)


def was_cut(text: str, longest: int) -> bool:
    """Whether the server may have had no room for all of a statement's tokens.

    It puts no mark where it cuts: what gives it away is that the room is used up, to where the
    next name would not have fitted in.
    """
    if len(text) < longest // 2:
        return False
    names = [found[1] for found in _TOKEN.finditer(text)]
    used = _TOKEN_BYTES * len(names) + sum(
        _TOKEN_BYTES + len(name.encode()) for name in names if name is not None
    )
    return used > longest - 2 * _TOKEN_BYTES - _LONGEST_NAME_BYTES


def _gaps(unread: int, too_many: int, error: str) -> Iterable[str]:
    if unread and error:
        yield f"the texts of {unread} statements cannot be read: {error}"
    elif unread:
        yield f"the server has no text for {unread} statements"
    if too_many:
        yield f"{too_many} statements are given no text: {MOST_ENTRIES} have one"
