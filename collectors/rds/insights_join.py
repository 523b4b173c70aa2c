"""Which of Performance Insights' statements the database's own statistics know, and how surely."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from collectors.rds.insights_texts import stem
from collectors.rds.top_sql import TopSql
from collectors.snapshots.statements import LOST, Statement

# A shorter beginning fits too many statements to say anything.
_SHORTEST_STEM = 40
_QUOTES = str.maketrans("", "", '`"')


@dataclass(frozen=True, slots=True)
class Pair:
    """`own` is the digest that the database's statistics have it under; empty if they do not."""

    digest: str
    own: str
    by: Literal["digest", "engine id", "beginning", "nothing"]
    load_seconds: float


@dataclass(frozen=True, slots=True)
class Match:
    """One pair for each digest of Performance Insights, the one with most load first."""

    pairs: tuple[Pair, ...]

    @property
    def load_ratio(self) -> float | None:
        """Part of the load whose statements were found; None without load."""
        total = sum(p.load_seconds for p in self.pairs)
        return sum(p.load_seconds for p in self.pairs if p.own) / total if total else None

    @property
    def statement_ratio(self) -> float | None:
        """Part of the digests that were found; None where there are none."""
        return sum(bool(p.own) for p in self.pairs) / len(self.pairs) if self.pairs else None


def matched(top: Sequence[TopSql], statements: Sequence[Statement]) -> Match:
    """By the digest of the text, by what the engine calls it, or where cut by its beginning."""
    seconds: dict[str, float] = defaultdict(float)
    latest: dict[str, TopSql] = {}
    for row in top:
        seconds[row.digest] += row.load_seconds
        latest[row.digest] = row
    known = [s for s in statements if s.digest != LOST]
    digests = {s.digest for s in known}
    by_id = _by_engine_id(known)
    texts = {_plain(s.query): s.digest for s in known if s.query}
    pairs = (_pair(row, seconds[row.digest], digests, by_id, texts) for row in latest.values())
    return Match(tuple(sorted(pairs, key=lambda p: (-p.load_seconds, p.digest))))


def _pair(
    row: TopSql,
    seconds: float,
    digests: set[str],
    by_id: Mapping[str, str],
    texts: Mapping[str, str],
) -> Pair:
    if row.digest in digests:
        return Pair(row.digest, row.digest, "digest", seconds)
    if own := by_id.get(row.engine_id.lower(), ""):
        return Pair(row.digest, own, "engine id", seconds)
    if row.truncated and (own := _beginning_like(row.query, texts)):
        return Pair(row.digest, own, "beginning", seconds)
    return Pair(row.digest, "", "nothing", seconds)


def _by_engine_id(statements: Iterable[Statement]) -> Mapping[str, str]:
    """Entries hold a queryid on PostgreSQL (user/database/queryid/level), a digest on MySQL."""
    found = {}
    for statement in statements:
        parts = statement.entry.split("/")
        at = 2 if len(parts) == 4 and parts[3] in ("True", "False") else -1  # noqa: PLR2004
        found[parts[at].lower()] = statement.digest
    found.pop("", None)
    return found


def _beginning_like(query: str, texts: Mapping[str, str]) -> str:
    """The digest of the only statements that begin so; empty where there is none, or a choice."""
    beginning = _plain(stem(query))
    if len(beginning) < _SHORTEST_STEM:
        return ""
    found = {digest for text, digest in texts.items() if text.startswith(beginning)}
    return found.pop() if len(found) == 1 else ""


def _plain(query: str) -> str:
    """As digests see it: without case and quotes."""
    return query.lower().translate(_QUOTES)
