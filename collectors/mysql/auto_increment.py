"""How near AUTO_INCREMENT columns are to the end of their type."""

from __future__ import annotations

from collectors.fields import gauge, label, note, row


@row
class AutoIncrement:
    """One column. `database` and `schema` are both its schema."""

    database: str = label()
    schema: str = label()
    table: str = label()
    column: str = label()
    column_type: str = note("int unsigned, bigint, …")
    next_value: int = gauge("The value the next row gets, as of the last statistics.")
    ceiling: int = gauge("Highest value its type can hold.")
