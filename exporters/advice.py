"""An advice in six parts, as an on-call engineer reads it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from exporters.figures import moment, one_line, quantity, visible
from exporters.report import Advice
from rules.base import Gain, Impact, Severity, Value
from rules.wording import duration, share, size

_COMMANDS = (
    "ALTER ", "ANALYZE", "CREATE ", "DROP ", "EXPLAIN ", "GRANT ", "REINDEX ", "REVOKE ",
    "SELECT ", "SET ", "SHOW ", "VACUUM", "aws ",
)  # fmt: skip


def minor(advice: Advice) -> bool:
    """Backlog and context: shown short and last."""
    return advice.recommendation.severity <= Severity.LOW


def subject(advice: Advice) -> str:
    """What it is about: table public.orders in orders."""
    about = advice.recommendation.finding.subject
    said = about.name == about.database or about.name.startswith(f"{about.database}.")
    place = f" in {one_line(about.database, 80)}" if about.database and not said else ""
    return f"{about.kind} {one_line(about.name, 160)}{place}"


def origin(advice: Advice) -> str:
    """Where an advice comes from, how sure it is, and since when it is open."""
    given = advice.recommendation
    return (
        f"{subject(advice)} · rule {given.rule.id}, {given.confidence.name.lower()} · "
        f"since {moment(advice.first_seen)}"
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One of the six parts of an advice; `commands` can be pasted as they stand."""

    heading: str
    text: str
    commands: tuple[str, ...] = ()


def parts(advice: Advice) -> tuple[Part, ...]:
    """Evidence, impact, action, risk, verify, rollback: always all six, always in this order."""
    finding = advice.recommendation.finding
    remedy = finding.remedy
    proof = "; ".join(f"{name}: {value}" for name, value in evidence(finding.evidence))
    return (
        Part("Evidence", proof or "None given."),
        Part("Impact", impact(finding.impact)),
        Part("Action", visible(remedy.text), tuple(visible(s) for s in remedy.statements)),
        Part("Risk", visible(remedy.risk) or "Not stated."),
        _prose_or_command("Verify", remedy.verify),
        _prose_or_command("Rollback", remedy.rollback),
    )


def _prose_or_command(heading: str, text: str) -> Part:
    if text.startswith(_COMMANDS):
        return Part(heading, "", tuple(visible(text).splitlines()))
    return Part(heading, visible(text) or "Not stated.")


def language(command: str) -> str:
    """What a command is written in: sql, or sh for one of a command line."""
    return "sh" if command.startswith(("aws ", "gh-ost ", "# ")) else "sql"


def evidence(numbers: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
    """Names and values as people read them; the unit in a name becomes the unit of its value."""
    return tuple(_figure(name, value) for name, value in numbers.items())


def _figure(name: str, value: Value) -> tuple[str, str]:
    if isinstance(value, float) and not math.isfinite(value):
        value = None
    what, _, per = name.partition("_per_")
    rate = f" per {one_line(per.replace('_', ' '))}" if per else ""
    for suffix, worded in (("_seconds", duration), ("_bytes", size), ("_ratio", share)):
        if what.endswith(suffix) and isinstance(value, int | float):
            what = what.removesuffix(suffix)
            return one_line(what.replace("_", " ")), worded(value) + rate
    if what.endswith("_at") and isinstance(value, int | float):
        return one_line(what.removesuffix("_at").replace("_", " ")), moment(value)
    return one_line(what.replace("_", " ")) + rate, _plain(value)


def _plain(value: Value) -> str:
    if value is None or value == "":
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return one_line(value) if isinstance(value, str) else quantity(value)


def impact(gained: Impact) -> str:
    """What following the advice gains, counted as the rule counted it."""
    value = gained.value
    match gained.gain:
        case Gain.TIME:
            return (
                f"{duration(value)} of database time per hour, {value / 3600:.2g} active sessions"
            )
        case Gain.SPACE:
            return f"{size(value)} of space"
        case Gain.SESSIONS:
            return f"{quantity(value)} session{'' if value == 1 else 's'} freed"
        case Gain.HEADROOM:
            return f"{share(value)} of a hard limit is used"
        case Gain.UNKNOWN:
            return "Not measured."
