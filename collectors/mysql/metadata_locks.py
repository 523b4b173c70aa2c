"""Who waits for whose metadata lock: the modes that exclude each other, and the edges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from collectors.variants import Variants

# Only objects that somebody waits for. The thread of a prepared transaction is gone: connection 0.
# Threads of the server's own that have no connection are not shown.
METADATA_LOCKS = Variants(
    dict.fromkeys(
        ("mysql >= 5.7", "mariadb >= 10.5"),
        """
    SELECT l.OBJECT_TYPE AS kind,
           COALESCE(l.OBJECT_SCHEMA, '') AS `schema`,
           COALESCE(l.OBJECT_NAME, '') AS name,
           l.LOCK_TYPE AS mode,
           l.LOCK_DURATION = 'EXPLICIT' AS explicit,
           l.LOCK_STATUS = 'PENDING' AS pending,
           COALESCE(t.PROCESSLIST_ID, 0) AS pid
      FROM performance_schema.metadata_locks l
      JOIN (SELECT DISTINCT
                   OBJECT_TYPE,
                   OBJECT_SCHEMA,
                   OBJECT_NAME
              FROM performance_schema.metadata_locks
             WHERE LOCK_STATUS = 'PENDING') p
             ON p.OBJECT_TYPE = l.OBJECT_TYPE
            AND p.OBJECT_SCHEMA <=> l.OBJECT_SCHEMA
            AND p.OBJECT_NAME <=> l.OBJECT_NAME
      LEFT JOIN performance_schema.threads t ON t.THREAD_ID = l.OWNER_THREAD_ID
     WHERE l.LOCK_STATUS IN ('GRANTED', 'PENDING')
       AND (t.PROCESSLIST_ID IS NOT NULL OR t.THREAD_ID IS NULL)
""",
    )
)

# The name of a user-level lock is a literal of the application's.
_NAMES: Final = {
    "GLOBAL": "global read lock",
    "COMMIT": "commit lock",
    "BACKUP LOCK": "backup lock",
    "BACKUP": "backup lock",
    "USER LEVEL LOCK": "user level lock",
    "USER LOCK": "user level lock",
    "LOCKING SERVICE": "locking service lock",
}

_SHORT: Final = {
    "IX": "INTENTION_EXCLUSIVE",
    "S": "SHARED",
    "SH": "SHARED_HIGH_PRIO",
    "SR": "SHARED_READ",
    "SW": "SHARED_WRITE",
    "SWL": "SHARED_WRITE_LOW_PRIO",
    "SU": "SHARED_UPGRADABLE",
    "SRO": "SHARED_READ_ONLY",
    "SNW": "SHARED_NO_WRITE",
    "SNRW": "SHARED_NO_READ_WRITE",
    "X": "EXCLUSIVE",
    **{
        name: f"BACKUP_{name}"
        for name in (
            *("START", "FLUSH", "WAIT_FLUSH", "WAIT_DDL", "WAIT_COMMIT", "FTWRL1", "FTWRL2"),
            *("DML", "TRANS_DML", "SYS_DML", "DDL", "BLOCK_DDL", "ALTER_COPY", "COMMIT"),
        )
    },
}


def _modes(table: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    return {
        _SHORT[asked]: frozenset(_SHORT[mode] for mode in modes.split())
        for asked, modes in table.items()
    }


# What is asked for, and what must not be held by another. Locks of a scope (IX, S, X) and of an
# object share the table: IX is never asked of an object. BACKUP_… are MariaDB's since 10.4.
_HELD: Final = _modes(
    {
        "IX": "S X",
        "S": "IX X",
        "SH": "X",
        "SR": "SNRW X",
        "SW": "SRO SNW SNRW X",
        "SWL": "SRO SNW SNRW X",
        "SU": "SU SNW SNRW X",
        "SRO": "SW SWL SNRW X",
        "SNW": "SW SWL SU SNW SNRW X",
        "SNRW": "SR SW SWL SU SRO SNW SNRW X",
        "X": "IX S SH SR SW SWL SU SRO SNW SNRW X",
        "START": "START FLUSH WAIT_FLUSH WAIT_DDL WAIT_COMMIT BLOCK_DDL",
        "FLUSH": "START",
        "WAIT_FLUSH": "START DML",
        "WAIT_DDL": "START DML DDL",
        "WAIT_COMMIT": "START DML SYS_DML DDL COMMIT",
        "FTWRL1": "DML TRANS_DML SYS_DML DDL ALTER_COPY",
        "FTWRL2": "DML TRANS_DML SYS_DML DDL ALTER_COPY COMMIT",
        "DML": "FLUSH WAIT_FLUSH WAIT_DDL WAIT_COMMIT FTWRL1 FTWRL2",
        "TRANS_DML": "FTWRL1 FTWRL2",
        "SYS_DML": "WAIT_COMMIT FTWRL1 FTWRL2",
        "DDL": "WAIT_DDL WAIT_COMMIT FTWRL1 FTWRL2 BLOCK_DDL",
        "BLOCK_DDL": "START FLUSH WAIT_FLUSH WAIT_DDL WAIT_COMMIT BLOCK_DDL DDL",
        "ALTER_COPY": "FTWRL1 FTWRL2",
        "COMMIT": "WAIT_COMMIT FTWRL2",
    }
)

# What is asked for, and what goes before it though it waits too: an ALTER that waits stops readers.
_QUEUED: Final = _modes(
    {
        "IX": "S X",
        "S": "X",
        "SR": "SNRW X",
        "SW": "SNW SNRW X",
        "SWL": "SRO SNW SNRW X",
        "SU": "X",
        "SRO": "SW SNRW X",
        "SNW": "X",
        "SNRW": "X",
        "START": "FLUSH WAIT_FLUSH WAIT_DDL WAIT_COMMIT BLOCK_DDL",
        "DML": "FLUSH WAIT_FLUSH WAIT_DDL WAIT_COMMIT FTWRL1 FTWRL2",
        "TRANS_DML": "FTWRL1 FTWRL2",
        "SYS_DML": "WAIT_COMMIT FTWRL1 FTWRL2",
        "DDL": "WAIT_DDL WAIT_COMMIT FTWRL1 FTWRL2 BLOCK_DDL",
        "BLOCK_DDL": "START",
        "ALTER_COPY": "FTWRL1 FTWRL2",
        "COMMIT": "WAIT_COMMIT FTWRL2",
    }
)

# An ALTER, a FLUSH TABLES WITH READ LOCK or a backup makes its lock stronger as it proceeds; the
# server goes on showing the mode that was granted first.
_STRENGTHENED: Final = frozenset(
    _SHORT[mode]
    for mode in (
        *("SU", "SNW", "SNRW", "FTWRL1", "FTWRL2", "BLOCK_DDL"),
        *("START", "FLUSH", "WAIT_FLUSH", "WAIT_DDL", "WAIT_COMMIT"),
    )
)


@dataclass(frozen=True, slots=True)
class MetadataLock:
    """A lock that is held or waited for; `explicit` ones outlive the transaction."""

    kind: str
    schema: str
    name: str
    mode: str
    explicit: bool
    pending: bool
    pid: int

    @property
    def object(self) -> str:
        if shown := _NAMES.get(self.kind):
            return shown
        name = ".".join(part for part in (self.schema, self.name) if part)
        return name if self.kind == "TABLE" else f"{self.kind.lower()} {name}".rstrip()


@dataclass(frozen=True, slots=True)
class MetadataEdge:
    """`explicit`: the blocker holds it beyond its transaction (LOCK TABLES, GET_LOCK, …)."""

    waiter: int
    blocker: int
    object: str
    mode: str
    explicit: bool


def edges(locks: Iterable[MetadataLock]) -> tuple[MetadataEdge, ...]:
    """Each who waits beside each who holds, or asked with precedence for, what excludes that."""
    of_object = defaultdict(list)
    for lock in locks:
        of_object[lock.kind, lock.schema, lock.name].append(lock)
    found: dict[tuple[int, int], MetadataEdge] = {}
    for group in of_object.values():
        for asked in group:
            if asked.pending:
                for lock in _in_the_way(asked, [each for each in group if each.pid != asked.pid]):
                    found.setdefault((asked.pid, lock.pid), _edge(asked, lock))
    return tuple(found.values())


def _edge(asked: MetadataLock, lock: MetadataLock) -> MetadataEdge:
    explicit = lock.explicit and not lock.pending
    return MetadataEdge(asked.pid, lock.pid, asked.object, asked.mode, explicit)


def _in_the_way(asked: MetadataLock, others: Iterable[MetadataLock]) -> list[MetadataLock]:
    """Locks that were strengthened since stand for those whom nothing else would stop."""
    held = _HELD.get(asked.mode, frozenset())
    queued = _QUEUED.get(asked.mode, frozenset())
    found = [lock for lock in others if lock.mode in (queued if lock.pending else held)]
    return found or [lock for lock in others if not lock.pending and lock.mode in _STRENGTHENED]
