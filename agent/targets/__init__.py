"""Drivers: each turns a connection into the session that collectors are given."""
