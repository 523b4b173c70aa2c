from __future__ import annotations

import pytest

from collectors import statement_texts
from collectors.session import ConnectionLost, SessionError
from collectors.statement_texts import ActivityTexts, Entry, StatementTexts, _Read
from collectors.variants import Variants
from tests.fakes import FakeSession, Row
from tests.make import server

ONE, TWO = Entry(1, 10, 100), Entry(2, 10, 100)


def text(entry: Entry, query: str | None) -> dict[str, object]:
    return {**entry._asdict(), "query": query}


class Broken(FakeSession):
    """A session whose texts cannot be read, at a time that can be moved."""

    error: SessionError | None = SessionError('invalid byte sequence for encoding "UTF8": 0xe9')
    clock = 1e9

    def now(self) -> float:
        return self.clock

    def rows(self, query: Variants, into: type[Row], **params: object) -> tuple[Row, ...]:
        found = super().rows(query, into, **params)
        if self.error:
            raise self.error
        return found


def test_only_new_entries_are_asked_for() -> None:
    db = FakeSession(server(17), (), {_Read: [text(ONE, "SELECT 1"), text(TWO, "SELECT now()")]})
    texts = StatementTexts()
    for entries in ([ONE], [ONE], [ONE, TWO], [TWO]):
        assert texts.learn(db, entries) == ()
    assert len(db.ran) == 2


def test_an_entry_that_left_the_server_is_forgotten() -> None:
    db = FakeSession(server(17), (), {_Read: [text(ONE, "SELECT 1")]})
    texts = StatementTexts()
    texts.learn(db, [ONE])
    texts.learn(db, [])
    assert texts.get(ONE) is None


def test_after_an_error_it_pauses_longer_each_time_and_keeps_what_it_knows() -> None:
    db = Broken(server(17), (), {_Read: [text(ONE, "SELECT 1"), text(TWO, "SELECT 2")]})
    db.error = None
    texts = StatementTexts()
    texts.learn(db, [ONE])
    db.error = Broken.error
    asked = []
    for _ in range(40):
        (gap,) = texts.learn(db, [ONE, TWO])
        assert gap.startswith("the texts of 1 statements cannot be read: invalid byte sequence")
        asked.append(len(db.ran) - 1)
        db.clock += 60
    assert [asked[minute] for minute in (0, 1, 2, 3, 6, 7, 15, 24, 39)] == [
        1, 2, 2, 3, 3, 4, 5, 5, 7,
    ]  # fmt: skip
    known = texts.get(ONE)
    assert known is not None
    assert known.query == "SELECT ?"
    db.error = None
    db.clock += 600
    assert texts.learn(db, [ONE, TWO]) == ()


def test_a_text_the_server_lacks_does_not_hold_up_new_ones() -> None:
    given = {_Read: [text(ONE, None)]}
    db = FakeSession(server(17), (), given)
    texts = StatementTexts()
    lacks = ("the server has no text for 1 statements",)
    assert texts.learn(db, [ONE]) == lacks
    assert texts.learn(db, [ONE]) == lacks
    assert len(db.ran) == 1
    db.by_type = {_Read: [text(ONE, None), text(TWO, "SELECT 2")]}
    assert texts.learn(db, [ONE, TWO]) == lacks
    assert len(db.ran) == 2
    assert texts.get(TWO) is not None


def test_a_lost_connection_is_not_a_bad_text() -> None:
    db = Broken(server(17))
    db.error = ConnectionLost("gone")
    with pytest.raises(ConnectionLost):
        StatementTexts().learn(db, [ONE])


def test_memory_of_entries_is_bounded() -> None:
    many = [Entry(each, 10, 100) for each in range(statement_texts.MOST_ENTRIES + 5)]
    db = FakeSession(server(17), (), {_Read: [text(each, "SELECT 1") for each in many]})
    gaps = StatementTexts().learn(db, many)
    assert gaps == ("only 50000 of 50005 statements are given a text",)


def test_memory_of_activity_is_bounded_and_keeps_what_is_met_again() -> None:
    texts = ActivityTexts()
    kept = texts.of("SELECT 1 FROM kept")
    for each in range(3 * statement_texts.MOST_ACTIVE):
        texts.of(f"VACUUM t{each}")
        if each % 100 == 0:
            assert texts.of("SELECT 1 FROM kept") is kept
    assert len(texts._young) + len(texts._old) <= statement_texts.MOST_ACTIVE  # noqa: SLF001


def test_activity_keeps_no_literal() -> None:
    texts = ActivityTexts()
    assert texts.of("SELECT 'secret'").query == "SELECT ?"
    assert "secret" not in repr([texts._young, texts._old])  # noqa: SLF001
