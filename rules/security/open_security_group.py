"""A security group open to all, on an instance that has no public address."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.instance import Instance
from collectors.rds.open_ports import OpenPort
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_wording import graded, of_instance
from rules.security.open_groups import close, let_in, look_at, reopen, told


@rule(
    title="A security group is open to the whole internet",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html",),
)
def open_security_group(
    instances: Snapshot[Instance], ports: Snapshot[OpenPort]
) -> Iterator[Finding]:
    """A rule lets any address reach the port; that there is no public address is all that helps.

    Why it matters
        Everything in the network and in the networks joined to it can try passwords. One switch,
        or one more use of the same group, and the internet can too.

    What to do
        Let in the security groups of the applications by name, then delete the open rule.

    When to ignore
        With a public address the rule publicly-accessible tells of it; members of a cluster share
        their groups, so its writer alone is told of. One severity lower where no tag tells the
        environment, context only where a tag names another than production.
    """
    (instance,) = instances.rows
    if instance.publicly_accessible or instance.role == "reader" or not ports.rows:
        return
    look_again = look_at(ports.rows, instance.region)
    yield Finding(
        subject=of_instance(instance),
        severity=graded(instance.tags, Severity.MEDIUM, elsewhere=Severity.INFO),
        summary=(
            f"Any address may reach the port of {instance.identifier} by {told(ports.rows)}; "
            "only the missing public address keeps the internet out."
        ),
        evidence={
            "open_rules": len(ports.rows),
            "open_groups": told(ports.rows),
            "port": instance.port,
            "publicly_accessible": instance.publicly_accessible,
        },
        remedy=Remedy(
            text=(
                "First let each application in by its own group, then delete the open rules. See "
                "what else uses the group."
            ),
            statements=(
                let_in(ports.rows[0].group, instance.port, instance.region),
                *close(ports.rows, instance.region),
            ),
            risk=(
                "At once. Clients that came by this rule alone can't connect any more; open "
                "connections may stay."
            ),
            verify=f"No rule has 0.0.0.0/0 or ::/0 any more: {look_again}",
            rollback="\n".join(reopen(ports.rows, instance.region)),
        ),
    )
