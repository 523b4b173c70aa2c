"""Passwords are the only way in."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_holder import Holder, holder, look, modify, name, subject
from rules.rds_wording import graded

_LEAST_MARIADB = (10, 11)


@rule(
    title="IAM authentication is off",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html",
    ),
)
def iam_authentication_off(
    instances: Snapshot[Instance], clusters: Snapshot[Cluster] | None
) -> Iterator[Finding]:
    """No user can log in with a role of AWS: all must have a password that somebody keeps.

    Why it matters
        Passwords are shared, logged and rarely changed. A token of IAM lasts fifteen minutes,
        belongs to a role, and ends with it.

    What to do
        Switch it on: it changes nothing by itself. Then move people and tools to it one by one.

    When to ignore
        Clients that open more than some 200 connections a second, and passwords that are kept and
        changed by Secrets Manager. MariaDB has it from 10.11 on. One severity lower where no tag
        tells the environment, not told where a tag names another than production.
    """
    (instance,) = instances.rows
    kept = holder(instance, clusters)
    if kept is None or kept.iam_authentication is not False or not _offered(instance, kept):
        return
    severity = graded((*kept.tags, *instance.tags), Severity.LOW)
    if severity is not None:
        yield Finding(
            subject=subject(kept),
            severity=severity,
            summary=f"{name(kept)} knows passwords only: IAM authentication is off.",
            evidence={
                "iam_authentication": False,
                "engine": kept.engine,
                "engine_version": kept.engine_version,
            },
            remedy=_remedy(kept, instance),
        )


def _offered(instance: Instance, kept: Holder) -> bool:
    """Not told of Multi-AZ DB clusters, where it depends on engine and region."""
    if isinstance(kept, Cluster):
        return instance.aurora
    if instance.family == "mariadb":
        major, _, rest = instance.engine_version.partition(".")
        minor = rest.partition(".")[0]
        return major.isdigit() and minor.isdigit() and (int(major), int(minor)) >= _LEAST_MARIADB
    return instance.family in ("postgres", "mysql")


def _remedy(kept: Holder, instance: Instance) -> Remedy:
    user = {
        "postgres": "GRANT rds_iam TO a_user; (the user's password no longer works then)",
        "mysql": "CREATE USER a_user IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS';",
    }.get(instance.family, "a user with the plugin of AWS")
    return Remedy(
        text=(
            "Switch it on, let one role connect (rds-db:connect), make one user for it and try: "
            f"{user}"
        ),
        statements=(modify(kept, "--enable-iam-database-authentication"),),
        risk=(
            "Online. Existing users and passwords go on as before. It needs TLS and the address "
            "that RDS gave, and suits pools better than a new connection for each request."
        ),
        verify=(
            f"Within minutes this gives true: {look(kept, 'IAMDatabaseAuthenticationEnabled')}"
        ),
        rollback=modify(kept, "--no-enable-iam-database-authentication"),
    )
