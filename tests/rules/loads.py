"""Session loads in a word: who waits for what, of how many."""

from __future__ import annotations

from collectors.snapshots.sessions import DigestLoad, SessionLoad, WaitLoad


def load(
    *waits: tuple[str, float], active: float = 10.0, samples: int = 60, seconds: float = 60.0
) -> SessionLoad:
    """Waits as ("LWLock:LockManager", 1.5), the rest of the active sessions on CPU."""
    split = [(*name.partition(":")[::2], sessions) for name, sessions in waits]
    rest = active - sum(sessions for *_, sessions in split)
    by_wait = (*(WaitLoad(*each) for each in split), WaitLoad("CPU", "", rest))
    by_digest = tuple(
        DigestLoad(f"digest of {wait_type}", "app", wait_type, sessions)
        for wait_type, _, sessions in split
    )
    return SessionLoad(seconds, samples, active, by_wait, by_digest, ())
