"""Nobody counts what statements cost."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.outcomes import Outcomes
from collectors.session import Server
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.wording import set_parameter

_EXTENSION = "pg_stat_statements"
_COLLECTOR = "postgres.statements"
_LIBRARIES = "shared_preload_libraries"
_OLDEST_READ = (1, 8)


@rule(
    title="Statement statistics are not there",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/pgstatstatements.html",),
)
def statement_statistics_missing(outcomes: Outcomes, server: Server) -> Iterator[Finding]:
    """pg_stat_statements is not loaded, not created, or too old to be read.

    Why it matters
        Without it no rule about statements can judge: neither the most expensive one nor the
        missing index can be named. Waits and locks are still seen.

    What to do
        Load the library (a restart, once) and create the extension in the database that
        dbtriage connects to.

    When to ignore
        When another tool already counts statements and memory for a second one is not there.
    """
    outcome = outcomes.get(_COLLECTOR)
    if outcome is None or outcome.ended == "answered" or outcome.privilege:
        return
    loaded = _EXTENSION in server.settings.get(_LIBRARIES, "")
    created = _EXTENSION in server.versions
    if loaded and server.versions.get(_EXTENSION, ()) >= _OLDEST_READ:
        return
    yield Finding(
        subject=Subject("extension", _EXTENSION, server.database),
        summary="What statements cost is not known: "
        f"{(outcome.reason or 'no answer').rstrip('.')}.",
        evidence={
            "reason": outcome.reason,
            "created": created,
            "loaded": loaded,
        },
        remedy=_remedy(server, created=created, loaded=loaded),
    )


def _remedy(server: Server, *, created: bool, loaded: bool) -> Remedy:
    steps = () if loaded else _load(server)
    steps += (
        f"ALTER EXTENSION {_EXTENSION} UPDATE;" if created else f"CREATE EXTENSION {_EXTENSION};",
    )
    text = f"In database {server.database}: create the extension, or bring it up to date."
    if not loaded:
        text = (
            f"In this order: add {_EXTENSION} to {_LIBRARIES}, restart, then {text[0].lower()}"
            f"{text[1:]}"
        )
    return Remedy(
        text=text,
        statements=steps,
        risk="CREATE EXTENSION takes milliseconds and no lasting lock. "
        + ("" if loaded else "The restart takes seconds to minutes and ends all sessions. ")
        + "Counting costs about one or two per cent of processor time, and some MB of memory.",
        verify="At once, in the same database, this gives more than 0: "
        "SELECT count(*) FROM pg_stat_statements;",
        rollback=f"Remove it from {_LIBRARIES} at the next restart; at once: DROP EXTENSION "
        f"{_EXTENSION};",
    )


def _load(server: Server) -> tuple[str, ...]:
    """The library joins those that are loaded already, where the role may see which."""
    present = server.settings.get(_LIBRARIES)
    wanted = f"{present},{_EXTENSION}" if present else _EXTENSION
    look = (f"SHOW {_LIBRARIES};  -- keep the names that it lists",) if present is None else ()
    if server.platform == "self-managed":
        # A list: quoted as one string it would be the name of one library.
        names = ", ".join(f"'{name.strip()}'" for name in wanted.split(","))
        return (*look, f"ALTER SYSTEM SET {_LIBRARIES} = {names};", "-- then restart the server")
    return (
        *look,
        *set_parameter(server, _LIBRARIES, wanted, apply="restart"),
        "aws rds reboot-db-instance --db-instance-identifier YOUR-INSTANCE",
    )
