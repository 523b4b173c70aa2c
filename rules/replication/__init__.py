"""Opinions on replication and archiving."""
