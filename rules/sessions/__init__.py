"""Opinions on connections."""
