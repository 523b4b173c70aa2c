"""Foreign keys. InnoDB lets none be without an index that leads with its columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from collectors.base import Runs, collector
from collectors.mysql.needs import Privilege
from collectors.mysql.relations import FILE_SCHEMA, FILE_TABLE, SeesTables
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import ForeignKey
from collectors.variants import Variants

_DICTIONARY = """
    SELECT k.TABLE_SCHEMA AS `schema`,
           k.TABLE_NAME AS `table`,
           k.CONSTRAINT_NAME AS name,
           k.COLUMN_NAME AS `column`,
           k.REFERENCED_TABLE_SCHEMA AS referenced_schema,
           k.REFERENCED_TABLE_NAME AS referenced_table,
           k.REFERENCED_COLUMN_NAME AS referenced_column,
           LOWER(r.DELETE_RULE) AS on_delete
      FROM information_schema.KEY_COLUMN_USAGE k
      JOIN information_schema.REFERENTIAL_CONSTRAINTS r
        ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA
       AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
       AND r.TABLE_NAME = k.TABLE_NAME
     WHERE k.REFERENCED_TABLE_NAME IS NOT NULL
     ORDER BY k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION
"""
# information_schema would open every table. The bits of TYPE: 1 cascade, 2 set null, 16 no action.
_INNODB = """
    SELECT {for_schema} AS `schema`,
           {for_table} AS `table`,
           SUBSTRING(f.ID, LOCATE('/', f.ID) + 1) AS name,
           c.FOR_COL_NAME AS `column`,
           {ref_schema} AS referenced_schema,
           {ref_table} AS referenced_table,
           c.REF_COL_NAME AS referenced_column,
           CASE WHEN f.TYPE & 1 THEN 'cascade'
                WHEN f.TYPE & 2 THEN 'set null'
                WHEN f.TYPE & 16 THEN 'no action'
                ELSE 'restrict' END AS on_delete
      FROM information_schema.INNODB_SYS_FOREIGN f
      JOIN information_schema.INNODB_SYS_FOREIGN_COLS c ON c.ID = f.ID
     WHERE f.FOR_NAME NOT LIKE '%/#sql%'
     ORDER BY f.FOR_NAME, f.ID, c.POS
"""
_DECODED = {
    "for_schema": FILE_SCHEMA.format(name="f.FOR_NAME"),
    "for_table": FILE_TABLE.format(name="f.FOR_NAME"),
    "ref_schema": FILE_SCHEMA.format(name="f.REF_NAME"),
    "ref_table": FILE_TABLE.format(name="f.REF_NAME"),
}
LINKS = Variants(
    {
        "mysql >= 5.7": _INNODB.format(**_DECODED),
        "mysql >= 8.0": _DICTIONARY,
        "mariadb >= 10.5": _INNODB.format(**_DECODED),
    }
)


@dataclass(frozen=True, slots=True)
class Link:
    """A column of a foreign key."""

    schema: str
    table: str
    name: str
    column: str
    referenced_schema: str
    referenced_table: str
    referenced_column: str
    on_delete: str


@collector(Runs(LINKS), SeesTables(), Privilege("PROCESS", "PROCESS"), every=timedelta(minutes=10))
def foreign_keys(db: SqlSession) -> Snapshot[ForeignKey]:
    return Snapshot(db.now(), read_foreign_keys(db))


def read_foreign_keys(db: SqlSession) -> tuple[ForeignKey, ...]:
    keys = groupby(db.rows(LINKS, Link), lambda link: (link.schema, link.table, link.name))
    return tuple(_foreign_key(tuple(links)) for _, links in keys)


def _foreign_key(links: tuple[Link, ...]) -> ForeignKey:
    first = links[0]
    return ForeignKey(
        database=first.schema,
        schema=first.schema,
        table=first.table,
        name=first.name,
        columns=tuple(link.column for link in links),
        referenced_schema=first.referenced_schema,
        referenced_table=first.referenced_table,
        referenced_columns=tuple(link.referenced_column for link in links),
        indexed=True,
        on_delete=first.on_delete,
    )
