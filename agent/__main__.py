"""``python -m agent`` is ``dbtriage``."""

from agent.cli import main

if __name__ == "__main__":
    main()
