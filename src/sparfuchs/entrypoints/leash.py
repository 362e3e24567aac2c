"""Leash: a program that ends when the one that started it is gone, however that one went.

`python -m sparfuchs.entrypoints.leash PARENT PROGRAM ARGUMENTS...` asks the kernel for SIGTERM at
the death of its parent and then becomes the program: a supervisor that is killed outright leaves
nobody behind who holds its ports. Only Linux can do that; elsewhere the program is simply run.
"""

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def run(parent: int, command: list[str]) -> None:
    """Becomes the command, on the leash of `parent`."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it went before we asked
            raise SystemExit(1)
    os.execvp(command[0], command)  # noqa: S606 - a program that the supervisor chose


if __name__ == "__main__":
    run(int(sys.argv[1]), sys.argv[2:])
