"""SQL text to tokens: literals are `?`, comments are gone, names are folded as the engine folds."""

from __future__ import annotations

import re
from typing import Final, Literal

from collectors.sql_backslash import settled
from collectors.sql_words import KEYWORDS

Dialect = Literal["postgres", "mysql"]

_NUMBER = (
    r"(?:0[xXbBoO][0-9a-fA-F_]*+|(?:\d[\d_]*+(?:\.(?!\.)[\d_]*+)?|(?<![\w)\]\"`])\.\d[\d_]*+)"
    r"(?:[eE][+-]?\d++)?)[\w$]*+"
)
_SINGLE = r"'[^']*+(?:''[^']*+)*+(?:'|\Z)"
_ESCAPED = r"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+(?:'|\\?\Z)"
_ESCAPED_DOUBLE = r'"[^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+(?:"|\\?\Z)'
_DOUBLE = r'"[^"]*+(?:""[^"]*+)*+(?:"|\Z)'
_BACKTICK = r"`[^`]*+(?:``[^`]*+)*+(?:`|\Z)"
_PARAMETER = r"(?<![\w\])?:$\[]):[A-Za-z_]\w*+|:|%s(?!\w)|%\(\w++\)s(?!\w)"
_SYMBOL = r"[(),\[\];{}]|\.(?![.\d])|\.{2,}|(?<=[\w)\]\"`])\.|…|::|:=|=>|:(?![A-Za-z_])"
_STANDARD_STRING = rf"(?:[bBxXnN]|[uU]&)?{_SINGLE}(?:\s*+{_SINGLE})*+"
_C_STRING = rf"[eE]{_ESCAPED}(?:\s*+{_ESCAPED})*+"
_MYSQL_TEXT = rf"(?:{_ESCAPED}|{_ESCAPED_DOUBLE})"
_MYSQL_STRING = (
    rf"(?:[bBxXnN](?=')|_[a-zA-Z0-9]++\s*+(?=['\"]))?{_MYSQL_TEXT}(?:\s*+{_MYSQL_TEXT})*+"
)
# As PostgreSQL reads them: `=-1` is `=` and `-`, `@-1` is one operator.
_OPERATOR = (
    r"@\?|\?(?:\|\||[|&#~]|@>|<@)?"
    r"|[*/<>=+-]{0,30}[~!@#%^&|`]{1,30}[*/<>=+~!@#%^&|`-]{0,30}|[<>=*/+-]{0,30}[<>=*/]|[+-]"
)
_VARIABLE = rf"@@(?:\w++|{_BACKTICK})|@[\w.$]++|@(?:{_MYSQL_TEXT}|{_BACKTICK})"
_MYSQL_OPERATOR = r"<=>|->>|->|&&|\|\||[<>!=]=|<>|<<|>>|[-+*/%=<>!~^&|@?]"


def _tokeniser(dialect: Dialect, beyond_ascii: str) -> re.Pattern[str]:
    rest = rf"[A-Za-z0-9_${beyond_ascii}]*+"
    word = rf"[A-Za-z_{beyond_ascii}]{rest}"
    sure_word = rf"[acdf-mo-tvwyzACDF-MO-TVWYZ{beyond_ascii}]{rest}"  # e'', x'': not begun by these
    if dialect == "postgres":
        first = rf"{sure_word}|{_SYMBOL}|{_C_STRING}|{_STANDARD_STRING}|[uU]&{_DOUBLE}|{word}"
        last = rf"{_NUMBER}|{_DOUBLE}|\$\d++|{_PARAMETER}|{_OPERATOR}"
    else:
        first = rf"[eEuU]{rest}|{sure_word}|{_SYMBOL}|{_MYSQL_STRING}|{word}"
        last = rf"{_NUMBER}|{_PARAMETER}|{_BACKTICK}|{_VARIABLE}|@\?|{_MYSQL_OPERATOR}"
    return re.compile(f"{first}|{last}", re.DOTALL)


# The engines take nearly all beyond ASCII for letters; plain ASCII is read twice as fast.
_TOKEN: Final[dict[tuple[Dialect, bool], re.Pattern[str]]] = {
    (dialect, is_ascii): _tokeniser(dialect, "" if is_ascii else r"\u00aa-\u2025\u2027-\U0010ffff")
    for dialect in ("postgres", "mysql")
    for is_ascii in (True, False)
}
DOLLAR = re.compile(r"(?<![\w$])\$(?:[^\W\d]\w*+)?\$")
POSTGRES_OPAQUE = re.compile(
    rf"--[^\n\r]*+|/\*|{DOLLAR.pattern}|(?<![\w$]){_C_STRING}|{_SINGLE}|{_DOUBLE}", re.DOTALL
)
_MYSQL_OPAQUE = re.compile(
    rf"--(?=\s|\Z)[^\n\r]*+|#[^\n\r]*+|/\*(?:M?!\d*+)?|\*/|{_ESCAPED}|{_ESCAPED_DOUBLE}"
    rf"|{_BACKTICK}",
    re.DOTALL,
)
_BREAK: Final[dict[Dialect, re.Pattern[str]]] = {
    "postgres": re.compile(f";|{POSTGRES_OPAQUE.pattern}", re.DOTALL),
    "mysql": re.compile(f";|{_MYSQL_OPAQUE.pattern}", re.DOTALL),
}
_COMMENT_MARK = re.compile(r"/\*|\*/")
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_$]*", re.ASCII)
_MYSQL_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*", re.ASCII)
_MYSQL_DIGIT_NAME = re.compile(r"[0-9][A-Za-z0-9_$]*", re.ASCII)
_MYSQL_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|0b[01]+|[\d.]+(?:[eE][+-]?\d*)?", re.ASCII)

# Inside a quoted name a space or bracket must not look like a token: it moves to the private area.
_MARKS = [chr(code) for code in range(128) if not chr(code).isalnum() and chr(code) not in "_$"]
_VEILED: Final = {
    ord(mark): 0xE000 + (ord(mark) if mark.isprintable() else ord(" ")) for mark in _MARKS
}
QUOTED: Final = {0xE000 + ord(mark): mark for mark in _MARKS}

_PUNCTUATION = "()[],;.:=<>+-*/%?…"
# performance_schema prints one of the several names of a token.
_MYSQL_TWINS: Final = {
    "substr": "substring", "mid": "substring", "schema": "DATABASE", "schemas": "databases",
    "curdate": "CURRENT_DATE", "curtime": "CURRENT_TIME", "localtime": "now",
    "localtimestamp": "now", "current_timestamp": "now", "distinctrow": "DISTINCT",
    "system_user": "user", "session_user": "user", "integer": "int", "varcharacter": "varchar",
    "character": "char", "dec": "decimal", "rlike": "REGEXP", "stddev_pop": "std",
    "stddev": "std", "var_pop": "variance", "some": "ANY", "int8": "bigint",
    "int1": "tinyint", "int2": "smallint", "int3": "mediumint", "middleint": "mediumint",
    "int4": "int", "float8": "double",
}  # fmt: skip
_FIXED: Final[dict[str, str]] = (
    {mark: mark for mark in [*_PUNCTUATION, "::", "<=", ">=", "<>", "||", "->"]}
    | {word: word for word in KEYWORDS}
    | {word.lower(): word for word in KEYWORDS}
    | {"!=": "<>"}
)
_MYSQL_FIXED: Final = _FIXED | {
    shown: kept for word, kept in _MYSQL_TWINS.items() for shown in (word, word.upper())
}


def tokens(text: str, dialect: Dialect) -> list[str]:
    """Return the tokens of `text`: keywords in upper case, names folded, each literal a `?`."""
    if not text.isascii():
        text = "".join(c if c.isprintable() or c in "\n\r\t\f\v" else " " for c in text)
    if dialect == "mysql":
        text = settled(text)
    if _may_hide(text, dialect):
        text = uncommented(text, dialect)
    fixed = _FIXED.get if dialect == "postgres" else _MYSQL_FIXED.get
    other = _postgres_token if dialect == "postgres" else _mysql_token
    return [fixed(token) or other(token) for token in _TOKEN[dialect, text.isascii()].findall(text)]


def _may_hide(text: str, dialect: Dialect) -> bool:
    if "--" in text or "/*" in text:
        return True
    if dialect == "mysql":
        return "#" in text or "*/" in text
    return "$" in text and DOLLAR.search(text) is not None


def uncommented(text: str, dialect: Dialect) -> str:
    """Blank comments and dollar-quoted strings; what is not closed is blanked to the end."""
    kept: list[str] = []
    start = position = 0
    find = (POSTGRES_OPAQUE if dialect == "postgres" else _MYSQL_OPAQUE).search
    while found := find(text, position):
        position = found.end()
        opener = found[0][0]
        if opener in "eE'\"`":
            continue
        kept += [text[start : found.start()], " '' " if opener == "$" else " "]
        start = position = _end_of_hidden(text, found, dialect)
    kept.append(text[start:])
    return "".join(kept)


def split(text: str, dialect: Dialect = "postgres") -> list[str]:
    """Part statements at each `;` that stands in no string, name or comment; empty ones go."""
    parts: list[str] = []
    start = position = 0
    while found := _BREAK[dialect].search(text, position):
        position = found.end()
        if found[0] == ";":
            parts.append(text[start : found.start()])
            start = position
        elif found[0][0] not in "eE'\"`":
            position = _end_of_hidden(text, found, dialect)
    return [part.strip() for part in (*parts, text[start:]) if part.strip()]


def _end_of_hidden(text: str, found: re.Match[str], dialect: Dialect) -> int:
    opener = found[0]
    if opener[0] == "$":
        at = text.find(opener, found.end())
        return len(text) if at < 0 else at + len(opener)
    if opener != "/*":
        return found.end()
    if dialect == "mysql":
        at = text.find("*/", found.end())
        return len(text) if at < 0 else at + 2
    depth = 1
    for mark in _COMMENT_MARK.finditer(text, found.end()):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(text)


def _postgres_token(token: str) -> str:
    if token.isidentifier():
        return _word(token, token.lower())
    if token[0] == '"' or token[1:3] == '&"':
        return _quoted_name(token[token.index('"') :], '"', _PLAIN_NAME)
    if "'" in token or _is_constant(token):
        return "?"
    if token[:2] in ("n$", "N$") and token[2:].isdecimal():
        return "?"  # pg_stat_statements prints N'abc' as N$1
    return _word(token, token.lower())


def _mysql_token(token: str) -> str:
    first = token[0]
    if first == "`":
        return _quoted_name(token, "`", _MYSQL_PLAIN_NAME)
    if first == "@" and len(token) > 1:
        return f"@@{_mysql_token(token[2:]).lower()}" if token[1] == "@" else "@?"
    if _MYSQL_DIGIT_NAME.fullmatch(token) and not _MYSQL_NUMBER.fullmatch(token):
        return f"`{token}`"
    if "'" in token or '"' in token or _is_constant(token):
        return "?"
    bare = token.removeprefix("SQL_TSI_")
    return _MYSQL_TWINS.get(bare.lower()) or _word(bare, bare)


def _is_constant(token: str) -> bool:
    """Numbers, and the placeholders of drivers: $1, :name, %s, %(name)s."""
    first = token[0]
    return "0" <= first <= "9" or (first in ".$:%" and token[-1].isalnum())


def _word(token: str, folded: str) -> str:
    if token.startswith(".."):
        return "…"
    upper = token.upper()
    return upper if upper in KEYWORDS and token.isascii() else folded


def _quoted_name(token: str, quote: str, plain: re.Pattern[str]) -> str:
    """A name that needs no quotes loses them; one whose end is cut off is hidden."""
    if token.count(quote) % 2:
        return "…"
    name = token[1:-1]
    if plain.fullmatch(name) and name.upper() not in KEYWORDS:
        return name
    return f"{quote}{name.translate(_VEILED)}{quote}"
