"""Looks at the statements of a real server, and what a ledger makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from agent.collect import ask
from agent.ledger import Ledger
from agent.targets.mysql import MysqlSession
from agent.targets.mysql_address import MysqlAddress
from collectors.mysql.statement_rounds import StatementRounds
from collectors.mysql.statements import MysqlStatement, statements
from collectors.session import Session
from collectors.snapshot import Snapshot
from collectors.sql_text import digest
from tests.live.mysql_server import MysqlServer

ENGINES = pytest.mark.parametrize("engine", ["mysql97", "maria1011", "maria118"])
MARIA = pytest.mark.parametrize("engine", ["maria1011", "maria118"])
TABLE = "performance_schema.events_statements_summary_by_digest"
HOUR = 3600.0


@contextmanager
def asking(server: MysqlServer) -> Iterator[MysqlSession]:
    session = MysqlAddress("db", host="127.0.0.1", port=server.port, user="root").connect()
    try:
        yield session
    finally:
        session.close()


def read_all(session: Session) -> None:
    """At the next look, not only what ran."""
    session.keep(StatementRounds).whole_at = 0.0


def look(session: MysqlSession) -> Snapshot[MysqlStatement]:
    outcome, answer = ask(statements, session)
    assert answer is not None, outcome
    return answer


def of(answer: Snapshot[MysqlStatement], schema: str, text: str) -> list[MysqlStatement]:
    name = digest(text, "mysql")
    return [row for row in answer.rows if (row.database, row.digest) == (schema, name)]


def selects(answer: Snapshot[MysqlStatement], schema: str) -> list[MysqlStatement]:
    found = [row for row in answer.rows if row.database == schema]
    return [row for row in found if row.query.startswith("SELECT ?")]


class Counting:
    """Looks, and what a ledger made of them."""

    def __init__(self, session: MysqlSession) -> None:
        self.session = session
        self.ledger = Ledger(MysqlStatement, HOUR)
        self.looks = 0
        self.look()

    def look(self, *, whole: bool = False) -> Snapshot[MysqlStatement]:
        if whole:
            read_all(self.session)
        answer = look(self.session)
        assert answer.partial != (whole or self.looks == 0)
        self.looks += 1
        self.ledger.add(answer, self.session.server.instance)
        return answer

    def calls(self, schema: str, text: str) -> int:
        window = self.ledger.window()
        assert window is not None
        assert all(row.calls >= 0 and row.exec_seconds >= 0 for row in window.rows)
        name = digest(text, "mysql")
        return sum(r.calls for r in window.rows if (r.database, r.digest) == (schema, name))


def run(server: MysqlServer, *queries: str, **options: Any) -> None:
    with server.session(**options) as connection, connection.cursor() as cursor:
        for query in queries:
            cursor.execute(query)
