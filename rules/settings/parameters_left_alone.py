"""What is often advised for databases on AWS, and why it is not done here."""

from __future__ import annotations

from collections.abc import Iterator

from rules.settings.parameter_change import LeftAlone
from rules.settings.parameters_off_limits import sizes_itself
from rules.settings.parameters_seen import Seen
from rules.upkeep.class_defaults import defaults_of


def left_alone(seen: Seen) -> Iterator[LeftAlone]:
    yield from _connections(seen)
    if seen.instance.family == "postgres":
        yield from _postgres(seen)
    else:
        yield from _mysql(seen)


def _connections(seen: Seen) -> Iterator[LeftAlone]:
    default = defaults_of(seen.instance).get("max_connections")
    if seen.instance.serverless:
        told = "AWS sets it by the most capacity the cluster may have"
    elif default is not None:
        told = f"AWS's default {default.formula} follows the class"
    else:
        told = "AWS's default follows the class"
    yield LeftAlone(
        "max_connections = memory x 100",
        f"{told}; more sessions than that share the same CPUs and memory. A pool or RDS Proxy "
        "lets more clients in.",
    )


def _postgres(seen: Seen) -> Iterator[LeftAlone]:
    if seen.instance.serverless:
        why = "it grows and shrinks with the capacity and can't be set."
    elif seen.instance.aurora:
        why = (
            "Aurora's default is nearly three quarters of the memory: it has no cache of the "
            "system behind it, so a quarter would throw most of the cache away."
        )
    else:
        why = "AWS's default {DBInstanceClassMemory/32768} is that already."
    yield LeftAlone("shared_buffers = 25 % of memory", why)
    if seen.instance.aurora:
        yield LeftAlone(
            "max_wal_size, checkpoint_timeout, wal_compression, bgwriter_*",
            "Aurora's storage applies the log itself; its groups do not have them.",
        )


def _mysql(seen: Seen) -> Iterator[LeftAlone]:
    yield LeftAlone("innodb_buffer_pool_size = 75 % of memory", _pool(seen))
    yield _query_cache(seen)
    if seen.instance.aurora:
        yield LeftAlone("aurora_query_cache_size", "there is no such parameter.")
        yield LeftAlone(
            "aurora_parallel_query",
            "it helps scans of gigabytes that are not cached, skips the cache and is billed by "
            "I/O: try it in a session for one statement.",
        )
        yield LeftAlone(
            "innodb_log_file_size, innodb_io_capacity, innodb_flush_method, innodb_doublewrite",
            "they do nothing on Aurora, whose storage takes the log and writes no pages.",
        )
    else:
        yield _log_size(seen)


def _pool(seen: Seen) -> str:
    if seen.instance.serverless:
        return "it grows and shrinks with the capacity and can't be set."
    if sizes_itself(seen.instance, seen.version):
        return (
            "innodb_dedicated_server sizes it by the class; switched off without sizes in its "
            "place it falls to 128 MB."
        )
    return (
        "AWS's default {DBInstanceClassMemory*3/4} is that already, of what the system leaves: "
        "75 % of the whole memory is more, and swaps."
    )


def _query_cache(seen: Seen) -> LeftAlone:
    gone = seen.instance.engine in ("mysql", "aurora-mysql") and seen.version >= (8, 0)
    why = (
        "MySQL 8.0 removed the query cache." if gone else "all SELECTs queue for its one lock: off."
    )
    return LeftAlone("query_cache_size, query_cache_type", why)


def _log_size(seen: Seen) -> LeftAlone:
    if sizes_itself(seen.instance, seen.version):
        return LeftAlone(
            "innodb_redo_log_capacity", "innodb_dedicated_server sizes it by the CPUs of the class."
        )
    return LeftAlone(
        "innodb_log_file_size, innodb_redo_log_capacity",
        "only the database tells how fast its log comes round: with a SQL connection the rule "
        "redo-log-too-small judges that.",
    )
