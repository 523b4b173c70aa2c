"""Find every collector and rule by walking the folder it lives in."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import ModuleType
from typing import Any, TypeVar

import collectors
import rules
from collectors.base import Collector
from rules.base import Rule

T = TypeVar("T")


def discover(package: ModuleType, kind: type[T]) -> list[T]:
    """Every `kind` that a module of `package` defines, in the order of module names."""
    return [
        value
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        for value in vars(importlib.import_module(info.name)).values()
        if isinstance(value, kind) and _home(value) == info.name
    ]


def _home(value: object) -> str:
    match value:
        case Collector():
            return value.ask.__module__
        case Rule():
            return value.judge.__module__
        case _:
            return type(value).__module__


@cache
def all_collectors() -> tuple[Collector[Any, Any], ...]:
    return tuple(discover(collectors, Collector))


@cache
def all_rules() -> tuple[Rule[...], ...]:
    return tuple(sorted(discover(rules, Rule), key=lambda rule: rule.id))
