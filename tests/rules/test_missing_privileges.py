from __future__ import annotations

from collectors.outcomes import Outcome, Outcomes
from rules.upkeep.missing_privileges import missing_privileges
from tests.make import server
from tests.rules.mysql_servers import mariadb, mysql

STATISTICS = (
    "needs membership of pg_read_all_stats; role dbtriage has none; "
    'run GRANT pg_read_all_stats TO "dbtriage"'
)


def lacking(id: str, reason: str) -> Outcome:
    return Outcome(id, "skipped", reason, privilege=True)


def test_one_finding_with_each_grant_once() -> None:
    outcomes = Outcomes(
        (
            Outcome("postgres.wal", "answered"),
            lacking("postgres.a", STATISTICS),
            lacking("postgres.b", STATISTICS),
            lacking("postgres.c", 'needs SELECT; run GRANT SELECT ON t TO "dbtriage"; then wait'),
        )
    )
    (finding,) = missing_privileges(outcomes, server())
    assert finding.remedy.statements == (
        'GRANT pg_read_all_stats TO "dbtriage";',
        'GRANT SELECT ON t TO "dbtriage";',
    )
    assert 'REVOKE SELECT ON t FROM "dbtriage";' in finding.remedy.rollback
    assert "3 of 4" in finding.summary


def test_without_a_named_grant_the_monitoring_role_is_proposed() -> None:
    outcomes = Outcomes((lacking("postgres.a", "permission denied"),))
    (finding,) = missing_privileges(outcomes, server(user="Agent"))
    assert finding.remedy.statements == ('GRANT pg_monitor TO "Agent";',)


def test_quiet_where_no_grant_would_help() -> None:
    outcomes = Outcomes((Outcome("postgres.wal", "skipped", "needs postgres >= 14"),))
    assert not missing_privileges(outcomes, server())
    assert not missing_privileges(Outcomes(()), server())


def test_an_answer_that_hides_rows_counts_too() -> None:
    hidden = '9 statements are hidden; run GRANT pg_read_all_stats TO "dbtriage"'
    outcomes = Outcomes((Outcome("postgres.statements", "answered", hidden),))
    assert len(missing_privileges(outcomes, server())) == 1


def test_mysql_grants_come_from_the_reasons() -> None:
    reason = (
        "needs the privilege PROCESS; dbtriage@% has it not; "
        "run GRANT PROCESS ON *.* TO 'dbtriage'@'%'"
    )
    outcomes = Outcomes((lacking("mysql.a", reason), lacking("mysql.b", reason)))
    (finding,) = missing_privileges(outcomes, mysql())
    assert finding.summary.startswith("Account dbtriage@% may not answer 2 of 2")
    assert finding.remedy.statements == ("GRANT PROCESS ON *.* TO 'dbtriage'@'%';",)
    assert finding.remedy.rollback == "REVOKE PROCESS ON *.* FROM 'dbtriage'@'%';"


def test_what_mysql_and_mariadb_usually_need() -> None:
    outcomes = Outcomes((lacking("mysql.a", "access denied"),))
    (finding,) = missing_privileges(outcomes, mysql())
    assert finding.remedy.statements == (
        "GRANT PROCESS, REPLICATION CLIENT ON *.* TO 'dbtriage'@'%';",
    )
    (other,) = missing_privileges(outcomes, mariadb())
    assert "SLAVE MONITOR" in other.remedy.statements[0]
