"""Calls to the APIs of AWS: how many, what about they cost, and how many were refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exporters.prometheus.families import Family, family, labels


@dataclass(frozen=True, slots=True)
class CallTotals:
    """Since the process began. `made` is by region, service and operation, `retried` without
    the operation; `dollars` is an estimate from list prices."""

    made: Mapping[tuple[str, str, str], int]
    retried: Mapping[tuple[str, str], int]
    refused: int
    dollars: float


def calls_to_aws(totals: CallTotals) -> Iterator[Family]:
    """Nothing where AWS was never asked."""
    if not totals.made and not totals.refused:
        return
    made = (
        (labels({"region": region, "service": service, "operation": operation}), count)
        for (region, service, operation), count in sorted(totals.made.items())
    )
    yield family("dbtriage_aws_api_calls", "counter", "Calls to AWS.", made)
    retried = (
        (labels({"region": region, "service": service}), count)
        for (region, service), count in sorted(totals.retried.items())
    )
    said = "Calls made again after AWS throttled or failed one."
    yield family("dbtriage_aws_api_retries", "counter", said, retried)
    said = "Calls not made: the budget of a minute was used up."
    yield family("dbtriage_aws_api_refused", "counter", said, [("", totals.refused)])
    said = "What AWS charges for the calls, about, in US dollars at list prices."
    yield family("dbtriage_aws_api_cost_dollars", "counter", said, [("", totals.dollars)])
