"""Show a report; decide nothing. Imports rules and collectors for their types only."""
