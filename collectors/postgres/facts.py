"""What must be known of a PostgreSQL server before it is asked anything else."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.variants import Variants

IDENTITY = Variants(
    {
        "postgres >= 9": """
    SELECT current_setting('server_version_num')::int4 AS version_number,
           current_setting('server_version') AS version,
           current_setting('server_encoding') AS encoding,
           current_database()::text AS database,
           current_user::text AS user,
           pg_is_in_recovery() AS is_replica,
           extract(epoch FROM pg_postmaster_start_time())::float8 AS started_at,
           (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier,
           concat_ws(':', inet_server_addr(), inet_server_port(),
                     current_setting('cluster_name', true)) AS instance,
           CASE WHEN EXISTS (SELECT FROM pg_proc WHERE proname = 'aurora_version') THEN 'aurora'
                WHEN current_setting('rds.extensions', true) IS NOT NULL THEN 'rds'
                ELSE 'self-managed' END AS platform,
           extract(epoch FROM clock_timestamp())::float8 AS clock
"""
    }
)

EXTENSIONS = Variants(
    {
        "postgres >= 9": """
    SELECT e.extname::text AS name,
           e.extversion::text AS version,
           quote_ident(n.nspname) AS schema
      FROM pg_extension e
      JOIN pg_namespace n ON n.oid = e.extnamespace
"""
    }
)

GRANTS = Variants(
    {
        "postgres >= 9": """
    SELECT r.rolname::text AS name
      FROM pg_roles r
     WHERE r.rolname LIKE 'pg\\_%'
       AND pg_has_role(current_user, r.oid, 'USAGE')
"""
    }
)

SETTINGS = Variants(
    {
        "postgres >= 9": """
    SELECT name::text AS name,
           CASE source WHEN 'session' THEN reset_val ELSE setting END AS value
      FROM pg_settings
     WHERE name !~ 'conninfo|command|passphrase|password'
"""
    }
)

DATABASES = Variants(
    {
        "postgres >= 9": """
    SELECT datname::text AS name,
           has_database_privilege(current_user, oid, 'CONNECT') AS allowed
      FROM pg_database
     WHERE datallowconn
       AND NOT datistemplate
       AND datconnlimit <> -2
       AND datname <> 'rdsadmin'
     ORDER BY datname
"""
    }
)

SAFETY = Variants(
    {
        "postgres >= 9": """
    SELECT coalesce(current_setting('dbtriage.direct', true), 'off') AS direct,
           current_setting('default_transaction_read_only') AS read_only,
           current_setting('statement_timeout') AS statement_timeout,
           current_setting('lock_timeout') AS lock_timeout
"""
    }
)


@dataclass(frozen=True, slots=True)
class Identity:
    """`system_identifier` >> 32 is the time of initdb; `instance` tells standby from primary."""

    version_number: int
    version: str
    encoding: str
    database: str
    user: str
    is_replica: bool
    started_at: float
    system_identifier: str
    instance: str
    platform: str
    clock: float


@dataclass(frozen=True, slots=True)
class InstalledExtension:
    name: str
    version: str
    schema: str


@dataclass(frozen=True, slots=True)
class Named:
    name: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A database; `allowed`: we may connect to it."""

    name: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class Valued:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Safety:
    direct: str
    read_only: str
    statement_timeout: str
    lock_timeout: str
