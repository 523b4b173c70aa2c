"""Old row versions pile up because purge can't remove them."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.innodb import Innodb
from collectors.mysql.transactions import InnodbTransaction
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, Value, rule
from rules.locks.blockers import who
from rules.locks.ending_sessions import end, roll_back_risk, undo_size
from rules.mysql_wording import reset_variable, set_variable
from rules.wording import duration

_HIGH_LENGTH = 1_000_000
_CRITICAL_LENGTH = 10_000_000
# Younger ones come and go: they are not what holds the past.
_OLD_SECONDS = 60.0
# Fewer changes than this purge removes in passing: the list only falls.
_BUSY_CHANGES_PER_SECOND = 1000.0
_PURGE_THREADS = 4


@rule(
    title="Old row versions pile up",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-purge-configuration.html",
        "https://mariadb.com/kb/en/innodb-purge/",
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/proactive-insights.history-list.html",
    ),
)
def history_list_growing(
    innodb: Activity[Innodb],
    transactions: Snapshot[InnodbTransaction] | None,
    server: Server,
    *,
    tolerated_length: int = 100_000,
    old_seconds: float = _OLD_SECONDS,
) -> Iterator[Finding]:
    """The history list is long: undo records of changes that purge may not, or can't, remove.

    Why it matters
        Every reader steps over old versions to find the one it may see, so queries slow down by
        the hour, and undo space grows and is hard to get back. A shutdown takes long.

    What to do
        End the oldest transaction with a snapshot, even if it only reads or sits idle: purge
        removes nothing younger. Where there is none, purge is too slow for the writes: give it
        threads, or spread the batch. Do not restart or upgrade while the list is long.

    When to ignore
        While it falls: nothing is told when no old transaction holds it and few rows change. A
        dump with a consistent snapshot that is about to end.
    """
    for row in innodb.rows:
        length = row.history_list_length or 0
        if length <= tolerated_length:
            continue
        if oldest := _oldest(transactions, old_seconds):
            yield _held(length, oldest, server)
        elif (changes := _changes_per_second(innodb, row)) >= _BUSY_CHANGES_PER_SECOND:
            yield _behind(length, changes, server)


def _oldest(
    transactions: Snapshot[InnodbTransaction] | None, old_seconds: float
) -> InnodbTransaction | None:
    holding = [
        t
        for t in (transactions.rows if transactions else ())
        if t.pid and t.holds_snapshot and t.open_seconds >= old_seconds
    ]
    return max(holding, key=lambda t: t.open_seconds, default=None)


def _changes_per_second(innodb: Activity[Innodb], row: Innodb) -> float:
    changes = (row.rows_updated or 0) + (row.rows_deleted or 0) + (row.rows_inserted or 0)
    return changes / innodb.seconds if innodb.seconds > 0 else 0.0


def _severity(length: int) -> Severity:
    if length > _CRITICAL_LENGTH:
        return Severity.CRITICAL
    return Severity.HIGH if length > _HIGH_LENGTH else Severity.LOW


def _held(length: int, oldest: InnodbTransaction, server: Server) -> Finding:
    name = who(oldest.user, oldest.application, oldest.database).name
    pid, undone = f"pid {oldest.pid}", oldest.state == "rolling back"
    evidence: dict[str, Value] = {
        "history_list_length": length,
        "holder_pid": oldest.pid,
        "holder_open_seconds": oldest.open_seconds,
        "holder_state": oldest.state,
        "holder_changed_rows": oldest.rows_modified,
        "isolation": oldest.isolation,
        "query": oldest.query,
    }
    readers = (
        " On Aurora long queries of the readers hold it too: look at them as well."
        if server.platform == "aurora"
        else ""
    )
    return Finding(
        subject=Subject("server", server.name),
        severity=_severity(length),
        summary=(
            f"{length:,} old row versions wait to be purged; the transaction of {name} ({pid}, "
            f"{oldest.state}) holds them, open for {duration(oldest.open_seconds)}."
        ),
        evidence=evidence,
        remedy=Remedy(
            text=(
                "Wait until it is undone: ending it again would not help, nor would a restart."
                if undone
                else f"End {pid} if its owner agrees; purge then works the list off by itself. A "
                "long report belongs on a replica, or into short transactions at READ COMMITTED."
                f"{readers}"
            ),
            statements=undo_size(server, oldest.pid)
            if undone
            else (*undo_size(server, oldest.pid), end(server, oldest.pid)),
            risk=roll_back_risk(server),
            verify=_VERIFY,
            rollback="None possible: the client runs the ended work again.",
        ),
    )


_VERIFY = (
    "Within minutes this falls: SELECT count FROM information_schema.innodb_metrics "
    "WHERE name = 'trx_rseg_history_len';"
)


def _behind(length: int, changes: float, server: Server) -> Finding:
    threads = int(server.settings.get("innodb_purge_threads") or _PURGE_THREADS)
    few = threads < _PURGE_THREADS
    dynamic = server.engine == "mariadb"
    more = set_variable(server, "innodb_purge_threads", str(_PURGE_THREADS), dynamic=dynamic)
    return Finding(
        subject=Subject("server", server.name),
        severity=_severity(length),
        confidence=Confidence.HEURISTIC,
        summary=(
            f"{length:,} old row versions wait to be purged although no old transaction holds "
            f"them: purge does not keep up with {changes:,.0f} changed rows a second."
        ),
        evidence={
            "history_list_length": length,
            "changed_rows_per_second": changes,
            "purge_threads": threads,
        },
        remedy=Remedy(
            text=(
                f"{'Give purge more threads, and spread' if few else 'Spread'} the writes: "
                "smaller batches with pauses, until the list falls."
            ),
            statements=more if few else (),
            risk="More purge threads take CPU and disk from the writers.",
            verify=_VERIFY,
            rollback=reset_variable(server, "innodb_purge_threads", str(threads), dynamic=dynamic)
            if few
            else "Run the batch as before.",
        ),
    )
