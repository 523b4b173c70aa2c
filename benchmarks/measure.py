"""A measured figure beside what it should be, and where CPU time is read."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """`target` is the most it may be (or the least, where `at_least`); None where none is set."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False

    @property
    def reached(self) -> bool | None:
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    @property
    def line(self) -> str:
        sign = ">=" if self.at_least else "<="
        wanted = "" if self.target is None else f"{sign} {self.target:g} {self.unit}"
        said = {None: "", True: "reached", False: "MISSED"}[self.reached]
        return f"{self.name:58} {self.value:12.4g} {self.unit:16} {wanted:26} {said}".rstrip()

    @property
    def document(self) -> dict[str, Any]:
        return {**asdict(self), "reached": self.reached}


def cpu_seconds(pid: int) -> float:
    """Time all threads of a process were on a CPU so far; finer than the ticks of stat."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def resident_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
