"""Transactions of InnoDB that belong to no session."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.mysql.sessions import TRANSACTION
from collectors.session import (
    ConnectionLost,
    PermissionDenied,
    QueryTimeout,
    SessionError,
    SqlSession,
)
from collectors.variants import Variants

_DETACHED = """
    SELECT {transaction}
      FROM information_schema.innodb_trx x
     WHERE x.trx_mysql_thread_id = 0
"""

# Transactions of no session: prepared ones whose client is gone, and those recovered from a crash.
DETACHED = Variants(
    dict.fromkeys(
        ("mysql >= 5.7", "mariadb >= 10.5"), _DETACHED.format(transaction=TRANSACTION.strip())
    )
)


@dataclass(frozen=True, slots=True)
class Detached:
    """A transaction without a session."""

    trx: str
    trx_state: str
    transaction_seconds: float
    row_wait_seconds: float | None
    isolation: str
    rows_modified: int
    rows_locked: int

    @property
    def state(self) -> str:
        return "rolling back" if self.trx_state == "ROLLING BACK" else "prepared"


def detached(db: SqlSession) -> tuple[Detached, ...]:
    """The server's own words would quote the text it can't show."""
    try:
        return db.rows(DETACHED, Detached)
    except (ConnectionLost, PermissionDenied, QueryTimeout):
        raise
    except SessionError:
        raise SessionError(
            "the server can't show its transactions now; a statement that runs holds text that "
            "is not valid in its character set"
        ) from None
