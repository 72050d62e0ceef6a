"""Tell how much memory processes take."""

import resource
import sys
from pathlib import Path

import psutil

_STATUS = Path("/proc/self/status")
_KIB = 1024


def peak() -> int:
    """Most memory of this process so far, in bytes.

    Linux carries getrusage's number over from the parent when a process is started, so there the number of the
    address space (VmHWM) is taken.
    """
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * _KIB
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * _KIB


def now(process: int) -> int:
    """Memory of a process and all below it, in bytes; where the system tells, a page that several share counts once."""
    parent = psutil.Process(process)
    return sum(_one(each) for each in (parent, *parent.children(recursive=True)))


def _one(process: psutil.Process) -> int:
    info = process.memory_full_info()
    return int(getattr(info, "pss", info.rss))
