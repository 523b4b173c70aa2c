from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.cluster import Cluster
from collectors.rds.global_cluster import GlobalCluster
from collectors.rds.instance import Instance
from collectors.rds.parameters import Parameter
from collectors.rds.proxies import Proxy
from collectors.session import Server
from collectors.snapshot import Snapshot
from rules.base import Finding, Remedy, Severity, rule
from rules.rds_wording import of_instance, reset_group_parameter, set_group_parameter
from rules.wording import duration

_LAST_TIER_WITH_WRITER = 1
_DEFAULT_PAUSE_SECONDS = 300


@rule(
    title="A serverless instance that may pause never does",
    severity=Severity.MEDIUM,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html",
    ),
)
def serverless_kept_awake(  # noqa: PLR0913, PLR0917
    instances: Snapshot[Instance],
    clusters: Snapshot[Cluster],
    server: Server,
    minutes: Snapshot[CloudWatch] | None,
    proxies: Snapshot[Proxy] | None,
    globals_: Snapshot[GlobalCluster] | None,
    parameters: Snapshot[Parameter] | None,
) -> Iterator[Finding]:
    """The minimum is 0, so that it pauses when idle, but something keeps it awake.

    Why it matters
        A pause costs nothing; awake it is billed hour by hour, though nobody uses it. One open
        connection is enough, and dbtriage's own SQL connection is one. An RDS Proxy keeps every
        instance awake; logical or binlog replication and a global database the writer and the
        readers of tiers 0 and 1.

    What to do
        Watch it by AWS alone: without a SQL connection dbtriage wakes nobody. Take away what else
        is named here, or set a minimum above 0 and know what it costs.

    When to ignore
        Where the instance is busy around the clock anyway. Nothing is told while it is paused.
    """
    (instance,) = instances.rows
    paused = any(m.acu == 0 for m in minutes.rows) if minutes else False
    for cluster in clusters.rows:
        if not instance.serverless or cluster.min_acu != 0 or paused:
            continue
        held = _replication(parameters) if _follows_writer(instance) else None
        reasons = {
            "own_connection": server.engine != "rds",
            "proxy": bool(proxies and proxies.rows),
            "global_database": bool(globals_ and globals_.rows and _follows_writer(instance)),
            "replication": held is not None,
        }
        if any(reasons.values()):
            yield _finding(instance, cluster, reasons, held)


def _follows_writer(instance: Instance) -> bool:
    """Readers of higher tiers pause by themselves."""
    return instance.role == "writer" or (instance.promotion_tier or 0) <= _LAST_TIER_WITH_WRITER


def _replication(parameters: Snapshot[Parameter] | None) -> Parameter | None:
    """The parameter that switches logical (binlog) replication on."""
    for row in parameters.rows if parameters else ():
        said = (row.value or "").lower()
        if row.parameter == "rds.logical_replication" and said in ("1", "on"):
            return row
        if row.parameter == "binlog_format" and said not in ("", "off"):
            return row
    return None


def _finding(
    instance: Instance, cluster: Cluster, reasons: dict[str, bool], held: Parameter | None
) -> Finding:
    words = {
        "own_connection": "dbtriage's own SQL connection",
        "proxy": "an RDS Proxy",
        "global_database": "its global database",
        "replication": f"{held.parameter} = {held.value}" if held else "",
    }
    told = ", ".join(words[name] for name, true in reasons.items() if true)
    wait = cluster.pause_after_seconds or _DEFAULT_PAUSE_SECONDS
    return Finding(
        subject=of_instance(instance),
        summary=f"{instance.identifier} may pause after {duration(wait)} without a connection, but "
        f"is kept awake by {told}.",
        evidence={
            "min_acu": cluster.min_acu,
            "pause_after_seconds": wait,
            **{f"{name}_holds": true for name, true in reasons.items()},
        },
        remedy=_remedy(instance, reasons, held),
    )


def _remedy(instance: Instance, reasons: dict[str, bool], held: Parameter | None) -> Remedy:
    text = {
        "own_connection": "Take host or dsn out of this target and keep [targets.aws]: then only "
        "AWS is asked.",
        "proxy": "Connect without the proxy and delete it.",
        "global_database": "Set a minimum above 0: a member of a global database never pauses.",
        "replication": f"Reset {held.parameter if held else ''} if nothing replicates from here.",
    }
    back = set_group_parameter(instance, held, held.value or "") if held else ""
    return Remedy(
        text=" ".join(text[name] for name, true in reasons.items() if true),
        statements=(reset_group_parameter(instance, held),) if held else (),
        risk="Without a SQL connection nothing is told of tables, indexes, locks and sessions. A "
        "paused instance takes some 15 seconds to answer its first client."
        + (
            " The parameter changes at the next reboot; subscribers lose their source." * bool(held)
        ),
        verify="ServerlessDatabaseCapacity reaches 0 within an hour without clients.",
        rollback=f"Give the target its connection back. {back}".strip(),
    )
