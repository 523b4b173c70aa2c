"""What MySQL and MariaDB take: names in backticks, variables that last, DDL that does not block."""

from __future__ import annotations

import re
from shlex import quote

from collectors.session import Server
from rules.wording import literal

# Before an ALTER: one that can't get its metadata lock gives up, and what waits behind it goes on.
PATIENTLY = "SET SESSION lock_wait_timeout = 5;"
# A value that neither SET nor the command of a parameter group takes for more than one.
_BARE = re.compile(r"[\w.+-]+|'.*'")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
# Reserved in MySQL 9.7 or MariaDB 11.8, as far as people use them for names.
_RESERVED = frozenset(
    """
    accessible add all alter analyze and as asc before between both by call cascade case change
    character check collate column condition constraint continue convert create cross cube cume_dist
    current_date current_role current_time current_timestamp current_user cursor database databases
    default delayed delete dense_rank desc describe distinct div drop dual each else empty enclosed
    escaped except exists exit explain false fetch first_value for force foreign from fulltext
    function generated get grant group grouping groups having high_priority if ignore in index
    infile inner inout insert int integer intersect interval into is iterate join json_table key
    keys kill lag last_value lateral lead leading leave left like limit linear lines load
    localtime localtimestamp lock long loop low_priority manual match maxvalue mod natural not
    nth_value ntile null numeric of offset on optimize option or order out outer outfile over
    parallel partition percent_rank precision primary procedure purge qualify range rank read real
    recursive references regexp release rename repeat replace require resignal restrict return
    returning revoke right rlike row row_number rows schema schemas select separator set show signal
    spatial sql starting straight_join system table tablesample terminated then to trailing trigger
    true undo union unique unlock unsigned update usage use using values varying virtual when where
    while window with write xor
    """.split()  # noqa: SIM905  a hundred quotes more to read
)


def quoted(name: str) -> str:
    """An identifier, in backticks where SQL needs them."""
    if _PLAIN.fullmatch(name) and name.lower() not in _RESERVED:
        return name
    return "`" + name.replace("`", "``") + "`"


def qualified(schema: str, name: str) -> str:
    """``schema.name``, each part in backticks where needed."""
    return f"{quoted(schema)}.{quoted(name)}"


def set_variable(server: Server, name: str, value: str, *, dynamic: bool = True) -> tuple[str, ...]:
    """What changes a global variable for good; not `dynamic` is one that needs a restart."""
    value = value if _BARE.fullmatch(value) else literal(value)
    if server.platform != "self-managed":
        return (_in_group(server, name, value, "immediate" if dynamic else "pending-reboot"),)
    if server.engine == "mysql" and server.at_least(8):
        if dynamic:
            return (f"SET PERSIST {name} = {value};",)
        return (f"SET PERSIST_ONLY {name} = {value};", "-- then restart the server")
    if dynamic:
        in_file = f"-- in my.cnf under [mysqld], so that it lasts: {name} = {value}"
        return (f"SET GLOBAL {name} = {value};", in_file)
    return (f"-- in my.cnf under [mysqld]: {name} = {value}", "-- then restart the server")


def reset_variable(server: Server, name: str, value: str, *, dynamic: bool = True) -> str:
    """How to go back to `value`."""
    return "\n".join(set_variable(server, name, value, dynamic=dynamic))


def _in_group(server: Server, name: str, value: str, method: str) -> str:
    """Parameter groups take ON and OFF as numbers."""
    group = "db-cluster-parameter-group" if server.platform == "aurora" else "db-parameter-group"
    said = {"ON": "1", "OFF": "0"}.get(value.upper(), value)
    return (
        f"aws rds modify-{group} --{group}-name YOUR-GROUP --parameters "
        f'"ParameterName={name},ParameterValue={said},ApplyMethod={method}"'
    )


def alter_online(schema: str, table: str, change: str) -> str:
    """An ALTER that fails at once, rather than block writers, where it can't be done online."""
    return f"ALTER TABLE {qualified(schema, table)} {change}, ALGORITHM=INPLACE, LOCK=NONE;"


def alter_by_copy(schema: str, table: str, change: str) -> tuple[str, ...]:
    """Where the server can only copy the table under a lock: tools that copy beside the traffic."""
    return (
        f"gh-ost --database={quote(schema)} --table={quote(table)} --alter={quote(change)} "
        "--host=HOST --user=USER --ask-pass --execute",
        f"# or: pt-online-schema-change --alter {quote(change)} {quote(f'D={schema},t={table}')} "
        "--host HOST --user USER --ask-pass --execute",
    )
