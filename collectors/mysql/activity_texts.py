"""Texts of statements in flight on MySQL and MariaDB."""

from __future__ import annotations

from collectors.statement_texts import ActivityTexts


class MysqlActivityTexts(ActivityTexts):
    """The same, with MySQL's quotes and comments."""

    dialect = "mysql"
