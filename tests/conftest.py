"""What a run says of itself."""

from __future__ import annotations

from tests.live.mysql_containers import IMAGES, docker_answers


def pytest_report_header() -> str:
    """Engines that only a container can give are named, run or not."""
    names = ", ".join(IMAGES)
    if docker_answers():
        return f"in containers: {names}"
    return f"not run, as no Docker engine answers: {names}"
