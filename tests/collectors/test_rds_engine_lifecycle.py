"""Fixtures are in the documented format, none was recorded from AWS."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collectors.rds import engine_lifecycle as module
from collectors.rds.engine_lifecycle import Lifecycle, engine_lifecycle, major_of
from collectors.session import NotOffered, PermissionDenied, SessionError
from collectors.snapshot import Snapshot
from tests.aws.kinds import aurora, rds
from tests.aws.session import NOW, Answer, FakeAws

KEY = "rds:describe_db_major_engine_versions"
REFUSED = PermissionDenied("needs the IAM action rds:DescribeDBMajorEngineVersions")


def day(text: str, *, end: bool = False) -> datetime:
    at = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return at.replace(hour=23, minute=59, second=59) if end else at


def known(major: str, engine: str = "postgres", **supports: tuple[str, str]) -> dict[str, Any]:
    """A member of DescribeDBMajorEngineVersions; ``known("16", standard=(first, last))``."""
    return {
        "Engine": engine,
        "MajorEngineVersion": major,
        "SupportedEngineLifecycles": [
            {
                "LifecycleSupportName": f"open-source-rds-{kind}-support",
                "LifecycleSupportStartDate": day(first),
                "LifecycleSupportEndDate": day(last, end=True),
            }
            for kind, (first, last) in supports.items()
        ],
    }


def asked(aws: FakeAws, answer: Answer) -> Snapshot[Lifecycle]:
    aws.answers[KEY] = answer
    return engine_lifecycle(aws)


def short(answer: Snapshot[Lifecycle]) -> list[tuple[str, str | None, str]]:
    """Kind, first and last day of each."""

    def date(at: float) -> str:
        return datetime.fromtimestamp(at, UTC).isoformat()

    return [
        (r.support, None if r.starts_at is None else date(r.starts_at), date(r.ends_at))
        for r in answer.rows
    ]


def test_aws_tells() -> None:
    aws = rds()
    ours = known("16", standard=("2024-02-27", "2029-02-01"), extended=("2029-02-02", "2032-02-03"))
    answer = asked(
        aws, {"DBMajorEngineVersions": [known("17", standard=("2025-01-01",) * 2), ours]}
    )
    assert (answer.taken_at, answer.gaps) == (NOW, ())
    about = {"engine": "postgres", "major": "16", "shipped": False, "as_of": ""}
    assert answer.rows == (
        Lifecycle(
            support="standard",
            starts_at=day("2024-02-27").timestamp(),
            ends_at=day("2029-02-01", end=True).timestamp(),
            **about,  # type: ignore[arg-type]
        ),
        Lifecycle(
            support="extended",
            starts_at=day("2029-02-02").timestamp(),
            ends_at=day("2032-02-03", end=True).timestamp(),
            **about,  # type: ignore[arg-type]
        ),
    )
    assert aws.asked == [("rds:describe_db_instances", {}), (KEY, {"Engine": "postgres"})]


def test_all_pages_are_read() -> None:
    pages: Answer = [
        {
            "DBMajorEngineVersions": [known("15", standard=("2023-02-27", "2028-02-29"))],
            "Marker": "m",
        },
        {"DBMajorEngineVersions": [known("16", standard=("2024-02-27", "2030-01-01"))]},
    ]
    assert short(asked(rds(), pages)) == [
        ("standard", "2024-02-27T00:00:00+00:00", "2030-01-01T23:59:59+00:00")
    ]


@pytest.mark.parametrize(
    ("engine", "version", "major"),
    [
        ("postgres", "16.3", "16"),
        ("postgres", "9.6.24", "9.6"),
        ("aurora-postgresql", "16.6", "16"),
        ("aurora-postgresql", "16.4-limitless", "16"),
        ("mysql", "8.0.39", "8.0"),
        ("mysql", "8.4.3", "8.4"),
        ("aurora-mysql", "8.0.mysql_aurora.3.08.0", "8.0"),
        ("aurora-mysql", "5.7.mysql_aurora.2.12.4", "5.7"),
        ("mariadb", "10.11.8", "10.11"),
        ("mysql", "", ""),
    ],
)
def test_majors(engine: str, version: str, major: str) -> None:
    assert major_of(engine, version) == major


@pytest.mark.parametrize(
    ("aws", "standard", "extended"),
    [
        (rds(), "2029-02-28", ("2029-03-01", "2032-02-29")),
        (rds("mysql", EngineVersion="8.0.39"), "2026-07-31", ("2026-08-01", "2029-07-31")),
        (rds("mysql", EngineVersion="5.7.44"), "2024-02-29", ("2024-03-01", "2029-06-30")),
        (aurora("aurora-mysql"), "2028-04-30", ("2028-05-01", "2029-07-31")),
        (aurora(), "2029-02-28", ("2029-03-01", "2032-02-29")),
        (rds("mariadb", EngineVersion="10.11.8"), "2028-02-29", None),
    ],
    ids=["PostgreSQL", "MySQL 8.0", "MySQL 5.7", "Aurora MySQL", "Aurora PostgreSQL", "MariaDB"],
)
def test_the_table_stands_in_where_aws_refuses(
    aws: FakeAws, standard: str, extended: tuple[str, str] | None
) -> None:
    answer = asked(aws, REFUSED)
    expected = [("standard", None, f"{standard}T23:59:59+00:00")]
    if extended:
        first, last = (f"{extended[0]}T00:00:00+00:00", f"{extended[1]}T23:59:59+00:00")
        assert short(answer) == [*expected, ("extended", first, last)]
    else:
        assert short(answer) == expected
    assert {(r.shipped, r.as_of) for r in answer.rows} == {(True, "2026-09")}
    assert answer.gaps == (f"{REFUSED}; the dates of support are those of 2026-09",)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"DBMajorEngineVersions": [known("17", standard=("2025-01-01", "2030-01-01"))]},
        {"DBMajorEngineVersions": [known("16")]},
        {"DBMajorEngineVersions": [known("16", other=("2025-01-01", "2030-01-01"))]},
        {"DBMajorEngineVersions": [{}]},
    ],
    ids=["empty", "another version", "no support", "a support we do not know", "nothing told"],
)
def test_the_table_stands_in_where_aws_does_not_know(answer: Answer) -> None:
    rows = asked(rds(), answer).rows
    assert [(r.support, r.shipped) for r in rows] == [("standard", True), ("extended", True)]


def test_the_table_stands_in_where_there_is_no_such_question() -> None:
    answer = asked(rds(), NotOffered("rds:DescribeDBMajorEngineVersions: no such action"))
    assert (len(answer.rows), len(answer.gaps)) == (2, 1)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"DBMajorEngineVersions": []}, "AWS tells no dates of support of oracle-se2 19.0"),
        (REFUSED, "needs the IAM action rds:DescribeDBMajorEngineVersions$"),
    ],
    ids=["AWS does not know", "AWS refuses"],
)
def test_nobody_knows(answer: Answer, why: str) -> None:
    aws = rds("oracle-se2", EngineVersion="19.0.0.0.ru-2024-01.rur-2024-01.r1")
    with pytest.raises(NotOffered, match=why):
        asked(aws, answer)


def test_another_failure_passes_through() -> None:
    with pytest.raises(SessionError, match="throttles"):
        asked(rds(), SessionError("AWS throttles it"))


def test_the_table_is_sound() -> None:
    given = json.loads(Path(module.__file__ or "").with_name("lifecycle.json").read_text())
    assert set(given["support"]) == {
        "postgres", "aurora-postgresql", "mysql", "aurora-mysql", "mariadb",
    }  # fmt: skip
    for engine, majors in given["support"].items():
        lasts = [standard for standard, _ in majors.values()]
        assert lasts == sorted(lasts), engine
        for major, (standard, extended) in majors.items():
            assert major_of(engine, major) == major
            assert day(standard) < (day(extended) if extended else day("2100-01-01")), major
