"""Metrics: text is rendered when data change, so that a scrape only hands over bytes."""
