"""The long-running agent: one job a target and cadence, judged in turn, served over HTTP."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from agent.cadences import by_lane, cadences, executor_of, jitter
from agent.config import Config, ConfigError, load
from agent.config_target import Target
from agent.discover_rds import Discovery, distinct
from agent.targets.aws_calls import CALLS
from agent.targets.deadlines import DEADLINES
from agent.watched import Watched
from collectors.base import Collector
from collectors.session import SessionError
from collectors.snapshots.sessions import SessionSample
from exporters.prometheus.aws import calls_to_aws
from exporters.prometheus.own import own
from exporters.prometheus.page import Body, Page
from exporters.report import Report

log = logging.getLogger(__name__)

_MOST_THREADS = 64
# AWS has its own, so that databases are asked while its APIs hang.
_MOST_AWS_THREADS = 16
_AGAIN_SECONDS = 300
_DISCOVER = "discover.rds"
_PATIENCE_SECONDS = 2.0
# How old a page may be at a scrape; collectors change it in between.
_ASSEMBLE_SECONDS = 5


class Daemon:
    """Implements exporters.http.Source. `start` returns at once; `stop` within seconds."""

    def __init__(self, path: Path, config: Config) -> None:
        self.config = config
        self._path = path
        self._page = Page()
        self._watched: dict[str, Watched] = {}
        self._discovery = _discovery(config)
        self._discovered: tuple[Target, ...] = ()
        self._lock = threading.RLock()
        self._ready = False
        self._scheduler = BackgroundScheduler(
            executors={
                "default": ThreadPoolExecutor(_MOST_THREADS),
                "aws": ThreadPoolExecutor(_MOST_AWS_THREADS),
                "discovery": ThreadPoolExecutor(1),
            },
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        self._scheduler.start()
        self._apply(self.config)
        self._look_for_instances(self.config)
        often = min(self.config.agent.judge_every, _ASSEMBLE_SECONDS)
        self._scheduler.add_job(self._assemble, "interval", seconds=often)

    def stop(self) -> None:
        """Ask no more, cut what still waits, close connections.

        A thread that still connects is not waited for: it may take longer than we have.
        """
        self._scheduler.remove_all_jobs()
        for watched in list(self._watched.values()):
            watched.watch.refuse()
        DEADLINES.cut_all()
        for watched in list(self._watched.values()):
            watched.close()
        ending = threading.Thread(target=self._scheduler.shutdown, name="ending", daemon=True)
        ending.start()
        ending.join(_PATIENCE_SECONDS)

    def report(self) -> Report:
        made = tuple(w.report for w in list(self._watched.values()) if w.report)
        window = max((r.window_seconds for r in made), default=0.0)
        return Report(time.time(), "difference", window, made)

    def metrics(self, format: str) -> Body:
        return self._page.body(format)

    def ready(self) -> bool:
        """Once every target was looked at; those that come later do not take it back."""
        watched, searched = list(self._watched.values()), bool(self.config.discover.rds)
        if not self._ready and (self._discovery.looked or not searched):
            known = bool(watched) or searched
            self._ready = known and all(w.report is not None for w in watched)
        return self._ready

    def reload(self) -> str | None:
        try:
            config = load(self._path)
        except ConfigError as error:
            log.error("reload: %s; the old configuration stays", error)  # noqa: TRY400
            return str(error)
        if fixed := _at_start(config) ^ _at_start(self.config):
            names = ", ".join(sorted({name for name, _ in fixed}))
            log.warning("reload: %s take effect at the next start", names)
        logging.getLogger().setLevel(config.agent.log_level.upper())
        self._apply(config)
        self._assemble()
        log.info("reload: done, %d targets", len(self._watched))
        return None

    def _apply(self, config: Config) -> None:
        """Start what is new, stop what is gone; a target that did not change goes on."""
        CALLS.per_minute = config.aws.calls_per_minute
        with self._lock:
            if _searching(config) != _searching(self.config):
                self._discovery = _discovery(config)
                self._discovered = self._discovered if config.discover.rds else ()
                self._look_for_instances(config)
            wanted = {t.name: t for t in distinct([*config.targets, *self._discovered])}
            anew = _shaping(config) != _shaping(self.config)
            for name, watched in list(self._watched.items()):
                if anew or wanted.get(name) != watched.target:
                    self._remove(name)
                else:
                    watched.tune(config)
            self.config = config
            for name, target in wanted.items():
                if name not in self._watched:
                    self._add(target)

    def _look_for_instances(self, config: Config) -> None:
        """Now and each minute, where the configuration asks for it."""
        if self._scheduler.get_job(_DISCOVER):
            self._scheduler.remove_job(_DISCOVER)
        if config.discover.rds:
            seconds = config.aws.discover_every
            self._every(_DISCOVER, seconds, self._discover, executor="discovery", now=True)

    def _discover(self) -> None:
        said, discovery = self._discovery.errors, self._discovery
        found = discovery.look()
        for error in set(discovery.errors) - set(said):
            log.warning("%s", error)
        with self._lock:
            if not discovery.complete:  # who was found before a reload stays until all answered
                found = distinct([*found, *self._discovered])
            if found != self._discovered and discovery is self._discovery:
                names = sorted({t.name for t in found} ^ {t.name for t in self._discovered})
                some = ", ".join(names[:10]) + (" and others" if names[10:] else "")
                log.info("discover.rds: %d instances; changed: %s", len(found), some)
                self._discovered = found
                self._apply(self.config)

    def _add(self, target: Target) -> None:
        try:
            watched = Watched(target, self.config, self._page)
        except SessionError as error:
            log.error("%s: %s", target.name, error)  # noqa: TRY400  the sentence says it all
            return
        self._watched[target.name] = watched
        self._schedule(watched)

    def _remove(self, name: str) -> None:
        for job in self._scheduler.get_jobs():
            if job.id.startswith(f"{name} "):
                job.remove()
        self._watched.pop(name).close()

    def _first_look(self, watched: Watched, asked: Sequence[Collector[Any, Any]]) -> None:
        """Everything once, so that the first report does not wait for the longest cadence."""
        watched.watch.collect(asked)
        watched.watch.walk(asked)
        watched.asked = True
        self._judge(watched)
        self._assemble()

    def _schedule(self, watched: Watched) -> None:
        agent, watch, name = self.config.agent, watched.watch, watched.target.name
        if any(c.row is SessionSample for c in watch.collectors):
            self._every(f"{name} samples", agent.sample_every, watch.sample)
        self._every(f"{name} judge", agent.judge_every, self._judge, watched)
        for (lane, seconds), due in cadences(watch.collectors).items():
            ask = watch.walk if lane == "walk" else watch.collect
            self._every(
                f"{name} {lane} {seconds:g}s", seconds, ask, due, executor=executor_of(lane)
            )
        if watch.target.aws:
            self._every(f"{name} again", _AGAIN_SECONDS, watch.ask_again, executor="aws")
        for lane, due in by_lane(watch.collectors).items():
            self._scheduler.add_job(
                self._first_look, args=[watched, due], id=f"{name} {lane} first",
                executor=executor_of(lane),
            )  # fmt: skip

    def _every(
        self, id: str, seconds: float, *call: Any, executor: str = "default", now: bool = False
    ) -> None:
        run, *args = call
        begins = {"next_run_time": datetime.now(UTC)} if now else {}
        self._scheduler.add_job(
            run, "interval", args=args, id=id, seconds=seconds, jitter=jitter(seconds),
            executor=executor, **begins,
        )  # fmt: skip

    def _judge(self, watched: Watched) -> None:
        if not watched.asked:
            return
        before = watched.cost.stretch
        watched.judge()
        if watched.cost.stretch != before:
            with self._lock:
                self._stretch(watched)

    def _stretch(self, watched: Watched) -> None:
        """Ask less often while our own cost is over its budget."""
        name = watched.target.name
        if self._watched.get(name) is not watched:
            return
        asked = [c for c in watched.watch.collectors if c.engine != "rds"]
        often = {f"{name} {lane} {s:g}s": s for lane, s in cadences(asked)}
        often[f"{name} samples"] = self.config.agent.sample_every
        for id, seconds in often.items():
            stretched = seconds * watched.cost.stretch
            if self._scheduler.get_job(id):
                self._scheduler.reschedule_job(
                    id, trigger="interval", seconds=stretched, jitter=jitter(stretched)
                )
        said = watched.cost.said or "intervals are as set again"
        log.warning("%s: %s", name, said)

    def _assemble(self) -> None:
        self._page.put("", "self", [*own(version("dbtriage")), *calls_to_aws(CALLS.total())])
        self._page.assemble()


def _searching(config: Config) -> tuple[object, ...]:
    return config.discover, config.aws.discover_every


def _discovery(config: Config) -> Discovery:
    # A little less than the interval, so that each look is a new one.
    return Discovery(config.discover.rds, 0.9 * config.aws.discover_every)


def _shaping(config: Config) -> tuple[object, ...]:
    """What a target is built with: where it changes, all begin anew."""
    agent = config.agent
    intervals = (agent.window, agent.judge_every, agent.sample_every, config.collectors)
    return (*intervals, agent.own_cost_ratio, agent.statement_series, agent.series_limit)


def _at_start(config: Config) -> frozenset[tuple[str, str]]:
    """Options of the listener and of the log's form, as text."""
    names = ("listen", "allow_unauthenticated", "tls_certificate", "tls_key", "basic_auth")
    return frozenset((n, str(getattr(config.agent, n))) for n in (*names, "log_format"))
