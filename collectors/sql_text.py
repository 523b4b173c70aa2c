"""One shape for SQL from every source, with no literal in it, and the digest that names the shape.

The same statement reads the same whether it comes from pg_stat_statements, performance_schema,
Performance Insights, a session or a log, and whether the text is whole, cut in the middle or not
SQL at all. It is a lexer, not a parser: what opens and never closes hides all that follows.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final, Literal

from collectors.sql_lexer import QUOTED, Dialect, split, tokens
from collectors.sql_words import KEYWORDS

__all__ = ["Dialect", "digest", "is_utility", "kind", "normalise", "split"]

Kind = Literal["select", "insert", "update", "delete", "merge", "utility"]

LONGEST_TEXT: Final = 10_000
_SIGNS = re.compile(r" ([-+] (?:[-+] )*+)(\?(?= ))?")
_BEFORE_A_SIGN: Final = frozenset(
    """
    SELECT DISTINCT ALL WHERE AND OR NOT WHEN THEN ELSE CASE BETWEEN LIKE ILIKE LIMIT OFFSET
    RETURNING BY HAVING ON SET DEFAULT IN IS FROM FOR TO ESCAPE USING FETCH FIRST NEXT ROWS RANGE
    GROUPS SYMMETRIC INTERVAL DIV MOD XOR REGEXP RLIKE VALUES
    """.split()  # noqa: SIM905 - forty quotes more to read
)
_CONSTANT_WORDS = re.compile(
    r" (?:(?<! IS )(?<! IS NOT )(?:TRUE|FALSE)|(?<! IS )(?<! NOT )(?<! SET )NULL)(?= )"
)
_DOTS = re.compile(r" \.(?: \.)++(?= )")
_ELLIPSIS = re.compile(r"(?<=[(,] )…(?= )")
_NEST = r"(?:[^()\[\]]++|[(\[](?:[^()\[\]]++|[(\[][^()\[\]]*+[)\]])*+[)\]])*+"
_SUBQUERY = r"(?!SELECT |WITH |VALUES |TABLE |\( SELECT )"
_IN_LIST = re.compile(rf" IN \( {_SUBQUERY}{_NEST}\)")
_ARRAY_LIST = re.compile(rf" ARRAY \[ {_NEST}\]")
_ROWS = re.compile(rf" VALUES \( {_NEST}\)(?: , (?:ROW )?\( {_NEST}\))*+")
_TYPED_CONSTANT = re.compile(
    r"(?<=[(\[,] )(?:(?!(?:AND|OR|NOT|XOR|I?LIKE|BETWEEN|CASE|WHEN|THEN|ELSE|ESCAPE|IS|DIV|MOD) )"
    r"[A-Za-z]\w* (?:\( (?:\? ,? ?)+\) )?){0,4}\?"
    r"(?: [a-z]\w*| :: [A-Za-z][\w.]*(?: (?:\w|\.)+){0,4}(?: \( (?:\? ,? ?)+\))?(?: \[ \])*){0,4}"
    r"(?= [)\],])"
)
_CAST_CONSTANT = re.compile(r"(?<=[(\[,] )(?i:cast) \( \? AS [\w. ]+(?: \( \?(?: , \?)* \))? \)")
_RUN = re.compile(r"\?(?: , \?)+(?= )")
_REPEATED_ROW = re.compile(rf"([(\[] {_NEST}[)\]])(?: , \1)+")
_WHOLE_LIST = re.compile(r"\( \?(?: , \?)+ \)")
_EXTRACT_FIELD = re.compile(r"(?<= extract \( )\w+(?= FROM )")
_SETTING = re.compile(r"\A SET ([\w. ]+) (=|TO) [^;]+(?= )")
_PASSING_NAME = re.compile(
    r"((?:^|;) (?:SAVEPOINT|RELEASE(?: SAVEPOINT)?|ROLLBACK TO(?: SAVEPOINT)?"
    r"|DEALLOCATE(?: PREPARE)?)) (?!(?:SAVEPOINT|PREPARE|ALL) )[^ ;]+(?= )"
)
_EXECUTED = re.compile(r"\A EXECUTE (?!IMMEDIATE )(?=[A-Z(])")
_CALL = re.compile(r" \((?<=[\w\"`] \()")
_TIGHT: Final = ((" ,", ","), (" )", ")"), (" ]", "]"), (" ;", ";"), ("( ", "("), (" [", "["),
                 ("[ ", "["), (" . ", "."))  # fmt: skip
_NAMES_PASS: Final = (" SAVEPOINT", " RELEASE", " ROLLBACK", " DEALLOCATE")
_NAMES = re.compile(r'"[^"]*+"|[^"]++')
_VERBS: Final[dict[str, Kind]] = {
    "SELECT": "select", "VALUES": "select", "TABLE": "select", "INSERT": "insert",
    "REPLACE": "insert", "UPDATE": "update", "DELETE": "delete", "MERGE": "merge",
}  # fmt: skip
_VERB_OR_BRACKET = re.compile(r"[()]|\"[^\"]*\"|`[^`]*`|\b[A-Z]+\b")


def normalise(text: str, dialect: Dialect = "postgres") -> str:
    """Return `text` on one line with `?` for each literal; safe to store, log and show.

    Holds for cut and broken texts too, so there is no separate redaction. Lists of literals become
    `(?)`, equal rows of VALUES become one. Texts over 10,000 characters end in an ellipsis.
    """
    return _display(_canonical(text, dialect))


def digest(text: str, dialect: Dialect = "postgres") -> str:
    """Name the shape of `text` in 16 hex digits; computed over the whole text, however long.

    Words that are not quoted count without their case, on MySQL quoted ones too: its digests
    print a column called `status` as the keyword STATUS.
    """
    folded = _folded(_canonical(text, dialect), dialect)
    return blake2b(folded.encode(errors="replace"), digest_size=8).hexdigest()


def kind(text: str) -> Kind:
    """Return what a normalised text does; a CTE counts as the statement that uses it."""
    verb = text.lstrip("( ").partition(" ")[0]
    if verb == "WITH":
        verb = _verb_after_ctes(text)
    return _VERBS.get(verb, "utility")


def is_utility(text: str) -> bool:
    """Return whether a normalised text is BEGIN, SET, SHOW, DDL, VACUUM, COPY and their like."""
    return kind(text) == "utility"


def _verb_after_ctes(text: str) -> str:
    depth = -text.count("(", 0, text.find("WITH"))  # brackets around the whole
    for word in _VERB_OR_BRACKET.findall(text):
        depth += (word == "(") - (word == ")")
        if depth == 0 and word in _VERBS:
            return str(word)
    return ""


def _canonical(text: str, dialect: Dialect) -> str:
    """Tokens parted and surrounded by one space; what a quoted name holds cannot look like one."""
    line = f" {' '.join(tokens(text, dialect))} "
    if " NULL " in line or " TRUE " in line or " FALSE " in line:
        line = _CONSTANT_WORDS.sub(" ?", line)
    if " . . " in line:
        line = _DOTS.sub(" …", line)
    if "…" in line:
        line = _ELLIPSIS.sub("?", line)
    if " - " in line or " + " in line:
        line = _SIGNS.sub(_drop_signs, line)
    if dialect == "mysql":
        # MySQL 9.7 names what an execution of a prepared statement executes.
        line = _EXECUTED.sub(" ", line.replace(" ( _charset ) ?", " ?"))
        line = _RUN.sub("? , ?", _WHOLE_LIST.sub("( ? )", line))
    elif " extract " in line:
        line = _EXTRACT_FIELD.sub("?", line)
    line = _short_lists(line)
    return _utility_names(line, dialect).strip(" ;")


def _short_lists(line: str) -> str:
    if " IN ( " in line:
        line = _IN_LIST.sub(_shorten_list, line)
    if " ARRAY [ " in line:
        line = _ARRAY_LIST.sub(_shorten_list, line)
    if " VALUES (" in line:
        line = _ROWS.sub(_shorten_rows, line)
    return line


def _utility_names(line: str, dialect: Dialect) -> str:
    """PostgreSQL 18 hides what SET sets, and the names of savepoints and prepared statements."""
    if dialect == "postgres" and line.startswith(" SET "):
        line = _SETTING.sub(r" SET \1 \2 ?", line)
    if line.startswith(_NAMES_PASS) or " ; " in line:
        line = _PASSING_NAME.sub(r"\1 ?", line)
    return line


def _drop_signs(found: re.Match[str]) -> str:
    """`-1` is one constant after an operator or keyword, a subtraction after a value."""
    signs, constant = found.groups()
    if constant is None:
        return found[0]
    before = _token_before(found)
    last = before[-1:]
    is_value = last.isalnum() or last in '_$)]"`?…'
    return " ?" if before in _BEFORE_A_SIGN or not is_value else f" {signs[:2]}?"


def _token_before(found: re.Match[str]) -> str:
    line, end = found.string, found.start()
    return line[line.rfind(" ", 0, end) + 1 : end]


def _shorten_list(found: re.Match[str]) -> str:
    return _shorten_rows(_CAST_CONSTANT.sub("?", _TYPED_CONSTANT.sub("?", found[0])))


def _shorten_rows(found: re.Match[str] | str) -> str:
    rows = found if isinstance(found, str) else found[0]
    return _REPEATED_ROW.sub(r"\1", _RUN.sub("?", rows))


def _folded(canonical: str, dialect: Dialect) -> str:
    """Take case away, and the quotes of names that are kept only because they are keywords."""
    if dialect == "mysql":
        return canonical.lower().replace("`", "")
    return _NAMES.sub(_folded_name, canonical) if '"' in canonical else canonical.lower()


def _folded_name(found: re.Match[str]) -> str:
    part = found[0]
    if part[0] != '"':
        return part.lower()
    return part[1:-1] if part[1:-1].isidentifier() and part.islower() and part.isascii() else part


def _display(canonical: str) -> str:
    line = _CALL.sub(_glue_call, canonical[: 4 * LONGEST_TEXT])
    for loose, tight in _TIGHT:
        line = line.replace(loose, tight)
    if ": :: " not in line:
        line = line.replace(" :: ", "::")
    if '"' in line or "`" in line:
        line = line.translate(QUOTED)
    if len(line) <= LONGEST_TEXT and len(canonical) <= 4 * LONGEST_TEXT:
        return line
    return line[: LONGEST_TEXT - 2].rstrip() + " …"


def _glue_call(found: re.Match[str]) -> str:
    """Close the gap after the name of a function or table, not after a keyword."""
    return " (" if _token_before(found) in KEYWORDS else "("
