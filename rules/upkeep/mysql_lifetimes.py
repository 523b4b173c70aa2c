"""How long each version of MySQL and MariaDB gets fixes, and how to leave it."""

from __future__ import annotations

from datetime import date

from collectors.session import Server
from rules.base import Remedy

Dates = dict[tuple[int, int], date]

# As known on 2026-11-23. Older versions are over; newer ones are not known here. Releases
# between two with long support get fixes until the next comes out.
_MYSQL: Dates = {
    (5, 7): date(2023, 10, 31),
    (8, 0): date(2026, 4, 30),
    **dict.fromkeys(((8, 1), (8, 2), (8, 3)), date(2024, 4, 30)),
    (8, 4): date(2032, 4, 30),
    **{(9, minor): date(2026, 4, 21) for minor in range(7)},
    (9, 7): date(2034, 4, 21),
}
_MARIADB: Dates = {
    (10, 5): date(2025, 6, 24),
    (10, 6): date(2026, 7, 6),
    (10, 7): date(2023, 2, 9),
    (10, 8): date(2023, 5, 20),
    (10, 9): date(2023, 8, 22),
    (10, 10): date(2023, 11, 17),
    (10, 11): date(2028, 2, 16),
    (11, 0): date(2024, 6, 6),
    (11, 1): date(2024, 8, 21),
    (11, 2): date(2024, 11, 21),
    (11, 3): date(2024, 5, 29),
    (11, 4): date(2029, 5, 29),
    (11, 5): date(2024, 11, 21),
    (11, 6): date(2025, 2, 13),
    (11, 7): date(2025, 5, 12),
    (11, 8): date(2028, 6, 4),
}
# End of Amazon's standard support; extended support of MySQL, paid by the vCPU and hour, follows.
_RDS_MYSQL: Dates = {
    (5, 7): date(2024, 2, 29),
    (8, 0): date(2026, 7, 31),
    (8, 4): date(2029, 7, 31),
}
_AURORA_MYSQL: Dates = {
    (5, 7): date(2024, 10, 31),
    (8, 0): date(2028, 4, 30),
    (8, 4): date(2032, 4, 30),
}
_RDS_MARIADB: Dates = {
    (10, 5): date(2026, 8, 31),
    (10, 6): date(2026, 12, 31),
    (10, 11): date(2028, 2, 29),
    (11, 4): date(2029, 5, 31),
    (11, 8): date(2030, 6, 30),
}
_TABLES = {
    ("mysql", "self-managed"): _MYSQL,
    ("mysql", "rds"): _RDS_MYSQL,
    ("mysql", "aurora"): _AURORA_MYSQL,
    ("mariadb", "self-managed"): _MARIADB,
    ("mariadb", "rds"): _RDS_MARIADB,
}
_NAMES = {"mysql": "MySQL", "mariadb": "MariaDB"}
# The next version with long support, which is as far as one upgrade may go.
_NEXT = {"mysql": ((8, 0), (8, 4), (9, 7)), "mariadb": ((10, 11), (11, 4), (11, 8))}


def mysql_lifetime(server: Server) -> tuple[str, date | None]:
    """What the version is called, and its last day: None if unknown, the first if long ago."""
    version = server.versions[server.engine][:2]
    name = f"{_NAMES[server.engine]} {'.'.join(map(str, version))}"
    table = _TABLES.get((server.engine, server.platform), {})
    older = bool(table) and version < min(table)
    return name, table.get((version[0], version[-1]), date.min if older else None)


def mysql_upgrade(server: Server) -> Remedy:
    steps = [v for v in _NEXT[server.engine] if v > server.versions[server.engine][:2]]
    target = ".".join(map(str, steps[0])) if steps else "the newest with long support"
    name = f"{_NAMES[server.engine]} {target}"
    return Remedy(
        text=f"Upgrade to {name}, the next with long support{_onward(steps)}. Rehearse on a copy, "
        "read the release notes, and look for variables and reserved words that it no longer "
        "knows.",
        statements=_statements(server, target),
        risk="Minutes without the server, or of read-only, at the switch. Plans may change; "
        "applications with an old driver may fail to log in.",
        verify="After the switch the means of the top statements are near what they were, and the "
        "version is named by: SELECT VERSION();",
        rollback="Keep a replica of the old version until the new one has run a week: an upgraded "
        "data folder does not go back.",
    )


def _onward(steps: list[tuple[int, int]]) -> str:
    """Of MySQL 5.7 the next is over as well, but none can be left out."""
    return ", and soon after to 8.4: none can be left out" if (8, 0) in steps else ""


def _statements(server: Server, target: str) -> tuple[str, ...]:
    if server.platform != "self-managed":
        return (
            "aws rds create-blue-green-deployment --blue-green-deployment-name "
            f"to-{target.replace('.', '-').replace(' ', '-')} --source YOUR-ARN "
            f"--target-engine-version {target}",
        )
    if server.engine == "mysql":
        return (
            "mysqlsh root@HOST -- util checkForServerUpgrade # before anything is changed",
            f"-- then set up a replica with MySQL {target}, and switch over to it",
        )
    return (
        f"-- set up a replica with MariaDB {target}, run mariadb-upgrade there, switch over to it",
    )
