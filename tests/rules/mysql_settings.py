"""Variables of MySQL and MariaDB in a word, as their collector reads them."""

from __future__ import annotations

from collectors.mysql.setting_values import number_of
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from tests.make import make, snapshot

MB = 1024 * 1024
GB = 1024 * MB


def variables(static: tuple[str, ...] = (), /, **given: object) -> Snapshot[Setting]:
    """Those given by name; `static` are the ones that take a restart."""
    return snapshot(
        *(
            make(
                Setting,
                setting=name,
                value=str(value),
                number=number_of(str(value), None),
                context="static" if name in static else "",
            )
            for name, value in given.items()
        )
    )
