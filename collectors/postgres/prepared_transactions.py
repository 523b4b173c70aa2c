"""Transactions left prepared by a two-phase commit."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import gauge, label, note, row
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.variants import Variants

PREPARED_TRANSACTIONS = Variants(
    {
        "postgres >= 13": """
    SELECT database::text AS database,
           owner::text AS "user",
           gid,
           extract(epoch FROM clock_timestamp() - prepared)::float8 AS prepared_seconds,
           age(transaction) AS transaction_age
      FROM pg_prepared_xacts
"""
    }
)


@row(exported=False)
class PreparedTransaction:
    database: str = label()
    user: str = label()
    gid: str = note("Global transaction id.")
    prepared_seconds: float = gauge("How long it is prepared.")
    transaction_age: int = gauge("Transactions started since.")


@collector(Runs(PREPARED_TRANSACTIONS), every=timedelta(minutes=1))
def prepared_transactions(db: SqlSession) -> Snapshot[PreparedTransaction]:
    return Snapshot(db.now(), db.rows(PREPARED_TRANSACTIONS, PreparedTransaction))
