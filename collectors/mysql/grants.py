"""The least an account needs for all that dbtriage asks of MySQL or MariaDB, as SQL to paste."""

from __future__ import annotations

from typing import Literal

from collectors.mysql.needs import account

SETUP = """\
-- dbtriage on {product}. Run as an administrator (on RDS and Aurora: the master user).

-- 1. The account, locked until it has a password. Narrow % to the host dbtriage runs on.
CREATE USER IF NOT EXISTS {account} WITH MAX_USER_CONNECTIONS 5 ACCOUNT LOCK;
-- Then: ALTER USER {account} IDENTIFIED BY '…' ACCOUNT UNLOCK;

-- 2. What it may see; no row of any of your tables.
-- Sessions, InnoDB transactions and tablespaces.
GRANT PROCESS ON *.* TO {account};
-- Whether it replicates, and how far it lags.
{replication}
-- Which tables, columns and indexes there are. Alone it allows to read or change nothing.
GRANT REFERENCES ON *.* TO {account};
-- Statements, waits, locks and the use of tables and indexes.
GRANT SELECT ON performance_schema.* TO {account};
-- Rows and sizes, without opening a table.
GRANT SELECT ON mysql.innodb_table_stats TO {account};
GRANT SELECT ON mysql.innodb_index_stats TO {account};
{statistics}
-- 3. {switch_on}
"""

_MYSQL_REPLICATION = "GRANT REPLICATION CLIENT ON *.* TO {account};"
_MARIADB_REPLICATION = (
    "GRANT SLAVE MONITOR ON *.* TO {account};\nGRANT BINLOG MONITOR ON *.* TO {account};"
)

# On MariaDB all but the lowest and highest value of a column, and its histogram.
_MARIADB_STATISTICS = """\
-- Column statistics (ANALYZE TABLE … PERSISTENT FOR ALL), without the values they quote.
GRANT SELECT (db_name, table_name, column_name, nulls_ratio, avg_frequency)
   ON mysql.column_stats TO {account};
"""
_MYSQL_WITH_DATA = """\
-- Optional, for each schema: histograms are shown only to those who may read the table. dbtriage
-- takes their number of values and share of NULLs (dbtriage grants mysql --without-data leaves
-- this out).
-- GRANT SELECT ON mydb.* TO {account};
"""

_MYSQL_SWITCH_ON = """\
performance_schema is on by default. MySQL 5.7 follows metadata locks only if told to:
-- UPDATE performance_schema.setup_instruments SET ENABLED = 'YES'
--  WHERE NAME = 'wait/lock/metadata/sql/mdl';
-- and, to keep it after a restart, performance-schema-instrument='wait/lock/metadata/sql/mdl=ON'
-- under [mysqld] in my.cnf or in the parameter group."""
_MARIADB_SWITCH_ON = """\
MariaDB leaves performance_schema off, and without it statements and the use of indexes
-- are not counted. Under [mariadb] in my.cnf or in the parameter group, then a restart:
--   performance_schema = ON
--   performance-schema-instrument = 'wait/lock/metadata/sql/mdl=ON'
-- The second follows metadata locks; where performance_schema is on, this does at once:
-- UPDATE performance_schema.setup_instruments SET ENABLED = 'YES'
--  WHERE NAME = 'wait/lock/metadata/sql/mdl';"""


def setup(engine: Literal["mysql", "mariadb"], role: str, *, with_data: bool = True) -> str:
    """`role` is a user, or ``user@host``."""
    named = account(role if "@" in role else f"{role}@%")
    if engine == "mariadb":
        return SETUP.format(
            product="MariaDB 10.5 and later",
            account=named,
            replication=_MARIADB_REPLICATION.format(account=named),
            statistics=_MARIADB_STATISTICS.format(account=named),
            switch_on=_MARIADB_SWITCH_ON,
        )
    return SETUP.format(
        product="MySQL 5.7 and later",
        account=named,
        replication=_MYSQL_REPLICATION.format(account=named),
        statistics=_MYSQL_WITH_DATA.format(account=named) if with_data else "",
        switch_on=_MYSQL_SWITCH_ON,
    )
