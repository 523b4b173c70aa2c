"""What a session waits for, in PostgreSQL's classes: Lock, IO, Synch, Commit, Client, Timeout, IPC.

The server's word for what a thread is at says it for locks, commits and clients. Disk and mutexes
are seen only where performance_schema follows waits (consumer events_waits_current); elsewhere
they count as CPU.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from collectors.mysql.sessions import OpenSession


class Wait(NamedTuple):
    type: str
    event: str


RUNS: Final = Wait("CPU", "")
_ROW: Final = Wait("Lock", "row")
_CLIENT: Final = Wait("Client", "ClientRead")

# The event is the group of the match, where there is one.
_STATES: Final = (
    ("Lock", re.compile(r"waiting for (?:.+ )?(metadata) lock")),
    ("Lock", re.compile(r"waiting for (table)(?: level lock)?")),
    ("Lock", re.compile(r"waiting for (table flush|.+ lock)")),
    ("Commit", re.compile(r"waiting for (.*(?:commit|semi-sync|certification|flow control).*)")),
    ("Commit", re.compile(r"(commit|commit implicit|query end)")),
    ("Client", re.compile(r"((?:sending|writing|reading|receiving) .*(?:client|net))")),
    ("Timeout", re.compile(r"(user sleep)")),
    ("IO", re.compile(r"waiting for (disk space|someone to free space)")),
    ("IPC", re.compile(r"waiting (?:for|in) (.+)")),
)
_EVENTS: Final = (
    ("Lock", re.compile(r"wait/lock/(table|metadata)/.+")),
    ("Client", re.compile(r"wait/io/(socket/.+)")),
    ("Commit", re.compile(r"wait/synch/(cond/(?:sql/MYSQL_BIN_LOG::.+|semisync/.+))")),
    ("Synch", re.compile(r"wait/synch/(.+)")),
    ("IO", re.compile(r"wait/io/(?!table/)(.+)")),
)
_QUIET: Final = re.compile(
    r"(?:waiting for (?:an event|the next event|source to send|master to send|work from|"
    r"replica workers|slave workers|next activation|workers to exit)|"
    r"(?:replica|slave) has read all|waiting until|waiting to reconnect|reconnecting|connecting|"
    r"queueing|registering|requesting binlog|checking (?:source|master)|suspending).*"
)


def wait_of(session: OpenSession, event: str = "") -> Wait:
    """`event` is what performance_schema sees it wait for, if it follows that."""
    if session.waits_for_row:
        return _ROW
    if session.sleeps:
        return _CLIENT
    return state_wait(session.status) or _matched(_EVENTS, event) or RUNS


def state_wait(status: str) -> Wait | None:
    """None for states in which a thread works."""
    if status == "User lock":
        return Wait("Lock", "user level lock")
    return _matched(_STATES, status.lower())


def quiet(session: OpenSession) -> bool:
    """An applier or receiver of replication that has nothing to do."""
    return session.replicates and _QUIET.fullmatch(session.status.lower()) is not None


def _matched(table: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> Wait | None:
    for kind, pattern in table:
        if match := pattern.fullmatch(text):
            return Wait(kind, match[1])
    return None
