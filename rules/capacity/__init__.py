"""Opinions on room that is left: CPU, memory, storage, I/O, serverless capacity."""
