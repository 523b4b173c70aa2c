"""Opinions on what limits dbtriage's own view, and what must be renewed."""
