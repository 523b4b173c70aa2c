"""Parameters that take memory or let sessions in, where somebody overrode AWS's default."""

from __future__ import annotations

from collections.abc import Iterator

from rules.base import Confidence
from rules.settings.parameter_change import Kept, Wish
from rules.settings.parameter_symptoms import Peak, memory_is_short, peak_connections
from rules.settings.parameters_seen import Seen
from rules.upkeep.class_defaults import Default, defaults_of
from rules.upkeep.parameter_formulas import upper_bound
from rules.wording import share, size

_CONNECTIONS = "max_connections"
_TOLERATED_RATIO = 1.1
_MANY_RATIO = 2.0
_FEW_USED_RATIO = 0.2
_NEARLY_ALL_RATIO = 0.8


def memory_parameters(seen: Seen) -> Iterator[Wish | Kept]:
    """Nothing of memory is judged on serverless, where AWS sizes what takes it."""
    if not seen.instance.serverless:
        short = memory_is_short(seen)
        for name, default in defaults_of(seen.instance).items():
            if name != _CONNECTIONS and _overridden(seen, name):
                yield from _of_memory(seen, name, default, short)
    yield from _connections(seen)


def _overridden(seen: Seen, name: str) -> bool:
    parameter = seen.parameter(name)
    return parameter is not None and parameter.source == "user"


def _of_memory(seen: Seen, name: str, default: Default, short: str | None) -> Iterator[Wish | Kept]:
    value, usual = seen.number(name), upper_bound(default.formula, seen.variables)
    unit = default.unit_bytes or 1
    if not value or not usual or value <= 0:
        yield Kept(name, seen.value(name), "It cannot be compared with AWS's default.")
    elif value / usual <= _TOLERATED_RATIO:
        yield Kept(name, seen.value(name), "It takes no more than AWS's default would.")
    elif not short:
        yield Kept(
            name,
            seen.value(name),
            f"{value / usual:.3g} times AWS's default, but memory is not short."
            if short == ""
            else f"{value / usual:.3g} times AWS's default; whether memory is short is not known.",
        )
    else:
        yield Wish(
            name,
            None,
            f"{size(value * unit)} is {value / usual:.3g} times the {size(usual * unit)} that AWS "
            f"gives this class at most, and {short}.",
            "A smaller cache reads more from storage, smaller buffers use temporary files: watch "
            "latency for an hour.",
        )


def _connections(seen: Seen) -> Iterator[Wish | Kept]:
    peak, default = peak_connections(seen), defaults_of(seen.instance).get(_CONNECTIONS)
    usual = upper_bound(default.formula, seen.variables) if default else None
    limit = usual if seen.value(_CONNECTIONS) is None else seen.number(_CONNECTIONS)
    if seen.parameter(_CONNECTIONS) is None:
        return
    if not limit or not usual or peak is None or seen.instance.serverless:
        yield Kept(_CONNECTIONS, seen.value(_CONNECTIONS), _unknown(seen, peak))
        return
    used = f"at most {peak.connections:,.0f} were used in {peak.span}"
    own = _overridden(seen, _CONNECTIONS)
    if own and limit > _MANY_RATIO * usual and peak.connections < _FEW_USED_RATIO * limit:
        yield _too_many(limit, usual, used)
    elif own and limit < usual and peak.connections >= _NEARLY_ALL_RATIO * limit:
        yield _too_few(limit, usual, used)
    else:
        yield Kept(_CONNECTIONS, f"{limit:,.0f}", _enough(limit, peak, used))


def _too_many(limit: float, usual: float, used: str) -> Wish:
    return Wish(
        _CONNECTIONS,
        None,
        f"{limit:,.0f} is {limit / usual:.3g} times the {usual:,} that AWS gives this class at "
        f"most; {used}: that many could not be served.",
        "Sessions beyond the lower limit are refused: look at the sizes of all pools first.",
    )


def _too_few(limit: float, usual: float, used: str) -> Wish:
    return Wish(
        _CONNECTIONS,
        None,
        f"Of {limit:,.0f} connections {used}, and AWS gives this class up to {usual:,}.",
        "Each session takes some 5 to 10 MB of memory: look that the pools need so many.",
        Confidence.HEURISTIC,
    )


def _enough(limit: float, peak: Peak, used: str) -> str:
    if peak.connections >= _NEARLY_ALL_RATIO * limit:
        return (
            f"{used[0].upper()}{used[1:]}, {share(peak.connections / limit)} of the limit: smaller "
            "pools or RDS Proxy help, a greater number takes memory from the cache."
        )
    return f"{used[0].upper()}{used[1:]}."


def _unknown(seen: Seen, peak: Peak | None) -> str:
    if seen.instance.serverless:
        return "AWS sets it by the most capacity the cluster may have."
    if peak is None:
        return "How many connections are used is not known."
    return "It cannot be compared with AWS's default."
