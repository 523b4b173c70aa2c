"""Transactions of InnoDB that belong to no session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from collectors.mysql.session_queries import TRANSACTION
from collectors.mysql.sessions import UNSHOWN, with_transactions
from collectors.session import ConnectionLost, SessionError, SqlSession
from collectors.variants import Variants

_DETACHED = """
    SELECT {transaction},
       0 AS prepared
      FROM information_schema.innodb_trx x
     WHERE x.trx_mysql_thread_id = 0
"""
_PRODUCTS = ("mysql >= 5.7", "mariadb >= 10.5")

# Prepared ones whose client is gone, those recovered from a crash, and the server's own.
DETACHED = Variants(dict.fromkeys(_PRODUCTS, _DETACHED.format(transaction=TRANSACTION.strip())))
# innodb_trx calls what is prepared RUNNING, and XA RECOVER takes a privilege more on MySQL 8.
STATUS = Variants(dict.fromkeys(_PRODUCTS, "SHOW ENGINE INNODB STATUS"))
_ACTIVE = re.compile(r"^---TRANSACTION (\d+), ACTIVE( \(PREPARED\))?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Status:
    status: str


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
    prepared: bool

    @property
    def state(self) -> str:
        if self.trx_state == "ROLLING BACK":
            return "rolling back"
        return "prepared" if self.prepared else "without a session"


class PreparedTransactions:
    """Which are prepared: it is asked once, for it does not change while they have no session."""

    def __init__(self) -> None:
        self._known: Mapping[str, bool] = {}

    def told(self, db: SqlSession, found: tuple[Detached, ...]) -> tuple[Detached, ...]:
        ids = {each.trx for each in found}
        if ids - self._known.keys():
            told = {trx: prepared for trx, prepared in _states(db).items() if trx in ids}
            self._known = {**{t: p for t, p in self._known.items() if t in ids}, **told}
        return tuple(replace(each, prepared=self._known.get(each.trx, False)) for each in found)


def detached(db: SqlSession) -> tuple[Detached, ...]:
    """The server's own words would quote the text it can't show."""
    found = with_transactions(db, DETACHED, Detached)
    if found is None:
        raise SessionError(UNSHOWN)
    return db.keep(PreparedTransactions).told(db, found)


def _states(db: SqlSession) -> Mapping[str, bool]:
    """Whether a transaction is prepared, of all that InnoDB's status had room for."""
    try:
        texts = [each.status for each in db.rows(STATUS, _Status)]
    except ConnectionLost:
        raise
    except SessionError:
        return {}
    return {trx: bool(prepared) for text in texts for trx, prepared in _ACTIVE.findall(text)}
