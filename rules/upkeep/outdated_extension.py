"""An extension that is older than its files on the server."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collectors.postgres.extensions import Extension
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.wording import quoted

_NUMBERS = re.compile(r"\d+")


@rule(
    title="An extension is older than its files",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/sql-alterextension.html",),
)
def outdated_extension(extensions: Snapshot[Extension]) -> Iterator[Finding]:
    """The server's files hold a newer version of an extension than the database uses.

    Why it matters
        An upgrade of the server replaces the library but not the SQL objects of the extension
        in each database. New columns and fixes stay out of reach, statistics among them.

    What to do
        Update the extension in that database.

    When to ignore
        When an application depends on the old objects. Extensions whose version is no plain
        number are left out: which one is newer cannot be told.
    """
    for row in extensions.rows:
        if row.available and _newer(row.available, row.installed):
            name = quoted(row.extension)
            yield Finding(
                subject=Subject("extension", row.extension, row.database),
                summary=f"Extension {row.extension} in {row.database} is {row.installed}; the "
                f"server has {row.available}.",
                evidence={"installed": row.installed, "available": row.available},
                remedy=Remedy(
                    text=f"Update {name} to {row.available} while connected to {row.database}.",
                    statements=("SET lock_timeout = '2s';", f"ALTER EXTENSION {name} UPDATE;"),
                    risk="ACCESS EXCLUSIVE on the extension's own objects for milliseconds. Views "
                    "of your own on its views can make it fail; then nothing is changed.",
                    verify=f"At once pg_extension says {row.available} in extversion of "
                    f"{row.extension}.",
                    rollback="None possible for most extensions: restore the database, or drop "
                    f"and create it with VERSION '{row.installed}' where nothing depends on it.",
                ),
            )


def _newer(available: str, installed: str) -> bool:
    """Plain dotted numbers only; 1.10 is newer than 1.9."""
    if not all(re.fullmatch(r"\d+(\.\d+)*", v) for v in (available, installed)):
        return False
    new, old = (tuple(map(int, _NUMBERS.findall(v))) for v in (available, installed))
    return new > old
