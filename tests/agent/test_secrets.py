"""Where passwords come from, and that none of them is ever shown."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from agent.config_target import Target
from agent.targets.addresses import address_of
from agent.targets.postgres_connect import PostgresAddress
from agent.targets.secrets import PasswordSource
from collectors.session import SessionError

PLAIN = "hunter2 ünd mehr"


def test_from_a_file_without_its_line_end(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PLAIN}\r\n")
    assert PasswordSource(file=file).read() == PLAIN
    file.write_text("rotated")
    assert PasswordSource(file=file).read() == "rotated"


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", PLAIN)
    assert PasswordSource(env="DB_PASSWORD").read() == PLAIN


def test_from_a_command_the_first_line() -> None:
    code = f"print({PLAIN!r}); print('second line')"
    assert PasswordSource(command=(sys.executable, "-c", code)).read() == PLAIN


def test_none_without_a_source() -> None:
    assert PasswordSource().read() is None


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        pytest.param(
            PasswordSource(file=Path("/nowhere/password")),
            "password_file /nowhere/password cannot be read: No such file or directory",
            id="no such file",
        ),
        pytest.param(
            PasswordSource(env="DBTRIAGE_NOT_SET"),
            "password_env DBTRIAGE_NOT_SET is not set in the environment",
            id="not in the environment",
        ),
        pytest.param(
            PasswordSource(command=("/nowhere/vault", PLAIN)),
            "password_command /nowhere/vault failed: No such file or directory",
            id="no such command",
        ),
        pytest.param(
            PasswordSource(command=(sys.executable, "-c", f"print({PLAIN!r}); exit(4)")),
            "password_command ended with exit code 4",
            id="a command that fails",
        ),
        pytest.param(
            PasswordSource(command=(sys.executable, "-c", "pass")),
            "password_command printed nothing",
            id="a command that says nothing",
        ),
    ],
)
def test_a_source_that_fails_is_named(source: PasswordSource, sentence: str) -> None:
    with pytest.raises(SessionError) as error:
        source.read()
    assert str(error.value) == sentence


def test_a_command_that_prints_no_text() -> None:
    code = "import sys; sys.stdout.buffer.write(b'\\xff\\xfe')"
    with pytest.raises(SessionError, match="password_command"):
        PasswordSource(command=(sys.executable, "-c", code)).read()


def test_an_unreadable_file_does_not_show_its_content(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(b"hunter2\xff")
    with pytest.raises(SessionError) as error:
        PasswordSource(file=file).read()
    assert "hunter2" not in str(error.value)
    assert str(file) in str(error.value)


def test_no_text_shows_a_password() -> None:
    address = PostgresAddress.of_dsn("orders", "postgresql://u:hunter2@h:5432/d")
    assert address.password.read() == "hunter2"
    assert "hunter2" not in repr(address)
    assert "hunter2" not in repr(address.password)


def test_an_invalid_dsn_is_not_repeated() -> None:
    with pytest.raises(SessionError) as error:
        PostgresAddress.of_dsn("orders", "postgresql://u:hunter2@[h/d?x=y")
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "password"),
    [
        ({"host": "h", "password": "p"}, "p"),
        ({"host": "h", "password_env": "DB_PASSWORD"}, PLAIN),
        ({"dsn": "postgresql://h/d", "password_env": "DB_PASSWORD"}, PLAIN),
        ({"dsn": "postgresql://u:p@h/d"}, "p"),
        ({"dsn": "host=h password='p q'"}, "p q"),
        ({"host": "h"}, None),
    ],
    ids=str,
)
def test_a_targets_password(
    given: dict[str, str], password: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_PASSWORD", PLAIN)
    address = address_of(Target.model_validate({"name": "orders", **given}))
    assert isinstance(address, PostgresAddress)
    assert address.password.read() == password
    assert "password" not in address.parameters


def test_what_a_target_says_becomes_libpqs_words() -> None:
    target = Target(name="o", host="h", port=5433, user="u", database="d", tls="verify-full")
    address = address_of(target)
    assert isinstance(address, PostgresAddress)
    assert address.parameters == {
        "host": "h", "port": "5433", "user": "u", "dbname": "d", "sslmode": "verify-full",
    }  # fmt: skip
