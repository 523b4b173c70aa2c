"""Nouns that more than one engine answers with; each means the same on all of them."""
