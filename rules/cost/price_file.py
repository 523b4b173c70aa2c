"""Prices from a file, for where the price list may not be asked or a contract says otherwise.

The file is TOML. It must name the day its prices were taken, and the region they are of::

    as_of = 2026-11-01
    region = "eu-west-1"
    source = "our agreement with AWS"      # optional; shown beside the prices

    [[instance]]                           # one for each class, engine and kind
    class = "db.r7g.large"
    engine = "postgresql"                  # mysql, mariadb, aurora-mysql, aurora-postgresql
    multi_az = true                        # optional, else Single-AZ
    dollars_per_hour = 0.536

    [[acu]]                                # an hour of one ACU of Aurora Serverless v2
    engine = "aurora-postgresql"
    io_optimized = false                   # optional, else the standard storage of Aurora
    dollars_per_hour = 0.14

What is not in it is unknown: Multi-AZ is not taken for twice Single-AZ, nor one region for
another. Reservations are not priced here: AWS tells what it offers.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from collectors.rds.prices import PRODUCTS, SERVERLESS, Price, Unknown, Wanted, named

_OF_FILE = {"as_of", "region", "source", "instance", "acu"}
_OF_INSTANCE = {"class", "engine", "multi_az", "io_optimized", "dollars_per_hour"}
_OF_ACU = {"engine", "io_optimized", "dollars_per_hour"}
_KINDS: Mapping[str, tuple[type, str]] = {
    "class": (str, "a text"),
    "engine": (str, "a text"),
    "multi_az": (bool, "true or false"),
    "io_optimized": (bool, "true or false"),
}


class PriceFileError(ValueError):
    """Names the file, and what to write in it."""


@dataclass(frozen=True, slots=True)
class PriceFile:
    as_of: date
    region: str
    source: str
    prices: Mapping[Wanted, Price]

    def price(self, wanted: Wanted, region: str) -> Price | Unknown:
        if region != self.region:
            return Unknown(f"{self.source} has prices of {self.region}, not of {region}")
        missing = Unknown(f"{self.source} has no price of {named(wanted)}")
        return self.prices.get(wanted, missing)


def parse(text: str, name: str) -> PriceFile:
    """`name` is what the file is called in messages and beside its prices."""
    try:
        given = tomllib.loads(text, parse_float=Decimal)
        as_of, region = _as_of(given), _text(given, "region")
        source = f"{_text(given, 'source')} ({name})" if "source" in given else name
        _only(given, _OF_FILE, "the file")
        prices = {
            wanted: Price(dollars, wanted.unit, source, as_of)
            for wanted, dollars in _priced(given).items()
        }
    except (tomllib.TOMLDecodeError, PriceFileError) as error:
        raise PriceFileError(f"price file {name}: {error}") from error
    return PriceFile(as_of, region, source, prices)


def _as_of(given: Mapping[str, Any]) -> date:
    said = given.get("as_of")
    if isinstance(said, datetime):
        return said.date()
    if isinstance(said, date):
        return said
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        found = "found none" if said is None else f"found {said!r}"
        raise PriceFileError(
            f"needs the day its prices were taken, {found}; write as_of = 2026-11-01"
        ) from None


def _priced(given: Mapping[str, Any]) -> Mapping[Wanted, Decimal]:
    prices: dict[Wanted, Decimal] = {}
    for where, wanted, dollars in _entries(given):
        if wanted in prices:
            raise PriceFileError(f"{where} gives the price of {named(wanted)} again")
        prices[wanted] = dollars
    return prices


def _entries(given: Mapping[str, Any]) -> Iterator[tuple[str, Wanted, Decimal]]:
    """Where it stands, what is priced, and the price."""
    for table, known in (("instance", _OF_INSTANCE), ("acu", _OF_ACU)):
        entries = given.get(table, [])
        if not isinstance(entries, list):
            raise PriceFileError(f"{table} is one table; write [[{table}]] for each price")
        for number, entry in enumerate(entries, start=1):
            where = f"[[{table}]] number {number}"
            _only(entry, known, where)
            _check_kinds(entry, where)
            yield where, _wanted(entry, table, where), _dollars(entry, where)


def _wanted(entry: Mapping[str, Any], table: str, where: str) -> Wanted:
    engine = entry.get("engine")
    if engine not in PRODUCTS:
        raise PriceFileError(f"{where} needs an engine of {', '.join(PRODUCTS)}; found {engine!r}")
    aurora = engine.startswith("aurora")
    if not aurora and (table == "acu" or entry.get("io_optimized")):
        raise PriceFileError(f"{where}: ACUs and I/O-Optimized are of Aurora; found {engine}")
    instance_class = SERVERLESS if table == "acu" else entry.get("class", "")
    if table == "instance" and not instance_class.startswith("db."):
        raise PriceFileError(f"{where} needs a class as db.r7g.large; found {instance_class!r}")
    return Wanted(
        instance_class,
        engine,
        multi_az=entry.get("multi_az", False),
        io_optimized=entry.get("io_optimized", False),
    )


def _dollars(entry: Mapping[str, Any], where: str) -> Decimal:
    said = entry.get("dollars_per_hour")
    number = isinstance(said, int | Decimal) and not isinstance(said, bool)
    if not number or not (price := Decimal(str(said))).is_finite() or price <= 0:
        raise PriceFileError(f"{where} needs dollars_per_hour above 0; found {said}")
    return price


def _check_kinds(entry: Mapping[str, Any], where: str) -> None:
    for name, value in entry.items():
        kind, words = _KINDS.get(name, (object, ""))
        if not isinstance(value, kind):
            raise PriceFileError(f"{where}: {name} is {words}; found {value!r}")


def _only(given: Any, known: set[str], where: str) -> None:
    if not isinstance(given, dict):
        raise PriceFileError(f"{where} is not a table")
    if unknown := sorted(set(given) - known):
        raise PriceFileError(
            f"{where} has {', '.join(unknown)}, which is not one of {', '.join(sorted(known))}"
        )


def _text(given: Mapping[str, Any], name: str) -> str:
    said = given.get(name)
    if not isinstance(said, str) or not said:
        raise PriceFileError(f"needs a text for {name}; found {said!r}")
    return said
