from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from collectors.rds.prices import SERVERLESS, Price, Unknown, Wanted
from rules.cost.price_file import PriceFileError, parse

EXAMPLE = (Path(__file__).parent.parent / "aws" / "prices.toml").read_text()
HEAD = 'as_of = 2026-11-01\nregion = "eu-west-1"\n'
SOURCE = "our agreement with AWS (prices.toml)"


def entry(**given: str) -> str:
    about = {"class": '"db.r7g.large"', "engine": '"mysql"', "dollars_per_hour": "0.27", **given}
    lines = (f"{name} = {value}" for name, value in about.items() if value)
    return "\n".join((HEAD, "[[instance]]", *lines))


@pytest.mark.parametrize(
    ("wanted", "dollars"),
    [
        (Wanted("db.r7g.large", "postgresql"), "0.27"),
        (Wanted("db.r7g.large", "postgresql", multi_az=True), "0.54"),
        (Wanted("db.r7g.large", "aurora-postgresql"), "0.3"),
        (Wanted(SERVERLESS, "aurora-postgresql"), "0.14"),
        (Wanted(SERVERLESS, "aurora-postgresql", io_optimized=True), "0.182"),
    ],
)
def test_prices_are_as_written(wanted: Wanted, dollars: str) -> None:
    found = parse(EXAMPLE, "prices.toml").price(wanted, "eu-west-1")
    assert found == Price(Decimal(dollars), wanted.unit, SOURCE, date(2026, 11, 1))


def test_a_date_may_be_a_text_and_the_source_is_optional() -> None:
    found = parse('as_of = "2026-11-01"\nregion = "eu-west-1"', "mine.toml")
    assert (found.as_of, found.source) == (date(2026, 11, 1), "mine.toml")
    assert parse(HEAD.replace("01", "01T10:00:00Z"), "mine.toml").as_of == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("wanted", "region", "why"),
    [
        (
            Wanted("db.r7g.xlarge", "postgresql"),
            "eu-west-1",
            f"{SOURCE} has no price of db.r7g.xlarge for postgresql",
        ),
        (
            Wanted("db.r7g.large", "aurora-postgresql", io_optimized=True),
            "eu-west-1",
            f"{SOURCE} has no price of db.r7g.large for aurora-postgresql, I/O-Optimized",
        ),
        (
            Wanted("db.r7g.large", "postgresql"),
            "us-east-1",
            f"{SOURCE} has prices of eu-west-1, not of us-east-1",
        ),
    ],
    ids=["another size", "another storage", "another region"],
)
def test_what_is_not_in_it_is_unknown(wanted: Wanted, region: str, why: str) -> None:
    assert parse(EXAMPLE, "prices.toml").price(wanted, region) == Unknown(why)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('region = "eu-west-1"', "needs the day its prices were taken, found none"),
        ('as_of = "lately"\nregion = "eu-west-1"', "found 'lately'; write as_of = 2026-11-01"),
        ("as_of = 2026-11-01", "needs a text for region; found None"),
        (f"{HEAD}currency = 1", "the file has currency, which is not one of acu, as_of"),
        (f"{HEAD}source = 3", "needs a text for source; found 3"),
        (f"{HEAD}[instance]\n", "write [[instance]] for each price"),
        (f"{HEAD}instance = [1]", "[[instance]] number 1 is not a table"),
        (entry(dollars_per_hour="0"), "needs dollars_per_hour above 0; found 0"),
        (entry(dollars_per_hour="nan"), "needs dollars_per_hour above 0; found NaN"),
        (entry(dollars_per_hour="true"), "needs dollars_per_hour above 0; found True"),
        (entry(dollars_per_hour='"0.27"'), "needs dollars_per_hour above 0; found 0.27"),
        (entry(dollars_per_hour=""), "needs dollars_per_hour above 0; found None"),
        (entry(engine='"postgres"'), "needs an engine of postgresql, mysql,"),
        (entry(**{"class": '"r7g.large"'}), "needs a class as db.r7g.large; found 'r7g.large'"),
        (entry(multi_az='"yes"'), "multi_az is true or false; found 'yes'"),
        (entry(zone='"a"'), "has zone, which is not one of class,"),
        (entry(io_optimized="true"), "ACUs and I/O-Optimized are of Aurora; found mysql"),
        (entry() + entry().removeprefix(HEAD), "gives the price of db.r7g.large for mysql again"),
        ("as_of = ", "Invalid value"),
    ],
)
def test_a_file_that_says_something_else_is_refused(text: str, words: str) -> None:
    with pytest.raises(PriceFileError) as refused:
        parse(text, "prices.toml")
    assert str(refused.value).startswith("price file prices.toml: ")
    assert words in str(refused.value)
