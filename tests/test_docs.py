"""What the documents say is what the code does today."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from agent.cli import app
from agent.config import Agent, BasicAuth, load
from agent.config_aws import Aws, DiscoverRds, TargetAws
from agent.config_target import Target
from agent.discovery import all_rules
from agent.reference import DOCS, REFERENCES

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "config.example.toml"


@pytest.mark.parametrize("name", REFERENCES)
def test_references_are_those_of_the_code(name: str) -> None:
    assert (DOCS / name).read_text() == REFERENCES[name](), "run python -m agent.reference"


def test_the_example_is_valid_and_its_values_are_the_defaults() -> None:
    found = load(EXAMPLE)
    assert (found.agent, found.aws) == (Agent(), Aws())
    for id, limits in found.rules.items():
        (rule,) = [r for r in all_rules() if r.id == id]
        assert limits.items() <= dict(rule.limits).items()


SECTIONS = [Agent, BasicAuth, Target, TargetAws, DiscoverRds, Aws]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda s: s.__name__)
def test_the_example_names_every_option(section: type[Agent]) -> None:
    text = EXAMPLE.read_text()
    for name in section.model_fields:
        assert re.search(rf"^#? ?\[?(agent\.)?{name}\b", text, re.MULTILINE), name


def test_the_options_that_are_commented_out_are_valid_too() -> None:
    """With every "# key = value" line made live, the file is still TOML."""
    live = re.sub(r"^# (\[?[a-z_.]+\]?( = .*)?)$", r"\1", EXAMPLE.read_text(), flags=re.MULTILINE)
    assert tomllib.loads(live)["agent"]["basic_auth"]["user"]


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text()
    for command in app.registered_commands:
        assert command.callback is not None
        assert f"dbtriage {command.callback.__name__}" in readme
