"""What a failure would cost: zones, failover, backups, maintenance."""
