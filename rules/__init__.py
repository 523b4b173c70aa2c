"""Judge snapshots: pure functions, no clock, no I/O. Imports collectors' types only."""
