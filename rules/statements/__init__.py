"""Opinions on statements, one by one and as a whole."""
