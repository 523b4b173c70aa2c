"""Opinions on what is paid for and not used."""
