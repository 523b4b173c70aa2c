from __future__ import annotations

import pytest

from collectors.postgres.explain import called, plannable


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("SELECT * FROM t WHERE a = ? AND b IN (?)", "SELECT * FROM t WHERE a = $1 AND b IN ($2)"),
        ('SELECT "a?" FROM t WHERE b = ?', 'SELECT "a?" FROM t WHERE b = $1'),
        ("SELECT a FROM t WHERE b > now() - INTERVAL ? LIMIT 20",
         "SELECT a FROM t WHERE b > now() - $1::INTERVAL LIMIT 20"),
        ("UPDATE t SET a = ? WHERE b = ANY (?)", "UPDATE t SET a = $1 WHERE b = ANY ($2)"),
        ("SELECT a ? ? FROM t", None),
        ("SELECT a FROM t WHERE a ?| ARRAY[?]", None),
        ("SELECT a FROM t WHERE a @? ?", None),
        ('SELECT "Mine"(?)', None),
        ('SELECT ";" FROM t', None),
        ("SELECT a, count(*) FROM t GROUP BY ?", None),
        ("SELECT ?; DROP TABLE t", None),
        ("DROP TABLE t", None),
        ("SELECT a FROM t WHERE b = ? …", None),
        ("", None),
    ],
)  # fmt: skip
def test_plannable(query: str, text: str | None) -> None:
    assert plannable(query) == text


def test_called() -> None:
    assert called("SELECT Count(*), s.mine($1) FROM t WHERE a IN ($2)") == ("count", "in", "mine")
