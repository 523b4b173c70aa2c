"""Opinions on vacuum and the transaction horizon."""
