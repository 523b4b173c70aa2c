"""The least a role needs for all that dbtriage asks of PostgreSQL, as SQL to paste."""

from __future__ import annotations

SETUP = """\
-- dbtriage on PostgreSQL 13 and later. Run as a superuser (on RDS and Aurora: the master user).

-- 1. Once a server.
CREATE ROLE {role} LOGIN CONNECTION LIMIT 10;
-- Then give it a password that is never written down in a log: \\password {role}
ALTER ROLE {role} SET default_transaction_read_only = on;
-- Statistics, all settings and all sessions; no data of any table.
GRANT pg_monitor TO {role};
{data}
-- 2. In the database dbtriage connects to (the default is "postgres"). The library must be
-- loaded at start: shared_preload_libraries = 'pg_stat_statements' in postgresql.conf or in the
-- parameter group, then a restart.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

-- 3. In each database to be watched, only where CONNECT was revoked from PUBLIC:
-- GRANT CONNECT ON DATABASE mydb TO {role};

-- 4. Optional, in each database: proves index advice with the planner itself.
-- CREATE EXTENSION IF NOT EXISTS hypopg;
"""

WITH_DATA = """\
-- Column statistics and EXPLAIN are shown only to those who may read the table. dbtriage reads
-- no table, but without this index and bloat advice is not evaluated (dbtriage grants postgres
-- --without-data leaves it out).
{grant}
"""

READ_ALL = "GRANT pg_read_all_data TO {role};"
READ_ALL_13 = (
    "-- PostgreSQL 13 has no pg_read_all_data: in each database and schema\n"
    "-- GRANT USAGE ON SCHEMA public TO {role};\n"
    "-- GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};"
)


def setup(role: str, *, with_data: bool = True) -> str:
    """`role` is a quoted identifier where it needs to be."""
    grant = f"{READ_ALL}   -- PostgreSQL 14 and later\n{READ_ALL_13}"
    data = WITH_DATA.format(grant=grant.format(role=role)) if with_data else ""
    return SETUP.format(role=role, data=data)
