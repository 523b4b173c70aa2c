"""Installed extensions and the version the server could give them."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import label, note, row
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.variants import Variants

EXTENSIONS = Variants(
    {
        "postgres >= 13": """
    SELECT current_database()::text AS database,
           e.extname::text AS extension,
           e.extversion::text AS installed,
           a.default_version::text AS available
      FROM pg_extension e
      LEFT JOIN pg_available_extensions() a ON a.name = e.extname
"""
    }
)


@row(exported=False)
class Extension:
    database: str = label()
    extension: str = label()
    installed: str = note("Version in this database.")
    available: str | None = note("Default version of the files on the server; None without files.")


@collector(Runs(EXTENSIONS), every=timedelta(hours=1), per_database=True)
def extensions(db: SqlSession) -> Snapshot[Extension]:
    return Snapshot(db.now(), db.rows(EXTENSIONS, Extension))
