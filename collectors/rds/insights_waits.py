"""Waits as Performance Insights names them, in the words of session samples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple


class Wait(NamedTuple):
    type: str
    event: str


# What was cut off: the smallest waits of a statement, in one.
REST: Final = Wait("", "other")
_RUNS: Final = Wait("CPU", "")
# Instruments of MySQL's performance_schema; Aurora leaves "wait/" away. The event is the group.
_EVENTS: Final = (
    ("Lock", re.compile(r"lock/(table|metadata)/.+")),
    ("Lock", re.compile(r"synch/cond/innodb/(row)_lock_wait.*")),
    ("Client", re.compile(r"io/(socket/.+|aurora_respond_to_client)")),
    ("Commit", re.compile(r"io/(aurora_redo_log_flush)")),
    ("Commit", re.compile(r"synch/(cond/(?:sql/MYSQL_BIN_LOG::.+|semisync/.+))")),
    ("Synch", re.compile(r"synch/(.+)")),
    ("IO", re.compile(r"io/(.+)")),
)


def wait_of(dimensions: Mapping[str, str]) -> Wait:
    """Of db.wait_event.type and .name. PostgreSQL's name may begin with its type: Lock:tuple.

    MySQL counts waits for row locks as io/table/sql/handler, Aurora MySQL by a name of their own.
    """
    kind, name = dimensions.get("db.wait_event.type", ""), dimensions.get("db.wait_event.name", "")
    if "CPU" in (kind, name):
        return _RUNS
    instrument = name.removeprefix("wait/")
    for word, pattern in _EVENTS:
        if match := pattern.fullmatch(instrument):
            return Wait(word, match[1])
    before, colon, event = name.partition(":")
    if colon and before in (kind, ""):
        return Wait(kind, event)
    return Wait(kind, name)
