"""Opinions on tables and sequences."""
