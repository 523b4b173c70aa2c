"""Which errors the server raised."""

from __future__ import annotations

from collectors.fields import counter, identity, label, row


@row
class ErrorCount:
    """One error of events_errors_summary_global_by_error that was raised at least once."""

    error: str = label("Its symbol: ER_LOCK_DEADLOCK, ER_CON_COUNT_ERROR, …")
    number: int = identity("1213, 1040, …")
    raised: int = counter("Times raised.")
    handled: int = counter("Times handled inside the server.")
