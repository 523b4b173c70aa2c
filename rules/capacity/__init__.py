"""How much room is left: CPU, memory, storage, I/O, serverless capacity."""
