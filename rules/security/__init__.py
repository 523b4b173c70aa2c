"""Opinions on who can reach the data: encryption, networks, authentication, certificates."""
