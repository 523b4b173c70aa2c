"""Statements of MySQL and MariaDB as their digests count them, and the tables they read."""

from __future__ import annotations

from typing import Any

from collectors.mysql.statements import MysqlStatement
from collectors.mysql.tables import MysqlTable
from collectors.snapshots.schema import Index
from tests.make import make

SECONDS = 500.0
QUERY = "SELECT * FROM orders WHERE ext_ref = ?"
# Ours, so that it fills the rest of the time without a finding of its own.
REST = make(MysqlStatement, digest="rest", calls=9000, exec_seconds=300.0, own=True)


def ran(calls: int = 1000, **given: Any) -> MysqlStatement:
    """60 s of 500: under a fifth of all time beside REST, and under one session."""
    about = {"database": "shop", "digest": "d1", "entry": f"shop/{'ab' * 32}", "query": QUERY}
    return make(MysqlStatement, **{**about, "calls": calls, "exec_seconds": 60.0, **given})


def scanned(calls: int = 1000, **given: Any) -> MysqlStatement:
    """Each call looks at 300,000 rows to return one, by no index."""
    about = {"rows": calls, "rows_examined": 300_000 * calls, "no_index_calls": calls}
    return ran(calls, **{**about, "full_scans": calls, **given})


def table(name: str = "orders", rows: float = 300_000, **given: Any) -> MysqlTable:
    return make(MysqlTable, database="shop", schema="shop", table=name, rows=rows, **given)


def index(name: str, *columns: str, table: str = "orders", visible: bool = True) -> Index:
    place = {"database": "shop", "schema": "shop", "table": table}
    return make(Index, **place, index=name, columns=columns, visible=visible, method="BTREE")
