"""Opinions on what a failure would cost: zones, failover, backups, maintenance."""
