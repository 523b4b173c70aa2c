"""Counting the transactions of a set or between two positions."""

from __future__ import annotations


def how_many(gtids: str) -> int:
    """Transactions of a MySQL set; a tag (8.3) stands among the intervals it is of.

    >>> how_many("c6639c1a-e75f-11f1-b221-02fc00000001:1-3:5:nightly:1-10")
    14
    """
    parts = (part.strip() for uuid in gtids.split(",") for part in uuid.split(":")[1:])
    return sum(_length(part) for part in parts if part[:1].isdigit())


def _length(interval: str) -> int:
    first, _, last = interval.partition("-")
    return int(last or first) - int(first) + 1


def between(applied: str, fetched: str) -> int:
    """Transactions from one MariaDB position to a later one, over all domains.

    >>> between("0-1-90,1-1-5", "0-1-100,1-1-5,2-7-3")
    13
    """
    done = dict(_domains(applied))
    return sum(max(at - done.get(domain, 0), 0) for domain, at in _domains(fetched))


def _domains(position: str) -> list[tuple[str, int]]:
    split = (gtid.strip().split("-") for gtid in position.split(",") if gtid.strip())
    return [(domain, int(sequence)) for domain, _, sequence in split]
