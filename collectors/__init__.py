"""Ask one question a file, answer with typed snapshots. Imports no driver and holds no opinion."""
