"""One proposed index as a finding: what it serves, what it costs, how to make and undo it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collectors.postgres.postgres_table import PostgresTable
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, Value
from rules.indexes.block_estimate import widths
from rules.indexes.btree_size import BtreeKey, btree_bytes, deduplicates
from rules.indexes.candidates import Columns
from rules.indexes.catalogue import Catalogue
from rules.indexes.index_choice import Choice
from rules.wording import duration, literal, qualified, quoted, share, size

_HIGH_SESSIONS = 0.5
_NAME_BYTES = 63
_MOST_LISTED = 5


@dataclass(frozen=True, slots=True)
class WriteCost:
    """What keeping the index adds, per hour."""

    seconds: float
    wal_bytes: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """One index and the statements it serves, the one that gains most first."""

    table: PostgresTable
    key: Columns
    choices: tuple[Choice, ...]
    writes: WriteCost

    @property
    def saved_sessions(self) -> float:
        return sum(c.saved_sessions for c in self.choices)

    @property
    def net_seconds(self) -> float:
        """Database time saved each hour."""
        return self.saved_sessions * 3600 - self.writes.seconds


def finding(proposal: Proposal, catalogue: Catalogue) -> Finding:
    table, first = proposal.table, proposal.choices[0]
    columns = ", ".join(quoted(c) for c in proposal.key)
    bytes_ = index_bytes(proposal, catalogue)
    validated = all(c.validated and not c.guessed for c in proposal.choices)
    others = f" and {len(proposal.choices) - 1} more" if len(proposal.choices) > 1 else ""
    return Finding(
        subject=Subject("table", f"{table.name} ({columns})", table.database),
        summary=(
            f"An index on {table.name} ({columns}) saves {share(first.saving_ratio)} of statement "
            f"{first.cost.total.digest}{others}, {proposal.saved_sessions:.2g} busy sessions, for "
            f"{size(bytes_)}."
        ),
        evidence=_evidence(proposal, bytes_),
        severity=Severity.HIGH if proposal.saved_sessions >= _HIGH_SESSIONS else Severity.MEDIUM,
        confidence=Confidence.VALIDATED if validated else Confidence.ESTIMATED,
        impact=Impact(Gain.TIME, max(0.0, proposal.net_seconds)),
        remedy=_remedy(proposal, catalogue, bytes_),
    )


def index_bytes(proposal: Proposal, catalogue: Catalogue) -> float:
    """Size of the index once built."""
    columns = catalogue.columns(proposal.table)
    rows, distinct = proposal.table.rows or 0.0, 1.0
    for name in proposal.key:
        distinct *= columns[name].distinct_values or rows
    key = BtreeKey(
        widths(proposal.key, columns),
        min(distinct, rows),
        deduplicates([columns[c].type for c in proposal.key]),
    )
    return btree_bytes(rows, key)


def _evidence(proposal: Proposal, bytes_: float) -> dict[str, Value]:
    first = proposal.choices[0]
    unit = "cost" if first.validated else "blocks"
    served = (
        f"{c.cost.total.digest}: {c.before:.4g} to {c.after:.3g} "
        f"{'cost' if c.validated else 'blocks'}"
        for c in proposal.choices[1 : 1 + _MOST_LISTED]
    )
    return {
        "digest": first.cost.total.digest,
        f"{unit}_before": round(first.before, 2),
        f"{unit}_after": round(first.after, 2),
        "saving_ratio": first.saving_ratio,
        "method": _method(first),
        "indexes_used_now": None if first.used is None else ", ".join(first.used) or "none",
        "statements_served": len(proposal.choices),
        "also_served": "; ".join(served) or None,
        "active_sessions": sum(c.cost.active_sessions for c in proposal.choices),
        "saved_sessions": proposal.saved_sessions,
        "calls_per_second": first.cost.calls_per_second,
        "mean_seconds": first.cost.mean_seconds,
        "size_bytes": round(bytes_),
        "table_rows": proposal.table.rows,
        "write_seconds_per_hour": proposal.writes.seconds,
        "wal_bytes_per_hour": round(proposal.writes.wal_bytes),
        "query": first.cost.total.query,
    }


def _method(choice: Choice) -> str:
    if choice.validated and choice.guessed:
        return "planner and HypoPG, with a guess at how wide the range of a call is"
    if choice.validated:
        return "planner, with the index made hypothetically (HypoPG)"
    return "blocks a call: measured now, estimated from column statistics with the index"


def _remedy(proposal: Proposal, catalogue: Catalogue, bytes_: float) -> Remedy:
    table, first = proposal.table, proposal.choices[0]
    name = index_name(table, proposal.key, catalogue)
    made = qualified(table.schema, name)
    mean = first.cost.mean_seconds
    return Remedy(
        text=(
            f"Make the index {name}; statement {first.cost.total.digest} then takes about "
            f"{duration(mean * (1 - first.saving_ratio))} instead of {duration(mean)}. Narrower "
            "keys save less, wider ones add nothing."
        ),
        statements=_statements(table, proposal.key, name),
        risk=(
            "SHARE UPDATE EXCLUSIVE lock: reads and writes go on. It takes minutes for each "
            "100 GB and waits for transactions that are open; one older than 2 s ends it and "
            "leaves an invalid index to drop. Adds "
            f"{size(bytes_)}, about 3 microseconds and 100 bytes of log to each row inserted, and "
            "updates that set one of its columns are no longer HOT."
        ),
        verify=(
            f"Within 10 minutes the statement's mean falls from {duration(mean)}, and this grows: "
            "SELECT idx_scan FROM pg_stat_user_indexes "
            f"WHERE indexrelid = {literal(made)}::regclass;"
        ),
        rollback=f"DROP INDEX {'' if _partitioned(table) else 'CONCURRENTLY '}{made};",
    )


def _statements(table: PostgresTable, key: Columns, name: str) -> tuple[str, ...]:
    columns = ", ".join(quoted(c) for c in key)
    where = qualified(table.schema, table.table)
    patience = "SET lock_timeout = '2s';"
    if not _partitioned(table):
        return patience, f"CREATE INDEX CONCURRENTLY {quoted(name)} ON {where} ({columns});"
    # CONCURRENTLY is refused on the parent; its index is valid once every partition has one.
    each = (
        f"CREATE INDEX CONCURRENTLY %I ON %s ({columns.replace('%', '%%')}); "
        f"ALTER INDEX {qualified(table.schema, name).replace('%', '%%')} ATTACH PARTITION %I.%I;"
    )
    return (
        patience,
        f"CREATE INDEX {quoted(name)} ON ONLY {where} ({columns});",
        f"SELECT format({literal(each)}, left(c.relname, 50) || '_' || c.oid || '_idx', "
        "p.relid::regclass, n.nspname, left(c.relname, 50) || '_' || c.oid || '_idx') "
        f"FROM pg_partition_tree({literal(where)}) p JOIN pg_class c ON c.oid = p.relid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE p.isleaf;",
        "-- then run each of the statements this prints, one after the other",
    )


def _partitioned(table: PostgresTable) -> bool:
    return table.kind == "partitioned table"


def index_name(table: PostgresTable, key: Sequence[str], catalogue: Catalogue) -> str:
    """``<table>_<columns>_idx`` in 63 bytes, with a number where that is taken."""
    taken = catalogue.taken(table.database, table.schema)
    stem = "_".join((table.table, *key))
    for number in range(len(taken) + 1):
        end = f"_idx{number or ''}"
        kept = stem.encode()[: _NAME_BYTES - len(end)].decode(errors="ignore")
        if kept + end not in taken:
            return kept + end
    raise AssertionError("more names than taken ones were tried")
