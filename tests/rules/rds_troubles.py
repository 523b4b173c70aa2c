"""What makes each rule about room, cost and upkeep of RDS speak."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from collectors.rds.alarms import Alarm
from collectors.rds.classes import ClassSize
from collectors.rds.engine_lifecycle import Lifecycle
from collectors.rds.global_cluster import GlobalCluster
from collectors.rds.instance import UsedGroup
from collectors.rds.maintenance import PendingAction
from collectors.rds.proxies import Proxy
from collectors.rds.recommendations import AwsRecommendation
from collectors.rds.reserved_instances import ReservedCoverage
from collectors.snapshot import Snapshot
from rules.base import Rule
from rules.capacity.aurora_volume_near_limit import aurora_volume_near_limit
from rules.capacity.burst_balance_low import burst_balance_low
from rules.capacity.burstable_in_production import burstable_in_production
from rules.capacity.cpu_saturated import cpu_saturated
from rules.capacity.credits_running_out import credits_running_out
from rules.capacity.gp2_volume import gp2_volume
from rules.capacity.io_saturated import io_saturated
from rules.capacity.load_over_vcpu import load_over_vcpu
from rules.capacity.local_storage_running_out import local_storage_running_out
from rules.capacity.magnetic_storage import magnetic_storage
from rules.capacity.memory_pressure import memory_pressure
from rules.capacity.memory_reserved import memory_reserved
from rules.capacity.old_instance_class import old_instance_class
from rules.capacity.proxy_borrow_waits import proxy_borrow_waits
from rules.capacity.proxy_candidate import proxy_candidate
from rules.capacity.proxy_pinned import proxy_pinned
from rules.capacity.read_replica_candidate import read_replica_candidate
from rules.capacity.serverless_ceiling import serverless_ceiling
from rules.capacity.serverless_floor import serverless_floor
from rules.capacity.serverless_kept_awake import serverless_kept_awake
from rules.capacity.slot_holds_storage import slot_holds_storage
from rules.capacity.slow_io import slow_io
from rules.capacity.storage_autoscaling_ceiling import storage_autoscaling_ceiling
from rules.capacity.storage_autoscaling_off import storage_autoscaling_off
from rules.capacity.storage_running_out import storage_running_out
from rules.capacity.undersized_instance import undersized_instance
from rules.cost.idle_instance import idle_instance
from rules.cost.io_optimized_candidate import io_optimized_candidate
from rules.cost.oversized_instance import oversized_instance
from rules.cost.reserved_instance_gap import reserved_instance_gap
from rules.cost.serverless_always_high import serverless_always_high
from rules.locks.load_blocked import load_blocked
from rules.upkeep.alarms_missing import alarms_missing
from rules.upkeep.aws_recommendation import aws_recommendation
from rules.upkeep.default_parameter_group import default_parameter_group
from rules.upkeep.enhanced_monitoring_off import enhanced_monitoring_off
from rules.upkeep.extended_support import extended_support
from rules.upkeep.insights_off import insights_off
from rules.upkeep.logs_not_exported import logs_not_exported
from rules.upkeep.minor_upgrades_off import minor_upgrades_off
from rules.upkeep.parameter_overridden import parameter_overridden
from rules.upkeep.pending_maintenance import pending_maintenance
from rules.upkeep.pending_reboot import pending_reboot
from rules.upkeep.transaction_ids_near_limit import transaction_ids_near_limit
from tests.aws.rows import (
    GIB,
    aurora,
    cluster,
    hours,
    instance,
    minutes,
    parameters,
    seen_by_aws,
)
from tests.aws.session import NOW
from tests.make import make, snapshot
from tests.rules.insights import load

Trouble = tuple[Rule[Any], tuple[Any, ...]]

ORDERS, SHOP = instance(), aurora()
NO_ALARMS: Snapshot[Alarm] = snapshot(taken_at=NOW)
SERVERLESS = aurora(instance_class="db.serverless", vcpus=None)
MEMBER = instance(cluster="shop", role="writer")
GP2 = instance(storage_type="gp2", iops=None, storage_bytes_per_second=None)
FIXED = instance(max_allocated_bytes=None)
RANGE, PAUSES = cluster(min_acu=0.5, max_acu=16.0), cluster(min_acu=0.0, max_acu=8.0)
PROXY = snapshot(
    make(
        Proxy, proxy="orders-proxy", pinned_connections=90.0, database_connections=100.0,
        borrow_latency_seconds=0.2, max_connections_ratio=0.5,
    )
)  # fmt: skip
WORLD = snapshot(make(GlobalCluster, global_cluster="world"))
SLOW: dict[str, Any] = {"read_latency_p90_seconds": 0.05, "read_operations_per_second": 100.0}
FULL: dict[str, Any] = {
    **SLOW,
    "read_operations_per_second": 2990.0,
    "write_operations_per_second": 1.0,
}
FEW = minutes(free_storage_bytes=10.0 * GIB)
SHORT = minutes(freeable_memory_bytes=1.5 * GIB, swap_used_bytes=[60e6 * i for i in range(15)])


def trouble(judge: Rule[Any], *given: Any) -> Trouble:
    return judge, given


def of_storage() -> Iterator[Trouble]:
    yield trouble(
        aurora_volume_near_limit,
        minutes(volume_used_bytes=120.0 * 2**40),
        cluster(engine_version="16.8"),
        None,
    )
    for where, low in (
        (GP2, "burst_balance_ratio"), (ORDERS, "ebs_io_balance_ratio"),
        (MEMBER, "ebs_byte_balance_ratio"),
    ):  # fmt: skip
        yield trouble(burst_balance_low, minutes(**dict[str, Any]({low: 0.05})), where)
    for gib in (200, 1000):
        moved = minutes(read_bytes_per_second=6e8, write_bytes_per_second=0.0)
        yield trouble(gp2_volume, moved, instance(storage_type="gp2", allocated_bytes=gib * GIB))
    yield trouble(io_saturated, minutes(**FULL), ORDERS)
    yield trouble(io_saturated, minutes(**FULL), instance(size=ClassSize(2, 16 * GIB, 500, 500)))
    yield trouble(local_storage_running_out, minutes(free_local_storage_bytes=1.0 * GIB), SHOP)
    for gib in (5, 500):
        yield trouble(
            magnetic_storage,
            instance(storage_type="standard", allocated_bytes=gib * GIB),
        )
    yield trouble(slot_holds_storage, minutes(slot_disk_bytes=90.0 * GIB), ORDERS, None)
    near = instance(max_allocated_bytes=210 * GIB)
    yield trouble(storage_autoscaling_ceiling, None, near)
    yield trouble(storage_autoscaling_off, FEW, FIXED)
    for where in (FIXED, near, instance(max_allocated_bytes=None, cluster="shop")):
        yield trouble(storage_running_out, FEW, where, None)


def of_work() -> Iterator[Trouble]:
    for where in (instance(instance_class="db.t4g.large"), aurora(instance_class="db.t4g.large")):
        yield trouble(burstable_in_production, where)
    for where in (ORDERS, SHOP, MEMBER):
        yield trouble(cpu_saturated, minutes(cpu_ratio=0.95), where, None)
        yield trouble(undersized_instance, where, hours(cpu_ratio=0.9), None)
    yield trouble(
        credits_running_out,
        minutes(cpu_ratio=0.9, cpu_credits=1.0),
        instance(instance_class="db.t2.large"),
    )
    yield trouble(load_over_vcpu, load(active=4.0), ORDERS, None, None)
    yield trouble(load_blocked, load(("Lock:tuple", 2.0), active=4.0), ORDERS, None, None, None)
    yield trouble(memory_pressure, SHORT, ORDERS, parameters(work_mem="65536"))
    yield trouble(memory_reserved, minutes(memory_reserved=True), SHOP)
    yield trouble(old_instance_class, instance(instance_class="db.m4.large"))


def of_readers_and_proxies() -> Iterator[Trouble]:
    yield trouble(proxy_borrow_waits, ORDERS, PROXY)
    yield trouble(proxy_pinned, instance(engine="mysql"), PROXY)
    for where in (ORDERS, SHOP):
        yield trouble(
            proxy_candidate,
            where,
            minutes(connections=400.0, load_sessions=1.0),
            snapshot(),
            None,
            None,
        )
        yield trouble(slow_io, minutes(**SLOW), where)
    for where, of in ((ORDERS, None), (SHOP, cluster(*cluster().rows[0].members[:1]))):
        busy = hours(
            cpu_ratio=0.8, read_operations_per_second=500.0, write_operations_per_second=10.0
        )
        yield trouble(read_replica_candidate, where, busy, of)
    yield trouble(serverless_ceiling, SERVERLESS, RANGE, minutes(acu=16.0), None)
    for of in (RANGE, PAUSES):
        yield trouble(serverless_floor, SERVERLESS, of, minutes(), WORLD)
    held = parameters("cluster", **{"rds.logical_replication": "1"})
    yield trouble(serverless_kept_awake, SERVERLESS, PAUSES, seen_by_aws(), None, PROXY, None, held)


def of_cost() -> Iterator[Trouble]:
    for where in (ORDERS, SHOP):
        yield trouble(idle_instance, where, hours(connections_max=0.0), seen_by_aws(), None)
    yield trouble(
        io_optimized_candidate,
        SHOP,
        cluster(storage_type="aurora"),
        hours(volume_operations=9e6, volume_used_bytes=1e11),
    )
    idle = hours(
        cpu_ratio=0.1, cpu_max_ratio=0.2, load_sessions=0.1, freeable_memory_min_bytes=12.0 * GIB
    )
    yield (
        oversized_instance,
        (instance(instance_class="db.r7g.xlarge", memory_bytes=16 * GIB), idle),
    )
    group = make(
        ReservedCoverage, family="db.r7g", product="postgresql", speaks=True, running_units=8.0,
        reserved_units=0.0, next_end_at=None, steady_days=30,
    )  # fmt: skip
    yield trouble(reserved_instance_gap, ORDERS, snapshot(group))
    yield trouble(serverless_always_high, SERVERLESS, RANGE, hours(acu=12.0))


def of_upkeep() -> Iterator[Trouble]:
    yield trouble(alarms_missing, NO_ALARMS, ORDERS, None, None, None)
    yield trouble(
        aws_recommendation,
        snapshot(
            make(
                AwsRecommendation,
                recommendation="rec-1",
                type_id="new",
                severity="low",
                status="active",
                resource="orders-1",
            )
        ),
        ORDERS,
    )
    default = (UsedGroup("default.postgres16", "in-sync"),)
    yield trouble(default_parameter_group, instance(parameter_groups=default), None)
    ended = make(Lifecycle, support="standard", engine="postgres", major="13", ends_at=NOW - 86_400)
    for where in (ORDERS, MEMBER):
        yield trouble(enhanced_monitoring_off, _set(where, monitoring_seconds=0))
        yield trouble(insights_off, _set(where, insights=False))
        yield trouble(minor_upgrades_off, _set(where, minor_upgrades=False))
        yield trouble(extended_support, snapshot(ended, taken_at=NOW), where)
    for where in (_set(ORDERS, exported_logs=()), _set(MEMBER, exported_logs=("upgrade",))):
        yield trouble(logs_not_exported, where)
    for name, value in (("work_mem", "65536"), ("huge_pages", "off")):
        (given,) = parameters(**{name: value}).rows
        swaps = minutes(
            freeable_memory_bytes=8.0 * GIB, swap_used_bytes=[2e6 * i for i in range(15)]
        )
        yield trouble(
            parameter_overridden, snapshot(replace(given, static=True)), ORDERS, swaps, None
        )
    for of_cluster in (False, True):
        waits = make(
            PendingAction, action="os-upgrade", description="New OS",
            resource="shop" if of_cluster else "orders-1", of_cluster=of_cluster,
        )  # fmt: skip
        yield trouble(pending_maintenance, snapshot(waits, taken_at=NOW), MEMBER)
    group = (UsedGroup("orders-pg16", "pending-reboot"),)
    both = instance(parameter_groups=group, pending_changes=("MultiAZ",))
    yield trouble(pending_reboot, both, None, None)
    yield trouble(transaction_ids_near_limit, ORDERS, minutes(used_transaction_ids=1.2e9), None)


def _set(where: Snapshot[Any], **given: Any) -> Snapshot[Any]:
    return snapshot(replace(where.rows[0], **given), taken_at=NOW)
