"""Tags of a database that is not production, and of one of which nobody said anything."""

from __future__ import annotations

Tags = tuple[tuple[str, str], ...]

UNSAID: Tags = ()
STAGING: Tags = (("environment", "staging"),)
CLUSTER_ARN = "arn:aws:rds:eu-west-1:123456789012:cluster:shop"
