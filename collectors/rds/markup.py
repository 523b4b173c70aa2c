"""Plain words of texts that may hold HTML and Markdown, and the addresses they lead to."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_MOST_CHARACTERS = 2000
_ADDRESS = r"https://[^\s<>\"'\]()*`]*[^\s<>\"'\]()*`.,;:!?]"
_BARE = re.compile(_ADDRESS)
# <https://…> would be taken for a tag.
_IN_ANGLES = re.compile(rf"<({_ADDRESS})/?>")
_LINK = re.compile(r"!?\[([^\]]*)\]\(((?:[^()]|\([^()]*\))*)\)")
_AT_LINE_START = re.compile(r"^\s*(?:#{1,6}\s+|>\s+|[-*+]\s+|`{3,}\w*\s*$|(?:[-*_]\s*){3,}$)", re.M)
# Underscores within a word are a parameter's: innodb_flush_log_at_trx_commit.
_EMPHASIS = re.compile(
    r"(\*{1,3}|`{1,3}|~~|(?<!\w)_{1,3}(?=\w))(?=\S)(.{1,300}?)(?<=\S)\1(?!\w)", re.S
)
_BLOCKS = frozenset(
    {"br", "dd", "div", "dt", "hr", "li", "ol", "p", "pre", "table", "td", "th", "tr", "ul"}
    | {f"h{level}" for level in range(1, 7)}
)
_UNSEEN = frozenset({"script", "style"})


class _Words(HTMLParser):
    """What a reader of the page sees, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.addresses: list[str] = []
        self._unseen = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen = tag in _UNSEEN
        self.addresses += [value for name, value in attrs if name == "href" and value]
        self._apart(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = False
        self._apart(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(data)

    def _apart(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.words.append("\n")


def plain(text: str) -> str:
    """One line without markup, of at most 2,000 characters."""
    seen = "".join(_Words(_IN_ANGLES.sub(r"\1", text)).words)
    words = _LINK.sub(r"\1", seen)
    words = _AT_LINE_START.sub("", words)
    while (less := _EMPHASIS.sub(r"\2", words)) != words:
        words = less
    words = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return words if len(words) <= _MOST_CHARACTERS else words[: _MOST_CHARACTERS - 1] + "…"


def links(text: str) -> tuple[str, ...]:
    """All https addresses in it, each once."""
    page = _Words(_IN_ANGLES.sub(r"\1", text))
    words = "".join(page.words)
    # After the address a title may follow.
    targets = [target.split()[0] for _, target in _LINK.findall(words) if target.strip()]
    found = (*page.addresses, *targets, *_BARE.findall(_LINK.sub(" ", words)))
    return tuple(dict.fromkeys(a for a in found if a.startswith("https://")))
