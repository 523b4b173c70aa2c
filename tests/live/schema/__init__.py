"""The schema collectors against real servers."""
