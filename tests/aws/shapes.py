"""Answers of RDS in the documented format, written by hand; none was recorded from AWS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.aws.session import NOW

AT = datetime.fromtimestamp(NOW, UTC)
ARN = "arn:aws:rds:eu-west-1:123456789012"


def db_instance(name: str = "orders-1", **given: Any) -> dict[str, Any]:
    """A member of DescribeDBInstances: a healthy db.r7g.large of PostgreSQL 16 in production."""
    return {
        "DBInstanceIdentifier": name,
        "DBInstanceClass": "db.r7g.large",
        "Engine": "postgres",
        "DBInstanceStatus": "available",
        "MasterUsername": "postgres",
        "DBName": "orders",
        "Endpoint": {"Address": f"{name}.abc123.eu-west-1.rds.amazonaws.com", "Port": 5432},
        "AllocatedStorage": 200,
        "InstanceCreateTime": AT - timedelta(days=300),
        "PreferredBackupWindow": "02:00-02:30",
        "BackupRetentionPeriod": 14,
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-0a1b2c3d", "Status": "active"}],
        "DBParameterGroups": [
            {"DBParameterGroupName": "orders-pg16", "ParameterApplyStatus": "in-sync"}
        ],
        "AvailabilityZone": "eu-west-1a",
        "SecondaryAvailabilityZone": "eu-west-1b",
        "PreferredMaintenanceWindow": "sun:03:00-sun:03:30",
        "PendingModifiedValues": {},
        "LatestRestorableTime": AT - timedelta(minutes=4),
        "MultiAZ": True,
        "EngineVersion": "16.3",
        "AutoMinorVersionUpgrade": True,
        "ReadReplicaDBInstanceIdentifiers": [],
        "LicenseModel": "postgresql-license",
        "Iops": 3000,
        "StorageThroughput": 125,
        "PubliclyAccessible": False,
        "StorageType": "gp3",
        "StorageEncrypted": True,
        "DbiResourceId": f"db-{name.upper().replace('-', '')}",
        "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        "CertificateDetails": {
            "CAIdentifier": "rds-ca-rsa2048-g1",
            "ValidTill": AT + timedelta(days=300),
        },
        "MonitoringInterval": 60,
        "DBInstanceArn": f"{ARN}:db:{name}",
        "IAMDatabaseAuthenticationEnabled": True,
        "DatabaseInsightsMode": "standard",
        "PerformanceInsightsEnabled": True,
        "PerformanceInsightsRetentionPeriod": 7,
        "EnabledCloudwatchLogsExports": ["postgresql"],
        "DeletionProtection": True,
        "MaxAllocatedStorage": 1000,
        "EngineLifecycleSupport": "open-source-rds-extended-support-disabled",
        "TagList": [{"Key": "environment", "Value": "production"}],
        **given,
    }


def aurora_member(name: str = "shop-1", cluster: str = "shop", **given: Any) -> dict[str, Any]:
    """A member of DescribeDBInstances that belongs to a cluster of Aurora PostgreSQL 16."""
    about = {
        "Engine": "aurora-postgresql",
        "EngineVersion": "16.6",
        "DBClusterIdentifier": cluster,
        "PromotionTier": 1,
        "AllocatedStorage": 1,
        "StorageType": "aurora",
        "MultiAZ": False,
        "DBParameterGroups": [
            {"DBParameterGroupName": "shop-apg16", "ParameterApplyStatus": "in-sync"}
        ],
    }
    made = db_instance(name, **{**about, **given})
    for absent in ("MaxAllocatedStorage", "Iops", "StorageThroughput", "LatestRestorableTime"):
        if absent not in given:
            del made[absent]
    return made


def db_cluster(name: str = "shop", *members: str, **given: Any) -> dict[str, Any]:
    """A member of DescribeDBClusters; the first of `members` writes."""
    return {
        "DBClusterIdentifier": name,
        "AvailabilityZones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        "BackupRetentionPeriod": 14,
        "DBClusterParameterGroup": "shop-cluster-apg16",
        "Status": "available",
        "EarliestRestorableTime": AT - timedelta(days=14),
        "LatestRestorableTime": AT - timedelta(minutes=4),
        "Endpoint": f"{name}.cluster-abc123.eu-west-1.rds.amazonaws.com",
        "ReaderEndpoint": f"{name}.cluster-ro-abc123.eu-west-1.rds.amazonaws.com",
        "MultiAZ": len(members) > 1,
        "Engine": "aurora-postgresql",
        "EngineVersion": "16.6",
        "EngineMode": "provisioned",
        "Port": 5432,
        "PreferredBackupWindow": "02:00-02:30",
        "PreferredMaintenanceWindow": "sun:03:00-sun:03:30",
        "DBClusterMembers": [
            {
                "DBInstanceIdentifier": member,
                "IsClusterWriter": at == 0,
                "DBClusterParameterGroupStatus": "in-sync",
                "PromotionTier": 1,
            }
            for at, member in enumerate(members)
        ],
        "StorageEncrypted": True,
        "DbClusterResourceId": f"cluster-{name.upper()}",
        "DBClusterArn": f"{ARN}:cluster:{name}",
        "IAMDatabaseAuthenticationEnabled": True,
        "DeletionProtection": True,
        "TagList": [{"Key": "environment", "Value": "production"}],
        **given,
    }
