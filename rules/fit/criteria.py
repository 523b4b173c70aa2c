"""What a platform is judged by: each criterion gives 0 to 1 and says why, or why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from collectors.rds.engine_lifecycle import major_of, shipped
from rules.fit.acu_range import AcuRange
from rules.fit.measured import Measured
from rules.fit.needs import Needs
from rules.fit.platforms import BY_KEY, Limit, Platform, volume_limit
from rules.locks.blockers import counted
from rules.rds_wording import production
from rules.wording import duration, share, size

HORIZON_YEARS = 3
_ASSUMED_SECONDS = 120.0
_YEAR_SECONDS = 365 * 86_400
_COMFORT_RATIO = 0.5
_FLAT, _SPIKY = 1.5, 3.0
_IDLE_RATIO = 0.25
_UNFIT = 0.3


@dataclass(frozen=True, slots=True)
class Case:
    measured: Measured
    needs: Needs
    acu: AcuRange | None


@dataclass(frozen=True, slots=True)
class Judged:
    """`ratio` is None where it cannot be judged: then it counts for no platform."""

    ratio: float | None
    reason: str


Criterion = Callable[[Platform, Case], Judged]


def storage(platform: Platform, case: Case) -> Judged:
    need, said = storage_need(case)
    if need is None:
        return Judged(None, said)
    limit = storage_limit(platform, case)
    what = f"{said}: {size(need)} of {size(limit.value)} at most"
    grows = "; the volume grows by itself" if platform.aurora else ""
    return Judged(_room(need / limit.value), what + grows)


def storage_need(case: Case) -> tuple[float | None, str]:
    """Bytes in three years, and where they come from."""
    used, growth = case.measured.storage_bytes, case.needs.growth_ratio
    if case.needs.storage_bytes is not None:
        return case.needs.storage_bytes, "what was said to be needed"
    if used is None:
        return None, "how much storage is used is not known"
    years = f"in {HORIZON_YEARS} years"
    if growth is not None:
        return used * (1 + growth) ** HORIZON_YEARS, f"at {share(growth)} more a year, {years}"
    if (daily := case.measured.growth_bytes_per_day) is not None and daily > 0:
        return used + daily * 365 * HORIZON_YEARS, f"at {size(daily)} more a day, {years}"
    return used, "in use today"


def storage_limit(platform: Platform, case: Case) -> Limit:
    instance = case.measured.instance
    if platform.aurora and instance.aurora:
        return volume_limit(instance.engine, instance.engine_version)
    return platform.storage_bytes


def failover(platform: Platform, case: Case) -> Judged:
    tolerated, said = tolerated_seconds(case)
    if tolerated is None:
        return Judged(None, said)
    best, typical = platform.failover_at_best_seconds, platform.failover_seconds
    if best is None or typical is None:
        return Judged(0.0, f"{said}; without a standby it is restored from a backup")
    ratio = (min(1.0, tolerated / best.value) + min(1.0, tolerated / typical.value)) / 2
    often = f", often {best.value:g} s" if best.value < typical.value else ""
    proxy = "; RDS Proxy hides up to 66 % of it" if ratio < 1 else ""
    reader = "; needs a reader" if platform.aurora and not case.measured.replicas else ""
    return Judged(ratio, f"{said}; it typically takes {typical.value:g} s{often}{reader}{proxy}")


def tolerated_seconds(case: Case) -> tuple[float | None, str]:
    """Where nobody said, what has a standby today, or is in production, is to have one."""
    if (seconds := case.needs.failover_seconds) is not None:
        return seconds, f"{duration(seconds)} are tolerated"
    instance = case.measured.instance
    standby = instance.multi_az or (instance.cluster is not None and bool(case.measured.replicas))
    if standby or production(instance.tags):
        why = "has a standby today" if standby else "is in production"
        return _ASSUMED_SECONDS, f"nobody said what is tolerated: {duration(120)}, since it {why}"
    return None, "nobody said how long a failover may take"


def reads(platform: Platform, case: Case) -> Judged:
    wanted = replicas_wanted(case)
    if wanted is None:
        return Judged(None, "the number of replicas is not known")
    if wanted == 0:
        return Judged(1.0, "no replica is wanted")
    of = f"{counted(wanted, 'replica')} of {platform.replicas.value:g} at most"
    if platform.aurora:
        return Judged(1.0, f"{of}; they share the storage, mostly less than 100 ms behind")
    if wanted <= platform.standbys:
        return Judged(0.9, f"{of}; the {platform.standbys} standbys can be read from")
    return Judged(0.5, f"{of}; each has its own copy of the data, seconds behind or more")


def replicas_wanted(case: Case) -> int | None:
    said = case.needs.read_replicas
    return case.measured.replicas if said is None else said


def throughput(platform: Platform, case: Case) -> Judged:
    queries, used = case.measured.queries_per_second, case.measured.operations_per_second
    told = f"; {queries:,.0f} statements a second" if queries is not None else ""
    if used is None:
        return Judged(None, f"I/O is not known{told}")
    limit = platform.operations_per_second
    seen = f"up to {used:,.0f} operations a second"
    if limit is None:
        return Judged(1.0, f"{seen}; none are provisioned, each is billed or I/O-Optimized{told}")
    ratio = _room(used / limit.value)
    return Judged(ratio, f"{seen} of {limit.value:,.0f} at most (io2){told}")


def variability(platform: Platform, case: Case) -> Judged:
    """How far load comes and goes: that is what serverless is for."""
    ratio, idle = case.measured.variability_ratio, case.measured.idle_ratio
    if ratio is None:
        return Judged(None, "the load of the hours is not known")
    spiky = min(1.0, max(0.0, (ratio - _FLAT) / (_SPIKY - _FLAT)))
    if idle is not None:
        spiky = max(spiky, min(1.0, idle / _IDLE_RATIO))
    rest = "" if idle is None else f", no client in {share(idle)} of hours"
    seen = f"busy hours use {ratio:.2g} times what ordinary ones do{rest}"
    if platform.key == "aurora-serverless":
        fits = "capacity follows" if spiky >= _COMFORT_RATIO else "a flat load costs more there"
        return Judged(_UNFIT + (1 - _UNFIT) * spiky, f"{seen}: {fits}")
    fits = "it is paid for the peak" if spiky >= _COMFORT_RATIO else "one class fits all day"
    return Judged(1 - (1 - _UNFIT) * spiky, f"{seen}: {fits}")


def second_region(platform: Platform, case: Case) -> Judged:
    if not case.needs.second_region:
        return Judged(None, "no second region is wanted")
    if platform.aurora:
        return Judged(1.0, "a global database copies by storage, mostly less than 1 s behind")
    if platform.key == "rds-multi-az-cluster":
        return Judged(0.2, "not even automated backups can be copied to another region")
    return Judged(0.5, "a read replica in the other region, which is promoted by hand")


def support(platform: Platform, case: Case) -> Judged:
    """Standard support of the same major version; after it, Extended Support is charged for."""
    instance = case.measured.instance
    engine = platform.engine(instance.family)
    major = major_of(engine, instance.engine_version)
    ends = [s.ends_at for s in shipped(engine, major) if s.support == "standard"]
    if not ends:
        return Judged(None, f"how long {engine} {major} is supported there is not known")
    years = (ends[0] - case.measured.at) / _YEAR_SECONDS
    if years <= 0:
        return Judged(0.0, f"standard support of {engine} {major} has ended")
    ratio = min(1.0, years / HORIZON_YEARS)
    return Judged(ratio, f"{engine} {major} has standard support for {years:.1f} years more")


def change(platform: Platform, case: Case) -> Judged:
    """How much it takes to get there."""
    today = BY_KEY[case.measured.platform]
    if platform is today:
        return Judged(1.0, "it runs there today")
    if today.aurora and platform.aurora:
        return Judged(0.8, "the same cluster: a new instance, and a failover to it")
    if today.aurora or (platform.aurora and today.standbys):
        return Judged(0.2, "data has to be copied by logical replication, then clients move")
    if platform.aurora or platform.standbys or today.standbys:
        return Judged(0.4, "by way of a replica, which is promoted; clients move once")
    return Judged(0.9, "one setting of the instance")


def _room(used_ratio: float) -> float:
    """Up to half of a limit is comfortable; at the limit nothing is left."""
    return min(1.0, max(0.0, (1 - used_ratio) / (1 - _COMFORT_RATIO)))
