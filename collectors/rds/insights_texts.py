"""Texts of statements from Performance Insights: the digest they share with other sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from collectors.rds.insights import HOUR_SECONDS, Span, ask, dimension_keys
from collectors.session import (
    AwsSession,
    ConnectionLost,
    NotOffered,
    PermissionDenied,
    SessionError,
)
from collectors.snapshots.statements import LOST
from collectors.sql_text import Dialect, normalise, split
from collectors.statement_texts import HIDDEN, Text, text_of

# Each text of an answer ends after so many bytes, or a few less: never inside a character.
_CUT_BYTES: Final = 500
_CHARACTER_BYTES: Final = 3
# Engines cut at these: track_activity_query_size, performance_schema_max_sql_text_length.
_ENGINE_CUTS: Final = tuple(2**power for power in range(10, 17))
_MOST_TEXTS: Final = 5_000
_MOST_TRIES: Final = 3
_REFUSED_SECONDS: Final = 6 * HOUR_SECONDS
_FAILED_SECONDS: Final = 600.0
_UNFINISHED: Final = re.compile(r"[\s?,()\[\]…]+\Z")
# `?` is a constant there, and no part of an operator: SELECT ?||name.
_PLACEHOLDER: Final = re.compile(
    r"((?:[(,=<>+*/%|&\[-]|\b(?:SELECT|WHERE|AND|OR|NOT|THEN|ELSE|WHEN|CASE|BY|ON|HAVING|LIKE"
    r"|BETWEEN|RETURNING))\s*\?)(?=[|&#~@<])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class InsightsText:
    """`engine_id` is what the engine calls it; `truncated`: the digest is made of that."""

    digest: str
    query: str
    own: bool
    truncated: bool
    engine_id: str


@dataclass(slots=True)
class _Search:
    """For a whole text: first a statement of this shape, then the text of that."""

    sql_id: str = ""
    tries: int = 0
    over: bool = False


def dialect_of(aws: AwsSession) -> Dialect:
    return "postgres" if "postgres" in aws.server.versions else "mysql"


def named(engine_id: str) -> str:
    """The digest of a statement whose text is not known, as of an unknown queryid."""
    return blake2b(engine_id.encode(), digest_size=8).hexdigest()


def was_cut(raw: str) -> bool:
    return len(raw.encode()) >= _CUT_BYTES - _CHARACTER_BYTES


def read(raw: str, dialect: Dialect) -> Text:
    """What is kept of a text of Performance Insights, which may write `?` for each constant."""
    plain = raw.removeprefix("autovacuum: ")
    return text_of(_PLACEHOLDER.sub(r"\1 ", plain) if dialect == "postgres" else plain, dialect)


def stem(query: str) -> str:
    """What a normalised text that was cut begins like when it is whole.

    Its last word may be a part of one, and its last list may have gone on.
    """
    return _UNFINISHED.sub("", query.rpartition(" ")[0])


class InsightsTexts:
    """Texts by Performance Insights' own ids. Whole texts are read one call a minute.

    Those hold constants: nothing but their digest and normalised form is kept.
    """

    def __init__(self) -> None:
        self._known: dict[str, InsightsText] = {}
        self._searches: dict[str, _Search] = {}
        self._paused_until = float("-inf")
        self.refused = ""

    def get(self, id: str, engine_id: str, raw: str | None, dialect: Dialect) -> InsightsText:
        """`raw` is at most 500 bytes of it. Some load is of no statement that is known: LOST."""
        if not id:
            return InsightsText(LOST, "", own=False, truncated=False, engine_id="")
        raw = "" if raw == HIDDEN else raw
        known = self._known.get(id)
        if known is None or (raw and not known.query):
            while len(self._known) >= _MOST_TEXTS:
                oldest = next(iter(self._known))
                del self._known[oldest]
                self._searches.pop(oldest, None)
            known = self._known[id] = _of(id, engine_id, raw or "", dialect)
        return known

    def complete(self, aws: AwsSession, end: float, ids: Iterable[str]) -> None:
        """Make one call towards the whole text of the first of `ids` that lacks it."""
        wanted = next((id for id in ids if self._is_sought(id)), None)
        if wanted is None or aws.now() < self._paused_until:
            return
        search = self._searches.setdefault(wanted, _Search())
        search.tries += 1
        search.over = search.tries > _MOST_TRIES
        try:
            if search.sql_id:
                self._read(aws, wanted, search)
            else:
                search.sql_id = _executed(aws, end, wanted)
            self.refused = ""
        except ConnectionLost:
            raise
        except (PermissionDenied, NotOffered) as error:
            self.refused, self._paused_until = str(error), aws.now() + _REFUSED_SECONDS
        except SessionError as error:
            self.refused, self._paused_until = str(error), aws.now() + _FAILED_SECONDS

    def _is_sought(self, id: str) -> bool:
        search = self._searches.get(id)
        known = self._known.get(id)
        return known is not None and known.truncated and not (search and search.over)

    def _read(self, aws: AwsSession, id: str, search: _Search) -> None:
        answer = ask(
            aws,
            "get_dimension_key_details",
            Group="db.sql",
            GroupIdentifier=search.sql_id,
            RequestedDimensions=["statement"],
        )
        found: Mapping[str, str] = next(iter(answer.get("Dimensions") or ()), {})
        if found.get("Status") == "PROCESSING":
            return
        search.over = True
        cut = self._known[id]
        whole = _whole(found.get("Value") or "", cut, dialect_of(aws))
        if whole is not None:
            self._known[id] = InsightsText(
                whole.digest, whole.query, whole.own, truncated=False, engine_id=cut.engine_id
            )


def _of(id: str, engine_id: str, raw: str, dialect: Dialect) -> InsightsText:
    text = read(raw, dialect) if raw else Text("", "")
    cut = was_cut(raw)
    digest = text.digest if raw and not cut else named(engine_id or id)
    return InsightsText(digest, text.query, text.own, truncated=cut, engine_id=engine_id)


def _executed(aws: AwsSession, end: float, id: str) -> str:
    """One statement of this shape that ran in the last hour; empty if none did."""
    keys = dimension_keys(
        aws,
        Span(end - HOUR_SECONDS, end),
        GroupBy={"Group": "db.sql", "Limit": 1},
        Filter={"db.sql_tokenized.id": id},
    )
    return next((key.dimensions.get("db.sql.id", "") for key in keys), "")


def _whole(raw: str, cut: InsightsText, dialect: Dialect) -> Text | None:
    """The statement that begins like the cut one, unless the engine cut it too."""
    size = len(raw.encode())
    if any(cut_at - 1 - _CHARACTER_BYTES <= size <= cut_at for cut_at in _ENGINE_CUTS):
        return None
    beginning = stem(cut.query)
    for statement in split(raw, dialect):
        if beginning and normalise(statement, dialect).startswith(beginning):
            return text_of(statement, dialect)
    return None
