"""What a MySQL or MariaDB variable's value means, which its name alone tells."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SetVariable:
    """As the server has it; None is what this version does not tell."""

    setting: str
    value: str | None
    source: str | None
    read_only: bool | None
    waiting: str | None


_TRANSIENT = re.compile(
    r"gtid_(executed|purged|owned|binlog_(pos|state)|current_pos|slave_pos)$|wsrep_start_position$"
)
# Passwords, and statements that are run for others.
_SECRET = re.compile(
    r"passw|pwd|secret|credential|token|key$|_auth$|^init_(connect|slave|replica)$"
)
# Their names sound like secrets; they hold a number, a path or the name of a plugin.
_HARMLESS = re.compile(
    r"_(path|file|size|lifetime|history|interval|count|length|policy|plugin|ratio|require_current"
    r"|storage_format|check|percent|days|reuse|format|expired_password)s?$|^(auto_generate_certs|old_passwords)$"
    r"|^(ssl|tls|admin_ssl|group_replication_recovery_ssl)_key$|public_key"
)
_LONGEST = 1000

_BYTES = re.compile(r"_size$|_bytes$")
_SIZES_OF_SOMETHING_ELSE = re.compile(
    r"^performance_schema_|^(host|thread|metadata_locks)_cache_size$|^delayed_queue_size$"
    r"|^thread_pool_size$|_batch_size$|_history_size$|_file_hash_size$|^innodb_sync_array_size$"
    r"|^innodb_(lru_flush|change_buffer_max)_size$|_token_size$|^max_join_size$"
    r"|^wsrep_trx_fragment_size$"
)
_ALSO_BYTES = frozenset(
    (
        *("connection_memory_limit", "global_connection_memory_limit", "innodb_redo_log_capacity"),
        *("max_allowed_packet", "max_binlog_cache_size", "max_session_mem_used"),
        *("innodb_buffer_pool_size_auto_min", "innodb_buffer_pool_size_max"),
        *("replica_pending_jobs_size_max", "slave_pending_jobs_size_max"),
        *("net_buffer_length", "query_cache_limit", "query_cache_min_res_unit"),
        *("range_optimizer_max_mem_size", "slave_max_allowed_packet", "replica_max_allowed_packet"),
        *("temptable_max_mmap", "temptable_max_ram", "thread_stack", "relay_log_space_limit"),
    )
)
_UNITS = {
    "binlog_expire_logs_seconds": "s",
    "flush_time": "s",
    "innodb_flush_log_at_timeout": "s",
    "innodb_old_blocks_time": "ms",
    "log_slow_query_time": "s",
    "long_query_time": "s",
    "max_execution_time": "ms",
    "max_statement_time": "s",
    "rpl_semi_sync_master_timeout": "ms",
    "rpl_semi_sync_slave_kill_conn_timeout": "s",
    "rpl_semi_sync_source_timeout": "ms",
    "rpl_stop_replica_timeout": "s",
    "rpl_stop_slave_timeout": "s",
    "slave_max_statement_time": "s",
    "slow_launch_time": "s",
    "thread_pool_idle_timeout": "s",
}
_SECONDS = re.compile(
    r"^(\w+_)?(connect|wait|interactive|read|write|net|insert|transaction)_timeout$"
)
_FACTORS = {"ms": 1e-3}
_WORDS = {"ON": 1.0, "YES": 1.0, "OFF": 0.0, "NO": 0.0}

# Of those that advice may name. MySQL tells of none whether it takes a restart.
_STATIC = re.compile(
    r"^(performance_schema(_(?!show_processlist|max_digest_sample_age)\w+)?|back_log|bind_address|datadir|tmpdir|port"
    r"|socket|log_bin|log_error|log_(slave|replica)_updates|lower_case_table_names"
    r"|open_files_limit|skip_(name_resolve|networking|external_locking)|thread_(stack|handling)"
    r"|table_open_cache_instances|(slave|replica)_skip_errors|relay_log(_\w*(basename|index|file))?"
    r"|relay_log_(recovery|space_limit)|secure_file_priv|large_pages|max_digest_length|ft_\w+len"
    r"|innodb_(autoinc_lock_mode|buffer_pool_(instances|chunk_size|load_at_startup)|flush_method"
    r"|dedicated_server|data_file_path|data_home_dir|directories|doublewrite_(dir|files|pages)"
    r"|force_recovery|ft_(min|max)_token_size|log_(file_size|files_in_group|group_home_dir)"
    r"|numa_interleave|page_cleaners|page_size|purge_threads|read_only"
    r"|(read|write)_io_threads|rollback_on_timeout|sort_buffer_size|sync_array_size"
    r"|temp_data_file_path|undo_directory|use_native_aio|validate_tablespace_paths|version))$"
)


# Each session is told of its own; these our session has set.
_OURS = frozenset(
    (
        *("sql_mode", "time_zone", "wait_timeout", "lock_wait_timeout", "transaction_read_only"),
        *(
            "innodb_lock_wait_timeout",
            "max_execution_time",
            "min_examined_row_limit",
            "group_concat_max_len",
            "autocommit",
        ),
    )
)


def is_transient(name: str) -> bool:
    """A position that moves with each transaction, and may be as long as a book."""
    return bool(_TRANSIENT.match(name))


def is_secret(name: str) -> bool:
    """Its value may let somebody in; what a plugin names is judged by its name alone."""
    return bool(_SECRET.search(name)) and not _HARMLESS.search(name)


def shown_value(name: str, value: str) -> str:
    if value and is_secret(name):
        return "(hidden)"
    return value if len(value) <= _LONGEST else value[:_LONGEST] + "…"


def unit_of(name: str) -> str | None:
    """B, s or ms where the name leaves no doubt."""
    if name in _UNITS:
        return _UNITS[name]
    if name in _ALSO_BYTES or (_BYTES.search(name) and not _SIZES_OF_SOMETHING_ELSE.search(name)):
        return "B"
    return "s" if _SECONDS.match(name) else None


def number_of(value: str, unit: str | None) -> float | None:
    """In bytes, seconds or plain count; of ON and OFF 1 and 0."""
    if value.upper() in _WORDS:
        return _WORDS[value.upper()]
    if not re.fullmatch(r"-?\d+(\.\d+)?", value):
        return None
    return float(value) * _FACTORS.get(unit or "", 1.0)


def only_at_start(name: str) -> bool:
    """Known to take a restart on MySQL."""
    return bool(_STATIC.match(name))


def source_of(name: str, told: str | None) -> str:
    return "" if told is None or name in _OURS else told.lower()
