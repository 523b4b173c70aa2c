"""Opinions on settings, only where a symptom is measured or a danger is real."""
