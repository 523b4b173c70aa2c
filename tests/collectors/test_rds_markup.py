from __future__ import annotations

import pytest

from collectors.rds.markup import links, plain


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("Turn on Multi-AZ.", "Turn on Multi-AZ."),
        ("<p>Turn <b>on</b></p><ul><li>one</li><li>two</li></ul>", "Turn on one two"),
        ("one<br/>two<br>three", "one two three"),
        ("Set `sync_binlog` to **1**, *now*.", "Set sync_binlog to 1, now."),
        ("***all*** __of__ _it_ ~~not~~", "all of it not"),
        ("set innodb_flush_log_at_trx_commit to _1_", "set innodb_flush_log_at_trx_commit to 1"),
        ("see [the *guide*](https://docs.aws.amazon.com/a_(b).html 'x').", "see the guide."),
        ("![a plan](https://aws.amazon.com/a.png)", "a plan"),
        ("[click](javascript:alert(1)) here", "click here"),
        ("# Title\n\n- one\n* two\n> three\n---\n```sql\nfour\n```", "Title one two three four"),
        ("<https://docs.aws.amazon.com/x> tells", "https://docs.aws.amazon.com/x tells"),
        ("CPU < 65 & memory <b>2&nbsp;GiB</b>, a &lt; b", "CPU < 65 & memory 2 GiB, a < b"),
        ("2 * 3 * 4 and a ** b", "2 * 3 * 4 and a ** b"),
        ("<script>alert(1)</script>word<style>p{}</style>", "word"),
        ("red\x1b[31m\x00 \u202eline\r\nnext", "red [31m line next"),
        ("x" * 3000, "x" * 1999 + "…"),
    ],
    ids=lambda v: v[:30],
)  # fmt: skip
def test_plain(text: str, words: str) -> None:
    assert plain(text) == words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("see [it](https://a.example/x) and https://b.example/y.", ("https://a.example/x", "https://b.example/y")),
        ('<a href="https://a.example/?a=1&amp;b=2">it</a>', ("https://a.example/?a=1&b=2",)),
        ("<https://a.example/x>, (https://a.example/x)", ("https://a.example/x",)),
        ("[no](http://a.example) <a href='javascript:alert(1)'>no</a> ftp://a.example", ()),
        ("<a href>none</a> [none]() [none]( )", ()),
        ("**[b](https://a.example/x_(y).html 'Title')** `https://b.example/z`",
         ("https://a.example/x_(y).html", "https://b.example/z")),
    ],
)  # fmt: skip
def test_links(text: str, found: tuple[str, ...]) -> None:
    assert links(text) == found
