"""What must be known of a MySQL or MariaDB server before it is asked anything else."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.variants import Variants

# The fork is told by the version's text: MariaDB counts on from 10 where MySQL is at 9 and 26.
IDENTITY = Variants(
    {
        "server >= 5": """
    SELECT VERSION() AS version,
           @@version_comment AS comment,
           CURRENT_USER() AS user,
           @@basedir AS basedir,
           CONCAT(@@hostname, ':', @@port) AS address,
           @@read_only AS read_only,
           @@innodb_read_only AS storage_read_only,
           CONNECTION_ID() AS connection,
           UNIX_TIMESTAMP(NOW(6)) + 0e0 AS clock
"""
    }
)

VARIABLES = Variants({"server >= 5": "SHOW GLOBAL VARIABLES"})
UPTIME = Variants({"server >= 5": "SHOW GLOBAL STATUS LIKE 'Uptime'"})
GRANTS = Variants({"server >= 5": "SHOW GRANTS"})
CLOCK = Variants(
    {
        "mysql >= 5.7": "SELECT UNIX_TIMESTAMP(NOW(6)) + 0e0 AS clock",
        "mariadb >= 10.5": "SELECT UNIX_TIMESTAMP(NOW(6)) + 0e0 AS clock",
    }
)
FOLLOWS = Variants(
    {
        "mysql >= 5.7": "SHOW SLAVE STATUS",
        "mysql >= 8.0.22": "SHOW REPLICA STATUS",
        "mariadb >= 10.5": "SHOW ALL SLAVES STATUS",
    }
)

# A replication group's own channels: they follow no server.
OF_GROUP = "group_replication_"

SAFETY = Variants(
    {
        "mysql >= 5.7": """
    SELECT CONNECTION_ID() AS connection,
           @@session.max_execution_time / 1000 + 0e0 AS statement_seconds,
           @@session.lock_wait_timeout AS lock_wait_seconds,
           @@session.innodb_lock_wait_timeout AS row_lock_wait_seconds,
           @@session.tx_read_only AS read_only
""",
        "mysql >= 8.0": """
    SELECT CONNECTION_ID() AS connection,
           @@session.max_execution_time / 1000 + 0e0 AS statement_seconds,
           @@session.lock_wait_timeout AS lock_wait_seconds,
           @@session.innodb_lock_wait_timeout AS row_lock_wait_seconds,
           @@session.transaction_read_only AS read_only
""",
        "mariadb >= 10.5": """
    SELECT CONNECTION_ID() AS connection,
           @@session.max_statement_time + 0e0 AS statement_seconds,
           @@session.lock_wait_timeout AS lock_wait_seconds,
           @@session.innodb_lock_wait_timeout AS row_lock_wait_seconds,
           @@session.tx_read_only AS read_only
""",
    }
)


@dataclass(frozen=True, slots=True)
class Identity:
    version: str
    comment: str
    user: str
    basedir: str | None
    address: str
    read_only: bool
    storage_read_only: bool
    connection: int
    clock: float


@dataclass(frozen=True, slots=True)
class Variable:
    """A line of SHOW VARIABLES or SHOW STATUS."""

    variable_name: str
    value: str


@dataclass(frozen=True, slots=True)
class Granted:
    """SHOW GRANTS names its only column after the account."""

    line: str


@dataclass(frozen=True, slots=True)
class Clock:
    clock: float


@dataclass(frozen=True, slots=True)
class Safety:
    connection: int
    statement_seconds: float
    lock_wait_seconds: int
    row_lock_wait_seconds: int
    read_only: bool


@dataclass(frozen=True, slots=True)
class Followed:
    """A line of SHOW REPLICA STATUS; its channel's name is all that matters."""

    channel_name: str | None

    @property
    def is_server(self) -> bool:
        return not (self.channel_name or "").startswith(OF_GROUP)
