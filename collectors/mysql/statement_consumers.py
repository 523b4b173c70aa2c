"""Which of performance_schema's consumers of statements are on; anyone may switch them."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.session import SessionError, SqlSession
from collectors.variants import Variants

_ON = """
    SELECT MAX(NAME = 'global_instrumentation') AS instrumented,
           MAX(NAME = 'statements_digest') AS digests,
           MAX(NAME = 'events_statements_current') AS current,
           MAX(NAME = 'events_statements_cpu') AS cpu
      FROM performance_schema.setup_consumers
     WHERE ENABLED = 'YES'
"""
CONSUMERS = Variants({"mysql >= 5.7": _ON, "mariadb >= 10.5": _ON})


@dataclass(frozen=True, slots=True)
class Consumers:
    """None where all are off."""

    instrumented: bool | None
    digests: bool | None
    current: bool | None
    cpu: bool | None


def consumers(db: SqlSession) -> Consumers:
    """Those that are on; refused where statements are not counted."""
    (found,) = db.rows(CONSUMERS, Consumers)
    needed = {"global_instrumentation": found.instrumented, "statements_digest": found.digests}
    for name, is_on in needed.items():
        if not is_on:
            raise SessionError(f"needs the consumer {name}; it is off; {switch_on(name)}")
    return found


def switch_on(name: str) -> str:
    """What to run; a restart forgets it."""
    switch = f"SET ENABLED = 'YES' WHERE NAME = '{name}'"
    option = f"performance-schema-consumer-{name.replace('_', '-')}"
    return f"run UPDATE performance_schema.setup_consumers {switch}, and add {option} to my.cnf"
