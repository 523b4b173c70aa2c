"""What the platform decides itself, so that it is never advised."""

from __future__ import annotations

import re

from collectors.rds.instance import Instance
from rules.settings.parameters_seen import Seen

# They do not apply to Aurora MySQL, whose storage writes no pages; or AWS fixes them there.
_AURORA_MYSQL = re.compile(
    r"innodb_(adaptive_flushing(_lwm)?|buffer_pool_(chunk_size|instances)|change_buffering"
    r"|checksum_algorithm|dedicated_server|doublewrite|flush_log_at_timeout|flush_method"
    r"|flush_neighbors|io_capacity(_max)?|log_buffer_size|log_file_size|log_files_in_group"
    r"|max_dirty_pages_pct|redo_log_capacity|undo_\w+|use_native_aio|write_io_threads)"
    r"|big_tables|bind_address|sync_binlog|query_cache_\w+"
)
_AURORA_POSTGRES = re.compile(
    r"(max|min)_wal_size|checkpoint_\w+|full_page_writes|wal_compression|bgwriter_\w+|huge_pages"
)
_SERVERLESS = re.compile(
    r"innodb_buffer_pool_size|innodb_purge_threads|table_definition_cache|table_open_cache"
    r"|shared_buffers"
)
_DEDICATED = re.compile(r"innodb_(buffer_pool_size|redo_log_capacity|log_file_size|flush_method)")
_INVENTED = frozenset({"aurora_query_cache_size"})


def off_limits(seen: Seen, name: str, value: str | None) -> str:
    """Why it can't be advised; empty where it can. `value` None gives AWS's default back."""
    instance = seen.instance
    if name in _INVENTED:
        return "no engine has it"
    if instance.engine == "aurora-mysql" and _AURORA_MYSQL.fullmatch(name):
        return "Aurora MySQL ignores or fixes it: its storage does that work"
    if instance.engine == "aurora-postgresql" and _AURORA_POSTGRES.fullmatch(name):
        return "Aurora PostgreSQL lacks or fixes it: its storage does that work"
    if instance.serverless and _SERVERLESS.fullmatch(name):
        return "it follows the capacity of a serverless instance and can't be set"
    if value is not None and sizes_itself(instance, seen.version) and _DEDICATED.fullmatch(name):
        return "RDS for MySQL 8.4 sizes it by the class (innodb_dedicated_server)"
    return ""


def sizes_itself(instance: Instance, version: tuple[int, ...]) -> bool:
    """RDS for MySQL from 8.4 on comes with innodb_dedicated_server on."""
    return instance.engine == "mysql" and version >= (8, 4)
