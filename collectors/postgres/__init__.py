"""Questions to PostgreSQL 13 and later."""
