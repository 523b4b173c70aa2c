"""Transactions that hold the past: nothing younger than they are can be cleaned up."""

from __future__ import annotations

from collectors.fields import gauge, label, note, row


@row
class HorizonHolder:
    """Something whose snapshot keeps dead rows alive.

    `kind` is session, prepared-transaction, slot, standby-feedback or replica-query; `name`
    is the slot, standby, database or user, which outlive a reconnect.
    """

    kind: str = label()
    name: str = label()
    database: str = label()
    id: str = note("Process id, global transaction id or slot name: what a remedy needs.")
    detail: str = note("State and wait, or whether the slot is active.")
    transaction_age: int = gauge("Transactions started since its snapshot was taken.")
    held_seconds: float | None = gauge("How long it is open; None where the server does not say.")
    state_seconds: float | None = gauge("How long it is in its present state.")
    query: str = note("Normalised text without literals.")
