"""Every setting with its value, unit, source, and whether it waits for a restart."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Runs, collector
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from collectors.variants import Variants

SETTINGS = Variants(
    {
        "postgres >= 13": """
    WITH known AS (
        SELECT name,
               CASE source WHEN 'session' THEN reset_val ELSE setting END AS value,
               unit,
               vartype,
               boot_val,
               CASE WHEN source <> 'session' THEN source
                    WHEN reset_val = boot_val THEN 'default'
                    ELSE 'configuration file'
                END AS source,
               context,
               pending_restart,
               name ~ '(_command|conninfo)$|passphrase|password|secret|token|credential'
                   AND name <> 'password_encryption' AS secret
          FROM pg_settings
         WHERE source <> 'client'
    )
    SELECT name AS setting,
           CASE WHEN secret AND value NOT IN ('', '(disabled)') THEN '(hidden)'
                ELSE coalesce(value, '')
            END AS value,
           unit,
           CASE WHEN vartype = 'bool' THEN value::bool::int4::float8
                WHEN vartype NOT IN ('integer', 'real') THEN NULL
                WHEN unit IS NULL OR value = '-1' THEN value::float8
                ELSE value::float8
                     * coalesce(substring(unit FROM '^[0-9]+')::float8, 1)
                     * CASE substring(unit FROM '[A-Za-z]+$')
                            WHEN 'B' THEN 1
                            WHEN 'kB' THEN 1024
                            WHEN 'MB' THEN 1048576
                            WHEN 'GB' THEN 1073741824
                            WHEN 'us' THEN 1e-6
                            WHEN 'ms' THEN 1e-3
                            WHEN 's' THEN 1
                            WHEN 'min' THEN 60
                            WHEN 'h' THEN 3600
                            WHEN 'd' THEN 86400
                        END
            END::float8 AS number,
           CASE WHEN secret AND boot_val <> '' THEN '(hidden)' ELSE boot_val END AS boot_value,
           source,
           context,
           pending_restart
      FROM known
"""
    }
)


@collector(Runs(SETTINGS), every=timedelta(minutes=5))
def settings(db: SqlSession) -> Snapshot[Setting]:
    return Snapshot(db.now(), db.rows(SETTINGS, Setting))
