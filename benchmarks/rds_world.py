"""An account of AWS with two hundred instances, as a process of its own: prints its URL."""

from __future__ import annotations

import sys
import threading
from typing import Any

from tests.aws.insights import Database, Sql
from tests.aws.service import serving
from tests.aws.shapes import aurora_member, db_cluster, db_instance
from tests.aws.world import World

INSTANCES = 200
_CLUSTERS = 20
_CLASSES = ("db.r7g.large", "db.r7g.xlarge", "db.m7g.large", "db.t4g.medium", "db.m6g.2xlarge")
_WAITS = (("CPU", "CPU"), ("IO", "DataFileRead"), ("Lock", "transactionid"), ("LWLock", "WALWrite"))


def world() -> World:
    """Of ten instances eight are RDS and two a cluster of Aurora; each has 25 statements."""
    instances: list[dict[str, Any]] = []
    clusters = []
    for number in range(_CLUSTERS):
        names = [f"shop-{number}-{member}" for member in (1, 2)]
        clusters.append(db_cluster(f"shop-{number}", *names))
        instances += [aurora_member(n, f"shop-{number}", DbiResourceId=_id(n)) for n in names]
    for number in range(INSTANCES - len(instances)):
        name, engine = f"db-{number}", ("postgres", "mysql")[number % 2]
        about = {"DBInstanceClass": _CLASSES[number % len(_CLASSES)], "Engine": engine}
        if engine == "mysql":
            about["EngineVersion"] = "8.0.42"
        instances.append(db_instance(name, DbiResourceId=_id(name), **about))
    databases = {
        i["DbiResourceId"]: Database(
            _statements(), "mysql" if i["Engine"] == "mysql" else "postgres"
        )
        for i in instances
    }
    return World(instances, clusters, databases)


def _id(name: str) -> str:
    return f"db-{name.upper()}"


def _statements() -> list[Sql]:
    return [
        Sql(
            f"T{number}",
            f"SELECT c{number} FROM t{number} WHERE id = ? AND note = ?",
            str(number),
            dict.fromkeys(_WAITS, 0.1 / (number + 1)),
        )
        for number in range(25)
    ]


def main() -> None:
    with serving(world()) as served:
        sys.stdout.write(f"{served.url}\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
