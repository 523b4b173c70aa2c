"""Opinions on locks and the transactions that hold them."""
