"""Opinions on indexes."""
