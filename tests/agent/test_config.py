"""Each mistake in config.toml is named with file, key, value and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.config import Config, ConfigError, load
from agent.failure import Failure

TARGET = '[[targets]]\nname = "orders"\nhost = "db.internal"\n'
PLAIN = "hunter2"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def loaded(file: Path, text: str) -> Config:
    file.write_text(text)
    return load(file)


def said(file: Path, text: str) -> str:
    with pytest.raises(ConfigError) as error:
        loaded(file, text)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param(
            f'[agent]\nlisten_on = "x"\n{TARGET}',
            ["agent.listen_on: no such key (did you mean listen?)", "allowed: listen, ", "window"],
            id="a wrong key of the agent",
        ),
        pytest.param(
            f"{TARGET}prot = 5432",
            [
                "targets[orders].prot: no such key (did you mean port?)",
                "allowed: name, engine, dsn",
            ],
            id="a wrong key of a target",
        ),
        pytest.param(
            f"[agnet]\n{TARGET}",
            [
                "agnet: no such key (did you mean agent?)",
                "allowed: agent, aws, targets, discover, collectors",
            ],
            id="a wrong section",
        ),
        pytest.param(
            f'[agent.basic_auth]\nuser = "a"\npassword = "{PLAIN}"\npassword_file = "p"\n{TARGET}',
            ["agent.basic_auth.password: no such key (did you mean password_file?)"],
            id="a password in the file",
        ),
        pytest.param(
            f'{TARGET}port = "54x2"',
            ["targets[orders].port = '54x2'", "integer"],
            id="a wrong type",
        ),
        pytest.param(
            f"{TARGET}port = 70000",
            ["targets[orders].port = 70000", "65535"],
            id="a number out of range",
        ),
        pytest.param(
            f'[agent]\nallow_unauthenticated = "no"\n{TARGET}',
            ["agent.allow_unauthenticated = 'no'", "boolean"],
            id="text where true or false belongs",
        ),
        pytest.param(
            '[[targets]]\nname = "orders"\ndsn = "postgresql://h/d"\ntls = "verify-full"',
            ["targets[orders]", "tls is not for a dsn: write sslmode"],
            id="tls beside a dsn, where it would do nothing",
        ),
        pytest.param(
            f'{TARGET}labels = {{ "bad name-" = "x" }}',
            ["targets[orders].labels", "needs letters, digits and _"],
            id="a label that Prometheus refuses",
        ),
        pytest.param(
            f'{TARGET}labels = {{ target = "x" }}',
            ["targets[orders].labels", "is a label that dbtriage sets itself"],
            id="a label of ours",
        ),
        pytest.param(
            f'{TARGET}[collectors]\n"postgres.session_samples" = "5s"',
            ["collectors.postgres.session_samples: set agent.sample_every instead"],
            id="an interval that is set elsewhere",
        ),
        pytest.param(
            f'{TARGET}[collectors]\n"postgres.tables" = "10ms"',
            ["collectors.postgres.tables = 0.01 s: needs at least 100ms"],
            id="an interval that would hurt",
        ),
        pytest.param(
            f"{TARGET}[rules.idle-blocker]\ntolerated_seconds = nan",
            ["rules.idle-blocker.tolerated_seconds = nan: needs a number"],
            id="a limit that is no number",
        ),
        pytest.param(
            f"[agent]\nwindow = 900\n{TARGET}",
            ["agent.window = 900", '"15m"'],
            id="a time without a unit",
        ),
        pytest.param(
            f'[agent]\nwindow = "15 parsecs"\n{TARGET}',
            ["agent.window = '15 parsecs'", '"30s", "15m", "2h"'],
            id="a wrong unit of time",
        ),
        pytest.param(
            f'[agent]\nsample_every = "0s"\n{TARGET}',
            ["agent.sample_every", "more than nothing"],
            id="no time at all",
        ),
        pytest.param(
            f'{TARGET}memory = "16 elephants"',
            ["targets[orders].memory = '16 elephants'", '"16GiB"'],
            id="a wrong unit of size",
        ),
        pytest.param(
            f'{TARGET}tls = "verify_full"',
            ["targets[orders].tls = 'verify_full'", "'verify-full'", "'require'", "did you mean"],
            id="a wrong word",
        ),
        pytest.param(
            f'{TARGET}databases = "any"',
            ["targets[orders].databases = 'any'", "'all'"],
            id="neither all databases nor a list",
        ),
        pytest.param(
            f'{TARGET}engine = "postgre"',
            ["targets[orders].engine = 'postgre'", "'postgres'"],
            id="an unknown engine",
        ),
        pytest.param(
            f"{TARGET}[rules.idle-blockr]\ntolerated_seconds = 3",
            ["rules.idle-blockr: no such rule (did you mean idle-blocker?)"],
            id="an unknown rule",
        ),
        pytest.param(
            f'{TARGET}[mute]\nunused-indexes = ["*"]',
            ["mute.unused-indexes: no such rule (did you mean unused-index?)"],
            id="an unknown rule that is muted",
        ),
        pytest.param(
            f"{TARGET}[rules.idle-blocker]\ntolerated_secs = 3",
            [
                "tolerated_secs: no such limit (did you mean tolerated_seconds?)",
                "allowed: tolerated_seconds",
            ],
            id="an unknown limit",
        ),
        pytest.param(
            f'{TARGET}[rules.idle-blocker]\ntolerated_seconds = "30s"',
            ["rules.idle-blocker.tolerated_seconds = '30s': needs a number"],
            id="a limit that is no number",
        ),
        pytest.param(
            f'{TARGET}[collectors]\n"postgres.statement" = "5m"',
            ["postgres.statement: no such collector (did you mean postgres.statements?)"],
            id="an unknown collector",
        ),
        pytest.param(
            f'{TARGET}[collectors]\n"postgres.statements" = 5',
            ["collectors.postgres.statements = 5: needs a number with a unit"],
            id="an interval without a unit",
        ),
        pytest.param(
            TARGET + TARGET, ["targets: the name 'orders' is given twice"], id="a target twice"
        ),
        pytest.param(
            f'{TARGET}dsn = "postgresql://db.internal/orders"',
            ["targets[orders]: dsn already holds host, port, user and database"],
            id="dsn and host",
        ),
        pytest.param(
            '[[targets]]\nname = "orders"', ["targets[orders]: needs host or dsn"], id="no way in"
        ),
        pytest.param(
            f'[[targets]]\nname = "orders"\ndsn = "postgresql://u:{PLAIN}@[::1"',
            ["targets[orders]: dsn is not a valid postgresql:// URL"],
            id="a dsn that is none",
        ),
        pytest.param(
            f'{TARGET}password_env = "A"\npassword_file = "/b"',
            ["targets[orders]: more than one of password, password_file, password_env"],
            id="two sources of the password",
        ),
        pytest.param(
            f'[[targets]]\nname = "orders"\ndsn = "postgresql://u:{PLAIN}@h/d"\npassword_env = "A"',
            ["targets[orders]: more than one of password"],
            id="a password in the dsn and another source",
        ),
        pytest.param(
            f"""{TARGET}password_command = "cat '/a" """,
            ["targets[orders].password_command: ", "quot"],
            id="a command with a quote left open",
        ),
        pytest.param('[[targets]]\nhost = "h"', ["targets[0].name: is missing"], id="no name"),
        pytest.param(
            '[[targets]]\nname = "a b"\nhost = "h"', ["targets[a b].name = 'a b'"], id="an odd name"
        ),
        pytest.param("", ["needs at least one [[targets]] or [[discover.rds]]"], id="none at all"),
        pytest.param("targets = []", ["needs at least one"], id="an empty list of targets"),
        pytest.param(
            '[targets]\nname = "orders"',
            ["targets: each begins with [[targets]]"],
            id="one bracket",
        ),
        pytest.param(
            f'targets = ["postgresql://u:{PLAIN}@h/d"]', ["targets[0]: "], id="a dsn as a target"
        ),
        pytest.param("[[targets", ["not TOML"], id="not TOML"),
        pytest.param(
            f'[agent]\ntls_key = "k"\n{TARGET}',
            ["agent: tls_certificate and tls_key belong together"],
            id="a key without its certificate",
        ),
        pytest.param(
            f'[agent]\nlisten = "9939"\n{TARGET}',
            ["agent.listen = '9939': needs host:port"],
            id="a port without its host",
        ),
    ],
)
def test_a_mistake_is_named(file: Path, text: str, parts: list[str]) -> None:
    message = said(file, text)
    assert message.startswith(f"{file}: ")
    assert [part for part in parts if part not in message] == [], message
    assert PLAIN not in message


def test_every_mistake_is_named_at_once(file: Path) -> None:
    message = said(file, f"[agent]\nwindow = 1\n{TARGET}port = 0\n[collectrs]")
    assert [line.split(": ")[1] for line in message.splitlines()] == [
        "agent.window = 1", "targets[orders].port = 0", "collectrs",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (f'password = ["{PLAIN}"]', "password"),
        (f'dsn = ["{PLAIN}"]', "dsn"),
        (f'password_command = ["{PLAIN}"]', "password_command"),
        (f'pasword = "{PLAIN}"', "pasword"),
    ],
)
def test_a_secret_is_in_no_message(file: Path, line: str, key: str) -> None:
    message = said(file, f"{TARGET}{line}")
    assert f"targets[orders].{key}" in message
    assert PLAIN not in message


def test_a_secret_is_in_no_text_of_a_target(file: Path) -> None:
    config = loaded(file, f'{TARGET}password = "{PLAIN}"\n')
    assert PLAIN not in repr(config)
    dsn = f'[[targets]]\nname = "orders"\ndsn = "postgresql://u:{PLAIN}@h/d"'
    assert PLAIN not in repr(loaded(file, dsn))


def test_what_is_not_given_has_a_default(file: Path) -> None:
    config = loaded(file, TARGET)
    assert (config.agent.window, config.agent.listen) == (900, "127.0.0.1:9939")
    assert config.targets[0].databases == "all"


def test_spans_and_sizes(file: Path) -> None:
    config = loaded(
        file, f'[agent]\nwindow = "2h"\nsample_every="500ms"\n{TARGET}memory = "1.5GiB"'
    )
    assert (config.agent.window, config.agent.sample_every) == (7200, 0.5)
    assert config.targets[0].memory == 3 * 2**29


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.toml: No such file"):
        load(tmp_path / "nothing.toml")


def test_a_file_that_is_not_text(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not TOML"):
        load(file)


@pytest.mark.parametrize("command", ["check", "run", "doctor"])
def test_the_command_line_ends_with_2(file: Path, command: str) -> None:
    file.write_text(f"[agnet]\n{TARGET}")
    ended = CliRunner().invoke(app, [command, "-c", str(file)])
    assert isinstance(ended.exception, Failure)
    assert ended.exception.code == 2
    assert f"{file}: agnet: no such key" in str(ended.exception)
