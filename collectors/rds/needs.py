"""What a question to AWS needs: an action of IAM, or a feature of the instance."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.base import Right
from collectors.session import Server

_MODIFY = "aws rds modify-db-instance --db-instance-identifier"


@dataclass(frozen=True, slots=True)
class Action(Right):
    """The role may do this; AWS tells only when it is asked. `optional`: it answers without."""

    name: str
    optional: bool = False

    def unmet(self, server: Server) -> str | None:  # noqa: ARG002  as said above
        return None


@dataclass(frozen=True, slots=True)
class Insights:
    """Performance Insights is switched on."""

    def unmet(self, server: Server) -> str | None:
        if server.settings.get("performance_insights") != "off":
            return None
        return (
            "needs Performance Insights (CloudWatch Database Insights); found it off; run "
            f"{_MODIFY} {server.settings.get('instance')} "
            "--enable-performance-insights --apply-immediately"
        )


@dataclass(frozen=True, slots=True)
class EnhancedMonitoring:
    """The instance sends metrics of its operating system."""

    def unmet(self, server: Server) -> str | None:
        if server.settings.get("enhanced_monitoring") != "off":
            return None
        return (
            "needs Enhanced Monitoring; found it off; run "
            f"{_MODIFY} {server.settings.get('instance')} "
            "--monitoring-interval 60 --monitoring-role-arn ROLE --apply-immediately"
        )


@dataclass(frozen=True, slots=True)
class InCluster:
    """The instance is a member of an Aurora or Multi-AZ DB cluster."""

    def unmet(self, server: Server) -> str | None:
        if server.settings.get("cluster"):
            return None
        return "the instance is not a member of a cluster"
