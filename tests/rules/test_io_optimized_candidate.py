from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.cost.io_optimized_candidate import io_optimized_candidate
from tests.aws.rows import aurora, cluster, hours, instance, member

WEEK = 168
CPUS = 4  # of the writer and the reader


def used(millions: float | None, **given: Any) -> Snapshot[UsedHour]:
    """So many million I/O a month for each CPU, on 250 GB, which weigh like a fifth one."""
    hourly = None if millions is None else millions * 1e6 * (CPUS + 1) / 730
    return hours(WEEK, **{"volume_operations": hourly, "volume_used_bytes": 250e9, **given})


@pytest.mark.parametrize(
    ("storage", "seen", "wanted"),
    [
        pytest.param("aurora", used(301), "aurora-iopt1", id="very many"),
        pytest.param("aurora-iopt1", used(39), "aurora", id="hardly any"),
    ],
)
def test_fires(storage: str, seen: Snapshot[UsedHour], wanted: str) -> None:
    (finding,) = io_optimized_candidate(aurora(), cluster(storage_type=storage), seen)
    (command,) = finding.remedy.statements
    assert command.endswith(f"--storage-type {wanted} --apply-immediately")
    assert finding.remedy.rollback.endswith(f"--storage-type {storage} --apply-immediately")
    assert finding.evidence["cpus"] == CPUS
    assert finding.subject.name == "shop"


@pytest.mark.parametrize(
    ("storage", "seen"),
    [
        pytest.param("aurora", used(299), id="many"),
        pytest.param("aurora-iopt1", used(41), id="few"),
        pytest.param("aurora-iopt1", used(301), id="it has what it needs"),
        pytest.param("aurora", used(1), id="it pays for few"),
        pytest.param("", used(900), id="storage is not known"),
        pytest.param("aurora", used(None), id="I/O is not known"),
        pytest.param("aurora", used(900, volume_used_bytes=None), id="size is not known"),
        pytest.param("aurora", used(900, volume_used_bytes=9e12), id="storage is most of the bill"),
        pytest.param(
            "aurora", used(900, volume_operations=[None] * 9 + [1e9] * 159), id="too many holes"
        ),
    ],
)
def test_quiet(storage: str, seen: Snapshot[UsedHour]) -> None:
    assert not io_optimized_candidate(aurora(), cluster(storage_type=storage), seen)


def test_told_on_the_writer_of_aurora_only() -> None:
    assert not io_optimized_candidate(aurora(), cluster(here=False), used(900))
    assert not io_optimized_candidate(instance(cluster="shop"), cluster(), used(900))


def test_a_class_that_is_not_known_counts_for_nobody() -> None:
    of = cluster(member("shop-1", writer=True, instance_class="db.x9.large"))
    assert not io_optimized_candidate(aurora(), of, used(900))


@pytest.mark.parametrize(
    ("acu", "fires"),
    [
        pytest.param(2.0, True, id="as small as a class"),
        pytest.param(20.0, False, id="large for its I/O"),
        pytest.param(None, False, id="not known"),
    ],
)
def test_serverless_counts_by_what_it_used(acu: float | None, fires: bool) -> None:
    members = [member(f"shop-{n}", writer=n == 1, instance_class="db.serverless") for n in (1, 2)]
    of = cluster(*members, min_acu=0.5, max_acu=32.0)
    found = io_optimized_candidate(aurora(instance_class="db.serverless"), of, used(301, acu=acu))
    assert [f.evidence["mean_acu"] for f in found] == [4.0] * fires
