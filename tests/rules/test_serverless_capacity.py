from __future__ import annotations

from rules.capacity.serverless_capacity import capacity_change, half_step
from tests.aws.rows import cluster


def test_capacity_is_rounded_up_to_a_half() -> None:
    assert [half_step(n) for n in (0.5, 0.6, 1.0, 2.1)] == [0.5, 1.0, 1.0, 2.5]


def test_what_is_not_given_stays() -> None:
    (of,) = cluster(min_acu=0.5, max_acu=16.0).rows
    assert capacity_change(of, min_acu=2) == (
        "aws rds modify-db-cluster --db-cluster-identifier shop --region eu-west-1 "
        "--serverless-v2-scaling-configuration MinCapacity=2,MaxCapacity=16 --apply-immediately"
    )


def test_a_cluster_that_pauses_goes_on_to() -> None:
    (of,) = cluster(min_acu=0.0, max_acu=16.0, pause_after_seconds=600).rows
    assert "MinCapacity=0,MaxCapacity=24,SecondsUntilAutoPause=600 " in capacity_change(
        of, max_acu=24
    )
