"""The instance's certificate ends soon, or is of an authority that has ended."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_holder import look
from rules.rds_wording import graded, in_region, modify_instance, of_instance
from rules.wording import duration

_ENDED = "rds-ca-2019"
_CURRENT = "rds-ca-rsa2048-g1"
_DAY = 86_400
_URGENT_DAYS = 14


@rule(
    title="The certificate of the instance ends soon",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL-certificate-rotation.html",
    ),
)
def certificate_expiring(
    instances: Snapshot[Instance], *, wanted_days: float = 60
) -> Iterator[Finding]:
    """Clients that check the server's certificate will refuse to connect, all at once.

    Why it matters
        From the minute it expires on, each new connection that verifies the server fails; the
        pool drains and the application is down, with the database in good health.

    What to do
        Give all clients the bundle with the new authorities first, then change the certificate.
        Under the authorities whose names end in g1 RDS renews it by itself, at times by a restart
        in the maintenance window: see that this is planned.

    When to ignore
        Where no client checks the certificate: encryption goes on. High with less than two weeks
        left, or of the authority of 2019, which ended in 2024; else medium. One severity lower
        where no tag tells the environment, context only where a tag names another than
        production.
    """
    (instance,) = instances.rows
    old, until = instance.certificate_authority == _ENDED, instance.certificate_valid_until
    left = until - instances.taken_at if until is not None else None
    if not old and (left is None or left >= wanted_days * _DAY):
        return
    urgent = old or (left is not None and left < _URGENT_DAYS * _DAY)
    worst = Severity.HIGH if urgent else Severity.MEDIUM
    yield Finding(
        subject=of_instance(instance),
        severity=graded(instance.tags, worst, elsewhere=Severity.INFO),
        summary=f"The certificate of {instance.identifier} {_when(left, old=old)}.",
        evidence={
            "left_days": left / _DAY if left is not None else None,
            "certificate_ends_at": until,
            "certificate_authority": instance.certificate_authority,
        },
        remedy=_remedy(instance),
    )


def _when(left: float | None, *, old: bool) -> str:
    of = f" and is of {_ENDED}, whose time is over" if old else ""
    if left is None:
        return f"is of {_ENDED}, whose time is over"
    if left < 0:
        return f"ended {duration(-left)} ago{of}"
    return f"ends in {duration(left)}{of}"


def _remedy(instance: Instance) -> Remedy:
    authority = instance.certificate_authority or ""
    renewed = authority.endswith("-g1")
    wanted = authority if renewed else _CURRENT
    can = (
        f"aws rds describe-db-engine-versions --engine {instance.engine} "
        f"--engine-version {instance.engine_version} {in_region(instance.arn)} --query "
        "'DBEngineVersions[0].SupportsCertificateRotationWithoutRestart'"
    )
    pending = (
        "aws rds describe-pending-maintenance-actions --resource-identifier "
        f"{instance.arn} {in_region(instance.arn)}"
    )
    change = modify_instance(instance, f"--ca-certificate-identifier {wanted}")
    return Remedy(
        text=(
            "RDS renews this certificate by itself: see that the change is planned, and that "
            "clients trust the bundle global-bundle.pem of RDS."
            if renewed
            else "Give all clients the bundle global-bundle.pem of RDS first. Then change the "
            f"authority to {_CURRENT} in the maintenance window."
        ),
        statements=(can, pending) if renewed else (can, change),
        risk=(
            "Where the engine version can't change it without a restart (the first command gives "
            "false), the instance restarts. Clients that verify without the new bundle can't "
            "connect afterwards."
        ),
        verify=f"After the window the date is far off: {look(instance, 'CertificateDetails')}",
        rollback=(
            "None: an expired authority can't be taken again. Clients that fail need the bundle."
        ),
    )
