"""Values that give up safety: wrong with or without a symptom, where somebody chose them."""

from __future__ import annotations

from collections.abc import Iterator

from rules.base import Confidence
from rules.rds_wording import production
from rules.settings.parameter_change import Kept, Wish
from rules.settings.parameter_spelling import is_off
from rules.settings.parameters_off_limits import sizes_itself
from rules.settings.parameters_seen import Seen
from rules.upkeep.risky_parameters import RISKS, Risk

# Judged with the logs that it is about.
_ELSEWHERE = frozenset({"log_output"})
_DEDICATED, _POOL = "innodb_dedicated_server", "innodb_buffer_pool_size"
_TLS = {
    "postgres": ("rds.force_ssl", "1"),
    "mysql": ("require_secure_transport", "ON"),
    "mariadb": ("require_secure_transport", "ON"),
}


def risky_parameters(seen: Seen) -> Iterator[Wish | Kept]:
    for name, risk in RISKS.items():
        if name not in _ELSEWHERE and _applies(risk, seen):
            yield from _of_risk(seen, name, risk)
    yield from _without_tls(seen)
    yield from _dedicated_server(seen)


def _applies(risk: Risk, seen: Seen) -> bool:
    instance = seen.instance
    return (
        instance.family in risk.families
        and (risk.of_aurora or not instance.aurora)
        and (instance.replica_source is not None or not risk.of_replicas)
    )


def _of_risk(seen: Seen, name: str, risk: Risk) -> Iterator[Wish]:
    """AWS's own defaults are not judged, as by the rule parameter-overridden."""
    parameter, value = seen.parameter(name), seen.value(name)
    if parameter is None or parameter.source != "user" or not value or not risk.weak(value):
        return
    yield Wish(
        name,
        risk.safe,
        f"With {value}, {risk.words}.",
        "What is safer may be slower: watch the latency of writes for an hour.",
        Confidence.VALIDATED,
    )


def _without_tls(seen: Seen) -> Iterator[Wish | Kept]:
    """Only where the value is told: defaults differ by version."""
    name, on = _TLS.get(seen.instance.family, ("", ""))
    value = seen.value(name)
    if not is_off(value):
        return
    if production(seen.instance.tags) is False:
        yield Kept(name, value, "Clients without TLS are let in; tags say it is not production.")
        return
    yield Wish(
        name,
        on,
        f"With {value}, clients that encrypt nothing are let in.",
        "Clients without TLS are refused from then on: find them first.",
        Confidence.VALIDATED,
    )


def _dedicated_server(seen: Seen) -> Iterator[Wish]:
    """Off and nothing in its place is a pool of 128 MB."""
    if not sizes_itself(seen.instance, seen.version) or not is_off(seen.value(_DEDICATED)):
        return
    pool = seen.parameter(_POOL)
    if pool is None or pool.source != "user":
        yield Wish(
            _DEDICATED,
            None,
            f"It is off and {_POOL} is not set: the buffer pool is 128 MB.",
            "The cache grows to about three quarters of the memory.",
            Confidence.VALIDATED,
        )
