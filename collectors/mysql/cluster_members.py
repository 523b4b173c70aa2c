"""Members of a Galera cluster or a replication group, as this server sees them."""

from __future__ import annotations

from collectors.fields import counter, gauge, label, note, row


@row
class ClusterMember:
    """One member; of Galera this server only, which also says how many there are."""

    member: str = label("Host and port, or node name.")
    kind: str = label("galera or group replication.")
    here: bool = note("It is this server.")
    state: str = note("ONLINE, RECOVERING, ERROR, …; Galera: Synced, Donor/Desynced, …")
    role: str = note("PRIMARY or SECONDARY; Galera: Primary or non-Primary component.")
    members: int = gauge("Members this one sees.")
    queue: int | None = gauge("Transactions that wait to be certified or applied.")
    conflicts: int | None = counter("Transactions rolled back by certification.")
    flow_control_seconds: float | None = counter("Galera: time paused by flow control.")
