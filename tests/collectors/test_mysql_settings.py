from __future__ import annotations

import pytest

from collectors.mysql.setting_values import (
    SetVariable,
    is_transient,
    number_of,
    only_at_start,
    shown_value,
    source_of,
    unit_of,
)
from collectors.mysql.settings import SETTINGS, settings
from collectors.snapshots.settings import Setting
from tests.fakes import FakeSession
from tests.make import row
from tests.rules.mysql_servers import mysql


def asked(**found: object) -> tuple[Setting, ...]:
    return settings(FakeSession(mysql(), [row(SetVariable, **found)])).rows


def test_one_row_a_variable() -> None:
    (found,) = asked(setting="tmp_table_size", value="16777216", source="GLOBAL", read_only=False)
    assert found == Setting(
        setting="tmp_table_size",
        value="16777216",
        unit="B",
        number=16777216.0,
        boot_value=None,
        source="global",
        context="dynamic",
        pending_restart=False,
    )


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("innodb_buffer_pool_size", "B"),
        ("max_allowed_packet", "B"),
        ("thread_stack", "B"),
        ("thread_cache_size", None),
        ("performance_schema_digests_size", None),
        ("innodb_purge_batch_size", None),
        ("innodb_change_buffer_max_size", None),
        ("max_join_size", None),
        ("wait_timeout", "s"),
        ("innodb_lock_wait_timeout", "s"),
        ("innodb_rollback_on_timeout", None),
        ("max_execution_time", "ms"),
        ("max_statement_time", "s"),
        ("table_open_cache", None),
    ],
)
def test_units(name: str, unit: str | None) -> None:
    assert unit_of(name) == unit


@pytest.mark.parametrize(
    ("value", "unit", "number"),
    [
        ("ON", None, 1.0),
        ("OFF", None, 0.0),
        ("YES", None, 1.0),
        ("0.500000", None, 0.5),
        ("-1", None, -1.0),
        ("18446744073709551615", "B", 18446744073709551615.0),
        ("2500", "ms", 2.5),
        ("", None, None),
        ("STRICT_TRANS_TABLES", None, None),
        ("1-2", None, None),
    ],
)
def test_numbers(value: str, unit: str | None, number: float | None) -> None:
    assert number_of(value, unit) == number


@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("report_password", "hush", "(hidden)"),
        ("report_password", "S3cret.pw", "(hidden)"),
        ("report_password", "12345678", "(hidden)"),
        ("file_key_management_filekey", "FILE:/etc/key", "(hidden)"),
        ("report_password", "", ""),
        ("init_connect", "SET @a = 'hush'", "(hidden)"),
        ("wsrep_sst_auth", "user:hush", "(hidden)"),
        ("authentication_ldap_simple_bind_root_pwd", "hush", "(hidden)"),
        ("default_password_lifetime", "30", "30"),
        ("old_passwords", "OFF", "OFF"),
        ("ssl_key", "/etc/mysql/server-key.pem", "/etc/mysql/server-key.pem"),
        ("sql_mode", "ANSI", "ANSI"),
    ],
)
def test_secrets_are_hidden(name: str, value: str, seen: str) -> None:
    assert shown_value(name, value) == seen


def test_a_long_value_is_cut() -> None:
    assert len(shown_value("wsrep_provider_options", "x" * 9000)) == 1001


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("gtid_executed", True),
        ("gtid_slave_pos", True),
        ("wsrep_start_position", True),
        ("gtid_mode", False),
        ("gtid_executed_compression_period", False),
    ],
)
def test_positions_are_left_out(name: str, left_out: bool) -> None:
    assert is_transient(name) == left_out
    assert (asked(setting=name, value="x") == ()) == left_out


@pytest.mark.parametrize(
    ("value", "waiting", "pending"),
    [("80", "91", True), ("80", "80", False), ("ON", "on", False), ("80", None, False)],
)
def test_what_was_persisted_waits(value: str, waiting: str | None, pending: bool) -> None:
    (found,) = asked(setting="back_log", value=value, waiting=waiting)
    assert found.pending_restart == pending


def test_mysql_tells_of_none_that_it_is_static() -> None:
    assert [asked(setting=s, value="1")[0].context for s in ("back_log", "max_connections")] == [
        "static",
        "",
    ]
    assert not only_at_start("performance_schema_max_digest_sample_age")
    (told,) = asked(setting="back_log", value="1", read_only=False)
    assert told.context == "dynamic"


def test_what_our_session_set_has_no_source() -> None:
    assert [source_of(n, "DYNAMIC") for n in ("sql_mode", "max_connections")] == ["", "dynamic"]
    assert source_of("max_connections", None) == ""


@pytest.mark.parametrize(("version", "asks"), [((5, 7), False), ((8, 0), True), ((26,), True)])
def test_5_7_tells_no_source(version: tuple[int, ...], asks: bool) -> None:
    assert ("variables_info" in (SETTINGS.pick({"mysql": version}) or "")) == asks
