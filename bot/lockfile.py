"""One process per embedded database: a lock that the system lets go when the process dies."""

import fcntl
import os
from pathlib import Path
from typing import IO


class AlreadyRunning(OSError):
    """Another kebao works on this database."""


def lock_database(path: Path) -> IO[str]:
    """Lock the database file for this process; keep the result as long as the lock is needed.

    Raises:
        AlreadyRunning: names the process that has it.
    """
    lock_path = path.with_name(path.name + ".lock")
    lock = lock_path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise AlreadyRunning(
            f"another kebao (process {holder}) already works on {path}; "
            "an embedded database has one process: stop that one, or use PostgreSQL"
        ) from error
    lock.seek(0)
    lock.truncate()
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
