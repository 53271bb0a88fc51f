"""Which run of the machine this is: whether a power cut can have come between then and now.

To have every file on the disk before a command ends would cost as much time as all the rest of it. So what is written
is noted together with the run of the machine that it was written in: while that lasts, the operating system knows what
the file holds, whether the disk does or not; once the machine has been started again, whoever needs the file looks
whether it has outlasted that, once. ``os`` only: ``venvoy.entry`` asks before anything else is loaded.
"""

from __future__ import annotations

import os

_LINUX = "/proc/sys/kernel/random/boot_id"
_GRAIN = 10  # seconds: clocks are corrected, and no machine is started twice in so short a time


def name() -> str:
    """What stands for this run of the machine: one word, the same until it is started again."""
    try:
        with open(_LINUX, "rb") as file:
            return file.read().decode().strip()
    except OSError:
        return _started()


def note(folder: str) -> str:
    """What is to be noted about files that are being written below a folder: two words."""
    return f"{name()} {os.stat(folder).st_ino}"


def in_doubt(written: str, folder: str) -> bool:
    """Whether the files below a folder, about which this was noted, may have got lost since.

    A folder that is a copy is another one, and was read whole when it was copied.

    Raises:
        OSError: there is no such folder.
    """
    run, _, inode = written.partition(" ")
    return bool(run) and run != name() and inode == str(os.stat(folder).st_ino)


def _started() -> str:
    """When the machine was started, roughly, for systems that have no name for it."""
    import time  # noqa: PLC0415 - Linux does without

    clock = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
    since = time.monotonic() if clock is None else time.clock_gettime(clock)
    return str(int((time.time() - since) // _GRAIN))
