"""Every value of every row is of the type its field declares, on every version."""

from __future__ import annotations

import dataclasses
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from agent.config_target import Target
from agent.watch import Watch
from tests.live.database import Database

_SCENE = (
    "CREATE TABLE parent (id int PRIMARY KEY)",
    "CREATE TABLE child (id bigint GENERATED ALWAYS AS IDENTITY, parent int REFERENCES parent)",
    "CREATE TABLE parted (at date) PARTITION BY RANGE (at)",
    "CREATE INDEX ON child (lower(parent::text)) WHERE parent > 3",
    "INSERT INTO parent SELECT generate_series(1, 100)",
    "INSERT INTO child (parent) SELECT generate_series(1, 100)",
    "ANALYZE",
)


def fits(value: object, hint: Any) -> bool:
    if get_origin(hint) is UnionType:
        return any(fits(value, h) for h in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(fits(v, get_args(hint)[0]) for v in value)
    if hint is float:
        return type(value) in (float, int)
    return type(value) is hint


def test_rows_hold_what_they_declare(database: Database) -> None:
    connection = database.connect()
    for statement in _SCENE:
        connection.execute(statement.encode())
    waiting = database.connect()
    waiting.execute("BEGIN; SELECT * FROM parent")
    watch = Watch(Target(name="types", dsn=database.dsn, databases=[database.name]), 60)
    try:
        watch.collect(watch.collectors)
        watch.sample()
        watch.walk(watch.collectors)
        outcomes = watch.outcomes()
        for collector in watch.collectors:
            outcome = outcomes.get(collector.id)
            assert outcome is not None
            old = outcome.ended == "skipped" and outcome.reason.startswith("needs p")
            assert outcome.ended == "answered" or old, outcome
            snapshot = watch.answers.snapshot(collector.row)
            check_types(collector.row, snapshot.rows if snapshot else ())
    finally:
        watch.close()


def check_types(row: type[Any], rows: tuple[Any, ...]) -> None:
    hints = get_type_hints(row)
    for one in rows:
        for field in dataclasses.fields(one):
            value = getattr(one, field.name)
            said = f"{row.__name__}.{field.name} = {value!r} is no {hints[field.name]}"
            assert fits(value, hints[field.name]), said
