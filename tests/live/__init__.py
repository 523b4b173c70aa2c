"""What only a real server can prove."""
