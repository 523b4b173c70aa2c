"""A private PostgreSQL with real problems, to show what dbtriage finds."""
