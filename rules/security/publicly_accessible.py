"""An instance with an address on the internet."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.instance import Instance
from collectors.rds.open_ports import OpenPort
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_holder import look
from rules.rds_wording import graded, modify_instance, of_instance
from rules.security.open_groups import close, reopen, told


@rule(
    title="The instance has an address on the internet",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html",
    ),
)
def publicly_accessible(
    instances: Snapshot[Instance], ports: Snapshot[OpenPort] | None
) -> Iterator[Finding]:
    """Its name resolves to a public address: security groups alone keep the internet out.

    Why it matters
        Databases that can be reached are found within hours, and passwords are tried on them
        without end. Where a security group lets the whole internet in too, this is going on now.

    What to do
        Take the public address away; let people come by VPN, a bastion host or Session Manager.
        Close security groups to 0.0.0.0/0 at once.

    When to ignore
        Databases that partners must reach, where the groups name the partners' networks. One
        severity lower where no tag tells the environment. Where a tag names another than
        production, context only, or medium if a group is open to all.
    """
    (instance,) = instances.rows
    if not instance.publicly_accessible or "PubliclyAccessible" in instance.pending_changes:
        return
    wide = ports.rows if ports else ()
    worst, least = (Severity.CRITICAL, Severity.MEDIUM) if wide else (Severity.HIGH, Severity.INFO)
    reach = (
        f"and {told(wide)} lets the whole internet reach its port"
        if wide
        else "and only its security groups keep the internet out"
    )
    yield Finding(
        subject=of_instance(instance),
        severity=graded(instance.tags, worst, elsewhere=least),
        summary=f"{instance.identifier} has a public address, {reach}.",
        evidence={
            "publicly_accessible": True,
            "port": instance.port,
            "open_rules": len(wide) if ports else None,
            "open_groups": told(wide) or None,
        },
        remedy=_remedy(instance, wide),
    )


def _remedy(instance: Instance, wide: tuple[OpenPort, ...]) -> Remedy:
    private = modify_instance(instance, "--no-publicly-accessible", when="now")
    public = modify_instance(instance, "--publicly-accessible", when="now")
    return Remedy(
        text=(
            "List who comes from outside the VPC (sessions by client address), give them a "
            "private way, then take the public address away."
        ),
        statements=(*close(wide, instance.region), private),
        risk=(
            "No restart; it takes effect within minutes. Clients outside the VPC and its peers "
            "can't connect any more."
        ),
        verify=f"Within minutes this gives false: {look(instance, 'PubliclyAccessible')}",
        rollback="\n".join((public, *reopen(wide, instance.region))),
    )
