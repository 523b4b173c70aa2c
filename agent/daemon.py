"""The long-running agent: one job a target and cadence, judged in turn, served over HTTP."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from agent.config import Config, ConfigError, Target, load
from agent.targets.deadlines import DEADLINES
from agent.watched import Watched
from collectors.base import Collector
from collectors.session import SessionError
from collectors.snapshots.sessions import SessionSample
from exporters.prometheus.own import own
from exporters.prometheus.page import Body, Page
from exporters.report import Report

log = logging.getLogger(__name__)

_MOST_THREADS = 64
_PATIENCE_SECONDS = 2.0
_Job = tuple[str, float]
# How old a page may be at a scrape; collectors change it in between.
_ASSEMBLE_SECONDS = 5


class Daemon:
    """Implements exporters.http.Source. `start` returns at once; `stop` within seconds."""

    def __init__(self, path: Path, config: Config) -> None:
        self.config = config
        self._path = path
        self._page = Page()
        self._watched: dict[str, Watched] = {}
        self._lock = threading.Lock()
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(_MOST_THREADS)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        self._scheduler.start()
        self._apply(self.config)
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
        watched = list(self._watched.values())
        return bool(watched) and all(w.report is not None for w in watched)

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
        log.info("reload: done, %d targets", len(config.targets))
        return None

    def _apply(self, config: Config) -> None:
        """Start what is new, stop what is gone; a target that did not change goes on."""
        with self._lock:
            wanted = {t.name: t for t in config.targets}
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

    def _add(self, target: Target) -> None:
        try:
            watched = Watched(target, self.config, self._page)
        except SessionError as error:
            log.error("%s: %s", target.name, error)  # noqa: TRY400  the sentence says it all
            return
        self._watched[target.name] = watched
        self._schedule(watched)
        self._scheduler.add_job(self._first_look, args=[watched], id=f"{target.name} first")

    def _remove(self, name: str) -> None:
        for job in self._scheduler.get_jobs():
            if job.id.startswith(f"{name} "):
                job.remove()
        self._watched.pop(name).close()

    def _first_look(self, watched: Watched) -> None:
        """Everything once, so that the first report does not wait for the longest cadence."""
        watched.watch.collect(watched.watch.collectors)
        watched.watch.walk(watched.watch.collectors)
        watched.asked = True
        self._judge(watched)
        self._assemble()

    def _schedule(self, watched: Watched) -> None:
        agent, watch, name = self.config.agent, watched.watch, watched.target.name
        self._every(f"{name} samples", agent.sample_every, watch.sample)
        self._every(f"{name} judge", agent.judge_every, self._judge, watched)
        for (lane, seconds), due in _cadences(watch.collectors).items():
            ask = watch.walk if lane == "walk" else watch.collect
            self._every(f"{name} {lane} {seconds:g}s", seconds, ask, due)

    def _every(self, id: str, seconds: float, *call: Any) -> None:
        run, *args = call
        self._scheduler.add_job(
            run, "interval", args=args, id=id, seconds=seconds, jitter=_jitter(seconds)
        )

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
        often = {f"{name} {lane} {s:g}s": s for lane, s in _cadences(watched.watch.collectors)}
        often[f"{name} samples"] = self.config.agent.sample_every
        for id, seconds in often.items():
            stretched = seconds * watched.cost.stretch
            self._scheduler.reschedule_job(
                id, trigger="interval", seconds=stretched, jitter=_jitter(stretched)
            )
        said = watched.cost.said or "intervals are as set again"
        log.warning("%s: %s", name, said)

    def _assemble(self) -> None:
        self._page.put("", "self", own(version("dbtriage")))
        self._page.assemble()


def _jitter(seconds: float) -> float | None:
    return None if seconds <= 1 else min(seconds / 10, 5)


def _shaping(config: Config) -> tuple[object, ...]:
    """What a target is built with: where it changes, all begin anew."""
    agent = config.agent
    intervals = (agent.window, agent.judge_every, agent.sample_every, config.collectors)
    return (*intervals, agent.own_cost_ratio, agent.statement_series, agent.series_limit)


def _at_start(config: Config) -> frozenset[tuple[str, str]]:
    """Options of the listener and of the log's form, as text."""
    names = ("listen", "allow_unauthenticated", "tls_certificate", "tls_key", "basic_auth")
    return frozenset((n, str(getattr(config.agent, n))) for n in (*names, "log_format"))


def _cadences(collectors: Iterable[Collector[Any, Any]]) -> dict[_Job, list[Collector[Any, Any]]]:
    """One job a lane and interval; session samples have their own."""
    due: dict[tuple[str, float], list[Collector[Any, Any]]] = defaultdict(list)
    for collector in collectors:
        if collector.row is not SessionSample:
            lane = "walk" if collector.per_database else "collect"
            due[lane, collector.every.total_seconds()].append(collector)
    return due
